"""Repetitions of one person in a stream: of built-in actions and of taught ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from harec.actions.labels import ACTIONS
from harec.actions.repetitions import RepetitionCounter
from harec.actions.segments import Segment
from harec.core.poses import FloatArray
from harec.taught.periods import repetitions_s

#: Who shows a count asks for it with every frame.
_EVERY_S: Final = 0.5


class LiveCounter:
    """Counts built-in actions by their own signals, and taught ones by their motion's period.

    Attributes:
        taught: whether taught actions are named: their motion is kept until `forget`.
        builtin: counts the built-in ones.
    """

    def __init__(self, taught: bool) -> None:
        self.taught = taught
        self.builtin = RepetitionCounter()
        self._times_s: list[float] = []
        self._points: list[FloatArray] = []
        self._known: dict[tuple[str, float], tuple[float, int | None]] = {}

    def update(self, time_s: float, keypoints_xyc: FloatArray) -> None:
        """The next frame in which the person is seen; see `RepetitionCounter.update`."""
        self.builtin.update(time_s, keypoints_xyc)
        if self.taught:
            self._times_s.append(time_s)
            self._points.append(keypoints_xyc)

    def counted(self, segments: Iterable[Segment]) -> list[Segment]:
        """The segments with their repetitions, as far as they are not forgotten."""
        return [
            segment
            if segment.action in ACTIONS
            else replace(segment, repetitions=self._of_taught(segment))
            for segment in self.builtin.counted(segments)
        ]

    def _of_taught(self, segment: Segment) -> int | None:
        """Counted anew when the segment has grown by a while, or is over."""
        key = segment.action, segment.start_s
        end_s, count = self._known.get(key, (-np.inf, None))
        goes_on = bool(self._times_s) and segment.end_s >= self._times_s[-1] - _EVERY_S
        if not (goes_on and end_s <= segment.end_s < end_s + _EVERY_S) and end_s != segment.end_s:
            first = bisect_left(self._times_s, segment.start_s)
            stop = bisect_right(self._times_s, segment.end_s)
            points = np.array(self._points[first:stop]).reshape(stop - first, -1, 3)
            count = len(repetitions_s(np.array(self._times_s[first:stop]), points)) or None
            self._known[key] = segment.end_s, count
        return count

    def forget(self, before_s: float) -> None:
        """Drop what was before a time, so that memory stays bounded."""
        self.builtin.forget(before_s)
        first = bisect_left(self._times_s, before_s)
        del self._times_s[:first], self._points[:first]
        self._known.clear()
