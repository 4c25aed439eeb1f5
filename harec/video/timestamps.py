"""Frame times in seconds from stream timestamps, repaired so that they strictly increase."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

#: A timestamp that falls back further than this is a restarted clock, not a shuffled frame.
RESTART_S: Final = 0.5
#: Length of a frame when the file does not say (one frame, no rate, no duration).
UNKNOWN_STEP_S: Final = 0.04
#: Repaired times are at least this far apart, whatever length a broken file gives its frames.
LEAST_STEP_S: Final = 0.001


class FrameClock:
    """Turns (pts, duration) of successive frames into times that start at 0 and strictly increase.

    - A good timestamp is kept as it is; only the first frame's is subtracted.
    - No timestamp: one frame length after the frame before.
    - Not later than the frame before by up to 0.5 s (duplicate or shuffled timestamps): half a
      frame length after it, so that the next good timestamp still fits behind.
    - Back by more than 0.5 s (recordings joined, a counter that wrapped): the clock restarted; one
      frame length after the frame before, and later frames are counted from there.

    A jump forward is a real gap and is kept.
    """

    def __init__(self, time_base: Fraction | None, frame_rate: Fraction | None) -> None:
        self._time_base = time_base
        self._rate_step_s = float(1 / frame_rate) if frame_rate else None
        self._origin_s: float | None = None
        self._last_s: float | None = None
        self._step_s = self._rate_step_s or UNKNOWN_STEP_S
        self.repaired = 0

    def time_s(self, pts: int | None, duration: int | None = None) -> float:
        """Time of the next frame; ``pts`` and ``duration`` in units of the time base."""
        raw_s = None if pts is None or self._time_base is None else float(pts * self._time_base)
        if self._last_s is None:
            self._origin_s = raw_s
            time_s = 0.0
        elif raw_s is None:
            time_s = self._last_s + max(self._step_s, LEAST_STEP_S)
        else:
            time_s = self._after_last(raw_s, self._last_s)
        self._last_s = time_s
        if duration and self._time_base:
            self._step_s = float(duration * self._time_base)
        elif self._rate_step_s:
            self._step_s = self._rate_step_s
        return time_s

    @property
    def step_s(self) -> float:
        """Length of the last frame: its own duration, else the average, else 0.04 s."""
        return self._step_s

    def _after_last(self, raw_s: float, last_s: float) -> float:
        if self._origin_s is None:  # the first frames had no timestamp: this one sets the clock
            self._origin_s = raw_s - (last_s + self._step_s)
        time_s = raw_s - self._origin_s
        if time_s > last_s:
            return time_s
        self.repaired += 1
        if last_s - time_s <= RESTART_S:
            return last_s + max(self._step_s / 2, LEAST_STEP_S)
        time_s = last_s + max(self._step_s, LEAST_STEP_S)
        self._origin_s = raw_s - time_s
        return time_s
