"""Joint angles against hand-computed cases."""

import math

import numpy as np
import pytest

from harec.core import skeleton as sk
from harec.yoga.recognition.angles import (
    ANGLE_NAMES,
    MIRROR_ANGLES,
    joint_angles,
    named,
)
from harec.yoga.recognition.features import mirrored


def body(**joints: tuple[float, float]) -> np.ndarray:
    """Keypoints (17, 3) with the named joints seen at (x, y) pixels."""
    keypoints = np.zeros((17, 3), np.float32)
    for name, (x, y) in joints.items():
        keypoints[sk.KEYPOINT_NAMES.index(name)] = x, y, 1
    return keypoints


def angle(keypoints: np.ndarray, name: str) -> float:
    return float(joint_angles(keypoints)[ANGLE_NAMES.index(name)])


@pytest.mark.parametrize(
    ("wrist", "degrees"),
    [
        ((20, 0), 180.0),  # shoulder, elbow and wrist in one line
        ((10, 10), 90.0),  # the forearm hangs from a level upper arm
        ((0, 0), 0.0),  # folded back onto the shoulder
        ((10 + math.cos(math.radians(60)) * 8, math.sin(math.radians(60)) * 8), 120.0),
        ((10 + 3, -3), 135.0),  # upwards: the same as downwards
    ],
)
def test_the_elbow_is_between_the_shoulder_and_the_wrist(wrist, degrees):
    arm = body(left_shoulder=(0, 0), left_elbow=(10, 0), left_wrist=wrist)
    assert angle(arm, "left_elbow") == pytest.approx(degrees, abs=1e-4)


def test_each_angle_is_at_its_own_joint():
    # a right arm raised level to the side, a right leg that steps forward at 30 degrees
    step = (100 - 40 * math.sin(math.radians(30)), 100 + 40 * math.cos(math.radians(30)))
    right = body(
        right_shoulder=(100, 50),
        right_elbow=(70, 50),
        right_wrist=(70, 20),
        right_hip=(100, 100),
        right_knee=step,
        right_ankle=(step[0], step[1] + 40),
        left_hip=(120, 100),
        left_knee=(120, 140),
    )
    assert named(joint_angles(right)) == pytest.approx(
        {"right_elbow": 90, "right_shoulder": 90, "right_hip": 150, "right_knee": 150, "legs": 30},
        abs=1e-4,
    )


def test_what_is_not_seen_has_no_angle():
    arm = body(left_shoulder=(0, 0), left_elbow=(10, 0))
    assert np.isnan(joint_angles(arm)).all()
    unsure = body(left_shoulder=(0, 0), left_elbow=(10, 0), left_wrist=(20, 0))
    unsure[sk.LEFT_WRIST, 2] = 0.1
    assert np.isfinite(angle(unsure, "left_elbow"))
    assert np.isnan(joint_angles(unsure, threshold=0.2)).all()


def test_joints_on_one_spot_have_no_angle():
    arm = body(left_shoulder=(10, 0), left_elbow=(10, 0), left_wrist=(20, 0))
    assert np.isnan(angle(arm, "left_elbow"))


def test_moving_scaling_and_turning_the_picture_changes_nothing():
    rng = np.random.default_rng(0)
    keypoints = np.concatenate([rng.uniform(0, 100, (17, 2)), np.ones((17, 1))], 1)
    turn = math.radians(37)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    other = keypoints.copy()
    other[:, :2] = 3.5 * keypoints[:, :2] @ matrix.T + [1000, -70]
    np.testing.assert_allclose(joint_angles(other), joint_angles(keypoints), atol=1e-3)


def test_the_mirror_swaps_left_and_right():
    rng = np.random.default_rng(1)
    keypoints = np.concatenate([rng.uniform(0, 100, (5, 17, 2)), np.ones((5, 17, 1))], 2)
    keypoints[0, sk.LEFT_WRIST, 2] = 0
    expected = joint_angles(keypoints)[:, list(MIRROR_ANGLES)]
    np.testing.assert_allclose(joint_angles(mirrored(keypoints)), expected, atol=1e-9)
    assert [ANGLE_NAMES[i] for i in MIRROR_ANGLES][:2] == ["right_elbow", "left_elbow"]
