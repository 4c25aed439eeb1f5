"""How far a download or a check is, as the command line and the page show it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from harec.core.errors import Cancelled

#: At most five reports a second: nobody reads faster, and each may redraw a page.
REPORT_EVERY_S: Final = 0.2
#: The speed is that of the last few seconds, so that it follows a network that gets slower.
SPEED_OVER_S: Final = 5.0

Stage = Literal["download", "check"]


@dataclass(frozen=True)
class Transfer:
    """A snapshot.

    Attributes:
        stage: "download", then "check" (the file is read, converted and compared).
        done_bytes: of this stage; a resumed download starts with what was there already.
        total_bytes: of this stage; None when the server doesn't say.
        bytes_per_second: over the last seconds, 0 at the start.
        remaining_s: estimate for this stage, None when it can't be made.
    """

    stage: Stage
    done_bytes: int
    total_bytes: int | None
    bytes_per_second: float
    remaining_s: float | None


OnProgress = Callable[[Transfer], None]


class Meter:
    """Counts bytes of one stage and reports now and then; raises Cancelled when asked to stop."""

    def __init__(
        self,
        stage: Stage,
        on_progress: OnProgress | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self.total_bytes: int | None = None
        self._stage, self._on_progress, self._cancel = stage, on_progress, cancel
        self._done = 0
        self._reported_s: float | None = None
        #: (time, bytes done) of the last seconds.
        self._past: deque[tuple[float, int]] = deque()

    @property
    def done_bytes(self) -> int:
        """Bytes counted so far."""
        return self._done

    def start(self, done_bytes: int, total_bytes: int | None) -> None:
        """Say where a stage begins, or begins anew: bytes before it don't count for the speed."""
        self._done, self.total_bytes = done_bytes, total_bytes
        self._past.clear()
        self._past.append((time.monotonic(), done_bytes))
        self._report(always=True)

    def add(self, count: int) -> None:
        """Count bytes. Raises Cancelled when the user has stopped the work."""
        self.check()
        self._done += count
        self._report(always=False)

    def end(self) -> None:
        """Report the last state, whenever the one before was."""
        self._report(always=True)

    def check(self) -> None:
        """Raise Cancelled when the user has stopped the work."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("stopped")

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises Cancelled as soon as the user stops the work."""
        if self._cancel is None:
            time.sleep(seconds)
        elif self._cancel.wait(seconds):
            raise Cancelled("stopped")

    def _report(self, *, always: bool) -> None:
        now = time.monotonic()
        if self._on_progress is None:
            return
        if not always and self._reported_s is not None and now - self._reported_s < REPORT_EVERY_S:
            return
        self._reported_s = now
        self._past.append((now, self._done))
        while len(self._past) > 2 and now - self._past[0][0] > SPEED_OVER_S:
            self._past.popleft()
        then, before = self._past[0]
        speed = (self._done - before) / (now - then) if now > then else 0.0
        remaining = None
        if self.total_bytes is not None and speed > 0:
            remaining = max(0, self.total_bytes - self._done) / speed
        self._on_progress(Transfer(self._stage, self._done, self.total_bytes, speed, remaining))
