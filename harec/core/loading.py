"""What is loaded once in a process, however many threads ask for it."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(load: Callable[P, T]) -> Callable[P, T]:
    """`functools.cache` for what takes long to load: threads that ask at the same time wait for
    one of them, where ``cache`` alone would let each load its own.

    An error is not kept: who asks next tries again. Arguments must be hashable. A fork of the
    process loads anew: it has none of the threads that what was loaded may have, nor who would
    release the lock.
    """
    loaded: dict[Any, T] = {}
    lock = threading.RLock()

    @wraps(load)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        key = args, tuple(sorted(kwargs.items()))
        with lock:
            if key not in loaded:
                loaded[key] = load(*args, **kwargs)
            return loaded[key]

    def begin_anew() -> None:
        nonlocal lock
        lock = threading.RLock()
        for each in loaded.values():
            _never_end(each)
        loaded.clear()

    after_fork(begin_anew)
    return answer


def _never_end(thing: object) -> None:
    """Keep what a parent loaded for as long as this process lives, and through its end.

    Its end would wait for its threads, which are not here (an onnxruntime session's does).
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def after_fork(begin_anew: Callable[[], None]) -> None:
    """Have it called in each child that is forked from this process from now on."""
    if hasattr(os, "register_at_fork"):  # not on Windows, which forks none
        os.register_at_fork(after_in_child=begin_anew)
