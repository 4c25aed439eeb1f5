"""Which joints are believed, what is missing, and whether the camera stands right."""

import math

import numpy as np
import pytest

from harec.core import skeleton as sk
from harec.simulate.body.body import Body
from harec.simulate.camera import Camera
from harec.simulate.motion.asanas import asana_joints, camera_yaw
from harec.yoga.coaching.references import load_references
from harec.yoga.coaching.viewpoint import (
    body_breadth,
    missing_parts,
    sure_keypoints,
    unseen_parts,
    wrong_view,
)

SIZE_WH = (640, 480)


def body(yaw=0.0) -> np.ndarray:
    """A body that stands in the middle of the picture, all joints seen for sure."""
    joints = asana_joints("tadasana", None)
    camera = Camera(SIZE_WH, yaw=yaw).framing(joints, margin=0.2)
    xy, _ = camera.project(joints)
    return np.concatenate([xy, np.full((17, 1), 0.9)], axis=1).astype(np.float32)


class TestSureJoints:
    def test_a_body_in_the_middle_of_the_picture_stays_as_it_is(self):
        np.testing.assert_array_equal(sure_keypoints(body(), SIZE_WH), body())

    @pytest.mark.parametrize(
        ("at", "score", "believed"),
        [
            ((300, 475), 0.5, False),  # invented at the lower edge
            ((300, 475), 0.8, True),  # a foot that really stands there
            ((3, 200), 0.5, False),
            ((636, 200), 0.5, False),
            ((300, 2), 0.5, False),
            ((300, 520), 0.5, False),  # outside
            ((300, 440), 0.5, True),  # 3 % of the longer side is 19 px
        ],
    )
    def test_at_the_edge_a_joint_must_be_sure(self, at, score, believed):
        keypoints = body()
        keypoints[sk.LEFT_WRIST] = *at, score
        assert (sure_keypoints(keypoints, SIZE_WH)[sk.LEFT_WRIST, 2] > 0) == believed

    @pytest.mark.parametrize(
        ("joint", "score", "believed"),
        [
            (sk.LEFT_ANKLE, 0.3, False),
            (sk.LEFT_ANKLE, 0.45, True),
            (sk.RIGHT_KNEE, 0.3, False),
            (sk.LEFT_WRIST, 0.3, True),  # hands are often small and fast
        ],
    )
    def test_legs_must_be_surer_than_arms(self, joint, score, believed):
        keypoints = body()
        keypoints[joint, 2] = score
        assert (sure_keypoints(keypoints, SIZE_WH)[joint, 2] > 0) == believed

    def test_many_bodies_at_once_and_none(self):
        many = np.stack([body(), body()])
        many[1, sk.LEFT_ANKLE, 2] = 0.3
        out = sure_keypoints(many, SIZE_WH)
        assert out[0, sk.LEFT_ANKLE, 2] > 0
        np.testing.assert_array_equal(out[1, sk.LEFT_ANKLE], 0)
        assert many[1, sk.LEFT_ANKLE, 2] > 0  # a copy
        assert sure_keypoints(np.zeros((0, 17, 3), np.float32), SIZE_WH).shape == (0, 17, 3)


class TestUnseenParts:
    def test_a_whole_body_misses_nothing(self):
        assert unseen_parts(body()) == []
        assert missing_parts(body()) is None

    @pytest.mark.parametrize(
        ("gone", "parts"),
        [
            ((sk.LEFT_ANKLE, sk.RIGHT_ANKLE), ["feet"]),
            ((sk.LEFT_ANKLE,), ["left foot"]),
            ((sk.RIGHT_ANKLE,), ["right foot"]),
            ((sk.LEFT_WRIST,), []),  # one hand may be behind the body
            ((sk.LEFT_WRIST, sk.RIGHT_WRIST), ["hands"]),
        ],
    )
    def test_from_the_front_every_foot_counts(self, gone, parts):
        keypoints = body()
        keypoints[list(gone)] = 0
        assert unseen_parts(keypoints) == parts

    def test_in_profile_one_foot_may_hide_the_other(self):
        keypoints = body(yaw=math.pi / 2)
        keypoints[sk.RIGHT_ANKLE] = 0
        assert unseen_parts(keypoints) == []

    def test_the_sentence_names_everything_and_says_what_to_do(self):
        keypoints = body()
        keypoints[13:17] = 0
        assert missing_parts(keypoints) == (
            "Your knees and feet can't be seen: step back until your whole body is in the picture."
        )


def test_bodies_are_broad_from_the_front_and_narrow_in_profile():
    assert body_breadth(body()) > 1
    assert body_breadth(body(yaw=math.pi / 2)) < 0.25
    gone = body()
    gone[sk.LEFT_HIP] = 0
    assert body_breadth(gone) is None
    folded = body()
    folded[[sk.LEFT_HIP, sk.RIGHT_HIP], :2] = folded[[sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER], :2]
    assert body_breadth(folded) is None


@pytest.mark.parametrize(
    ("name", "side", "turned_deg"),
    [
        ("trikonasana", "left", 50),
        ("virabhadrasana_i", "left", 60),
        ("virabhadrasana_ii", "left", 45),
        ("virabhadrasana_iii", "left", 50),
        ("ardha_chandrasana", "left", 50),
        ("vrikshasana", "left", 45),
        ("baddha_konasana", None, 45),
        ("utkata_konasana", None, 50),
        ("adho_mukha_svanasana", None, 45),
        ("tadasana", None, 50),
    ],
)
def test_a_turned_body_is_told_so_and_a_well_filmed_one_is_not(name, side, turned_deg):
    """Shoulders and hips together: either alone leaves most of these unsaid."""
    rng = np.random.default_rng(8)
    right, wrong = [], []
    for _ in range(8):
        joints = asana_joints(name, side, None, Body.random(rng, spread=0.7))
        for told, more in ((right, 0.0), (wrong, math.radians(turned_deg))):
            camera = Camera(SIZE_WH, yaw=camera_yaw(name, side) + more).framing(joints)
            xy, _ = camera.project(joints)
            keypoints = np.concatenate([xy, np.ones((17, 1))], axis=1).astype(np.float32)
            told.append(wrong_view(name, keypoints, load_references()) is not None)
    assert sum(right) <= 1
    assert sum(wrong) >= 7
