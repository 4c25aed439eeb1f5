"""Session time: what a camera's time stamps become."""

from __future__ import annotations

from typing import Final

#: Between two parts of a session (a pause, another start) this much time passes on its clock: no
#: window and no tracklet bridges it.
BREAK_S: Final = 1.0
#: A source whose time falls back by more than this has started anew.
_RESTART_S: Final = 1.0


class SessionClock:
    """Session time from the source's: starts at 0, grows, leaves out pauses."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self.now_s: float | None = None

    def break_off(self) -> None:
        """What comes next does not follow on."""
        self._offset_s = None

    def at(self, source_s: float) -> float | None:
        """None for a frame that is not later than the one before."""
        if self._offset_s is None or (
            self.now_s is not None and source_s + self._offset_s < self.now_s - _RESTART_S
        ):
            start_s = 0.0 if self.now_s is None else self.now_s + BREAK_S
            self._offset_s = start_s - source_s
        time_s = source_s + self._offset_s
        if self.now_s is not None and time_s <= self.now_s:
            return None
        self.now_s = time_s
        return time_s
