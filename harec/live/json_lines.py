"""Results of a live session as JSON, one object a line, for other programs."""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from harec.analysis.results import AnalysisSettings
from harec.live.session import LiveSession
from harec.live.types import LivePerson, LiveResult

#: A write that takes longer than this has a slow reader: inference does not wait for it.
_SLOW_S: Final = 0.25
#: How long the end waits for a reader once a stop was asked for.
_GRACE_S: Final = 1.0
#: How often `finish` checks whether a stop was asked for, and a write to a full stdout that
#: doesn't block whether there is room.
_POLL_S: Final = 0.05


class ResultLines:
    """Writes results as lines to stdout.

    A thread of its own writes them, since a pipe without a reader (less, left alone) holds up a
    write for as long as it likes. Meanwhile one line waits, the newest.

    Attributes:
        newest_s: session time of the newest result, None before the first.
        inferences: how many results there were.
        closed: whether there is no reader any more.
        problem: why they can't be written, one plain sentence; None when they can, and when the
            reader took some and left, as head does.
    """

    def __init__(
        self,
        session: LiveSession[object],
        settings: AnalysisSettings,
        every_s: float,
        on_closed: Callable[[], None],
    ) -> None:
        self._session, self._every_s, self._on_closed = session, every_s, on_closed
        self._least_score = settings.thresholds.keypoint_threshold
        self._printed_s: float | None = None
        self._waiting: dict[str, Any] | None = None
        self._writer = _Writer(self._fail)
        self.newest_s: float | None = None
        self.inferences = 0
        self.closed = False
        self.problem: str | None = None

    def write(self, result: LiveResult[object], totals: Mapping[str, int]) -> None:
        """Print a result, unless it comes too soon; ``totals``: repetitions of all people."""
        view = self._session.view()
        self._waiting = {
            "time_s": round(result.time_s, 3),
            "size_wh": list(result.size_wh),
            "people": [self._person(person, result.labels) for person in result.people],
            "repetitions": dict(totals),
            "camera_fps": round(view.camera_fps, 1),
            "inference_fps": round(view.inference_fps, 1),
            "age_s": None if view.age_s is None else round(view.age_s, 3),
        }
        if self._printed_s is None or result.time_s - self._printed_s >= self._every_s:
            self._printed_s = result.time_s
            self._print()
        self.inferences += result.looked
        self.newest_s = result.time_s

    def finish(self, stopped: Callable[[], bool]) -> None:
        """Print the newest result, if it is not printed, and wait until all is written.

        Args:
            stopped: whether to wait for a slow reader no longer than a second from now.
        """
        self._print()
        self._writer.finish(stopped)

    def _print(self) -> None:
        line, self._waiting = self._waiting, None
        if line is not None and not self.closed:
            self._writer.put(json.dumps(line) + "\n")

    def _fail(self, error: OSError) -> None:
        if not reader_left(error):
            reason = (error.strerror or type(error).__name__).lower()
            self.problem = f"The lines can't be written to the standard output ({reason})."
        self.closed = True
        self._on_closed()

    def _person(self, person: LivePerson, labels: Sequence[str]) -> dict[str, Any]:
        values = person.probabilities
        return {
            "id": person.id,
            "action": person.action,
            "confidence": round(float(person.confidence), 4),
            "probabilities": None
            if values is None
            else {label: round(float(p), 4) for label, p in zip(labels, values, strict=True)},
            "box_xyxy": self._box(person),
            "repetitions": dict(person.repetitions),
        }

    def _box(self, person: LivePerson) -> list[float] | None:
        """Around the keypoints that are seen, in pixels; None without any."""
        seen = person.keypoints_xyc[person.keypoints_xyc[:, 2] >= max(self._least_score, 1e-6)]
        if not len(seen):
            return None
        corners = (*seen[:, :2].min(axis=0), *seen[:, :2].max(axis=0))
        return [round(float(value), 1) for value in corners]


def reader_left(error: OSError) -> bool:
    """Whether a write failed because the other end of the pipe is closed."""
    # Windows' C library reports it like this, of which Python makes no BrokenPipeError.
    closed_on_windows = sys.platform == "win32" and error.errno == errno.EINVAL
    return isinstance(error, BrokenPipeError) or closed_on_windows


class _Writer:
    """Writes lines to stdout in a daemon thread; one line waits while another is written.

    Args:
        on_error: called in that thread when a line can't be written; it ends then.
    """

    def __init__(self, on_error: Callable[[OSError], None]) -> None:
        self._on_error = on_error
        self._stdout = sys.stdout
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()  # guards what follows; never held during a write
        self._line: str | None = None
        self._busy_since_s: float | None = None  # None: nothing to write
        self._ending = False
        self._ended = False

    def put(self, line: str) -> None:
        """Write a line soon, instead of the one that waits if the reader is slow."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="harec-lines", daemon=True)
                self._thread.start()
            while self._line is not None and not self._ended and (left_s := self._left_s()) > 0:
                self._changed.wait(left_s)
            self._line = line
            if self._busy_since_s is None:
                self._busy_since_s = time.monotonic()
            self._changed.notify_all()

    def finish(self, stopped: Callable[[], bool]) -> None:
        """Wait until all is written, or for `_GRACE_S` from when ``stopped`` is found true."""
        until_s = None
        with self._changed:
            self._ending = True
            self._changed.notify_all()
            while self._thread is not None and not self._ended:
                if until_s is None and stopped():
                    until_s = time.monotonic() + _GRACE_S
                if until_s is not None and time.monotonic() >= until_s:
                    self._line = None  # the thread is left in its write: it ends with the program
                    return
                self._changed.wait(_POLL_S)

    def _left_s(self) -> float:
        """How long the line being written may still take until its reader counts as slow."""
        since_s = self._busy_since_s
        return 0.0 if since_s is None else since_s + _SLOW_S - time.monotonic()

    def _run(self) -> None:
        try:
            while (line := self._take()) is not None:
                self._write(line)
        except OSError as error:
            self._on_error(error)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self) -> str | None:
        """The next line; None at the end."""
        with self._changed:
            self._busy_since_s = None if self._line is None else time.monotonic()
            while self._line is None and not self._ending:
                self._changed.wait()
            line, self._line = self._line, None
            self._changed.notify_all()
            return line

    def _write(self, line: str) -> None:
        """Past the buffer of `sys.stdout`.

        Python flushes that at its end, which waits or fails for ever if it holds a line that
        no reader takes, and can't be done at all while a thread holds its lock in a write.
        """
        if self._stdout is None:  # closed by who started the program (>&-)
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        try:
            number = self._stdout.fileno()
        except (OSError, ValueError):  # not a real file: the caller collects the text
            with suppress(ValueError):  # not any more: the run was given up
                self._stdout.write(line)
            return
        data = line.encode("ascii")
        while data:
            try:
                data = data[os.write(number, data) :]
            except BlockingIOError:
                time.sleep(_POLL_S)
