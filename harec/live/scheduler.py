"""Fair shares of the machine: all streams of a process take turns with the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from harec.core.loading import once

#: A stream without frames for this long is taken for one whose viewer has left without closing it.
ALIVE_S: Final = 3.0
#: How soon a stream that waits for its turn notices that it is not wanted any more.
_CANCEL_CHECK_S: Final = 0.2


class _Queue:
    """The streams that wait for one engine, and how long each has used it.

    Start-time fair queueing (Goyal, Vin and Cheng 1996): each turn starts, on a virtual clock that
    only counts the engine's work, when the stream's last one ended there, and not before the turn
    that runs now; the earliest start is next.
    """

    def __init__(self) -> None:
        self.waiting: list[object] = []
        self.running: object | None = None
        self.clock_s = 0.0
        self.ends_s: dict[object, float] = {}
        self.starts_s: dict[object, float] = {}

    def enter(self, stream: object) -> None:
        self.waiting.append(stream)
        self.starts_s[stream] = max(self.clock_s, self.ends_s.get(stream, 0.0))

    def is_next(self, stream: object) -> bool:
        return self.running is None and stream is min(self.waiting, key=self.starts_s.__getitem__)

    def start(self, stream: object) -> None:
        self.waiting.remove(stream)
        self.running, self.clock_s = stream, self.starts_s[stream]

    def leave(self, stream: object, used_s: float) -> None:
        if self.running is stream:
            self.running = None
            self.ends_s[stream] = self.starts_s[stream] + used_s
        else:
            self.waiting.remove(stream)
        del self.starts_s[stream]


class FairScheduler:
    """A queue for each engine: one stream at a time, all with the same share of its time.

    An engine uses every core, so two at once would only make both slower. Different engines don't
    wait for each other: one takes seconds for an inference, the other a hundredth of that.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queues: dict[str, _Queue] = {}
        self._alive_s: dict[object, float] = {}  # stream -> when it last had a frame

    @property
    def streams(self) -> int:
        """How many streams are open and have frames, or have just begun."""
        now_s = time.monotonic()
        with self._changed:
            return sum(now_s - alive_s < ALIVE_S for alive_s in self._alive_s.values())

    @property
    def waiting(self) -> int:
        """How many streams wait for a turn or have one."""
        with self._changed:
            queues = self._queues.values()
            return sum(len(queue.waiting) + (queue.running is not None) for queue in queues)

    def join(self, stream: object) -> None:
        """A stream has begun, or has a frame."""
        with self._changed:
            self._alive_s[stream] = time.monotonic()

    def leave(self, stream: object) -> None:
        """A stream has ended."""
        with self._changed:
            self._alive_s.pop(stream, None)
            for queue in self._queues.values():
                queue.ends_s.pop(stream, None)

    @contextmanager
    def turn(self, engine: str, stream: object, cancel: threading.Event) -> Iterator[bool]:
        """Wait for a turn and hold it for the length of the block.

        Args:
            engine: which queue; streams of one engine share it.
            stream: the caller; not while it waits or has a turn already.
            cancel: set by another thread when the turn is not wanted any more.

        Yields:
            Whether the turn is granted; False: ``cancel`` was set while waiting.
        """
        with self._changed:
            queue = self._queues.setdefault(engine, _Queue())
            queue.enter(stream)
            while not (granted := queue.is_next(stream)) and not cancel.is_set():
                self._changed.wait(_CANCEL_CHECK_S)
            if granted:
                queue.start(stream)
        start_s = time.monotonic()
        try:
            yield granted and not cancel.is_set()
        finally:
            with self._changed:
                queue.leave(stream, time.monotonic() - start_s)
                if cancel.is_set():
                    queue.ends_s.pop(stream, None)
                self._changed.notify_all()


@once
def process_scheduler() -> FairScheduler:
    """The scheduler that all sessions of this process share."""
    return FairScheduler()
