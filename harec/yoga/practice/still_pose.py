"""The people in a single image, which a pose engine sees more than once.

Pose engines follow people from frame to frame; a photo is a single one, often with limbs at the
very edge. So there are several inferences, each with a closer crop around what was found before;
and while no person is found for sure, also with a border around it and turned by a quarter.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray, Poses
from harec.pose.base import PoseEngine

RGB = NDArray[np.uint8]

#: The engine's crop comes to rest within so many inferences on one image.
_INFERENCES: Final = 3
#: A body with this score is found for sure.
_SURE: Final = 0.8
#: Border on each side, as a share of the longer side.
_BORDER: Final = 0.25


def find_bodies(rgb: RGB, estimator: PoseEngine) -> Poses:
    """People in an image uint8 (H, W, 3), most prominent first, in pixels of it."""
    best = _infer(rgb, estimator)
    if _score(best) >= _SURE:
        return best
    border = round(_BORDER * max(rgb.shape[:2]))
    framed = np.asarray(
        cv2.copyMakeBorder(rgb, border, border, border, border, cv2.BORDER_REPLICATE), np.uint8
    )
    for quarters in (0, 1, 3):
        turned = np.ascontiguousarray(np.rot90(framed, quarters))
        found = _infer(turned, estimator)
        if _score(found) > _score(best):
            size_wh = (framed.shape[1], framed.shape[0])
            keypoints = _turned_back(found.keypoints_xyc, quarters, size_wh)
            keypoints[..., :2] -= border
            best = Poses(keypoints, found.scores)
        if _score(best) >= _SURE:
            break
    return best


def _infer(rgb: RGB, estimator: PoseEngine) -> Poses:
    estimator.reset()
    for _ in range(_INFERENCES):
        poses = estimator.estimate(rgb)
    estimator.reset()
    return poses


def _score(poses: Poses) -> float:
    return float(poses.scores[0]) if len(poses) else 0.0


def _turned_back(keypoints_xyc: FloatArray, quarters: int, size_wh: tuple[int, int]) -> FloatArray:
    """Keypoints in an image of ``size_wh`` before it was turned left by so many quarters."""
    width, height = size_wh
    out = keypoints_xyc.copy()
    x, y = keypoints_xyc[..., 0], keypoints_xyc[..., 1]
    if quarters == 1:
        out[..., 0], out[..., 1] = width - 1 - y, x
    elif quarters == 3:
        out[..., 0], out[..., 1] = y, height - 1 - x
    return out
