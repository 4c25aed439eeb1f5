"""The frame that a viewer sees: the camera's, with the newest result drawn on it."""

from __future__ import annotations

import numpy as np

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
    height, width = rgb.shape[:2]
    scale: FloatArray = np.array(
        [width / result.size_wh[0], height / result.size_wh[1], 1], np.float32
    )
    people = []
    for person in result.people:
        keypoints = person.keypoints_xyc * scale
        if mirror:
            keypoints[:, 0] = width - 1 - keypoints[:, 0]
        people.append(PersonOverlay(person.id, keypoints, person.action, person.confidence))
    return draw_people(frame, people, keypoint_threshold=keypoint_threshold, in_place=True)
