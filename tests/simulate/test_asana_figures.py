"""Simulated yoga: bodies that hold asanas, practice, and the images of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from harec.core import skeleton as sk
from harec.core.errors import InputError
from harec.simulate.body.body import Body
from harec.simulate.camera import Camera
from harec.simulate.motion.asanas import (
    asana_joints,
    camera_yaw,
    typical_angles,
)
from harec.simulate.scene.asana_figure import draw_asana, draw_asana_truth
from harec.simulate.yoga_practice import (
    TRANSITION_S,
    Step,
    hold_motion,
    write_practice,
)
from harec.yoga.recognition.angles import ANGLE_NAMES, joint_angles
from harec.yoga.recognition.asanas import ASANAS, Side
from harec.yoga.recognition.features import mirrored

SIDED: list[tuple[str, Side | None]] = [
    (name, side)
    for name, asana in ASANAS.items()
    for side in (("left", "right") if asana.sided else (None,))
]
QUICK = (("utkata_konasana", None), ("virabhadrasana_iii", "left"), ("trikonasana", "right"))
BONES = ((5, 7), (6, 8), (7, 9), (8, 10), (11, 13), (12, 14), (13, 15), (14, 16), (11, 12))
each = pytest.mark.parametrize(("name", "side"), SIDED)


def seen(joints: np.ndarray, yaw: float) -> np.ndarray:
    """Keypoints (17, 3) in an image from 9 m, from the height of the body's middle."""
    x, y, z = joints.mean(axis=0).tolist()
    camera = Camera((900, 900), target=(x, y, z), distance=9, yaw=yaw, fov=math.radians(20))
    return np.concatenate([camera.project(joints)[0], np.ones((17, 1))], axis=1)


def shown(joints: np.ndarray, name: str, side: Side | None) -> dict[str, float]:
    angles = joint_angles(seen(joints, camera_yaw(name, side)))
    return dict(zip(ANGLE_NAMES, angles.tolist(), strict=True))


# ---- angles


@each
def test_typical_angles_are_seen(name: str, side: Side | None) -> None:
    angles = shown(asana_joints(name, side), name, side)
    for angle, wanted in typical_angles(name, side).items():
        # where two hips and the legs disagree all three give way a little; bound angle's knees and
        # feet come towards the camera
        assert angles[angle] == pytest.approx(wanted, abs=5), angle


@each
def test_asked_angles_are_seen(name: str, side: Side | None) -> None:
    """Every joint of its own, 12 degrees away from what is typical."""
    for angle, typical in typical_angles(name, side).items():
        wanted = typical - 12 if typical > 90 else typical + 12
        joints = asana_joints(name, side, {angle: wanted})
        assert shown(joints, name, side)[angle] == pytest.approx(wanted, abs=4.5), angle


@each
def test_the_side_is_the_asked_one(name: str, side: Side | None) -> None:
    keypoints = seen(asana_joints(name, side), camera_yaw(name, side))
    assert ASANAS[name].side_of(joint_angles(keypoints)) == side


@pytest.mark.parametrize("name", [n for n, a in ASANAS.items() if a.sided])
def test_the_other_side_is_the_mirror_image(name: str) -> None:
    left, right = (asana_joints(name, side).astype(np.float32) for side in ("left", "right"))
    np.testing.assert_allclose(mirrored(left), right, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "angles"),
    [("dog", {}), ("tadasana", {"neck": 3.0}), ("tadasana", {"left_hip": 181.0})],
)
def test_nonsense_is_refused(name: str, angles: dict[str, float]) -> None:
    with pytest.raises(InputError):
        asana_joints(name, None, angles)


# ---- bodies


@each
def test_any_body_does_it_on_the_floor(name: str, side: Side | None) -> None:
    for seed in range(6):
        body = Body.random(np.random.default_rng(seed))
        joints = asana_joints(name, side, body=body)
        for (a, b), length in zip(BONES, lengths_of(body), strict=True):
            assert np.linalg.norm(joints[a] - joints[b]) == pytest.approx(length), (a, b)
        assert joints[:, 1].min() > 0.02 * body.scale
        lowest_ankle = joints[15:17, 1].min()
        assert lowest_ankle < 1.3 * body.ankle, "stands on nothing"
        # other proportions, about the same angles
        angles, typical = shown(joints, name, side), typical_angles(name, side)
        off = [abs(angles[angle] - typical[angle]) for angle in ANGLE_NAMES]
        assert max(off) < 10


def lengths_of(body: Body) -> list[float]:
    bones = (body.upper_arm, body.forearm, body.thigh, body.shank)
    return [length for bone in bones for length in (bone, bone)] + [2 * body.hip_half]


def test_feet_stand_where_the_asana_wants_them() -> None:
    average = Body.average()
    triangle = asana_joints("trikonasana", "left")
    assert triangle[15:17, 1] == pytest.approx(average.ankle)  # both flat on the floor
    assert triangle[sk.LEFT_ANKLE, 0] - triangle[sk.RIGHT_ANKLE, 0] > 0.7
    dog = asana_joints("adho_mukha_svanasana", None)
    assert dog[9:11, 1].max() < 0.06  # hands on the floor, ahead
    assert (dog[9:11, 2] - dog[15:17, 2]).min() > 0.9
    half_moon = asana_joints("ardha_chandrasana", "left")
    assert half_moon[sk.LEFT_WRIST, 1] < 0.25 < half_moon[sk.RIGHT_ANKLE, 1]


# ---- motion

SCRIPT: Sequence[Step] = (
    ("standing", None, 1.0),
    ("trikonasana", "left", 2.0),
    ("adho_mukha_svanasana", None, 2.0),
    ("tadasana", None, 1.0),
    ("natarajasana", "right", 2.0),
)


def test_holds_are_told_and_ways_between_go_through_standing() -> None:
    joints, holds = hold_motion(SCRIPT, rate_hz=20)
    way = TRANSITION_S
    times = [(hold.asana, hold.side, hold.start_s, hold.end_s) for hold in holds]
    assert times == [
        ("trikonasana", "left", 1 + way, 3 + way),
        ("adho_mukha_svanasana", None, 3 + 3 * way, 5 + 3 * way),
        ("tadasana", None, 5 + 4 * way, 6 + 4 * way),
        ("natarajasana", "right", 6 + 5 * way, 8 + 5 * way),
    ]
    assert len(joints) == round((8 + 5 * way) * 20)
    upright = joints[round((3 + 2 * way) * 20)]
    assert upright[5:7, 1].min() > upright[11:13, 1].max() > 0.8


@pytest.mark.parametrize("turning", [False, True])
def test_bones_keep_their_lengths_and_stay_above_the_floor(turning: bool) -> None:
    body = Body.random(np.random.default_rng(3))
    joints, _ = hold_motion(SCRIPT, rate_hz=20, body=body, turning=turning)
    for (a, b), length in zip(BONES, lengths_of(body), strict=True):
        measured = np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)
        np.testing.assert_allclose(measured, length, rtol=1e-4)
    trunk = joints[:, 5:7].mean(axis=1) - joints[:, 11:13].mean(axis=1)
    # raised shoulders lengthen it a little
    assert np.ptp(np.linalg.norm(trunk, axis=-1)) < 0.15 * body.trunk
    assert joints[..., 1].min() > 0.015
    assert joints[:, 15:17, 1].min() > 0.5 * body.ankle


def test_holding_is_almost_still_and_going_is_smooth() -> None:
    joints, holds = hold_motion(SCRIPT, rate_hz=20, seed=5)
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1) * 20  # m/s
    held = np.zeros(len(speed), bool)
    for hold in holds:
        held[round(hold.start_s * 20) + 1 : round(hold.end_s * 20) - 1] = True
    assert 0.001 < speed[held].mean() < 0.06
    assert speed.max() < 6
    other, _ = hold_motion(SCRIPT, rate_hz=20, seed=6)
    again, _ = hold_motion(SCRIPT, rate_hz=20, seed=5)
    np.testing.assert_array_equal(joints, again)
    assert 0 < np.abs(joints - other)[:10].max() < 0.05


def test_turning_shows_every_asana_to_one_camera() -> None:
    joints, holds = hold_motion(SCRIPT, rate_hz=10, turning=True)
    for hold in holds:
        middle = joints[round((hold.start_s + hold.end_s) / 2 * 10)]
        angles = joint_angles(seen(middle, 0.0))
        wanted = np.array(list(typical_angles(hold.asana, hold.side).values()))
        assert np.abs(angles - wanted).max() < 7, hold


@pytest.mark.parametrize("script", [[], [("standing", None, 0.0)], [("jump", None, 2.0)]])
def test_scripts_that_make_no_sense_are_refused(script: list[Step]) -> None:
    with pytest.raises(InputError):
        hold_motion(script)


# ---- images


def test_pictures_are_the_same_for_the_same_seed() -> None:
    first, again, other = (
        draw_asana("vrikshasana", "left", size_wh=(160, 200), seed=seed) for seed in (1, 1, 2)
    )
    assert first.shape == (200, 160, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@each
def test_the_whole_figure_is_in_the_picture(name: str, side: Side | None) -> None:
    plain = {"size_wh": (200, 200), "mat": None}
    image, keypoints = draw_asana_truth(name, side, **plain)  # type: ignore[arg-type]
    assert (keypoints[:, :2] > 8).all()
    assert (keypoints[:, :2] < 192).all()
    # the wall is light: whatever is not, is the figure
    saturated = np.ptp(image.astype(int), axis=2) > 60
    edge = np.ones((200, 200), bool)
    edge[3:-3, 3:-3] = False
    assert saturated.sum() > 800
    assert not (saturated & edge).any()


@pytest.mark.parametrize(
    ("name", "side"),
    [
        # all of them take a minute
        pytest.param(*case, marks=() if case in QUICK else pytest.mark.long)
        for case in SIDED
    ],
)
def test_movenet_sees_the_figure(name: str, side: Side | None) -> None:
    """The engine that ships with harec, which learnt from photos, finds the drawn keypoints."""
    pytest.importorskip("onnxruntime")
    from harec.pose.movenet import MoveNetEstimator

    image, true = draw_asana_truth(name, side)
    estimator = MoveNetEstimator("balanced")
    for _ in range(3):
        poses = estimator.estimate(image)
    assert len(poses.keypoints_xyc) == 1
    off = np.abs(joint_angles(poses.keypoints_xyc[0]) - joint_angles(true))
    assert np.median(off) < 9  # measured: at most 7
    assert off[4:8].max() < 20  # hips and knees


# ---- video


def test_a_practice_is_written_with_its_truth(tmp_path: Path) -> None:
    from harec.video import probe

    out = tmp_path / "practice.mp4"
    done: list[float] = []
    truth = write_practice(
        out, [("vrikshasana", "left", 1.0), ("tadasana", None, 0.5)], size_wh=(160, 120), fps=10,
        truth_path=tmp_path / "truth.json", on_progress=done.append,
    )  # fmt: skip
    info = probe(out)
    assert (info.width, info.height) == (160, 120)
    assert truth.keypoints_xyc.shape == (len(truth.times_s), 17, 3) == (30, 17, 3)
    assert (truth.keypoints_xyc[..., 2] == 1).all()
    assert [hold.asana for hold in truth.holds] == ["vrikshasana", "tadasana"]
    assert '"side": "left"' in (tmp_path / "truth.json").read_text(encoding="utf-8")
    assert done[-1] == 1
