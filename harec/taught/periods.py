"""Repetitions of any motion, counted by its own period.

A body that does something again and again goes to and fro along one direction in the space of what
it does alike on both sides: how high limbs are on average and how far apart. What comes back there
is a repetition, whatever the action; a lunge with the other leg is one, too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.gesture import filled
from harec.actions.turning_points import TurningPoints
from harec.core.geometry import torso_length
from harec.core.poses import FloatArray
from harec.core.skeleton import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER

#: Left keypoints of the pairs that tell; the right one is the next.
_PAIRS: Final = (5, 7, 9, 11, 13, 15)
#: The shortest way to and fro that counts, in torso lengths along the direction, and the share of
#: the usual way that it must have.
_FLOOR, _SHARE = 0.3, 0.55


def repetitions_s(times_s: NDArray[np.float64], keypoints_xyc: FloatArray) -> list[float]:
    """When repetitions of whatever is done are at their far end, ascending seconds.

    Args:
        times_s: (F,) ascending, of one person who does one thing.
        keypoints_xyc: (F, 17, 3): pixels (y down) and score, 0 = keypoint missing.
    """
    if len(times_s) < 3:
        return []
    way = _main_way(keypoints_xyc)
    turning = TurningPoints(_FLOOR, _SHARE)
    turns = [turning.add(t, float(x), 0.0) for t, x in zip(times_s.tolist(), way, strict=True)]
    # A turn is known when the way back has begun: the last one may still be on it.
    moments = [(turn.time_s, turn.way[0] > 0) for turn in turns if turn is not None]
    ups, downs = ([t for t, up in moments if up is side] for side in (True, False))
    # What begins and ends at rest turns once more often at its far end than at rest.
    far, near = (ups, downs) if way[0] < np.median(way) else (downs, ups)
    return near if len(near) > len(far) else far


def repetitions_within(
    times_s: NDArray[np.float64], keypoints_xyc: FloatArray, start_s: float, end_s: float
) -> int | None:
    """How many `repetitions_s` there are in a part of a track; None = none are seen there."""
    inside = (times_s >= start_s) & (times_s <= end_s)
    return len(repetitions_s(times_s[inside], keypoints_xyc[inside])) or None


def _main_way(keypoints_xyc: FloatArray) -> NDArray[np.float64]:
    """The body's place along the direction in which it moves most, in torso lengths: (F,)."""
    points = filled(keypoints_xyc).astype(np.float64)
    torso = max(float(np.quantile(torso_length(points), 0.6)), 1e-6)
    points = points / torso
    left, right = points[:, list(_PAIRS)], points[:, [i + 1 for i in _PAIRS]]
    trunk = points[:, [LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP], 1].mean(axis=1)
    heights = (left[..., 1] + right[..., 1]) / 2
    apart = np.abs(left - right).reshape(len(points), -1)
    space = np.column_stack([trunk, heights, apart])
    space -= space.mean(axis=0)
    _, _, axes = np.linalg.svd(space, full_matrices=False)
    return np.asarray(space @ axes[0])
