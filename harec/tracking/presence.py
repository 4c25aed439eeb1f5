"""For how long people are there: who is seen for a moment only gets no lane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

#: People seen for less than this are bystanders, or false detections.
MIN_TRACK_S: Final = 1.0
#: Where bystanders count, too.
MIN_BYSTANDER_S: Final = 0.5
#: Of a time in which a person is not found, so much counts as seen; more at low rates.
_FLICKER_S: Final = 0.3


def least_presence_s(bystanders: bool) -> float:
    """How long a person must be seen to count."""
    return MIN_BYSTANDER_S if bystanders else MIN_TRACK_S


class Presence:
    """Adds up the time for which each person is seen; gaps count as seen for a moment at most.

    Attributes:
        seen_s: id -> seconds.
    """

    def __init__(self) -> None:
        self.seen_s: dict[int, float] = {}
        self._newest_s: dict[int, float] = {}
        self._last_s = -np.inf

    def update(self, time_s: float, ids: Iterable[int]) -> None:
        """Who is seen in the next frame; times must grow."""
        most_s = max(_FLICKER_S, 1.5 * (time_s - self._last_s))
        self._last_s = time_s
        for person in ids:
            before_s = self._newest_s.get(person, time_s)
            self._newest_s[person] = time_s
            self.seen_s[person] = self.seen_s.get(person, 0.0) + min(time_s - before_s, most_s)

    def forget(self, person: int) -> None:
        """A person is gone for good."""
        self.seen_s.pop(person, None)
        self._newest_s.pop(person, None)
