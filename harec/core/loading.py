"""What is loaded once in a process, however many threads ask for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(load: Callable[P, T]) -> Callable[P, T]:
    """`functools.cache` for what takes long to load: threads that ask at the same time wait for
    one of them, where ``cache`` alone would let each load its own.

    An error is not kept: who asks next tries again. Arguments must be hashable.
    """
    cached = cache(load)
    lock = threading.RLock()

    @wraps(load)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        with lock:
            return cached(*args, **kwargs)  # type: ignore[arg-type]  # hashable, or it says so

    return answer
