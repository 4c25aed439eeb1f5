"""Fair shares of the machine: everybody who watches live takes turns with the model."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

#: A stream without pictures for this long is taken for one whose viewer has left unseen.
ALIVE_S: Final = 3.0
#: How soon somebody who waits for a turn notices that it is not wanted any more.
_LOOK_EVERY_S = 0.2


class Turns:
    """A turnstile: one at a time, in order of arrival.

    The model uses every core, so two at once would only make both slower. Who has had a turn and
    wants another one stands behind all who wait: with N streams each gets every Nth turn.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._alive_s: dict[object, float] = {}  # stream -> when it last had a picture

    @property
    def streams(self) -> int:
        """How many streams are open and have pictures, or have just begun."""
        now_s = time.monotonic()
        with self._changed:
            return sum(now_s - alive_s < ALIVE_S for alive_s in self._alive_s.values())

    def join(self, stream: object) -> None:
        """A stream has begun, or has a picture."""
        with self._changed:
            self._alive_s[stream] = time.monotonic()

    def leave(self, stream: object) -> None:
        """A stream has ended."""
        with self._changed:
            self._alive_s.pop(stream, None)

    @contextmanager
    def turn(self, cancel: threading.Event) -> Iterator[bool]:
        """Wait for a turn and hold it for the length of the block.

        Args:
            cancel: set by another thread when the turn is not wanted any more.

        Yields:
            Whether it is one's turn; False: ``cancel`` was set while waiting.
        """
        ticket = object()
        with self._changed:
            self._line.append(ticket)
            while self._line[0] is not ticket and not cancel.is_set():
                self._changed.wait(_LOOK_EVERY_S)
        try:
            yield not cancel.is_set()
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()


@cache
def process_turns() -> Turns:
    """The turns of this process."""
    return Turns()
