"""People to roboflow's ``supervision`` and back; the one module that knows that package.

It is no dependency of harec: whoever has its key points, has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harec.core.errors import InputError
from harec.core.skeleton import KEYPOINT_NAMES, NUM_KEYPOINTS

if TYPE_CHECKING:
    import supervision

    from harec.core.poses import FloatArray, Poses


def to_key_points(poses: Poses) -> supervision.KeyPoints:
    """See `Poses.to_supervision`."""
    try:
        import supervision
    except ImportError as error:
        raise InputError(
            f"supervision can't be imported here: pip install supervision (it said: {error})"
        ) from error
    keypoints = poses.keypoints_xyc
    return supervision.KeyPoints(
        xy=keypoints[..., :2].copy(),
        class_id=np.zeros(len(poses), dtype=int),
        keypoint_confidence=keypoints[..., 2].copy(),
        detection_confidence=poses.scores.copy(),
        visible=keypoints[..., 2] > 0,
    )


def from_key_points(key_points: Any) -> tuple[FloatArray, FloatArray]:
    """Keypoints (N, 17, 3) and scores (N,); see `Poses.from_supervision`."""
    xy = np.asarray(key_points.xy, np.float32)
    if xy.size == 0:
        return np.zeros((0, NUM_KEYPOINTS, 3), np.float32), np.zeros(0, np.float32)
    if xy.shape[1:] != (NUM_KEYPOINTS, 2):
        raise InputError(
            f"These key points are {xy.shape}, not (N, {NUM_KEYPOINTS}, 2): harec needs COCO's "
            f"{NUM_KEYPOINTS}: {', '.join(KEYPOINT_NAMES)}."
        )
    confidence = key_points.keypoint_confidence
    score = np.ones(xy.shape[:2], np.float32) if confidence is None else np.asarray(confidence)
    if key_points.visible is not None:
        score = np.where(key_points.visible, score, 0)
    people = key_points.detection_confidence
    if people is None:
        people = score.mean(axis=1)
    keypoints = np.concatenate([xy, score[..., None]], axis=2).astype(np.float32)
    return keypoints, np.asarray(people, np.float32)
