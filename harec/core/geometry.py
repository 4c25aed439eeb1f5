"""Measures of bodies in a frame: box, centre, size, torso length, similarity.

Keypoints are (..., 17, 3): x, y in pixels (y down), score 0..1; 0 = keypoint missing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    OKS_SIGMAS,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    TRUNK,
)

#: Keypoints that score this or less are not seen, where nothing else is said.
SEEN: Final = 0.1
#: Torso length in shoulder widths, for a person whose hips are not seen.
TORSO_PER_SHOULDERS: Final = 1.35
#: Seen from the side shoulders are narrow, bent forward the torso is short: neither may make the
#: scale collapse.
MIN_TORSO_PER_SHOULDERS: Final = 0.55

#: Pairs of keypoints whose distance tells a person's size, and its share of the height of the
#: keypoints' box of an upright person, seen from the front: means over 25 bodies of
#: `harec.simulate` (deviations 2 to 6 %, 8 % at the face).
_LIMBS: Final = np.array(
    [[5, 11], [6, 12], [5, 6], [5, 7], [6, 8], [7, 9], [8, 10],
     [11, 13], [12, 14], [13, 15], [14, 16], [3, 4], [0, 5], [0, 6]]
)  # fmt: skip
_WHOLE_PER_LIMB: Final = 1 / np.array(
    [0.335, 0.335, 0.246, 0.19, 0.19, 0.166, 0.166, 0.27, 0.27, 0.243, 0.243, 0.104, 0.183, 0.183]
)
#: Keypoints reach no further than this many upright heights: arms stretched overhead.
_REACH: Final = 1.25


def keypoints_box_xyxy(keypoints_xyc: FloatArray, threshold: float = SEEN) -> FloatArray | None:
    """Box around the keypoints of one person (17, 3) that score above ``threshold``, or None."""
    seen = keypoints_xyc[:, 2] > threshold
    if not seen.any():
        return None
    points = keypoints_xyc[seen, :2]
    return np.concatenate([points.min(axis=0), points.max(axis=0)]).astype(np.float32)


def body_centre(keypoints_xyc: FloatArray) -> NDArray[np.float64]:
    """Middle of the trunk, x and y in pixels: the part that swinging arms don't move.

    Mean of the shoulders and hips that are seen, else of all keypoints that are seen.
    """
    trunk = keypoints_xyc[list(TRUNK)]
    points = trunk if (trunk[:, 2] > SEEN).sum() >= 2 else keypoints_xyc
    points = points[points[:, 2] > SEEN]
    if not len(points):
        points = keypoints_xyc
    return points[:, :2].mean(axis=0).astype(np.float64)


def body_size(keypoints_xyc: FloatArray) -> float:
    """Size of a person in pixels: the longer side of the box around the keypoints, at least 1."""
    box = keypoints_box_xyxy(keypoints_xyc)
    if box is None:
        return 1.0
    return max(float(box[2] - box[0]), float(box[3] - box[1]), 1.0)


def full_body_size(keypoints_xyc: FloatArray) -> float:
    """Size in pixels of the whole person (17, 3), however much of them is seen; at least 1.

    About what `body_size` is of a person who stands upright and is seen whole, but it stays nearly
    the same when hips and legs are hidden, in a squat, or with the arms up: from the lengths of the
    limbs that are seen, each over its share of the whole. Turned to or from the camera limbs only
    get shorter, so a high quantile of them counts.
    """
    points, seen = keypoints_xyc[:, :2], keypoints_xyc[:, 2] > SEEN
    ends = points[_LIMBS]
    between = ends[:, 0] - ends[:, 1]
    lengths = np.hypot(between[:, 0], between[:, 1]) * _WHOLE_PER_LIMB
    wholes = np.sort(lengths[seen[_LIMBS].all(axis=1)])
    least = body_size(keypoints_xyc) / _REACH
    # three quarters up: np.quantile takes ten times as long
    high = float(wholes[3 * (len(wholes) - 1) // 4]) if len(wholes) >= 3 else 0.0
    return max(high, least, 1.0)


def torso_length(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Distance from mid-shoulder to mid-hip of points (..., 17, D), in their unit: (...).

    All four keypoints count, seen or not.
    """
    shoulders = points[..., [LEFT_SHOULDER, RIGHT_SHOULDER], :].mean(axis=-2)
    hips = points[..., [LEFT_HIP, RIGHT_HIP], :].mean(axis=-2)
    return np.asarray(np.linalg.norm(shoulders - hips, axis=-1))


def oks(a_xyc: FloatArray, b_xyc: FloatArray, threshold: float = SEEN) -> float:
    """Object keypoint similarity 0..1 of two people (17, 3), over the keypoints that both show.

    The area of the first person's keypoint box is the scale. Fewer than three keypoints in common
    give 0.
    """
    both = (a_xyc[:, 2] > threshold) & (b_xyc[:, 2] > threshold)
    if both.sum() < 3:
        return 0.0
    area = max(float(np.prod(np.ptp(a_xyc[both, :2], axis=0))), 1.0)
    return keypoint_similarity(a_xyc[both], b_xyc[both], OKS_SIGMAS[both], area)


def keypoint_similarity(
    a_xyc: FloatArray,
    b_xyc: FloatArray,
    sigmas: FloatArray,
    area: float,
    weights: NDArray[np.float64] | None = None,
) -> float:
    """COCO's formula (cocodataset.org, 2017), 0..1, over keypoints (K, 3) that both people show.

    Args:
        sigmas: (K,), such as those of `OKS_SIGMAS`.
        area: of the person in square pixels, the formula's scale.
        weights: (K,) how much each counts, their sum positive; None = all alike, as in COCO.
    """
    squared = ((a_xyc[:, :2] - b_xyc[:, :2]) ** 2).sum(axis=1)
    alike = np.exp(-squared / (2 * area * (2 * sigmas) ** 2))
    return float(alike.mean() if weights is None else weights @ alike / weights.sum())
