"""Session time: what a camera's time stamps become."""

from __future__ import annotations

from typing import Final

#: Between two parts of a session (a pause, another start) this much time passes on its clock: no
#: window and no tracklet bridges it.
BREAK_S: Final = 1.0
#: A source whose time falls back by more than this has started anew.
_RESTART_S: Final = 1.0
#: One whose time leaps ahead by more than this, and by more than some of its usual steps, was away.
_LEAP_S: Final = 1.5
_LEAP_STEPS: Final = 5.0
#: Doubts need a pace to begin with: so many usual steps in a row.
_PACE_OF: Final = 5


class SessionClock:
    """Session time from the source's: starts at 0, grows, leaves out pauses.

    Whether a source that had a pace has started anew, or was away, shows with the next frame, which
    goes on from there: one frame alone with a time far from its neighbours' has a wrong time stamp.

    Attributes:
        now_s: session time of the newest frame; None before the first.
    """

    def __init__(self) -> None:
        self.now_s: float | None = None
        self._step_s = 0.0
        self._paced = 0
        self.break_off()

    def break_off(self) -> None:
        """What comes next does not follow on."""
        self._offset_s: float | None = None
        self._doubted_s: float | None = None  # the source's time of a frame that was left out

    def at(self, source_s: float) -> float | None:
        """None for a frame that is not later than the one before, or has a wrong time stamp."""
        if self._offset_s is None:
            self._start(source_s)
        elif self.now_s is not None:
            step_s = source_s + self._offset_s - self.now_s
            if -_RESTART_S <= step_s <= max(_LEAP_S, _LEAP_STEPS * self._step_s):
                self._paced += 1
            elif self._paced >= _PACE_OF and not self._goes_on(source_s):
                self._doubted_s = source_s
                return None
            else:
                self._paced = 0
                if step_s < 0:
                    self._start(source_s)
        assert self._offset_s is not None
        self._doubted_s = None
        time_s = source_s + self._offset_s
        if self.now_s is not None:
            if time_s <= self.now_s:
                return None
            self._step_s = time_s - self.now_s
        self.now_s = time_s
        return time_s

    def _goes_on(self, source_s: float) -> bool:
        """Whether the frame follows the one that was left out."""
        return self._doubted_s is not None and source_s > self._doubted_s

    def _start(self, source_s: float) -> None:
        """The source's time from now on has nothing to do with that before."""
        start_s = 0.0 if self.now_s is None else self.now_s + BREAK_S
        self._offset_s = start_s - source_s
