"""Times of a live source's frames, from its timestamps or, where these fail, from arrival."""

from __future__ import annotations

from typing import Final

#: A timestamp further back than this is a restarted clock, not a shuffled frame.
BACK_S: Final = 0.5
#: A timestamp that runs ahead of the time that really passed by more than this is a leap of the
#: camera's clock (set by a time server, or by the stream's first sender report).
AHEAD_S: Final = 2.0
#: Times are at least this far apart.
LEAST_STEP_S: Final = 0.001


class StreamClock:
    """Seconds since the first frame, strictly rising, whatever the source's timestamps do.

    - A good timestamp is kept: the time between two frames is that of their timestamps.
    - None, one that falls back, or one that leaps ahead of the passed time by more than 2 s: the
      time that passed between the arrivals. Later timestamps count from there, unless it fell
      back by less than 0.5 s (shuffled frames, a counter that stands still).
    - After `restarted` (a new connection) the time since the last arrival has passed.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None  # time = stamp + offset
        self._last_s: float | None = None
        self._arrived_s = 0.0

    def restarted(self) -> None:
        """The next timestamps have nothing to do with those before."""
        self._offset_s = None

    def time_s(self, stamp_s: float | None, arrived_s: float) -> float:
        """Time of the next frame; ``arrived_s`` is on a clock that never goes back."""
        last_s, passed_s = self._last_s, arrived_s - self._arrived_s
        known_s = None if stamp_s is None or self._offset_s is None else stamp_s + self._offset_s
        if last_s is None:
            time_s = 0.0
        elif known_s is None or not -BACK_S <= known_s - last_s <= passed_s + AHEAD_S:
            time_s = last_s + max(passed_s, LEAST_STEP_S)
            self._offset_s = None
        elif known_s <= last_s:
            time_s = last_s + max(passed_s, LEAST_STEP_S)
        else:
            time_s = known_s
        if self._offset_s is None and stamp_s is not None:
            self._offset_s = time_s - stamp_s
        self._last_s, self._arrived_s = time_s, arrived_s
        return time_s
