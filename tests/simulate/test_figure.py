"""The drawn person: where the ink is, what is in front of what, frames of the bones."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harec.core import skeleton as sk
from harec.simulate.body.body import Body
from harec.simulate.body.rig import (
    Bone,
    Measures,
    bone_frames,
)
from harec.simulate.camera import Camera
from harec.simulate.figure.figure import Figure, detail_for
from harec.simulate.figure.looks import (
    HAIR_STYLES,
    LEGWEAR,
    PATTERNS,
    SLEEVES,
    Look,
)
from harec.simulate.figure.shading import Light, draw_quads
from harec.simulate.motion.motion import make_motion

GREY = 128
RED, GREEN, BLUE = (250.0, 20.0, 20.0), (20.0, 200.0, 20.0), (20.0, 20.0, 250.0)


def motion(label: str = "STANDING", seed: int = 0) -> np.ndarray:
    return make_motion(label, 1.0, np.random.default_rng(seed), Body.average(), style="plain")


def drawn(
    joints: np.ndarray, look: Look, camera: Camera, hands: str = "relaxed", frame: int = 0
) -> np.ndarray:
    width, height = camera.size_wh
    image = np.full((height, width, 3), GREY, np.uint8)
    Figure(look, joints, 10).draw(image, joints[frame], camera, Light(), hands=hands)
    return image


def inked(image: np.ndarray) -> np.ndarray:
    return (np.abs(image.astype(int) - GREY) > 12).any(axis=2)


def front(yaw: float = 0.0, size: int = 400) -> Camera:
    return Camera((size, size), target=(0, 0.9, 0), distance=3.2, yaw=yaw)


@pytest.mark.parametrize("label", ["STANDING", "JUMPING_JACKS", "BOXING", "SQUAT"])
@pytest.mark.parametrize("yaw", [0.0, math.pi / 2, math.pi])
def test_every_joint_is_covered(label: str, yaw: float) -> None:
    joints, camera = motion(label), front(yaw)
    ink = inked(drawn(joints, Look(skin=RED, shirt=GREEN, legs=BLUE), camera, frame=20))
    pixels, _ = camera.project(joints[20])
    for name, (x, y) in zip(sk.KEYPOINT_NAMES, pixels.astype(int), strict=True):
        # a nose or ear lies on the outline when seen from the side: look around it
        assert ink[y - 2 : y + 3, x - 2 : x + 3].any(), name


def test_the_outline_is_a_person() -> None:
    joints, camera = motion(), front()
    ink = inked(drawn(joints, Look(), camera))
    pixels, _ = camera.project(joints[0])
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    floor, _ = camera.project(np.array([0.0, 0.0, 0.15]))
    assert rows[-1] == pytest.approx(floor[1], abs=5)  # the soles stand on the floor
    head = pixels[sk.LEFT_EAR, 1]
    assert rows[0] < head - 8
    assert rows[0] > head - 35
    assert columns[0] > pixels[:, 0].min() - 20
    assert columns[-1] < pixels[:, 0].max() + 20


def test_face_from_the_front_only() -> None:
    look = Look(skin=(200, 160, 140), hair=(10, 200, 10), hair_style="short")
    joints = motion()
    head = joints[0, [sk.LEFT_EAR, sk.RIGHT_EAR]].mean(axis=0)
    for yaw, face in ((0.0, True), (math.pi, False)):
        camera = replace(front(yaw), target=tuple(float(v) for v in head), distance=1.0)
        image = drawn(joints, look, camera).astype(int)
        middle = image[190:230, 170:230]
        green = (middle[..., 1] > middle[..., 0] + 30).mean()
        assert (green < 0.2) == face


def test_an_arm_passes_before_and_behind_the_body() -> None:
    joints = motion().copy()
    # the left arm reaches ahead, or it would hide the right one
    joints[:, sk.LEFT_ELBOW] = joints[:, sk.LEFT_SHOULDER] + np.array([0, 0, 0.28])
    joints[:, sk.LEFT_WRIST] = joints[:, sk.LEFT_SHOULDER] + np.array([0, 0, 0.53])
    camera = front(math.pi / 2)  # from the person's left
    look = Look(skin=RED, shirt=GREEN, sleeves="none", legs=BLUE)
    image = drawn(joints, look, camera)
    for joint, seen in ((sk.LEFT_ELBOW, True), (sk.RIGHT_ELBOW, False), (sk.LEFT_SHOULDER, True)):
        x, y = camera.project(joints[0])[0][joint].astype(int)
        red, green = image[y, x, 0], image[y, x, 1]
        assert (red > green) == seen


def test_light_comes_from_its_side() -> None:
    joints, camera = motion(), front()
    look = Look(shirt=(150, 150, 150), accent=(150, 150, 150), sleeves="none")
    x, y = camera.project(joints[0, [5, 6, 11, 12]].mean(axis=0))[0].astype(int)
    levels = []
    for side in (1.0, -1.0):
        image = np.full((400, 400, 3), GREY, np.uint8)
        light = Light(direction=(side * 0.8, 0.5, 0.33), softness=0.1)
        Figure(look, joints, 10).draw(image, joints[0], camera, light)
        levels.append(image[y - 20, [x - 14, x + 14]].mean(axis=1))
    assert levels[0][1] > levels[0][0] + 10  # the lamp on the right lights the right
    assert levels[1][0] > levels[1][1] + 10


def test_hands_and_eyes_change() -> None:
    joints, camera = motion("WAVING_1HAND"), front(size=700)
    images = {hand: drawn(joints, Look(), camera, hand) for hand in ("open", "relaxed", "fist")}
    assert (images["open"] != images["fist"]).any()
    assert (images["open"] != images["relaxed"]).any()
    figure = Figure(Look(), joints, 12)
    blinks = []
    for time_s in np.arange(0, 3.4, 0.1):
        image = np.full((700, 700, 3), GREY, np.uint8)
        figure.draw(image, joints[0], camera, Light(), time_s=float(time_s))
        blinks.append(image)
    different = [(image != blinks[0]).any() for image in blinks]
    assert 1 <= min(sum(different), len(blinks) - sum(different)) <= 3


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_every_look_is_drawn(style: str) -> None:
    at = HAIR_STYLES.index(style)
    look = Look(
        hair_style=style,
        sleeves=SLEEVES[at % len(SLEEVES)],
        legwear=LEGWEAR[at % len(LEGWEAR)],
        pattern=PATTERNS[at % len(PATTERNS)],
        beard=(at % 2) * 0.8,
    )
    assert inked(drawn(motion(), look, front(0.4, 200))).mean() > 0.03


def test_unknown_look() -> None:
    with pytest.raises(ValueError, match="mohawk"):
        Look(hair_style="mohawk")


def test_random_looks_differ_and_repeat() -> None:
    looks = [Look.random(np.random.default_rng(seed)) for seed in range(40)]
    assert looks[3] == Look.random(np.random.default_rng(3))
    assert len({look.hair_style for look in looks}) >= 6
    assert len({look.skin for look in looks}) >= 5
    assert {look.legwear for look in looks} == set(LEGWEAR)


@pytest.mark.parametrize("label", ["STANDING", "JUMPING_JACKS", "BOXING", "SQUAT", "WALKING"])
def test_bone_frames_are_right_handed_and_along_the_bones(label: str) -> None:
    joints = motion(label, seed=4)
    measures = Measures.of(joints)
    for pose in joints[::6]:
        origins, axes = bone_frames(pose, measures)
        lengths = np.linalg.norm(axes, axis=2)
        assert lengths == pytest.approx(1.0, abs=0.15)  # y stretches with the bone
        assert (np.linalg.det(axes) > 0.8).all()
        elbow = origins[Bone.UPPER_ARM] + measures.upper_arm * axes[Bone.UPPER_ARM, 1]
        assert elbow == pytest.approx(pose[sk.LEFT_ELBOW], abs=1e-4)
        ankle = origins[Bone.SHANK + 1] + measures.shank * axes[Bone.SHANK + 1, 1]
        assert ankle == pytest.approx(pose[sk.RIGHT_ANKLE], abs=1e-4)


def test_toes_and_face_point_forward() -> None:
    pose = motion()[0]
    _, axes = bone_frames(pose, Measures.of(motion()))
    for bone in (Bone.HEAD, Bone.CHEST, Bone.PELVIS, Bone.FOOT, Bone.FOOT + 1):
        assert axes[bone, 2, 2] > 0.85


def test_edges_are_smooth_and_exact() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    square = np.array([[5.5, 5], [5.5, 15], [15.5, 15], [15.5, 5]], np.float32)
    draw_quads(image, square, np.array([[0, 1, 2, 3]], np.int32), np.full((1, 3), 200.0), 4)
    row = image[10, :, 0].astype(int)
    assert row[8:13].tolist() == [200] * 5
    assert 60 < row[5] < 160  # half covered
    # the drawn area, in pixels, with a little for OpenCV's thick edges
    assert image[..., 0].sum() / 200 == pytest.approx(100, rel=0.08)


def test_outside_the_picture_nothing_happens() -> None:
    joints = motion() + np.array([50.0, 0, 0], np.float32)
    assert not inked(drawn(joints, Look(), front())).any()
    behind = motion() + np.array([0, 0, 3.3], np.float32)
    assert not inked(drawn(behind, Look(), front())).any()


def test_detail_grows_with_size() -> None:
    assert detail_for(60) <= detail_for(400) < detail_for(1000) <= 24


def _errors(label: str, style: str, size_wh: tuple[int, int], seed: int) -> np.ndarray:
    """Distances (n,) between MoveNet's joints and the true ones, in torsos, over a short clip."""
    from harec.pose.movenet import MoveNetEstimator
    from harec.simulate.spec import ClipSpec
    from harec.simulate.stage import set_stage

    spec = ClipSpec((((label, 0.8),),), size_wh=size_wh, seed=seed, style=style)
    stage, estimator = set_stage(spec), MoveNetEstimator(max_people=1, threads=1)
    camera, out = stage.scene.camera, []
    for index in range(0, 24, 4):
        joints = stage.joints_at(index / 30)
        rgb = stage.scene.render(joints, hands=stage.hands_at(index / 30), frame=index)
        pose, depth = joints[0], float(camera.project(joints[0, 11])[1])
        true_px, _ = camera.project(pose)
        torso = np.linalg.norm(pose[5:7].mean(axis=0) - pose[11:13].mean(axis=0))
        found = estimator.estimate(rgb).keypoints_xyc
        error = np.full(17, 9.0)
        if len(found):
            apart = np.linalg.norm(found[0, :, :2] - true_px, axis=1)
            error = apart / (torso * camera.focal_px / depth)
        ahead = pose[:3].mean(axis=0) - pose[3:5].mean(axis=0)
        faces_camera = ahead @ (camera.position - pose[sk.NOSE]) > 0
        out.append(error if faces_camera else error[5:])
    return np.concatenate(out)


#: Action, size of the frame, style and seed.
FILMED = [
    (label, size_wh, style, 70 + index)
    for index, (label, size_wh) in enumerate(
        [
            ("JUMPING", (320, 240)),
            ("JUMPING_JACKS", (640, 480)),
            ("BOXING", (1280, 720)),
            ("WAVING_2HANDS", (480, 854)),
            ("WAVING_1HAND", (320, 240)),
            ("CLAPPING_HANDS", (640, 480)),
            ("STANDING", (1920, 1080)),
            ("SQUAT", (640, 480)),
            ("WALKING", (640, 480)),
        ]
    )
    for style in ("plain", "rich")
]


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(FILMED[::8], id="some", marks=pytest.mark.slow),
        pytest.param(FILMED, id="all", marks=pytest.mark.long),
    ],
)
def test_movenet_finds_the_keypoints(cases: list[tuple[str, tuple[int, int], str, int]]) -> None:
    """The promise that the rest of the tests stand on: median <= 6 % of the torso, PCK@0.2 >= 0.95.

    Measured over more clips: 0.021 and 0.997 for the plain style, 0.029 and 0.975 for the rich one.
    """
    errors = [_errors(label, style, size_wh, seed) for label, size_wh, style, seed in cases]
    together = np.concatenate(errors)
    assert np.median(together) <= 0.06
    assert (together < 0.2).mean() >= 0.95
