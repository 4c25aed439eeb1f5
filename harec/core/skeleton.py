"""The COCO-17 skeleton: names, order, bones, mirror pairs, and conversions into it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

KEYPOINT_NAMES: Final[tuple[str, ...]] = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
NUM_KEYPOINTS: Final = len(KEYPOINT_NAMES)

NOSE, LEFT_EYE, RIGHT_EYE, LEFT_EAR, RIGHT_EAR = range(5)
LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_ELBOW, RIGHT_ELBOW, LEFT_WRIST, RIGHT_WRIST = range(5, 11)
LEFT_HIP, RIGHT_HIP, LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE = range(11, 17)

#: The keypoints that swinging arms and legs don't move.
TRUNK: Final = (LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP)

#: Bones as pairs of keypoint indices, in drawing order (face, trunk, arms, legs).
EDGES: Final[tuple[tuple[int, int], ...]] = (
    (0, 1),
    (0, 2),
    (1, 3),
    (2, 4),
    (5, 6),
    (5, 11),
    (6, 12),
    (11, 12),
    (5, 7),
    (7, 9),
    (6, 8),
    (8, 10),
    (11, 13),
    (13, 15),
    (12, 14),
    (14, 16),
)

#: ``keypoints[MIRROR]`` swaps left and right.
MIRROR: Final[tuple[int, ...]] = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)

#: Per-keypoint standard deviations of the COCO keypoint evaluation (cocodataset.org, 2017).
OKS_SIGMAS: Final[NDArray[np.float32]] = (
    np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
).astype(np.float32)

#: OpenPose-18 order (as in RNN-HAR-2D-Pose-database): nose, neck, right arm, left arm, right leg,
#: left leg, eyes, ears. ``openpose[OPENPOSE18_TO_COCO17]`` drops the neck and reorders.
OPENPOSE18_NAMES: Final[tuple[str, ...]] = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
)
OPENPOSE18_TO_COCO17: Final[tuple[int, ...]] = (
    0,
    15,
    14,
    17,
    16,
    5,
    2,
    6,
    3,
    7,
    4,
    11,
    8,
    12,
    9,
    13,
    10,
)
