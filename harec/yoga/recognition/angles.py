"""Joint angles of a body in an image.

The angle at a joint is the one between the two lines that leave it, 0..180 degrees:

    angle = atan2(|u x v|, u . v),    u = a - joint,    v = b - joint

with ``a`` and ``b`` the neighbouring joints. It doesn't change when the image is moved, scaled,
mirrored or turned. It is the angle of the *image*: it equals the body's own only where both lines
lie in a plane parallel to the image plane (`harec.yoga.coaching.viewpoint` tells whether they can).

===================  =============================================  ==========================
angle                between                                        straight, or at rest
===================  =============================================  ==========================
``left_elbow``       shoulder, elbow, wrist                         180: the arm is straight
``left_shoulder``    elbow, shoulder, hip                           0: the arm hangs; 180: up
``left_hip``         shoulder, hip, knee                            180: upright; 90: sitting
``left_knee``        hip, knee, ankle                               180: the leg is straight
``legs``             the two thighs (hip to knee of either leg)     0: parallel
===================  =============================================  ==========================

and the same on the right. ``legs`` has no joint of its own: it is the angle between the directions
of the two thighs.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

Angles = NDArray[np.float64]

ANGLE_NAMES: Final[tuple[str, ...]] = (
    "left_elbow",
    "right_elbow",
    "left_shoulder",
    "right_shoulder",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "legs",
)
NUM_ANGLES: Final = len(ANGLE_NAMES)
#: ``angles[..., MIRROR_ANGLES]`` are those of the body in the mirror.
MIRROR_ANGLES: Final[tuple[int, ...]] = (1, 0, 3, 2, 5, 4, 7, 6, 8)

#: (a, joint, b) of each angle but the last.
TRIPLES: Final[tuple[tuple[int, int, int], ...]] = (
    (LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST),
    (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST),
    (LEFT_ELBOW, LEFT_SHOULDER, LEFT_HIP),
    (RIGHT_ELBOW, RIGHT_SHOULDER, RIGHT_HIP),
    (LEFT_SHOULDER, LEFT_HIP, LEFT_KNEE),
    (RIGHT_SHOULDER, RIGHT_HIP, RIGHT_KNEE),
    (LEFT_HIP, LEFT_KNEE, LEFT_ANKLE),
    (RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE),
)
_THIGHS: Final = (LEFT_HIP, LEFT_KNEE, RIGHT_HIP, RIGHT_KNEE)
#: Angle -> the keypoints that it is made of.
KEYPOINTS_OF: Final[dict[str, tuple[int, ...]]] = dict(
    zip(ANGLE_NAMES, (*TRIPLES, _THIGHS), strict=True)
)


def joint_angles(keypoints_xyc: FloatArray, threshold: float = 0.0) -> Angles:
    """Angles in degrees, in the order of `ANGLE_NAMES`.

    Args:
        keypoints_xyc: (..., 17, 3): x, y in any unit (y down or up), score.
        threshold: keypoints that score this or less are not seen.

    Returns:
        float64 (..., 9), 0..180; nan where a keypoint is not seen or two coincide.
    """
    points = np.asarray(keypoints_xyc, np.float64)[..., :2]
    seen = np.asarray(keypoints_xyc)[..., 2] > threshold
    triples = np.array(TRIPLES)
    a, joint, b = (points[..., triples[:, i], :] for i in range(3))
    of_joints = _between(a - joint, b - joint)
    of_joints[~seen[..., triples].all(axis=-1)] = np.nan
    hip, knee, other_hip, other_knee = (points[..., i, :] for i in _THIGHS)
    legs = _between(knee - hip, other_knee - other_hip)
    legs = np.where(seen[..., _THIGHS].all(axis=-1), legs, np.nan)
    return np.concatenate([of_joints, legs[..., None]], axis=-1)


def named(angles_deg: Angles) -> dict[str, float]:
    """The angles (9,) that are known, by name."""
    return {
        name: float(value)
        for name, value in zip(ANGLE_NAMES, angles_deg, strict=True)
        if np.isfinite(value)
    }


def _between(u: Angles, v: Angles) -> Angles:
    """Degrees between vectors (..., 2); nan where one has no length."""
    cross = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    dot = (u * v).sum(axis=-1)
    angles = np.degrees(np.arctan2(np.abs(cross), dot))
    lengths = (u**2).sum(axis=-1) * (v**2).sum(axis=-1)
    return np.where(lengths > 0, angles, np.nan)
