"""Asanas that are defined by rules, because there are no photos to learn them from.

A rule is a range for each joint angle that defines the asana; within all of them it holds with
confidence 1, which falls to 0 over `MARGIN_DEG` outside. The image's up is up: the trunk of the
first warrior is upright over both feet, that of the third one level above one of them. The
mountain pose has two rules more, for otherwise everybody who waits somewhere would be practising:
the feet are together and the trunk is upright.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from harec.yoga.recognition.angles import (
    ANGLE_NAMES,
    MIRROR_ANGLES,
    Angles,
)
from harec.yoga.recognition.features import trunk_of

MARGIN_DEG: Final = 8.0

#: Asana -> angle of the asana's left side -> lowest and highest.
RULES: Final[dict[str, dict[str, tuple[float, float]]]] = {
    "virabhadrasana_i": {
        "left_knee": (75, 140),
        "right_knee": (150, 180),
        "left_hip": (75, 140),
        "right_hip": (125, 180),
        "legs": (60, 135),
        "left_shoulder": (145, 180),
        "right_shoulder": (145, 180),
        "left_elbow": (130, 180),
        "right_elbow": (130, 180),
    },
    "virabhadrasana_iii": {
        "left_knee": (150, 180),
        "right_knee": (150, 180),
        "left_hip": (60, 120),
        "right_hip": (145, 180),
        "legs": (65, 130),
        "left_shoulder": (130, 180),
        "right_shoulder": (130, 180),
        "left_elbow": (140, 180),
        "right_elbow": (140, 180),
    },
    "tadasana": {
        "left_knee": (170, 180),
        "right_knee": (170, 180),
        "left_hip": (168, 180),
        "right_hip": (168, 180),
        "legs": (0, 14),
        "left_shoulder": (0, 16),
        "right_shoulder": (0, 16),
        "left_elbow": (158, 180),
        "right_elbow": (158, 180),
    },
}
#: The first warrior's trunk is at most so far from upright, the third one's from level: tilted
#: cameras, and people who lean.
_TRUNK_DEG: Final = 40.0
#: The first warrior stands on both feet: their difference in height, as a share of the step.
_STEP_RISE: Final = 0.5
#: The third one's hands are so far below the hips at most, as a share of the foot's depth.
_HANDS: Final = 0.6
#: The mountain pose: ankles at most this far apart, in trunks; trunk at most so far from upright;
#: shoulders at least so broad, in trunks (it is looked at from the front).
_ANKLES: Final = 0.26
_UPRIGHT_DEG: Final = 10.0
_SHOULDERS: Final = 0.4


def rule_confidences(keypoints_xyc: FloatArray, angles_deg: Angles) -> dict[str, FloatArray]:
    """Asana -> confidence 0..1 of each pose, float32 (N,).

    Args:
        keypoints_xyc: (N, 17, 3), pixels (y down) and score; 0 = not seen.
        angles_deg: (N, 9) of the same poses; a rule whose angle is not seen does not hold.
    """
    flipped = angles_deg[:, list(MIRROR_ANGLES)]
    found = {}
    for name, ranges in RULES.items():
        both = [_within(angles, ranges) for angles in (angles_deg, flipped)]
        found[name] = np.maximum(*both).astype(np.float32)
    found["tadasana"] *= _standing_still(keypoints_xyc)
    found["virabhadrasana_i"] *= _on_both_feet(keypoints_xyc)
    found["virabhadrasana_iii"] *= _on_one_leg(keypoints_xyc)
    return found


def _within(angles: Angles, ranges: dict[str, tuple[float, float]]) -> NDArray[np.float64]:
    columns = [ANGLE_NAMES.index(name) for name in ranges]
    low, high = np.array(list(ranges.values())).T
    values = angles[:, columns]
    outside = np.maximum(np.maximum(low - values, values - high), 0)
    holds = (1 - np.nan_to_num(outside, nan=np.inf) / MARGIN_DEG).clip(0, 1)
    return np.asarray(holds.min(axis=1), np.float64)


def _on_both_feet(keypoints_xyc: FloatArray) -> NDArray[np.bool_]:
    """An upright trunk over a long step: no knee is lifted, nobody lies."""
    points = np.asarray(keypoints_xyc, np.float64)[..., :2]
    step = np.abs(points[:, LEFT_ANKLE] - points[:, RIGHT_ANKLE])
    upright = np.abs(_trunk_from_up_deg(keypoints_xyc)) <= _TRUNK_DEG
    return np.asarray(upright & (step[:, 1] <= _STEP_RISE * step[:, 0]), np.bool_)


def _on_one_leg(keypoints_xyc: FloatArray) -> NDArray[np.bool_]:
    """A level trunk above a foot, and hands that are not at the foot's height."""
    points = np.asarray(keypoints_xyc, np.float64)
    hips, _ = trunk_of(keypoints_xyc)
    level = np.abs(_trunk_from_up_deg(keypoints_xyc) - 90) <= _TRUNK_DEG
    from_hips = points[..., :2] - np.nan_to_num(hips)[:, None]
    ankles = from_hips[:, [LEFT_ANKLE, RIGHT_ANKLE]]
    foot = ankles[np.arange(len(points)), ankles[..., 1].argmax(axis=1)]
    hands = from_hips[:, [LEFT_WRIST, RIGHT_WRIST], 1].max(axis=1)
    stands = foot[:, 1] > np.abs(foot[:, 0])
    return np.asarray(level & stands & (hands < _HANDS * foot[:, 1]), np.bool_)


def _trunk_from_up_deg(keypoints_xyc: FloatArray) -> NDArray[np.float64]:
    """Angle (N,) between the trunk and the image's up, 0..180; 180 where it is not seen."""
    hips, shoulders = trunk_of(keypoints_xyc)
    axis = shoulders - hips
    return np.nan_to_num(np.degrees(np.arctan2(np.abs(axis[:, 0]), -axis[:, 1])), nan=180.0)


def _standing_still(keypoints_xyc: FloatArray) -> NDArray[np.bool_]:
    """Feet together, trunk upright in the image, seen from the front or the back."""
    points = np.asarray(keypoints_xyc, np.float64)
    hips, shoulders = trunk_of(keypoints_xyc)
    trunk = np.maximum(np.sqrt(((hips - shoulders) ** 2).sum(-1)), 1e-6)
    upright = _trunk_from_up_deg(keypoints_xyc) <= _UPRIGHT_DEG

    def apart(a: int, b: int) -> NDArray[np.float64]:
        distance = np.sqrt(((points[:, a, :2] - points[:, b, :2]) ** 2).sum(-1))
        return np.asarray(distance / trunk, np.float64)

    together = apart(LEFT_ANKLE, RIGHT_ANKLE) <= _ANKLES
    broad = apart(LEFT_SHOULDER, RIGHT_SHOULDER) >= _SHOULDERS
    return np.asarray(upright & together & broad, np.bool_)
