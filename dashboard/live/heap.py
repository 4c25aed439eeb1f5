"""Keeps Python's garbage collector from stopping the pictures.

Streamlit collects all garbage after each run of a script or fragment. With torch, plotly and the
models in memory that took 80 ms in which no thread moved: half of all time on a page that looks
twice a second. What is loaded once stays anyway; frozen, it is not looked through any more, which
leaves a few milliseconds. Objects that nobody refers to any more go away as before; only garbage in
circles that was alive at the moment of freezing never does.
"""

from __future__ import annotations

import gc
import threading

_seen: set[str] = set()
_lock = threading.Lock()


def settle(engine: str) -> None:
    """Call it when an engine runs; the first time that it does, freeze what is in memory."""
    with _lock:
        if engine in _seen:
            return
        _seen.add(engine)
    gc.collect()
    gc.freeze()
