"""Times of a live source's frames, from its timestamps or, where these fail, from arrival."""

from __future__ import annotations

from typing import Final

#: A timestamp further back than this is a restarted clock, not a shuffled frame.
BACK_S: Final = 0.5
#: A timestamp that runs ahead of the time that really passed by more than this is a leap of the
#: camera's clock (set by a time server, or by the stream's first sender report).
AHEAD_S: Final = 2.0
#: One that runs ahead by more than this, and less than `AHEAD_S`, is believed once the next one
#: goes on from there: a person lives through shorter gaps.
DOUBT_S: Final = 1.0
#: Times are at least this far apart.
LEAST_STEP_S: Final = 0.001


class StreamClock:
    """Seconds since the first frame, strictly rising, whatever the source's timestamps do.

    - A good timestamp is kept: the time between two frames is that of their timestamps.
    - None, one that falls back, or one that leaps ahead of the passed time by more than 2 s: the
      time that passed between the arrivals. Later timestamps count from there, if they do not go
      on from those before it: then it was that one alone that was wrong, and so it is with one
      that leaps ahead by more than 1 s.
    - After `restarted` (a new connection) the time since the last arrival has passed.
    """

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._arrived_s = 0.0
        self.restarted()

    def restarted(self) -> None:
        """The next timestamps have nothing to do with those before."""
        self._offset_s: float | None = None  # time = stamp + offset
        self._offset_before_s: float | None = None  # until the one above has proved itself
        self._doubted_s: float | None = None  # the time of a timestamp that was not believed

    def time_s(self, stamp_s: float | None, arrived_s: float) -> float:
        """Time of the next frame; ``arrived_s`` is on a clock that never goes back."""
        last_s, passed_s = self._last_s, arrived_s - self._arrived_s
        time_s = 0.0 if last_s is None else last_s + max(passed_s, LEAST_STEP_S)
        if stamp_s is not None:
            if last_s is not None and self._offset_s is not None:
                time_s = self._by_stamp(stamp_s, last_s, passed_s)
            if self._offset_s is None:
                self._offset_s = time_s - stamp_s
        self._last_s, self._arrived_s = time_s, arrived_s
        return time_s

    def _by_stamp(self, stamp_s: float, last_s: float, passed_s: float) -> float:
        assert self._offset_s is not None
        arrival_s = last_s + max(passed_s, LEAST_STEP_S)
        known_s = stamp_s + self._offset_s
        if -BACK_S <= known_s - last_s <= passed_s + AHEAD_S:
            if known_s <= last_s:
                return arrival_s
            ahead = known_s - last_s > passed_s + DOUBT_S
            if ahead and (self._doubted_s is None or known_s <= self._doubted_s):
                self._doubted_s = known_s
                return arrival_s
            self._doubted_s = self._offset_before_s = None
            return known_s
        if self._offset_before_s is None:
            self._offset_before_s, self._offset_s = self._offset_s, None
            return arrival_s
        before_s = stamp_s + self._offset_before_s
        if 0 < before_s - last_s <= passed_s + AHEAD_S:
            self._offset_s, self._offset_before_s = self._offset_before_s, None
            return before_s
        self._offset_s = None
        return arrival_s
