"""Fair shares of the machine: everybody who watches live takes turns with the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

#: A stream without pictures for this long is taken for one whose viewer has left unseen.
ALIVE_S: Final = 3.0
#: How soon somebody who waits for a turn notices that it is not wanted any more.
_LOOK_EVERY_S = 0.2


class _Line:
    """Who waits for one engine, and for how long each has had it (start-time fair queueing).

    Each turn starts, on a clock that only counts the engine's work, when the stream's last one
    ended there, and not before the turn that runs now; the earliest start is next.
    """

    def __init__(self) -> None:
        self.waiting: list[object] = []
        self.working: object | None = None
        self.clock_s = 0.0
        self.ends_s: dict[object, float] = {}
        self.starts_s: dict[object, float] = {}

    def enter(self, stream: object) -> None:
        self.waiting.append(stream)
        self.starts_s[stream] = max(self.clock_s, self.ends_s.get(stream, 0.0))

    def is_next(self, stream: object) -> bool:
        return self.working is None and stream is min(self.waiting, key=self.starts_s.__getitem__)

    def work(self, stream: object) -> None:
        self.waiting.remove(stream)
        self.working, self.clock_s = stream, self.starts_s[stream]

    def leave(self, stream: object, worked_s: float) -> None:
        if self.working is stream:
            self.working = None
            self.ends_s[stream] = self.starts_s[stream] + worked_s
        else:
            self.waiting.remove(stream)
        del self.starts_s[stream]


class FairScheduler:
    """A turnstile for each engine: one stream at a time, all with the same share of its time.

    An engine uses every core, so two at once would only make both slower. Different engines don't
    wait for each other: one takes seconds for a look, the other a hundredth of that.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._alive_s: dict[object, float] = {}  # stream -> when it last had a picture

    @property
    def streams(self) -> int:
        """How many streams are open and have pictures, or have just begun."""
        now_s = time.monotonic()
        with self._changed:
            return sum(now_s - alive_s < ALIVE_S for alive_s in self._alive_s.values())

    @property
    def waiting(self) -> int:
        """How many streams wait for a turn or have one."""
        with self._changed:
            lines = self._lines.values()
            return sum(len(line.waiting) + (line.working is not None) for line in lines)

    def join(self, stream: object) -> None:
        """A stream has begun, or has a picture."""
        with self._changed:
            self._alive_s[stream] = time.monotonic()

    def leave(self, stream: object) -> None:
        """A stream has ended."""
        with self._changed:
            self._alive_s.pop(stream, None)
            for line in self._lines.values():
                line.ends_s.pop(stream, None)

    @contextmanager
    def turn(self, engine: str, stream: object, cancel: threading.Event) -> Iterator[bool]:
        """Wait for a turn and hold it for the length of the block.

        Args:
            engine: whose turn; streams of one engine share it.
            stream: who asks; not while it waits or works already.
            cancel: set by another thread when the turn is not wanted any more.

        Yields:
            Whether it is one's turn; False: ``cancel`` was set while waiting.
        """
        with self._changed:
            line = self._lines.setdefault(engine, _Line())
            line.enter(stream)
            while not (mine := line.is_next(stream)) and not cancel.is_set():
                self._changed.wait(_LOOK_EVERY_S)
            if mine:
                line.work(stream)
        start_s = time.monotonic()
        try:
            yield mine and not cancel.is_set()
        finally:
            with self._changed:
                line.leave(stream, time.monotonic() - start_s)
                if cancel.is_set():
                    line.ends_s.pop(stream, None)
                self._changed.notify_all()


@cache
def process_scheduler() -> FairScheduler:
    """The turns of this process."""
    return FairScheduler()
