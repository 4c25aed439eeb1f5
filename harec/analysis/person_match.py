"""The same person in two results of one video: by where their boxes are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from harec.analysis.results import PersonResult

#: A person of another result is the same if their boxes overlap so much on average (IoU).
_SAME_IOU: Final = 0.3
#: Frames of two results further apart than this, in seconds, say nothing of each other.
_SAME_TIME_S: Final = 0.2
_MOST_FRAMES: Final = 60


def who_is_there(
    person: PersonResult, start_s: float, end_s: float, people: Iterable[PersonResult]
) -> int | None:
    """Id of who, in another result of the same video, is where a person is from when to when.

    A person who isn't seen then is looked for at all times. None: nobody's boxes overlap enough.
    """
    times_s = person.track_times_s
    rows = np.flatnonzero((times_s >= start_s) & (times_s <= end_s))
    rows = rows if len(rows) else np.arange(len(times_s))
    rows = rows[:: max(len(rows) // _MOST_FRAMES, 1)]
    overlaps = {each.id: _mean_iou(person, rows, each) for each in people}
    best = max(overlaps, key=overlaps.__getitem__, default=None)
    return best if best is not None and overlaps[best] >= _SAME_IOU else None


def _mean_iou(person: PersonResult, rows: NDArray[np.intp], other: PersonResult) -> float:
    """Of the boxes of some frames with another person's at these times; not seen counts as 0."""
    if not len(rows) or not len(other.track_times_s):
        return 0.0
    times_s = person.track_times_s[rows]
    after = np.searchsorted(other.track_times_s, times_s).clip(0, len(other.track_times_s) - 1)
    before = (after - 1).clip(0)
    gaps = np.abs(other.track_times_s[[before, after]] - times_s)
    nearest = np.where(gaps[0] < gaps[1], before, after)
    ious = _iou(_boxes(person.keypoints_xyc[rows]), _boxes(other.keypoints_xyc[nearest]))
    return float(np.where(gaps.min(axis=0) <= _SAME_TIME_S, ious, 0).mean())


def _boxes(keypoints_xyc: NDArray[np.float32]) -> NDArray[np.float64]:
    """x0, y0, x1, y1 of what is seen of people (F, 17, 3): (F, 4); of no area if nothing is."""
    seen = keypoints_xyc[..., 2:] > 0
    low = np.where(seen, keypoints_xyc[..., :2], np.inf).min(axis=1)
    high = np.where(seen, keypoints_xyc[..., :2], -np.inf).max(axis=1)
    none = ~seen.any(axis=1)
    boxes = np.concatenate([low, high], axis=1)
    return np.where(none, 0.0, boxes).astype(np.float64)


def _iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = sides.clip(0).prod(axis=1)
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (a, b)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-9))
