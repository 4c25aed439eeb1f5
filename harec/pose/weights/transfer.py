"""How far a download or a check is, as the command line and the page show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from harec.core.errors import Cancelled

#: At most five reports a second: nobody reads faster, and each may redraw a page.
REPORT_EVERY_S: Final = 0.2
#: How much the newest report counts for the speed, which so follows the last few seconds.
_NEWEST: Final = 0.1


@dataclass(frozen=True)
class Transfer:
    """A snapshot.

    Attributes:
        stage: "download", then "check" (the file is read, compared and converted).
        done_bytes: of this stage; a resumed download starts with what was there already.
        total_bytes: of this stage; None when the server doesn't say.
        bytes_per_second: over the last seconds, 0 at the start.
        remaining_s: estimate for this stage, None when it can't be made.
    """

    stage: Literal["download", "check"]
    done_bytes: int
    total_bytes: int | None
    bytes_per_second: float = 0.0
    remaining_s: float | None = None


OnProgress = Callable[[Transfer], None]


class Meter:
    """Counts ``done_bytes`` of a download and reports now and then; stops it when asked to."""

    def __init__(self, on_progress: OnProgress | None, cancel: threading.Event | None) -> None:
        self._on_progress, self._cancel = on_progress, cancel or threading.Event()
        self._total: int | None = None
        self.done_bytes = self._reported = 0
        self._reported_s = self._speed = 0.0

    def start(self, done_bytes: int, total_bytes: int | None) -> None:
        """Say where it begins, or continues: bytes before it don't count for the speed."""
        self.done_bytes = self._reported = done_bytes
        self._total, self._reported_s, self._speed = total_bytes, time.monotonic(), 0.0
        self._report()

    def add(self, count: int) -> None:
        """Count bytes. Raises Cancelled when the user has stopped the work."""
        self.wait(0)
        self.done_bytes += count
        passed_s = time.monotonic() - self._reported_s
        if passed_s >= REPORT_EVERY_S or self.done_bytes == self._total:
            speed = (self.done_bytes - self._reported) / max(passed_s, 1e-6)
            self._speed += (_NEWEST if self._speed else 1) * (speed - self._speed)
            self._reported, self._reported_s = self.done_bytes, time.monotonic()
            self._report()

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises Cancelled as soon as the user stops the work."""
        if self._cancel.wait(seconds) if seconds else self._cancel.is_set():
            raise Cancelled("stopped")

    def _report(self) -> None:
        if self._on_progress is not None:
            remaining_s = None
            if self._total is not None and self._speed > 0:
                remaining_s = max(0, self._total - self.done_bytes) / self._speed
            self._on_progress(
                Transfer("download", self.done_bytes, self._total, self._speed, remaining_s)
            )
