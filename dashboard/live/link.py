"""The connection between a visitor's camera and this server, as the page sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

#: A connection that takes longer than this needs a word on why.
SLOW_S: Final = 6.0


class Link:
    """Follows one visitor's connection from START to STOP.

    Attributes:
        playing: frames can flow.
        failed: the last connection did not come about.
        tries: changes when the frame must be made anew.
        asked: what was asked of the camera when it started.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since_s: float | None = None
        self._connected_s: float | None = None
        self.playing = False
        self.failed = False
        self.tries = 0
        self.asked: dict[str, Any] | None = None

    @property
    def on(self) -> bool:
        """Between START (and the visitor's leave) and STOP."""
        return self.playing or self._since_s is not None

    @property
    def connecting_s(self) -> float | None:
        """For how long the connection has been on its way; None when it isn't."""
        return None if self._since_s is None else self._clock() - self._since_s

    @property
    def connected_s(self) -> float:
        """For how long it has been there."""
        return 0.0 if self._connected_s is None else self._clock() - self._connected_s

    def follow(self, playing: bool, signalling: bool) -> bool:
        """What streamlit-webrtc says now; returns whether this is a new start."""
        was_on, waited_s = self.on, self.connecting_s
        if not playing:
            self._connected_s = None
        elif self._connected_s is None:
            self._connected_s = self._clock()
        if playing:
            self._since_s = None
            self.failed = False
        elif signalling:
            if self._since_s is None:
                self._since_s = self._clock()
                self.failed = False
        else:
            # The browser gives up by itself; a visitor who pressed STOP so late had waited in vain.
            if waited_s is not None:
                self.failed = waited_s > SLOW_S
            self._since_s = None
            self.asked = None
        self.playing = playing
        return self.on and not was_on

    def break_off(self) -> None:
        """The connection could not even be prepared: the next frame begins anew."""
        self.playing = False
        self._since_s = self._connected_s = None
        self.failed = True
        self.asked = None
        self.tries += 1
