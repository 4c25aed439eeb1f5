"""How tests wait for what another thread, process or machine does: for a fact, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Far longer than anything takes, on a busy machine too: only a test that fails waits so long.
PATIENCE_S = 300.0


def until(happened: Callable[[], T], what: str = "it", every_s: float = 0.002) -> T:
    """The first answer of ``happened`` that is true, asked every ``every_s`` seconds."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not (answer := happened()):
        assert time.monotonic() < deadline_s, f"{what} did not happen within {PATIENCE_S:.0f} s"
        time.sleep(every_s)
    return answer
