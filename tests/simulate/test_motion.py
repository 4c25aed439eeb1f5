"""What a person who watches the joints would check, for every motion and for each action."""

from __future__ import annotations

import numpy as np
import pytest

from harec.actions.labels import ACTIONS
from harec.core.errors import InputError
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NOSE,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from harec.simulate.body.body import Body
from harec.simulate.motion.motion import (
    EVERYDAY,
    GESTURES,
    MOTIONS,
    RATE_HZ,
    SEATED,
    make_motion,
    perform,
)

LIMBS = [
    (LEFT_SHOULDER, LEFT_ELBOW),
    (LEFT_ELBOW, LEFT_WRIST),
    (RIGHT_SHOULDER, RIGHT_ELBOW),
    (RIGHT_ELBOW, RIGHT_WRIST),
    (LEFT_HIP, LEFT_KNEE),
    (LEFT_KNEE, LEFT_ANKLE),
    (RIGHT_HIP, RIGHT_KNEE),
    (RIGHT_KNEE, RIGHT_ANKLE),
    (LEFT_HIP, RIGHT_HIP),
]
WRISTS, SHOULDERS = [LEFT_WRIST, RIGHT_WRIST], [LEFT_SHOULDER, RIGHT_SHOULDER]
ANKLES, HIPS = [LEFT_ANKLE, RIGHT_ANKLE], [LEFT_HIP, RIGHT_HIP]


def plain(label: str, seconds: float = 4.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return make_motion(label, seconds, rng, Body.average(), style="plain").astype(float)


def speed(joints: np.ndarray) -> np.ndarray:
    """Metres per second (T - 1, ...)."""
    return np.linalg.norm(np.diff(joints, axis=0), axis=-1) * RATE_HZ


def cycles(signal: np.ndarray) -> int:
    """How often a signal rises through the middle of its range."""
    middle = 0.5 * (np.percentile(signal, 3) + np.percentile(signal, 97))
    return int(((signal[:-1] < middle) & (signal[1:] >= middle)).sum())


# Every motion --------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["rich", "plain"])
@pytest.mark.parametrize("label", MOTIONS)
def test_every_motion_is_humanly_possible(label: str, style: str) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        body = Body.random(rng)
        joints = make_motion(label, 3.0, rng, body, style=style)
        assert joints.shape == (90, 17, 3)
        assert joints.dtype == np.float32
        assert np.isfinite(joints).all()
        assert joints[..., 1].min() > -0.005, "a joint under the floor"
        joints = joints.astype(float)
        for a, b in LIMBS:
            length = np.linalg.norm(joints[:, a] - joints[:, b], axis=1)
            assert np.ptp(length) < 1e-4, "a bone that stretches"
        assert speed(joints).max() < 25, "faster than the fastest punch or swing"
        assert np.abs(joints[..., [0, 2]]).max() < 12, "far away from the origin"


@pytest.mark.parametrize("style", ["rich", "plain"])
def test_motion_depends_on_nothing_but_the_generator(style: str) -> None:
    first, again, other = (
        make_motion("BOXING", 2.0, np.random.default_rng(seed), style=style) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.05


@pytest.mark.parametrize("label", ["CLAPPING_HANDS", "THROWING", "WALKING"])
def test_rich_motion_differs_from_clip_to_clip_more_than_plain_motion(label: str) -> None:
    def variety(style: str) -> float:
        clips = [
            make_motion(label, 2.0, np.random.default_rng(s), Body.average(), style=style)
            for s in range(30)
        ]
        wrists = np.array([c[:, WRISTS].mean((0, 1)) - c[:, HIPS].mean((0, 1)) for c in clips])
        return float(wrists.std(0).sum())

    assert variety("rich") > 2 * variety("plain")


def test_names_are_complete_and_distinct() -> None:
    assert (*ACTIONS, *EVERYDAY, *GESTURES, *SEATED) == MOTIONS
    assert len(set(MOTIONS)) == len(MOTIONS)
    assert "STANDING" in EVERYDAY


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_very_short_clips(frames: int) -> None:
    for label in MOTIONS:
        rng = np.random.default_rng(0)
        assert len(make_motion(label, frames / RATE_HZ, rng)) == frames


# The six actions -----------------------------------------------------------------------------


def test_jumps_leave_the_floor_and_fall_freely() -> None:
    joints = plain("JUMPING")
    ankle = joints[:, ANKLES, 1].min(axis=1)
    assert ankle.max() - ankle.min() > 0.12
    flying = ankle > ankle.min() + 0.06
    assert 0.1 < flying.mean() < 0.6
    hips = joints[:, HIPS, 1].mean(axis=1)
    inside = flying[1:-1] & flying[:-2] & flying[2:]
    fall = np.diff(hips, 2)[inside] * RATE_HZ**2
    assert np.median(fall) == pytest.approx(-9.81, rel=0.1)


def test_jacks_open_legs_and_arms_together() -> None:
    joints = plain("JUMPING_JACKS")
    legs = np.linalg.norm(joints[:, LEFT_ANKLE] - joints[:, RIGHT_ANKLE], axis=1)
    hands = (joints[:, WRISTS, 1] - joints[:, SHOULDERS, 1]).mean(axis=1)
    assert np.ptp(legs) > 0.4
    assert np.corrcoef(legs, hands)[0, 1] > 0.9
    assert cycles(hands) >= 3


def test_boxers_strike_forward_with_either_hand() -> None:
    joints = plain("BOXING")
    reach = np.linalg.norm(joints[:, WRISTS] - joints[:, SHOULDERS], axis=2)
    assert (reach.max(axis=0) > 0.9 * Body.average().arm).all()
    assert min(cycles(reach[:, 0]), cycles(reach[:, 1])) >= 2
    out = reach.argmax(axis=0)
    for side in (0, 1):
        wrist = joints[out[side], WRISTS[side]] - joints[out[side], SHOULDERS[side]]
        assert wrist[2] > max(0.25, abs(wrist[0]), abs(wrist[1]))  # the person faces +z


@pytest.mark.parametrize(("label", "hands"), [("WAVING_1HAND", 1), ("WAVING_2HANDS", 2)])
def test_waving_hands_go_from_side_to_side_above_the_elbow(label: str, hands: int) -> None:
    joints = plain(label)
    waving = 0
    for wrist, elbow in ((LEFT_WRIST, LEFT_ELBOW), (RIGHT_WRIST, RIGHT_ELBOW)):
        sideways = joints[:, wrist, 0] - joints[:, elbow, 0]
        if np.ptp(sideways) > 0.1:
            waving += 1
            assert cycles(sideways) >= 4
            assert (joints[:, wrist, 1] > joints[:, elbow, 1]).all()
        else:
            assert (joints[:, wrist, 1] < joints[:, elbow, 1]).all()  # at rest
    assert waving == hands


def test_clapping_hands_meet_and_part() -> None:
    joints = plain("CLAPPING_HANDS")
    apart = np.linalg.norm(joints[:, LEFT_WRIST] - joints[:, RIGHT_WRIST], axis=1)
    assert 0.03 < apart.min() < 0.18  # wrists stay apart by two hands
    assert apart.max() > apart.min() + 0.12
    assert cycles(apart) >= 5
    assert joints[:, WRISTS, 2].min() > joints[:, NOSE, 2].min() - 0.1  # in front


def test_actions_stay_away_from_each_other() -> None:
    """Feet stay on the floor in waves and claps; hands at rest stay low."""
    for label in ("WAVING_1HAND", "WAVING_2HANDS", "CLAPPING_HANDS"):
        assert np.ptp(plain(label)[:, ANKLES, 1]) < 0.02
    assert np.ptp(plain("STANDING")[:, WRISTS, 1]) < 0.08


def test_planted_feet_do_not_skate() -> None:
    for label in ("STANDING", "CLAPPING_HANDS", "WAVING_2HANDS", "SQUAT", "BENDING"):
        assert speed(plain(label)[:, ANKLES]).max() < 0.05, label


def test_walking_feet_stand_still_while_they_carry() -> None:
    for seed in range(12):
        joints = make_motion("WALKING", 4.0, np.random.default_rng(seed)).astype(float)
        travelled = np.linalg.norm((joints[-1] - joints[0])[HIPS].mean(0))
        if travelled > 1:
            ankle = joints[:, LEFT_ANKLE]
            low = ankle[:, 1] < ankle[:, 1].min() + 0.004
            still = speed(ankle)[low[1:] & low[:-1]]
            assert np.median(still) < 0.35 * travelled / 4
            return
    pytest.fail("no person walked anywhere")


def test_some_people_sit_or_turn_their_backs_in_the_rich_style() -> None:
    clips = [make_motion("CLAPPING_HANDS", 1.0, np.random.default_rng(s)) for s in range(60)]
    knees = [np.abs(c[0, HIPS, 1].mean() - c[0, [LEFT_KNEE, RIGHT_KNEE], 1].mean()) for c in clips]
    facing = [c[0, LEFT_SHOULDER, 0] - c[0, RIGHT_SHOULDER, 0] for c in clips]
    assert 3 < sum(k < 0.2 for k in knees) < 30
    assert 1 <= sum(f < 0 for f in facing) < 15


# Repetitions: the marks against the joints, whatever the performers meant -----------------------


def peaks(signal: np.ndarray, least: float) -> np.ndarray:
    """Frames of the local maxima above ``least``; of those closer than 0.15 s the highest."""
    found: list[int] = []
    for i in np.flatnonzero(signal >= least):
        window = signal[max(i - 4, 0) : i + 5]
        if signal[i] == window.max() and (not found or i - found[-1] > 4):
            found.append(int(i))
    return np.array(found)


def acted(label: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Joints of a stretch of plain motion, and the frames of its repetitions."""
    script = [("STANDING", 1.0), (label, 6.0), ("STANDING", 1.0)]
    joints, (_, span, _) = perform(script, np.random.default_rng(seed), Body.average())
    assert np.all(np.diff(span.repetitions_s) > 0)
    assert all(span.start_s <= t < span.end_s for t in span.repetitions_s)
    return joints.astype(float), np.round(np.array(span.repetitions_s) * RATE_HZ).astype(int)


def assert_same_moments(marks: np.ndarray, seen: np.ndarray, frames: int) -> None:
    """Every mark was seen; what was seen and not marked is where motions blend."""
    assert len(marks) >= 2
    assert all(np.abs(seen - mark).min() <= frames for mark in marks)
    inner = seen[(seen > 1.25 * RATE_HZ) & (seen < 6.75 * RATE_HZ)]
    assert all(np.abs(marks - moment).min() <= frames for moment in inner)


@pytest.mark.parametrize("seed", range(4))
def test_marks_of_jumps_are_where_the_feet_are_highest(seed: int) -> None:
    joints, marks = acted("JUMPING", seed)
    feet = joints[:, ANKLES, 1].min(axis=1)
    assert_same_moments(marks, peaks(feet, np.median(feet) + 0.08), 2)


@pytest.mark.parametrize("seed", range(4))
def test_marks_of_jacks_are_where_the_feet_are_widest_apart(seed: int) -> None:
    joints, marks = acted("JUMPING_JACKS", seed)
    apart = np.linalg.norm(joints[:, ANKLES[0]] - joints[:, ANKLES[1]], axis=1)
    assert_same_moments(marks, peaks(apart, 0.8 * apart.max()), 4)


@pytest.mark.parametrize("seed", range(4))
def test_marks_of_claps_are_where_the_hands_are_closest(seed: int) -> None:
    joints, marks = acted("CLAPPING_HANDS", seed)
    apart = np.linalg.norm(joints[:, WRISTS[0]] - joints[:, WRISTS[1]], axis=1)
    assert_same_moments(marks, peaks(-apart, -(apart.min() + 0.1)), 2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("label", ["WAVING_1HAND", "WAVING_2HANDS"])
def test_marks_of_waves_are_where_the_hand_turns_on_one_side(label: str, seed: int) -> None:
    joints, marks = acted(label, seed)
    wrist = max(WRISTS, key=lambda w: joints[60:150, w, 1].mean())
    side = joints[:, wrist, 0] - joints[:, wrist - 2, 0]  # beside the elbow
    inner = side[45:195]
    middle, reach = 0.5 * (inner.max() + inner.min()), 0.5 * np.ptp(inner)
    right, left = (peaks(s, 0.6 * reach) for s in (side - middle, middle - side))
    inside = marks[(marks > 45) & (marks < 195)]
    seen = min((right, left), key=lambda turns: np.abs(turns - inside[2]).min())
    assert len(inside) >= 6
    assert all(np.abs(seen - mark).min() <= 3 for mark in inside)
    assert all(np.abs(marks - turn).min() <= 3 for turn in seen[(seen > 45) & (seen < 195)])


def test_only_what_is_counted_is_marked() -> None:
    for label in ("BOXING", "STANDING", "DANCING"):
        _, (span,) = perform([(label, 4.0)], np.random.default_rng(0))
        assert span.repetitions_s == ()


@pytest.mark.parametrize("seed", range(6))
def test_repetitions_are_marked_in_every_rich_action_too(seed: int) -> None:
    for label in ("JUMPING", "JUMPING_JACKS", "CLAPPING_HANDS", "WAVING_1HAND", "WAVING_2HANDS"):
        _, (span,) = perform([(label, 8.0)], np.random.default_rng(seed), style="rich")
        assert 1 <= len(span.repetitions_s) <= 8 * 5


# Scripts -------------------------------------------------------------------------------------

SCRIPT = [("JUMPING", 3.0), ("STANDING", 1.5), ("WAVING_1HAND", 2.0), ("CLAPPING_HANDS", 2.5)]


def test_a_script_is_performed_for_as_long_as_it_says() -> None:
    joints, spans = perform(SCRIPT, np.random.default_rng(0))
    assert len(joints) == 9 * RATE_HZ
    assert [(span.action, span.start_s, span.end_s) for span in spans] == [
        ("JUMPING", 0.0, 3.0),
        ("STANDING", 3.0, 4.5),
        ("WAVING_1HAND", 4.5, 6.5),
        ("CLAPPING_HANDS", 6.5, 9.0),
    ]


def test_each_span_shows_its_action() -> None:
    joints, spans = perform(SCRIPT, np.random.default_rng(1), Body.average())
    ankle = joints[:, ANKLES, 1].min(axis=1)
    apart = np.linalg.norm(joints[:, LEFT_WRIST] - joints[:, RIGHT_WRIST], axis=1)
    inner = {
        span.action: slice(int((span.start_s + 0.3) * RATE_HZ), int((span.end_s - 0.3) * RATE_HZ))
        for span in spans
    }
    assert np.ptp(ankle[inner["JUMPING"]]) > 0.1
    assert np.ptp(ankle[inner["STANDING"]]) < 0.02
    assert apart[inner["CLAPPING_HANDS"]].min() < 0.18
    assert apart[inner["STANDING"]].min() > 0.25


def test_blends_have_no_jerks_and_keep_the_bones() -> None:
    script = [(label, 1.2) for label in ("WALKING", "SQUAT", "JUMPING_JACKS", "SITTING", "BOXING")]
    for seed in range(5):
        joints, _ = perform(script, np.random.default_rng(seed))
        joints = joints.astype(float)
        assert speed(joints).max() < 9
        for a, b in LIMBS:
            assert np.ptp(np.linalg.norm(joints[:, a] - joints[:, b], axis=1)) < 1e-4
        assert joints[..., 1].min() > -0.005


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.5])
def test_scripts_of_moments_work(seconds: float) -> None:
    joints, spans = perform([("JUMPING", seconds)] * 3, np.random.default_rng(0))
    assert len(joints) >= 1
    assert spans[-1].end_s == pytest.approx(3 * seconds)


# Errors --------------------------------------------------------------------------------------


def test_an_unknown_action_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="CLAPPING_HANDS"):
        make_motion("CLAP", 1.0, np.random.default_rng(0))


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_durations_must_be_positive(seconds: float) -> None:
    with pytest.raises(InputError, match="duration"):
        perform([("STANDING", seconds)], np.random.default_rng(0))


def test_unknown_style_and_empty_script() -> None:
    with pytest.raises(InputError, match="plain"):
        make_motion("STANDING", 1.0, np.random.default_rng(0), style="fancy")
    with pytest.raises(InputError, match="at least one"):
        perform([], np.random.default_rng(0))
