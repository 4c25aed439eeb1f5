"""Scores and words: monotone, mirrored, worst first, and only what is seen."""

import re

import numpy as np
import pytest

from harec.yoga.coaching.cues import CUES
from harec.yoga.coaching.judge import judge
from harec.yoga.coaching.references import Range, load_references
from harec.yoga.recognition.angles import ANGLE_NAMES, MIRROR_ANGLES
from harec.yoga.recognition.asanas import ASANAS

REFERENCES = load_references()
SIDES = [(n, s) for n, a in ASANAS.items() for s in (("left", "right") if a.sided else (None,))]


def on_target(asana: str, side) -> np.ndarray:
    angles = np.full(len(ANGLE_NAMES), np.nan)
    for name, wanted in REFERENCES.of(asana, side).items():
        angles[ANGLE_NAMES.index(name)] = wanted.target
    return angles


@pytest.mark.parametrize(("asana", "side"), SIDES)
def test_a_body_on_every_target_has_a_hundred_and_nothing_to_do(asana, side):
    judgement = judge(asana, side, on_target(asana, side), REFERENCES)
    assert judgement.score == pytest.approx(100)
    assert judgement.feedback == ()


@pytest.mark.parametrize(("asana", "side"), SIDES)
def test_each_step_away_from_the_target_costs_score(asana, side):
    for name, wanted in REFERENCES.of(asana, side).items():
        column = ANGLE_NAMES.index(name)
        for direction in (-1, 1):
            angles = on_target(asana, side)
            scores = []
            for step in range(0, 181, 4):
                value = wanted.target + direction * step
                if not 0 <= value <= 180:
                    break
                angles[column] = value
                scores.append(judge(asana, side, angles, REFERENCES).score)
            assert (np.diff(scores) < 0).all(), (name, direction, scores)


def test_a_single_bad_knee_is_not_hidden_by_the_rest():
    angles = on_target("virabhadrasana_ii", "left")
    angles[ANGLE_NAMES.index("left_knee")] = 170  # the front leg is straight
    judgement = judge("virabhadrasana_ii", "left", angles, REFERENCES)
    assert judgement.score < 40
    assert [f.angle for f in judgement.feedback] == ["left_knee"]


def test_the_words_name_the_angle_and_the_aim():
    angles = on_target("virabhadrasana_ii", "right")
    angles[ANGLE_NAMES.index("right_knee")] = 128
    (said,) = judge("virabhadrasana_ii", "right", angles, REFERENCES).feedback
    assert said.text == "Bend your front knee more: 128°, aim for 90-110°"
    assert (said.angle, said.value_deg, said.low_deg, said.high_deg) == ("right_knee", 128, 90, 110)


@pytest.mark.parametrize(("off_deg", "said"), [(0.0, 0), (0.3, 0), (1.2, 1)])
def test_less_than_a_degree_outside_is_not_worth_a_word(off_deg, said):
    angles = on_target("virabhadrasana_ii", "left")
    angles[ANGLE_NAMES.index("left_knee")] = 110 + off_deg
    assert len(judge("virabhadrasana_ii", "left", angles, REFERENCES).feedback) == said


def test_the_worst_comes_first_and_no_more_than_three():
    angles = on_target("trikonasana", "left")
    for name in ("left_knee", "right_knee", "left_elbow", "right_elbow"):
        angles[ANGLE_NAMES.index(name)] -= 70 if name == "left_knee" else 50
    judgement = judge("trikonasana", "left", angles, REFERENCES)
    ranges = REFERENCES.of("trikonasana", "left")
    cost = [
        ranges[said.angle].weight * ranges[said.angle].deviation(said.value_deg) ** 2
        for said in judgement.feedback
    ]
    assert len(cost) == 3
    assert cost == sorted(cost, reverse=True)


def test_both_legs_say_it_once():
    angles = on_target("adho_mukha_svanasana", None)
    for name in ("left_knee", "right_knee"):
        angles[ANGLE_NAMES.index(name)] = 130
    said = judge("adho_mukha_svanasana", None, angles, REFERENCES).feedback
    assert [f.text.split(":")[0] for f in said] == ["Straighten your legs"]


@pytest.mark.parametrize(("asana", "side"), [pair for pair in SIDES if pair[1] == "left"])
def test_the_mirror_image_is_judged_alike(asana, side):
    rng = np.random.default_rng(3)
    angles = (on_target(asana, side) + rng.normal(0, 25, len(ANGLE_NAMES))).clip(0, 180)
    left = judge(asana, "left", angles, REFERENCES)
    right = judge(asana, "right", angles[list(MIRROR_ANGLES)], REFERENCES)
    assert right.score == left.score
    mirrored = [ANGLE_NAMES[MIRROR_ANGLES[ANGLE_NAMES.index(f.angle)]] for f in left.feedback]
    assert [f.angle for f in right.feedback] == mirrored
    swap = {"left": "right", "right": "left"}
    swapped = [
        re.sub("left|right", lambda found: swap[found.group()], said.text) for said in left.feedback
    ]
    assert [f.text for f in right.feedback] == swapped


def test_joints_that_are_not_seen_are_left_out_until_too_few_are_seen():
    angles = on_target("virabhadrasana_ii", "left")
    angles[ANGLE_NAMES.index("left_elbow")] = np.nan
    assert judge("virabhadrasana_ii", "left", angles, REFERENCES).score == pytest.approx(100)
    for name in ("left_knee", "right_knee", "left_hip", "right_hip"):
        angles[ANGLE_NAMES.index(name)] = np.nan
    assert judge("virabhadrasana_ii", "left", angles, REFERENCES) is None


def test_the_ends_of_all_ranges_make_eighty():
    angles = on_target("baddha_konasana", None)
    for name, wanted in REFERENCES.of("baddha_konasana", None).items():
        angles[ANGLE_NAMES.index(name)] = wanted.low
    assert judge("baddha_konasana", None, angles, REFERENCES).score == pytest.approx(80, abs=0.5)


@pytest.mark.parametrize("asana", ASANAS)
def test_every_judged_angle_has_words_for_both_ways_it_can_be_wrong(asana):
    ranges = REFERENCES.of(asana)
    assert set(ranges) == set(CUES[asana])
    for name, wanted in ranges.items():
        assert CUES[asana][name].large or wanted.high == 180, name
        assert CUES[asana][name].small or wanted.low == 0, name


@pytest.mark.parametrize("values", [(90, 80, 110), (110, 100, 90), (-5, 0, 10), (10, 10, 10)])
def test_a_range_must_rise(values):
    with pytest.raises(ValueError, match="rise"):
        Range(*values, 1.0, "photos")


def test_of_two_angles_as_far_off_the_one_that_counts_more_comes_first():
    ranges = REFERENCES.of("virabhadrasana_ii", "left")
    assert ranges["left_knee"].weight > ranges["left_shoulder"].weight > ranges["left_hip"].weight
    angles = on_target("virabhadrasana_ii", "left")
    for name, deviations in (("left_hip", 2.0), ("left_knee", 1.9), ("left_shoulder", 1.95)):
        wanted = ranges[name]
        angles[ANGLE_NAMES.index(name)] = wanted.target + deviations * (wanted.high - wanted.target)
    said = judge("virabhadrasana_ii", "left", angles, REFERENCES).feedback
    assert [f.angle for f in said] == ["left_knee", "left_shoulder", "left_hip"]


@pytest.mark.parametrize("asana", [name for name, a in ASANAS.items() if a.sided])
def test_without_a_side_nothing_is_judged(asana):
    assert judge(asana, None, on_target(asana, "right"), REFERENCES) is None


#: What a teacher wants when an angle is too small, and when it is too large.
DIRECTIONS = {
    "knee": (
        "less|Straighten|Stand|Come up|slide down|heels a little away|open the lifted",
        "more|closer to you|higher up|Straighten",
    ),
    "elbow": ("Straighten|Stretch", "Straighten|Stretch"),
    "shoulder": ("^$|Raise|raise|Reach|Stretch|Push", "Lower|Bring|hang|Stretch|Push"),
    "legs": ("apart|wider|out to the side|Lift your top leg", "closer|Lower"),
}
HIPS = {
    "natarajasana": {"left_hip": ("Ease", "Lift"), "right_hip": ("Lift", "Tip")},
    "trikonasana": {"left_hip": ("Come up", "Lean further")},
    "virabhadrasana_i": {"left_hip": ("upright", "Sink")},
    "virabhadrasana_ii": {"left_hip": ("upright", "Sink"), "right_hip": ("away", "back over")},
    "virabhadrasana_iii": {"left_hip": ("Lift your chest", "Tip forward")},
    "ardha_chandrasana": {"left_hip": ("Lift your trunk", "Tip further")},
    "vrikshasana": {"left_hip": ("Lower the bent knee", "out to the side")},
    "baddha_konasana": {"left_hip": ("sink", "tall")},
    "utkata_konasana": {"left_hip": ("upright", "Sink")},
    "adho_mukha_svanasana": {"left_hip": ("forward", "Lift your hips")},
}


@pytest.mark.parametrize("asana", ASANAS)
def test_the_words_go_the_way_that_mends_the_angle(asana):
    for angle, cue in CUES[asana].items():
        small, large = HIPS.get(asana, {}).get(angle) or DIRECTIONS.get(
            angle.split("_")[-1], (".", ".")
        )
        assert re.search(small, cue.small), (angle, cue.small)
        assert re.search(large, cue.large), (angle, cue.large)
