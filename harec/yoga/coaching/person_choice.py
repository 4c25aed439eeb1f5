"""Which person the live coach follows when several are in the frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from harec.core.geometry import body_centre, body_size
from harec.core.poses import FloatArray, TrackedPerson

#: Another person must be larger by this factor, ...
_LARGER: Final = 1.4
#: ... for so long, to be coached instead.
_FOR_S: Final = 1.5
#: A lost person is waited for before another one is coached.
_LOST_S: Final = 1.0
#: A new detection of like size (at least this share), so near (in sizes), is the lost body again:
#: engines and trackers lose people who bend to the floor.
_LIKE_SIZE: Final = 0.5
_NEAR: Final = 0.5


class Prominent:
    """Chooses the largest body and stays with it: two of like size must not take turns, and
    a person who walks past the camera is not coached.

    Attributes:
        other: whether the last update went over to another body (or to the first one).
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """No person is followed."""
        self.other = False
        self._followed: int | None = None
        self._last: tuple[float, FloatArray] | None = None  # when and where that one was
        self._rival: tuple[int, float] | None = None  # who, and larger since when

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
        sizes = {i: body_size(person.keypoints_xyc) for i, person in people.items()}
        if self._followed not in sizes:
            found = self._again(people) or self._next(time_s, sizes)
            if found is None:
                return None
            self._followed, self._rival = found, None
        assert self._followed is not None
        largest = max(sizes, key=sizes.__getitem__)
        if keep or sizes[largest] < _LARGER * sizes[self._followed]:
            self._rival = None
        elif self._rival is None or self._rival[0] != largest:
            self._rival = largest, time_s
        elif time_s - self._rival[1] >= _FOR_S:
            self._followed, self._rival, self.other = largest, None, True
        self._last = time_s, people[self._followed].keypoints_xyc
        return self._followed

    def _again(self, people: Mapping[int, TrackedPerson]) -> int | None:
        """Who must be the lost one under a new id."""
        if self._last is None:
            return None
        lost = self._last[1]
        size, centre = body_size(lost), body_centre(lost)
        for i, person in people.items():
            ratio = body_size(person.keypoints_xyc) / size
            far = float(np.hypot(*(body_centre(person.keypoints_xyc) - centre)))
            if _LIKE_SIZE <= ratio <= 1 / _LIKE_SIZE and far <= _NEAR * size:
                return i
        return None

    def _next(self, time_s: float, sizes: Mapping[int, float]) -> int | None:
        if self._last is not None and time_s - self._last[0] < _LOST_S:
            return None
        self.other = bool(sizes)
        return max(sizes, key=sizes.__getitem__) if sizes else None
