"""What the classifier is given: a body's pose, whatever the image's size and place.

Coordinates are centred between the hips and divided by a size that seen limbs agree on: as they are
in the image, whose up is up, and turned so that the trunk points up; joint angles come as cosine
and sine. A keypoint that is not seen gives zeros and a flag. The mirrored pose is `mirrored`; the
classifier looks at both (`harec.yoga.recognition.classifier`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    MIRROR,
    RIGHT_HIP,
    RIGHT_SHOULDER,
)
from harec.yoga.recognition.angles import NUM_ANGLES, joint_angles

FEATURES_VERSION: Final = 2
#: Nose, then the twelve keypoints of the body: eyes and ears say nothing of an asana.
KEYPOINTS: Final = (0, *range(5, 17))
NUM_FEATURES: Final = 5 * len(KEYPOINTS) + 3 * NUM_ANGLES + 2

#: Bones and their length in trunks (Drillis & Contini 1966, as in `harec.simulate.body.body`).
_BONES: Final = ((5, 7), (6, 8), (7, 9), (8, 10), (11, 13), (12, 14), (13, 15), (14, 16))
_PER_TRUNK: Final = np.array([0.58, 0.58, 0.51, 0.51, 0.83, 0.83, 0.82, 0.82])
#: Bones that point to the camera look short: the size is that of the longer ones.
_QUANTILE: Final = 0.7


def mirrored(keypoints_xyc: FloatArray) -> FloatArray:
    """The same body in a mirror (..., 17, 3): x negated, left and right swapped."""
    flipped = keypoints_xyc[..., list(MIRROR), :].copy()
    flipped[..., 0] *= -1
    return flipped


def turned(keypoints_xyc: FloatArray, clockwise_deg: NDArray[np.float64] | float) -> FloatArray:
    """The same bodies (N, 17, 3) in pictures that were turned clockwise by so many degrees (N,).

    About the picture's corner; keypoints that are not seen stay at (0, 0).
    """
    radians = np.radians(clockwise_deg)
    cos, sin = (np.asarray(f(radians))[..., None] for f in (np.cos, np.sin))
    out = np.array(keypoints_xyc, np.float32)
    x, y = keypoints_xyc[..., 0], keypoints_xyc[..., 1]
    out[..., 0], out[..., 1] = cos * x - sin * y, sin * x + cos * y
    return out


def trunk_of(keypoints_xyc: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle of the hips and of the shoulders, (..., 2) each.

    Where one of two is not seen, the other one stands for both; nan where neither is.
    """
    points = np.asarray(keypoints_xyc, np.float64)
    hips = _middle(points[..., [LEFT_HIP, RIGHT_HIP], :])
    shoulders = _middle(points[..., [LEFT_SHOULDER, RIGHT_SHOULDER], :])
    return hips, shoulders


def extract_features(keypoints_xyc: FloatArray) -> FloatArray:
    """Features of poses.

    Args:
        keypoints_xyc: (N, 17, 3): pixels (y down) and score; 0 = not seen.

    Returns:
        float32 (N, 94). Finite for any finite input. All zero for a body without a hip or without
        a shoulder.
    """
    points = np.asarray(keypoints_xyc, np.float64)
    hips, shoulders = trunk_of(keypoints_xyc)
    axis = shoulders - hips
    length = np.sqrt((axis**2).sum(-1))
    usable = np.nan_to_num(length) > 1e-6
    up = np.where(usable[:, None], axis / np.where(usable, length, 1)[:, None], [0.0, -1.0])
    right = np.stack([-up[:, 1], up[:, 0]], axis=-1)
    centred = points[..., :2] - np.where(usable[:, None], hips, 0)[:, None]
    along = np.stack([(centred * right[:, None]).sum(-1), (centred * up[:, None]).sum(-1)], axis=-1)
    size = body_scale(points, np.where(usable, length, 1.0))
    seen = (points[..., 2] > 0) & usable[:, None]
    upright, relative = (
        ((each / size[:, None, None]).clip(-4, 4) * seen[..., None])[:, KEYPOINTS]
        for each in (centred, along)
    )
    angles = joint_angles(keypoints_xyc)
    known = np.isfinite(angles) & usable[:, None]
    radians = np.radians(np.where(known, angles, 0))
    parts = [
        relative.reshape(len(points), 2 * len(KEYPOINTS)),  # also when there are none
        seen[:, KEYPOINTS],
        np.cos(radians) * known,
        np.sin(radians) * known,
        known,
        upright.reshape(len(points), 2 * len(KEYPOINTS)),
        up * usable[:, None],
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def body_scale(points: NDArray[np.float64], trunk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length of the trunk (N,) in pixels if it were parallel to the image plane.

    The upper part of what the seen bones, and the trunk itself (nan = not seen), say; 1 where
    nothing is seen.
    """
    a, b = np.array(_BONES).T
    lengths = np.sqrt(((points[:, a, :2] - points[:, b, :2]) ** 2).sum(-1)) / _PER_TRUNK
    lengths[~((points[:, a, 2] > 0) & (points[:, b, 2] > 0))] = np.nan
    said = np.concatenate([lengths, trunk[:, None]], axis=1)
    known = np.isfinite(said).sum(axis=1)
    ordered = np.sort(said, axis=1)  # nan comes last
    rank = np.maximum(np.ceil(_QUANTILE * known).astype(int) - 1, 0)
    scale = ordered[np.arange(len(said)), rank]
    return np.asarray(np.where(known > 0, np.maximum(scale, 1e-6), 1.0), np.float64)


def _middle(pair: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2, 3) -> (..., 2): the mean of the seen ones, nan without any."""
    seen = (pair[..., 2] > 0).astype(np.float64)
    count = seen.sum(-1)
    total = (pair[..., :2] * seen[..., None]).sum(-2)
    return np.asarray(
        np.where(count[..., None] > 0, total / np.maximum(count, 1)[..., None], np.nan), np.float64
    )
