"""Where people were in the last minutes of a live session, in bounded memory."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray, TrackedPerson
from harec.core.skeleton import NUM_KEYPOINTS

#: Keypoints are kept for so long, in seconds: a few megabytes a person.
KEPT_S: Final = 600.0


class RecentTracks:
    """The keypoints of everybody over the last `KEPT_S`."""

    def __init__(self) -> None:
        self._tracks: dict[int, deque[tuple[float, FloatArray]]] = defaultdict(deque)
        self._order: deque[tuple[float, int]] = deque()  # time and person of each, oldest first

    def add(self, time_s: float, people: Sequence[TrackedPerson]) -> None:
        """Who was seen at a moment; moments must not go back."""
        for person in people:
            self._tracks[person.id].append((time_s, person.keypoints_xyc))
            self._order.append((time_s, person.id))
        while self._order and self._order[0][0] < time_s - KEPT_S:
            _, gone = self._order.popleft()
            self._tracks[gone].popleft()
            if not self._tracks[gone]:
                del self._tracks[gone]

    def of(self, person: int) -> tuple[NDArray[np.float64], FloatArray]:
        """Times (F,) and keypoints (F, 17, 3) of a person; F = 0 if all of it is forgotten."""
        track = self._tracks.get(person, ())
        times_s = np.array([time_s for time_s, _ in track], np.float64)
        rows = np.array([xyc for _, xyc in track], np.float32)
        return times_s, rows.reshape(-1, NUM_KEYPOINTS, 3)
