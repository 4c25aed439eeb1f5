"""Loads what a live session needs before the camera runs, and then keeps out of the pictures' way.

Python's threads move one at a time. Two things take that time from the pictures:

- Importing torch makes thousands of small steps, each of which waits for the threads that carry
  pictures: beside a running camera it takes ten times as long. So it begins with the page.
- Streamlit collects all garbage after each run of a script or fragment. With torch, plotly and the
  models in memory that took 80 ms: half of all time on a page that looks twice a second. What is
  loaded once stays anyway; frozen, it is not looked through any more. Objects that nobody refers to
  any more go away as before; only garbage in circles that was alive when it was frozen never does.
"""

from __future__ import annotations

import gc
import importlib
import logging
import threading
from functools import cache
from typing import Final

_PIPELINE: Final = "harec.live.pipeline"
_log = logging.getLogger(__name__)


@cache
def begin(module: str = _PIPELINE) -> threading.Thread:
    """Import what a live pipeline needs (torch, onnxruntime, the recogniser) in a thread, once in
    a process."""
    thread = threading.Thread(target=_import, args=(module,), name="harec-live-warm", daemon=True)
    thread.start()
    return thread


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception:
        _log.exception("The live pipeline could not be imported")  # a session will say so
    settle("imported")


@cache
def settle(stage: str) -> None:
    """Freeze what is in memory, the first time that a stage is reached: an engine runs, ..."""
    gc.collect()
    gc.freeze()
