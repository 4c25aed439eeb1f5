"""Segments that overlap, and by how much."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from harec.actions.segments import Segment


def iou(a: Segment, b: Segment) -> float:
    """Intersection over union of two times, 0..1."""
    shared = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    return max(shared, 0.0) / (max(a.end_s, b.end_s) - min(a.start_s, b.start_s))


class Overlapping:
    """Finds those of many segments that overlap with one, without looking at all.

    Args:
        segments: in order of their starts.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._starts_s = [segment.start_s for segment in segments]
        self._ended_s = list(accumulate((segment.end_s for segment in segments), max))

    def with_(self, segment: Segment) -> range:
        """Indices, all that overlap among them."""
        first = bisect_right(self._ended_s, segment.start_s)
        return range(first, bisect_left(self._starts_s, segment.end_s))
