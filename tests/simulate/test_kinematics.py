from __future__ import annotations

import numpy as np
import pytest

from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NOSE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from harec.simulate.body.body import Body
from harec.simulate.body.kinematics import (
    joints_of,
    mix_directions,
    rotate,
    solve_arms,
    two_bone,
    unit,
)
from harec.simulate.motion.actor import Actor


@pytest.fixture
def still() -> Actor:
    """A motionless adult: attention, arms hanging."""
    actor = Actor(np.random.default_rng(0), 3, Body.average(), plain=True)
    for angle in (actor.lean, actor.tilt, actor.twist, actor.look, actor.nod):
        angle[:] = 0
    actor.pelvis[:, 0::2] = 0
    actor.arms[:] = [0.0, -1.0, 0.0]
    return actor


def _joints(actor: Actor) -> np.ndarray:
    return joints_of(actor.body, actor.track())[0]


def test_two_bone_limb_reaches_a_target_in_reach_with_its_own_lengths() -> None:
    rng = np.random.default_rng(1)
    start, target = rng.normal(0, 0.2, (50, 3)), rng.normal(0, 0.2, (50, 3))
    joint, end = np.moveaxis(two_bone(start, target, 0.5, 0.4, rng.normal(0, 1, (50, 3))), 1, 0)
    np.testing.assert_allclose(np.linalg.norm(joint - start, axis=1), 0.5, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(end - joint, axis=1), 0.4, atol=1e-9)
    far_enough = np.linalg.norm(target - start, axis=1) > 0.17
    np.testing.assert_allclose(end[far_enough], target[far_enough], atol=1e-9)


def test_two_bone_limb_points_at_a_target_out_of_reach() -> None:
    joint_end = two_bone(
        np.zeros((1, 3)), np.array([[0.0, 0, 9]]), 0.5, 0.4, np.array([[0.0, 1, 0]])
    )
    np.testing.assert_allclose(joint_end[0, 1], [0, 0, 0.8991], atol=1e-6)


def test_the_middle_joint_goes_to_the_side_of_the_hint() -> None:
    target = np.array([[0.0, 0, 0.6]])
    up = two_bone(np.zeros((1, 3)), target, 0.5, 0.4, np.array([[0.0, 1, 0]]))[0, 0]
    down = two_bone(np.zeros((1, 3)), target, 0.5, 0.4, np.array([[0.0, -1, 0]]))[0, 0]
    assert up[1] > 0.2 > -0.2 > down[1]


def test_rotate_turns_right_handed() -> None:
    turned = rotate(np.array([[1.0, 0, 0]]), np.array([0.0, 1, 0]), np.array([np.pi / 2]))
    np.testing.assert_allclose(turned, [[0, 0, -1]], atol=1e-12)


def test_mixing_opposite_directions_passes_in_front_and_outside() -> None:
    down, up = np.array([[0.0, -1, 0]]), np.array([[0.0, 1, 0]])
    way = np.stack([mix_directions(down, up, np.array([[w]]))[0] for w in np.linspace(0, 1, 21)])
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1)
    np.testing.assert_allclose(way[[0, -1]], [[0, -1, 0], [0, 1, 0]], atol=1e-9)
    assert way[10, 0] > 0.3
    assert way[10, 2] > 0.3
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).max() < 0.5  # no jump on the way


def test_attention(still: Actor) -> None:
    joints = _joints(still)
    body = still.body
    assert joints[LEFT_SHOULDER, 0] > 0 > joints[RIGHT_SHOULDER, 0]  # +x is the person's left
    assert joints[NOSE, 2] > joints[LEFT_SHOULDER, 2]  # facing +z
    assert joints[LEFT_HIP, 1] == pytest.approx(body.hip_height)
    assert joints[LEFT_ANKLE, 1] == pytest.approx(body.ankle, abs=1e-3)
    assert joints[LEFT_WRIST, 1] == pytest.approx(joints[LEFT_SHOULDER, 1] - body.arm, abs=1e-6)


@pytest.mark.parametrize(
    ("angle", "axis", "sign"),
    [
        ("lean", 2, 1),  # forward
        ("tilt", 0, 1),  # to the person's left
    ],
)
def test_trunk_angles_have_the_documented_sense(
    still: Actor, angle: str, axis: int, sign: int
) -> None:
    getattr(still, angle)[:] = 0.3
    joints = _joints(still)
    shoulders = joints[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(0)
    assert shoulders[axis] == pytest.approx(sign * still.body.trunk * np.sin(0.3), abs=1e-6)


def test_turn_goes_to_the_left_and_twist_brings_the_right_shoulder_forward(still: Actor) -> None:
    still.twist[:] = 0.5
    joints = _joints(still)
    assert joints[RIGHT_SHOULDER, 2] > 0.03 > -0.03 > joints[LEFT_SHOULDER, 2]
    still.twist[:] = 0
    still.face(np.pi / 2)
    joints = _joints(still)
    assert joints[NOSE, 0] > 0.05  # facing +x
    assert joints[LEFT_ANKLE, 2] < -0.05


def test_solved_arms_put_the_wrists_where_asked(still: Actor) -> None:
    wanted = np.tile([0.05, -0.2, 0.35], (still.n, 2, 1))
    still.arms[:] = solve_arms(still.body, wanted, np.array([1.0, -1, 0]))
    joints = _joints(still)
    middle = joints[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(0)
    # Shoulders give way by up to 3 cm when the arm is lifted.
    np.testing.assert_allclose(joints[LEFT_WRIST], middle + np.array([0.05, -0.2, 0.35]), atol=0.03)
    np.testing.assert_allclose(
        joints[RIGHT_WRIST], middle + np.array([-0.05, -0.2, 0.35]), atol=0.03
    )


def test_hands_stay_out_of_the_trunk(still: Actor) -> None:
    still.arms[:] = solve_arms(
        still.body, np.tile([0.0, -0.25, 0.0], (still.n, 2, 1)), np.array([1.0, 0, 0])
    )
    assert (_joints(still)[[LEFT_WRIST, RIGHT_WRIST], 2] > 0.08).all()


def test_the_elbow_folds_no_further_than_an_elbow_does(still: Actor) -> None:
    still.arms[:, :, 0] = [0.3, -1, 0.2]
    still.arms[:, :, 1] = [-0.3, 1, -0.15]
    joints = _joints(still)
    upper = unit(joints[LEFT_ELBOW] - joints[LEFT_SHOULDER])
    fore = unit(joints[LEFT_WRIST] - joints[LEFT_ELBOW])
    assert np.degrees(np.arccos(upper @ fore)) < 151
