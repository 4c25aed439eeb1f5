"""The frame that a viewer sees: the camera's, with the newest result drawn on it."""

from __future__ import annotations

import numpy as np

from harec.actions.labels import own_labels
from harec.core.images import fitted_box
from harec.core.poses import FloatArray
from harec.live.protocols import RGB
from harec.live.types import LiveResult
from harec.render.overlay import (
    PersonOverlay,
    draw_people,
    flipped,
)


def annotate_frame(
    rgb: RGB, result: LiveResult[object] | None, mirror: bool, keypoint_threshold: float
) -> RGB:
    """A new frame of the same size: mirrored if asked for, with the people of a result."""
    frame = flipped(rgb) if mirror else rgb.copy()
    if result is None or not result.people:
        return frame
    people, taught = [], own_labels(result.labels)
    for person in result.people:
        keypoints = in_frame(person.keypoints_xyc, result.size_wh, rgb)
        if mirror:
            keypoints[:, 0] = rgb.shape[1] - 1 - keypoints[:, 0]
        action, confidence = person.action, person.confidence
        people.append(PersonOverlay(person.id, keypoints, action, confidence, taught=taught))
    return draw_people(frame, people, keypoint_threshold=keypoint_threshold, in_place=True)


def in_frame(keypoints_xyc: FloatArray, size_wh: tuple[int, int], rgb: RGB) -> FloatArray:
    """Keypoints in pixels of a frame, which a result saw fitted into ``size_wh``."""
    height, width = rgb.shape[:2]
    x, y, wide, high = fitted_box((width, height), size_wh)
    scale: FloatArray = np.array([width / wide, height / high, 1], np.float32)
    return (keypoints_xyc - np.array([x, y, 0], np.float32)) * scale
