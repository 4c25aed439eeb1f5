"""The classifier and the coach on bodies that hold asanas, seen by cameras; and its file."""

import json
import math

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from harec.core import skeleton as sk
from harec.core.errors import ModelError
from harec.simulate.body.body import Body
from harec.simulate.camera import Camera
from harec.simulate.motion.asanas import (
    asana_joints,
    camera_yaw,
    typical_angles,
)
from harec.simulate.motion.motion import make_motion
from harec.training.yoga.other_yoga import draw_other_yoga
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.recognition.angles import joint_angles
from harec.yoga.recognition.asanas import ASANAS, OTHERS
from harec.yoga.recognition.classifier import (
    MODEL_PATH,
    NO_ASANA,
    load_asana_model,
)
from harec.yoga.recognition.features import (
    NUM_FEATURES,
    extract_features,
    mirrored,
)

#: Asanas in turned pictures that are like other yoga as the picture is: not tried turned.
LIKE_OTHER_YOGA = (
    ("natarajasana", 90),  # a reverse warrior
    ("virabhadrasana_iii", 90),
    ("virabhadrasana_iii", 270),  # somebody who stands and lifts a leg
    ("ardha_chandrasana", 180),  # a side plank with a lifted leg
)
SIDES = [(n, s) for n, a in ASANAS.items() for s in (("left", "right") if a.sided else (None,))]


def filmed(joints, yaw, pitch=0.05, size_wh=(640, 480)) -> np.ndarray:
    """Joints (17, 3) in metres as keypoints (17, 3) of a picture in which they just fit."""
    camera = Camera(size_wh, yaw=yaw, pitch=pitch).framing(joints)
    xy, _ = camera.project(joints)
    return np.concatenate([xy, np.ones((17, 1))], axis=1).astype(np.float32)


def seen(name, side, turned_deg=0.0, body=None, angles=None, **camera) -> np.ndarray:
    joints = asana_joints(name, side, angles, body)
    return filmed(joints, camera_yaw(name, side) + math.radians(turned_deg), **camera)


def turned(keypoints, degrees) -> np.ndarray:
    """The picture turned by some degrees."""
    turn = math.radians(degrees)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    out = keypoints.copy()
    out[..., :2] = keypoints[..., :2] @ matrix.T
    return out


@pytest.fixture(scope="module")
def coach():
    return AsanaCoach()


@pytest.mark.parametrize(("name", "side"), SIDES)
@pytest.mark.parametrize("turned_deg", [-20, 0, 20])
def test_every_asana_is_named_with_its_side_from_about_the_right_direction(
    coach, name, side, turned_deg
):
    coaching = coach.look(seen(name, side, turned_deg))
    assert (coaching.asana, coaching.side) == (name, side)
    assert coaching.score > 55


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_bodies_of_all_proportions_are_named(coach, name, side):
    rng = np.random.default_rng(5)
    bodies = [Body.random(rng) for _ in range(12)]
    answers = coach.look_all(np.stack([seen(name, side, body=body) for body in bodies]))
    right = [(a.asana, a.side) == (name, side) for a in answers]
    assert sum(right) >= (11 if ASANAS[name].photos else 10)  # rules allow for less than photos do


@pytest.mark.parametrize(("name", "side"), SIDES)
@pytest.mark.parametrize("degrees", [-20, 20])
def test_a_tilted_camera_changes_no_name(coach, name, side, degrees):
    if name == "tadasana":
        degrees /= 4  # who leans like that does not stand upright
    upright, tilted = (coach.look(k) for k in (seen(name, side), turned(seen(name, side), degrees)))
    assert (tilted.asana, tilted.side, tilted.turn_deg) == (name, side, 0)
    assert tilted.score == pytest.approx(upright.score, abs=0.05)


@pytest.mark.parametrize("name", [n for n in ASANAS if n != "tadasana"])
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_picture_is_tried_turned_and_that_is_said(coach, name, degrees):
    side = "left" if ASANAS[name].sided else None
    upright, other = (coach.look(k) for k in (seen(name, side), turned(seen(name, side), degrees)))
    assert (upright.asana, upright.side, upright.turn_deg) == (name, side, 0)
    assert not any("turned" in text for text in upright.warnings)
    if (name, degrees) in LIKE_OTHER_YOGA:
        assert (other.asana, other.turn_deg) == (None, 0)
        return
    assert (other.asana, other.side, other.turn_deg) == (name, side, 360 - degrees)
    assert any(f"turned by {360 - degrees}°" in text for text in other.warnings)
    assert other.score == pytest.approx(upright.score, abs=0.05)


@pytest.mark.parametrize("kind", OTHERS)
def test_other_yoga_is_hardly_ever_an_asana_whichever_way_it_is_turned(coach, kind):
    """Drawn bodies that the networks did not learn from: other seeds."""
    bodies = draw_other_yoga(kind, 120, np.random.default_rng(4242))
    found = coach.model.recognise(bodies)
    named = found.probabilities[:, :NO_ASANA].max(axis=1) >= coach.threshold
    # a dog on the forearms is a dog to the network: one variant of six
    assert named.mean() <= (0.25 if kind == "three_legged_dog" else 0.1)
    # who stands and lifts a straight leg is a half moon by the angles, a quarter turned
    assert (named & (found.turns_deg > 0)).mean() <= 0.05


def test_a_side_plank_is_no_half_moon_and_the_network_says_what_it_is(coach):
    bodies = draw_other_yoga("side_plank", 100, np.random.default_rng(7))
    classes = coach.model.config.classes
    learnt = coach.model.network_probabilities(bodies)
    assert (learnt.argmax(axis=1) == classes.index("side_plank")).mean() > 0.8
    named = [coaching.asana for coaching in coach.look_all(bodies)]
    assert named.count("ardha_chandrasana") <= 5


@pytest.mark.parametrize("name", ["vrikshasana", "utkata_konasana"])
@pytest.mark.parametrize(("shoulders", "elbows"), [(14, 172), (170, 172), (30, 60)])
def test_tree_and_goddess_are_named_whatever_the_arms_do(coach, name, shoulders, elbows):
    angles = {f"{side}_shoulder": shoulders for side in ("left", "right")}
    angles |= {f"{side}_elbow": elbows for side in ("left", "right")}
    side = "left" if ASANAS[name].sided else None
    assert coach.look(seen(name, side, angles=angles)).asana == name


def test_the_warriors_that_rules_define_stand(coach):
    """A lifted knee with arms overhead, and a dog with a lifted leg, have the warriors' angles."""
    knees = draw_other_yoga("standing", 140, np.random.default_rng(1))[10::14]
    dogs = draw_other_yoga("three_legged_dog", 60, np.random.default_rng(1))[::6]
    named = {coaching.asana for coaching in coach.look_all(np.concatenate([knees, dogs]))}
    assert not named & {"virabhadrasana_i", "virabhadrasana_iii"}


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_the_mirror_swaps_the_side_and_nothing_else(coach, name, side):
    keypoints = seen(name, side, turned_deg=7)
    here, there = coach.look(keypoints), coach.look(mirrored(keypoints))
    assert there.asana == here.asana == name
    assert there.side == {"left": "right", "right": "left", None: None}[here.side]
    np.testing.assert_array_equal(there.probabilities, here.probabilities)
    assert there.score == pytest.approx(here.score, abs=1e-9)
    swap = str.maketrans({"l": "r", "r": "l"})
    assert len(there.feedback) == len(here.feedback)
    for name_, value in here.angles_deg.items():
        other = name_
        if name_ != "legs":
            first, rest = name_.split("_")
            other = f"{first[0].translate(swap)}{'ight' if first == 'left' else 'eft'}_{rest}"
        assert there.angles_deg[other] == pytest.approx(value, abs=1e-9)


def test_scale_and_place_change_nothing(coach):
    keypoints = seen("vrikshasana", "left")
    small = keypoints.copy()
    small[:, :2] = small[:, :2] * 0.1 + [900, -40]
    a, b = coach.look(keypoints), coach.look(small)
    assert b.asana == a.asana
    np.testing.assert_allclose(b.probabilities, a.probabilities, atol=1e-4)


@pytest.mark.parametrize(
    "missing",
    [
        (sk.NOSE, sk.LEFT_EYE, sk.RIGHT_EYE, sk.LEFT_EAR, sk.RIGHT_EAR),
        (sk.RIGHT_WRIST,),
        (sk.LEFT_ELBOW, sk.LEFT_WRIST),
        (sk.RIGHT_ANKLE,),
        (sk.RIGHT_SHOULDER,),
    ],
)
@pytest.mark.parametrize("name", ["virabhadrasana_ii", "trikonasana", "ardha_chandrasana"])
def test_a_few_missing_joints_are_borne(coach, name, missing):
    keypoints = seen(name, "left")
    keypoints[list(missing)] = 0
    assert coach.look(keypoints).asana == name


def test_a_body_without_legs_is_no_asana_and_is_told_so(coach):
    keypoints = seen("utkata_konasana", None)
    keypoints[[sk.LEFT_KNEE, sk.RIGHT_KNEE, sk.LEFT_ANKLE, sk.RIGHT_ANKLE]] = 0
    coaching = coach.look(keypoints)
    assert (coaching.asana, coaching.score) == (None, None)
    assert any("knees and feet" in text for text in coaching.warnings)


@pytest.mark.parametrize("name", ["natarajasana", "virabhadrasana_ii", "vrikshasana"])
def test_without_ankles_no_side_is_guessed_and_nothing_is_judged(coach, name):
    answers = []
    for side in ("left", "right"):
        keypoints = seen(name, side)
        keypoints[[sk.LEFT_ANKLE, sk.RIGHT_ANKLE]] = 0
        answers.append(coach.look(keypoints))
    for coaching in answers:
        assert (coaching.asana, coaching.side, coaching.score) == (name, None, None)
        assert coaching.feedback == ()
        assert any("feet" in text for text in coaching.warnings)


@pytest.mark.parametrize("name", [n for n, a in ASANAS.items() if a.sided and a.photos])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("hidden", [sk.LEFT_ANKLE, sk.RIGHT_ANKLE, sk.LEFT_KNEE, sk.RIGHT_KNEE])
def test_the_side_is_told_by_the_leg_that_is_seen(name, side, hidden):
    keypoints = seen(name, side)
    keypoints[hidden] = 0
    assert ASANAS[name].side_of(joint_angles(keypoints)) == side


def test_what_is_missing_for_a_score_is_said(coach):
    keypoints = seen("vrikshasana", "left")
    keypoints[sk.RIGHT_HIP] = 0
    coaching = coach.look(keypoints)
    assert (coaching.asana, coaching.score) == ("vrikshasana", None)
    assert any("right hip can't be seen" in text for text in coaching.warnings)


def test_probabilities_are_shares_whatever_the_rules_say(coach):
    joints = asana_joints("virabhadrasana_i", "left")
    yaw = camera_yaw("virabhadrasana_i", "left")
    bent = np.stack(
        [
            seen("virabhadrasana_i", "left", angles={"left_knee": 100, "right_knee": straight})
            for straight in (172, 148, 146, 144, 120)
        ]
        + [filmed(joints, yaw)]
    )
    shares = coach.model.probabilities(bent)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    rule = shares[:, list(ASANAS).index("virabhadrasana_i")]
    assert rule[0] == pytest.approx(1, abs=1e-5)
    assert rule[4] == 0
    assert ((rule > 0.05) & (rule < 0.95)).any()  # between the two


def test_no_asana_is_as_sure_as_the_nearest_one_is_not(coach):
    everyday = coach.look(filmed(make_motion("WALKING", 1.0, np.random.default_rng(3))[0], 0.3))
    assert everyday.asana is None
    best = float(everyday.probabilities[:NO_ASANA].max())
    assert everyday.confidence == pytest.approx(1 - best, abs=1e-6)


def test_a_trunk_and_arms_alone_are_no_asana(coach):
    keypoints = seen("trikonasana", "left")
    keypoints[[sk.LEFT_KNEE, sk.RIGHT_KNEE, sk.LEFT_ANKLE, sk.RIGHT_ANKLE]] = 0
    assert coach.model.probabilities(keypoints[None])[0, NO_ASANA] == pytest.approx(1)


def test_nothing_at_all_is_no_asana(coach):
    coaching = coach.look(np.zeros((17, 3), np.float32))
    assert coaching.asana is None
    assert coaching.probabilities[NO_ASANA] == pytest.approx(1)


def test_everyday_motion_is_hardly_ever_an_asana(coach):
    """Simulated people who the classifier did not learn from: other seeds."""
    rng = np.random.default_rng(4242)
    labels = ("WALKING", "SITTING", "BENDING", "LUNGES", "SQUAT", "DRINKING", "KICKING", "CARRYING")
    poses = [
        filmed(joints, rng.uniform(-math.pi, math.pi))
        for label in labels
        for _ in range(6)
        for joints in make_motion(label, 3.0, rng)[::20]
    ]
    named = [c.asana for c in coach.look_all(np.stack(poses)) if c.asana]
    assert len(named) <= 0.05 * len(poses), named


def test_somebody_who_waits_with_feet_apart_is_no_mountain(coach):
    joints = asana_joints("tadasana", None)
    assert coach.look(filmed(joints, 0.0)).asana == "tadasana"
    joints[[sk.LEFT_ANKLE, sk.LEFT_KNEE], 0] += [0.16, 0.08]
    joints[[sk.RIGHT_ANKLE, sk.RIGHT_KNEE], 0] -= [0.16, 0.08]
    assert coach.look(filmed(joints, 0.0)).asana is None
    # nor with feet as far apart as the hips
    joints = asana_joints("tadasana", None, {"legs": 0.0})
    gap = abs(joints[sk.LEFT_ANKLE, 0] - joints[sk.RIGHT_ANKLE, 0])
    trunk = joints[[sk.LEFT_SHOULDER], 1] - joints[[sk.LEFT_HIP], 1]
    assert 0.3 < gap / trunk < 0.55
    assert coach.look(filmed(joints, 0.0)).asana is None
    # nor who stands there in profile
    assert coach.look(filmed(asana_joints("tadasana", None), math.pi / 2)).asana is None
    # nor is somebody who lies in bed like that
    lying = turned(filmed(asana_joints("tadasana", None), 0.0), 90)
    assert coach.look(lying).asana is None


@pytest.mark.parametrize(
    ("name", "side"),
    [
        *SIDES[::3],
        *(pytest.param(*each, marks=pytest.mark.long) for each in SIDES if each not in SIDES[::3]),
    ],
)
def test_bent_away_from_the_reference_step_by_step_loses_score_step_by_step(coach, name, side):
    reference = typical_angles(name, side)
    for angle, wanted in coach.references.of(name, side).items():
        if angle == "legs" or angle.endswith("hip"):
            continue  # these turn the whole body along
        towards = -1 if wanted.target >= 90 else 1
        angles = dict(reference)
        angles[angle] = wanted.target
        scores = []
        for step in range(0, 50, 10):
            angles[angle] = wanted.target + towards * step
            keypoints = seen(name, side, angles=angles, pitch=0.0)
            probabilities = np.zeros(NO_ASANA + 1, np.float32)
            probabilities[list(ASANAS).index(name)] = 1
            scores.append(coach.judge_as(keypoints, probabilities).score)
        assert (np.diff(scores) < 0).all(), (angle, [round(s, 1) for s in scores])


@pytest.mark.parametrize(
    ("name", "side", "yaw_deg"),
    [
        ("virabhadrasana_ii", "left", 80),
        ("trikonasana", "left", 75),
        ("adho_mukha_svanasana", None, 90),
    ],
)
def test_filmed_from_the_wrong_direction_is_said(coach, name, side, yaw_deg):
    probabilities = np.zeros(NO_ASANA + 1, np.float32)
    probabilities[list(ASANAS).index(name)] = 1
    right = coach.judge_as(seen(name, side), probabilities)
    wrong = coach.judge_as(seen(name, side, turned_deg=yaw_deg), probabilities)
    assert not any("camera" in text for text in right.warnings)
    assert any("camera" in text for text in wrong.warnings)


def test_features_are_finite_and_zero_without_a_trunk():
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(0, 500, (50, 17, 3)).astype(np.float32)
    keypoints[..., 2] = rng.random((50, 17)) < 0.6
    keypoints[0] = 0
    keypoints[1, :, :2] = 7  # all joints on one spot
    features = extract_features(keypoints)
    assert features.shape == (50, NUM_FEATURES)
    assert np.isfinite(features).all()
    assert not features[0].any()


class TestFile:
    def test_what_is_saved_is_loaded(self, tmp_path):
        model = load_asana_model()
        model.save(tmp_path / "copy.safetensors")
        copy = load_asana_model(tmp_path / "copy.safetensors")
        keypoints = np.stack([seen("trikonasana", "left"), seen("tadasana", None)])
        np.testing.assert_array_equal(copy.probabilities(keypoints), model.probabilities(keypoints))
        assert copy.config == model.config

    @pytest.mark.parametrize("damage", ["cut", "text", "missing layer", "shape", "other format"])
    def test_a_damaged_file_is_a_plain_error(self, tmp_path, damage):
        path = tmp_path / "bad.safetensors"
        load_asana_model().save(path)
        tensors = load_file(path)
        header = {"format": "harec-yoga-asanas", "config": json.dumps({"threshold": 0.5})}
        if damage == "cut":
            path.write_bytes(path.read_bytes()[:300])
        elif damage == "text":
            path.write_text("not a model")
        elif damage == "missing layer":
            del tensors["0.1.weight"]
            save_file(tensors, path, header)
        elif damage == "shape":
            tensors["0.0.weight"] = tensors["0.0.weight"][:, :-1].copy()
            save_file(tensors, path, header)
        else:
            save_file(tensors, path, {**header, "format": "something"})
        with pytest.raises(ModelError, match="yoga model"):
            load_asana_model(path)

    def test_a_missing_file_is_a_plain_error(self, tmp_path):
        with pytest.raises(ModelError, match="missing"):
            load_asana_model(tmp_path / "none.safetensors")

    def test_the_shipped_file_is_small_and_says_what_was_measured(self):
        assert MODEL_PATH.stat().st_size < 300_000
        figures = load_asana_model().config.figures
        assert figures["accuracy"] >= 0.95
        assert figures["false_asanas"] <= 0.05
