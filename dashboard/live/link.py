"""The connection between a visitor's camera and this server, as the page sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

#: A connection that takes longer than this needs a word on why.
SLOW_S: Final = 6.0
#: For so long after the server's end has ended the browser may say so itself: it does at once when
#: the visitor presses STOP, but may take minutes to notice a connection that was lost.
LOST_S: Final = 3.0
#: And for so many runs of the page: on a busy server the browser's word waits behind them.
LOST_RUNS: Final = 6


class Link:
    """Follows one visitor's connection from START to STOP.

    Attributes:
        playing: frames can flow.
        failed: the last connection did not come about.
        lost: the last connection ended without the browser's word.
        tries: changes when the frame must be made anew.
        asked: what was asked of the camera when it started.
        offer: the browser's last one, to be answered once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since_s: float | None = None
        self._connected_s: float | None = None
        self._ended_s: float | None = None
        self._waited_runs = 0
        self.playing = False
        self.failed = self.lost = False
        self.tries = 0
        self.asked: dict[str, Any] | None = None
        self.offer: dict[str, str] | None = None

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

    def end(self) -> None:
        """The server's end of the connection has ended; any thread may say so."""
        self._waited_runs = 0
        self._ended_s = self._clock()

    def is_dead(self) -> bool:
        """Whether it has ended here, and the browser still takes it for connected.

        To be asked once in each run of a part of the page that runs by itself.
        """
        ended_s = self._ended_s
        if not self.playing or ended_s is None:
            return False
        self._waited_runs += 1
        return self._waited_runs > LOST_RUNS and self._clock() - ended_s > LOST_S

    def follow(self, playing: bool, signalling: bool) -> bool:
        """What streamlit-webrtc says now; returns whether this is a new start."""
        was_on, waited_s = self.on, self.connecting_s
        if not playing:
            self._connected_s = None
        elif self._connected_s is None:
            self._connected_s = self._clock()
        if playing != self.playing:
            self._ended_s = None
        if playing:
            self._since_s = None
            self.failed = self.lost = False
        elif signalling:
            if self._since_s is None:
                self._since_s = self._clock()
                self.failed = self.lost = False
        else:
            # The browser gives up by itself; a visitor who pressed STOP so late had waited in vain.
            if waited_s is not None:
                self.failed = waited_s > SLOW_S
            self._since_s = None
            self.asked = None
        self.playing = playing
        return self.on and not was_on

    def break_off(self) -> None:
        """The connection could not even be prepared, or is dead: the next frame begins anew."""
        self.lost, self.failed = self.playing, not self.playing
        self.playing = False
        self._since_s = self._connected_s = self._ended_s = None
        self.asked = None
        self.tries += 1
