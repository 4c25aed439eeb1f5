"""Which person the live coach follows when several are in the frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from harec.core.geometry import body_centre, full_body_size
from harec.core.poses import FloatArray, TrackedPerson
from harec.core.prominence import ProminentPeople, prominence

#: A new detection of like size (at least this share), so near (in sizes), is the lost body again:
#: engines and trackers lose people who bend to the floor.
_LIKE_SIZE: Final = 0.5
_NEAR: Final = 0.5


class Prominent:
    """Chooses the most prominent body and stays with it, by the rule of `harec.core.prominence`:
    two of like size must not take turns, a person who walks past the camera is not coached, and
    who is lost is waited for.

    Attributes:
        other: whether the last update went over to another body (or to the first one).
    """

    def __init__(self) -> None:
        self._rule = ProminentPeople()
        self.reset()

    def reset(self) -> None:
        """No person is followed."""
        self.other = False
        self._rule.reset()
        self._followed: int | None = None
        self._last: FloatArray | None = None  # where that one was

    def update(
        self, time_s: float, people: Mapping[int, TrackedPerson], *, keep: bool = False
    ) -> int | None:
        """The id of the one to coach; None while that one is out of sight.

        Args:
            time_s: session time, later than at the call before.
            people: id -> who is there now.
            keep: stay with the one as long as they are there, whoever else comes.
        """
        self.other = False
        sizes = {
            i: prominence(full_body_size(person.keypoints_xyc), person.score)
            for i, person in people.items()
        }
        again = self._again(people) if self._followed not in people else None
        if again is not None:
            self._rule.reset()
            self._followed = again
        if keep or again is not None:  # as long as that one is there no one else counts
            sizes = {i: size for i, size in sizes.items() if i == self._followed} or sizes
        chosen = self._rule.update(time_s, sizes, 1)
        if not chosen:
            return None
        if chosen[0] != self._followed:
            self._followed, self.other = chosen[0], True
        self._last = people[chosen[0]].keypoints_xyc
        return self._followed

    def _again(self, people: Mapping[int, TrackedPerson]) -> int | None:
        """Who must be the lost one under a new id."""
        if self._last is None:
            return None
        size, centre = full_body_size(self._last), body_centre(self._last)
        for i, person in people.items():
            ratio = full_body_size(person.keypoints_xyc) / size
            far = float(np.hypot(*(body_centre(person.keypoints_xyc) - centre)))
            if _LIKE_SIZE <= ratio <= 1 / _LIKE_SIZE and far <= _NEAR * size:
                return i
        return None
