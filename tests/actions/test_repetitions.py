"""Repetitions against hand-made motion and against what simulated people really did."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from harec.actions.repetitions import (
    COUNTED,
    RepetitionCounter,
    repetition_moments,
    with_repetitions,
)
from harec.actions.segments import Segment
from harec.analysis.analyze import analyze, relabel
from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.poses import Poses
from harec.core.progress import Timings
from harec.core.skeleton import (
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_WRIST,
    TRUNK,
)
from harec.simulate.clip import simulate_truth
from harec.simulate.spec import ClipSpec
from harec.simulate.truth import TruePerson, Truth
from harec.video import VideoInfo

TORSO = 100.0
#: A person who stands, in pixels: arms hang, feet apart.
STANDING = np.array(
    [[0, -50], [4, -54], [-4, -54], [10, -50], [-10, -50], [35, 0], [-35, 0], [45, 55], [-45, 55],
     [50, 105], [-50, 105], [22, 100], [-22, 100], [24, 180], [-24, 180], [25, 260], [-25, 260]],
    np.float32,
) + 400  # fmt: skip


def still(times_s: np.ndarray) -> np.ndarray:
    """(F, 17, 3)"""
    keypoints = np.ones((len(times_s), 17, 3), np.float32)
    keypoints[..., :2] = STANDING
    return keypoints


def jitter(keypoints: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """White noise of ``share`` torsos on each joint, for each frame afresh."""
    shoulders = keypoints[:, TRUNK[:2], :2].mean(axis=1)
    hips = keypoints[:, TRUNK[2:], :2].mean(axis=1)
    torso = np.median(np.linalg.norm(shoulders - hips, axis=1))
    noisy = keypoints.copy()
    noisy[..., :2] += np.random.default_rng(seed).normal(0, share * torso, noisy[..., :2].shape)
    return noisy


def counts(times_s: np.ndarray, keypoints: np.ndarray) -> dict[str, int]:
    return {k: len(v) for k, v in repetition_moments(times_s, keypoints).items() if len(v)}


def close(found: int, true: int) -> bool:
    """1 in 20, and one at the edges."""
    return abs(found - true) <= max(1.0, true / 20)


# By hand ---------------------------------------------------------------------------------------


@pytest.fixture(params=[8, 15, 30, 60])
def times_s(request: pytest.FixtureRequest) -> np.ndarray:
    """Ten seconds; motions of one cycle a second are in the middle of a step at each whole one."""
    return np.arange(0, 10, 1 / request.param)


def test_nothing_moves(times_s: np.ndarray) -> None:
    assert counts(times_s, still(times_s)) == {}


def test_ten_jumps(times_s: np.ndarray) -> None:
    keypoints = still(times_s)
    up = 20 * (1 - np.cos(2 * np.pi * times_s))  # 0.4 torsos high, at 0.5 s, 1.5 s, ...
    keypoints[..., 1] -= up[:, None]
    moments = repetition_moments(times_s, keypoints)["JUMPING"]
    assert moments == pytest.approx(np.arange(10) + 0.5, abs=0.08)
    assert counts(times_s, keypoints) == {"JUMPING": 10}


def test_getting_up_is_no_jump_for_the_feet_stay(times_s: np.ndarray) -> None:
    keypoints = still(times_s)
    keypoints[:, :15, 1] -= 20 * (1 - np.cos(2 * np.pi * times_s))[:, None]
    assert counts(times_s, keypoints) == {}
    keypoints[:, 15:, 2] = 0  # who doesn't see the feet can't tell
    assert counts(times_s, keypoints) == {"JUMPING": 10}


def test_ten_jacks(times_s: np.ndarray) -> None:
    keypoints = still(times_s)
    open_ = 0.5 - 0.5 * np.cos(2 * np.pi * times_s)
    for side, sign in ((0, 1), (1, -1)):
        keypoints[:, LEFT_WRIST + side, 1] -= 180 * open_
        keypoints[:, 15 + side, 0] += sign * 30 * open_
    moments = repetition_moments(times_s, keypoints)["JUMPING_JACKS"]
    assert moments == pytest.approx(np.arange(10) + 0.5, abs=0.08)
    keypoints[:, LEFT_WRIST, 2] = 0  # one arm and the legs are enough
    assert len(repetition_moments(times_s, keypoints)["JUMPING_JACKS"]) == 10


def test_a_jack_counts_also_after_one_stood_with_the_feet_apart() -> None:
    """A trainer shows one, talks with feet apart and hands before the chest, and shows two more."""
    times_s = np.arange(0, 12, 1 / 30)
    keys = [
        (0, -20, 33), (0.3, 3, 33), (3.4, -105, 25), (3.9, 100, 100), (5.4, -105, 115),
        (6.5, -105, 110), (7, -60, 110), (7.9, -105, 110), (8.4, -105, 30), (9.7, -105, 30),
        (10.2, 100, 80), (10.7, -105, 30), (10.9, -105, 30), (11.35, 100, 90), (12, -105, 30),
    ]  # fmt: skip
    keys_s, arms, feet = zip(*keys, strict=True)
    arms, feet = np.interp(times_s, keys_s, arms), np.interp(times_s, keys_s, feet)
    keypoints = still(times_s)
    for side, sign in ((0, 1), (1, -1)):
        keypoints[:, LEFT_WRIST + side, 1] = keypoints[:, LEFT_SHOULDER + side, 1] - arms
        keypoints[:, 15 + side, 0] = 400 + sign * feet / 2
    moments = repetition_moments(times_s, keypoints)["JUMPING_JACKS"]
    assert moments[-3:] == pytest.approx([3.9, 10.2, 11.35], abs=0.08)


def test_ten_claps(times_s: np.ndarray) -> None:
    keypoints = still(times_s)
    apart = 10 + 25 * (1 + np.cos(2 * np.pi * times_s))  # meet at 0.5 s, 1.5 s, ...
    keypoints[:, [LEFT_WRIST, RIGHT_WRIST], 0] = 400 + np.stack([apart, -apart], 1) / 2
    keypoints[:, [LEFT_WRIST, RIGHT_WRIST], 1] = 430
    moments = repetition_moments(times_s, keypoints)["CLAPPING_HANDS"]
    assert moments == pytest.approx(np.arange(10) + 0.5, abs=0.08)
    keypoints[:, [LEFT_WRIST, RIGHT_WRIST], 0] += np.array([50, -50])  # hands that never meet
    assert "CLAPPING_HANDS" not in counts(times_s, keypoints)


def wave(times_s: np.ndarray, hz: float = 1.0) -> np.ndarray:
    keypoints = still(times_s)
    keypoints[:, LEFT_WRIST, 0] += 30 * np.sin(2 * np.pi * hz * times_s)
    keypoints[:, LEFT_WRIST, 1] = 380
    return keypoints


def test_ten_waves(times_s: np.ndarray) -> None:
    found = counts(times_s, wave(times_s))
    assert set(found) == {"WAVING_1HAND", "WAVING_2HANDS"}
    assert 9 <= found["WAVING_1HAND"] <= 10  # the last one is cut off half-way
    # the other hand in opposite phase doesn't double them
    both = wave(times_s)
    both[:, RIGHT_WRIST, 0] -= 30 * np.sin(2 * np.pi * times_s + 2)
    both[:, RIGHT_WRIST, 1] = 380
    assert abs(counts(times_s, both)["WAVING_2HANDS"] - found["WAVING_2HANDS"]) <= 1


def test_a_hand_that_hangs_or_goes_up_and_down_once_does_not_wave() -> None:
    times_s = np.arange(0, 10, 1 / 30)
    hanging = wave(times_s)
    hanging[:, LEFT_WRIST, 1] = 505
    assert counts(times_s, hanging) == {}
    raised = still(times_s)
    raised[:, LEFT_WRIST, 1] -= 200 * np.exp(-((times_s - 5) ** 2))
    assert "WAVING_1HAND" not in counts(times_s, raised)


def test_small_motion_between_large_ones_is_not_counted() -> None:
    times_s = np.arange(0, 10, 1 / 30)
    keypoints = still(times_s)
    phase = 2 * np.pi * times_s
    keypoints[..., 1] -= (30 * -np.cos(phase) + 12 * np.cos(2 * phase))[:, None]  # a dent on top?
    assert counts(times_s, keypoints)["JUMPING"] == 10


# The counter -----------------------------------------------------------------------------------


def test_moments_count_within_segments_of_their_own_action() -> None:
    times_s = np.arange(0, 10, 1 / 30)
    keypoints = still(times_s)
    keypoints[..., 1] -= 20 * (1 - np.cos(2 * np.pi * times_s))[:, None]
    counter = RepetitionCounter()
    for time_s, points in zip(times_s, keypoints, strict=True):
        counter.update(time_s, points)
    jumps = [Segment("JUMPING", 0.0, 4.0, 0.9), Segment("JUMPING", 7.0, 9.0, 0.9)]
    others = [Segment("CLAPPING_HANDS", 4.0, 6.0, 0.9), Segment("BOXING", 6.0, 7.0, 0.9)]
    assert counter.count([*jumps, *others]) == {"JUMPING": 6, "CLAPPING_HANDS": 0}
    assert [s.repetitions for s in counter.counted([*jumps, *others])] == [4, 2, 0, None]
    counter.forget(3.0)
    assert counter.count(jumps) == {"JUMPING": 3}
    assert min(counter.moments("JUMPING")) > 3


def test_a_moment_on_a_cut_counts_once() -> None:
    parts = [Segment("JUMPING", 0.0, 1.5, 0.9), Segment("JUMPING", 1.5, 3.0, 0.9)]
    found = with_repetitions(parts, {"JUMPING": [0.5, 1.5, 2.5]})
    assert [s.repetitions for s in found] == [1, 2]


def test_time_that_stands_or_turns_back_is_left_out() -> None:
    times_s = np.arange(0, 10, 1 / 30)
    counter, twice = RepetitionCounter(), RepetitionCounter()
    for time_s, points in zip(times_s, wave(times_s), strict=True):
        counter.update(time_s, points)
        for late_s in (0.0, 0.1):
            twice.update(time_s - late_s, points)
    assert counter.moments("WAVING_1HAND") == twice.moments("WAVING_1HAND")


def test_a_gap_is_no_motion() -> None:
    """Not seen for a second and back elsewhere, ten times: no jump."""
    times_s = np.concatenate([np.arange(0, 1, 1 / 30) + 2 * i for i in range(10)])
    keypoints = still(times_s)
    keypoints[(times_s // 2) % 2 == 1, :, 1] -= 80
    assert counts(times_s, keypoints) == {}


@pytest.mark.parametrize("hidden", [slice(0, 17), slice(5, 7), slice(5, 17)])
def test_who_is_not_seen_is_not_counted(hidden: slice) -> None:
    times_s = np.arange(0, 3, 1 / 30)
    keypoints = wave(times_s, 2.0)
    keypoints[:, hidden] = 0
    assert counts(times_s, keypoints) == {}


# Simulated people --------------------------------------------------------------------------------

#: Frames a second of the film that all rates are taken from.
FILM_HZ = 120


def film(action: str, seed: int, seconds: float = 8.0, **more: object) -> Truth:
    script = (("STANDING", 1.0), (action, seconds), ("STANDING", 1.0))
    return simulate_truth(ClipSpec((script,), fps=FILM_HZ, seed=seed, **more))  # type: ignore[arg-type]


def at_rate(person: TruePerson, hz: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and keypoints at a rate; some clips with uneven times, some with frames dropped."""
    rng = np.random.default_rng(seed)
    step = FILM_HZ // hz
    index = np.arange(0, len(person.times_s), step)
    if seed % 3 == 0:
        stray = rng.integers(-(step // 4), step // 4 + 1, len(index))
        index = np.clip(index + stray, 0, len(person.times_s) - 1)
    if seed % 4 == 1 and hz >= 24:
        index = index[rng.random(len(index)) > 0.25]
    return np.array(person.times_s)[index], person.keypoints_xyc[index]


def found_and_true(truth: Truth, hz: int, seed: int, noise: float) -> tuple[int, int]:
    person = truth.people[0]
    times_s, keypoints = at_rate(person, hz, seed)
    moments = repetition_moments(times_s, jitter(keypoints, noise, seed))
    acted = person.segments[1]
    segment = Segment(acted.action, acted.start_s, acted.end_s, 1.0)
    found = with_repetitions([segment], moments)[0].repetitions
    assert found is not None
    return found, len(acted.repetitions_s)


@pytest.mark.parametrize(
    ("people", "rates_hz"),
    [
        pytest.param(4, (10, 24), id="some"),
        pytest.param(12, (10, 15, 24, 30, 60), id="all", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("action", COUNTED)
def test_plain_motion_is_counted_to_one_in_twenty(
    action: str, people: int, rates_hz: tuple[int, ...]
) -> None:
    pairs: dict[int, list[tuple[int, int]]] = {hz: [] for hz in rates_hz}
    for seed in range(people):
        truth = film(action, seed)
        for hz, counted in pairs.items():
            counted.append(found_and_true(truth, hz, seed, noise=0.02))
    for hz, counted in pairs.items():
        found, true = np.array(counted).T
        assert true.min() >= 3
        # of a few clips two may be one off
        assert abs(found.sum() - true.sum()) <= max(2, true.sum() / 20), (hz, counted)
        off = [pair for pair in counted if not close(*pair)]
        # Claps at three a second in ten frames a second: every third frame may miss a hand's turn.
        assert len(off) <= (2 if hz == 10 else 1), (hz, off)
        assert np.abs(found - true).max() <= 3


@pytest.mark.parametrize(("first", "then"), [("JUMPING_JACKS", "CLAPPING_HANDS"),
                                             ("JUMPING_JACKS", "WAVING_2HANDS"),
                                             ("WAVING_2HANDS", "CLAPPING_HANDS")])  # fmt: skip
def test_small_motions_are_counted_after_large_ones(first: str, then: str) -> None:
    script = ((first, 6.0), ("STANDING", 2.0), (then, 6.0), ("STANDING", 1.0))
    for seed in range(2):
        person = simulate_truth(ClipSpec((script,), fps=15, seed=seed)).people[0]
        moments = repetition_moments(
            np.array(person.times_s), jitter(person.keypoints_xyc, 0.02, seed)
        )
        for true in (person.segments[0], person.segments[2]):
            segment = Segment(true.action, true.start_s, true.end_s, 1.0)
            found = with_repetitions([segment], moments)[0].repetitions
            assert found is not None
            assert abs(found - len(true.repetitions_s)) <= 2, (seed, true.action)


@pytest.mark.long
@pytest.mark.parametrize(
    ("action", "share"),
    [  # clips within 1 in 20, of those whose motion is filmed from any side, however small it is
        ("JUMPING", 0.8),
        ("JUMPING_JACKS", 0.9),
        ("CLAPPING_HANDS", 0.75),
        ("WAVING_2HANDS", 0.8),
        ("WAVING_1HAND", 0.75),
    ],
)
def test_rich_motion_is_mostly_counted(action: str, share: float) -> None:
    counted = np.array(
        [found_and_true(film(action, seed, style="rich"), 30, seed, 0.01) for seed in range(24)]
    )
    counted = counted[counted[:, 1] > 0]
    assert np.mean([close(*pair) for pair in counted]) >= share
    off = counted[:, 0] - counted[:, 1]
    assert abs(np.median(off)) <= 1
    assert np.percentile(off, 95) <= 1  # what is not seen is missed, not made up


@pytest.mark.parametrize("hz", [10, 30, 60])
def test_standing_counts_nothing_for_minutes(hz: int) -> None:
    script = (("STANDING", 60.0),)
    for seed in range(1 if hz == 60 else 2):
        person = simulate_truth(ClipSpec((script,), fps=hz, seed=seed)).people[0]
        keypoints = jitter(person.keypoints_xyc, 0.03, seed)
        assert counts(np.array(person.times_s), keypoints) == {}


@pytest.mark.parametrize("action", ["WALKING", "SQUAT", "BENDING", "SITTING_DOWN", "TURNING"])
def test_everyday_motion_is_seldom_taken_for_repetitions(action: str) -> None:
    """And never within a segment, as long as the recogniser names none."""
    found, seconds = 0, 0.0
    for seed in range(3):
        person = simulate_truth(ClipSpec((((action, 10.0),),), fps=30, seed=seed)).people[0]
        keypoints = jitter(person.keypoints_xyc, 0.01, seed)
        moments = repetition_moments(np.array(person.times_s), keypoints)
        found += len(moments["JUMPING"]) + len(moments["CLAPPING_HANDS"])
        seconds += 10.0
    assert found <= seconds / 10


def test_a_person_who_comes_nearer_is_counted_all_the_same() -> None:
    truth = film("JUMPING_JACKS", 3)
    person = truth.people[0]
    times_s, keypoints = at_rate(person, 30, 1)
    nearer = keypoints.copy()
    size = np.linspace(0.6, 1.8, len(times_s))[:, None, None]
    nearer[..., :2] = (nearer[..., :2] - 200) * size + 200
    before, after = (repetition_moments(times_s, k)["JUMPING_JACKS"] for k in (keypoints, nearer))
    assert len(before) == len(after) >= 8
    np.testing.assert_allclose(before, after, atol=0.1)


# Within what the recogniser finds ----------------------------------------------------------------


def labelled(truth: Truth, noise: float) -> Analysis:
    """What an analysis would make of the true keypoints, without a video."""
    person = truth.people[0]
    times_s = person.times_s
    poses = tuple(Poses(k[None], np.array([0.9])) for k in jitter(person.keypoints_xyc, noise))
    info = VideoInfo("x", *truth.size_wh, times_s[-1], len(times_s), Fraction(30), 0, "h264", False)
    timings = Timings({}, 1.0, len(times_s), len(times_s))
    first = Analysis(info, AnalysisSettings(), (), timings, (), (), times_s, poses)
    # another person threshold: everything after the pose model runs again
    return relabel(first, AnalysisSettings(person_threshold=0.31))


@pytest.mark.parametrize(
    ("action", "people"),
    [
        *((action, 3) for action in COUNTED[:2]),
        *(pytest.param(action, 8, marks=pytest.mark.long) for action in COUNTED),
    ],
)
def test_totals_within_found_segments(action: str, people: int) -> None:
    found = true = 0
    for seed in range(people):
        script = (("STANDING", 2.0), (action, 12.0), ("STANDING", 2.0))
        truth = simulate_truth(ClipSpec((script,), fps=15, seed=seed))
        segments = [s for p in labelled(truth, 0.02).people for s in p.segments]
        here = sum(s.repetitions or 0 for s in segments if s.action == action)
        own = len(truth.people[0].segments[1].repetitions_s)
        assert abs(here - own) <= max(2, own / 10), seed
        found, true = found + here, true + own
    assert abs(found - true) <= max(2, true / 20)


def test_relabelling_counts_anew_and_says_the_same(make_clip, truth_estimator) -> None:
    path, truth = make_clip("STANDING:1,JUMPING_JACKS:5,STANDING:1", size_wh=(160, 120))
    analysis = analyze(path, estimator=truth_estimator(truth))
    (segment,) = analysis.people[0].segments
    true = len(truth.people[0].segments[1].repetitions_s)
    assert close(segment.repetitions or 0, true)
    same = relabel(analysis, AnalysisSettings(action_threshold=0.5))
    assert [s.repetitions for s in same.people[0].segments] == [segment.repetitions]
    again = relabel(analysis, AnalysisSettings(person_threshold=0.2))
    assert again.people[0].segments == analysis.people[0].segments
    none = relabel(analysis, AnalysisSettings(action_threshold=1.0))
    assert none.people[0].segments == ()
    assert none.people[0].moments_s == analysis.people[0].moments_s


@pytest.mark.long
@pytest.mark.parametrize("action", COUNTED)
def test_movenet_counts_drawn_people(action: str, make_clip) -> None:
    path, truth = make_clip(f"STANDING:1.5,{action}:8,STANDING:1", size_wh=(480, 360), fps=20)
    analysis = analyze(path)
    found = sum(
        s.repetitions or 0 for p in analysis.people for s in p.segments if s.action == action
    )
    assert close(found, len(truth.people[0].segments[1].repetitions_s))


def test_left_shoulder_alone_gives_no_scale() -> None:
    counter = RepetitionCounter()
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[LEFT_SHOULDER] = (100, 100, 0.9)
    for step in range(60):
        keypoints[LEFT_SHOULDER, 1] = 100 + 50 * (step % 20 > 10)
        counter.update(step / 30, keypoints)
    assert counter.count([Segment("JUMPING", 0.0, 2.0, 1.0)]) == {"JUMPING": 0}
