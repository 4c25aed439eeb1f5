"""Holds found in sequences that were made by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.yoga.coaching.coach import Coaching
from harec.yoga.practice.holds import (
    Hold,
    HoldFinder,
    HoldSettings,
)
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.classifier import NO_ASANA

NAMES = list(ASANAS)
#: (until this second, asana or None, side, score); an asana of "" = nobody is seen
Part = tuple[float, str | None, str | None, float | None]
TREE, DOG = "vrikshasana", "adho_mukha_svanasana"


def probabilities(asana: str | None, sure: float = 0.95) -> np.ndarray:
    out = np.zeros(NO_ASANA + 1, np.float32)
    out[NO_ASANA if asana is None else NAMES.index(asana)] = sure
    out[NO_ASANA] += 1 - sure
    return out


def coaching(asana: str | None, side: str | None, score: float | None, p: np.ndarray) -> Coaching:
    return Coaching(asana, side, float(p.max()), score, {}, probabilities=p)  # type: ignore[arg-type]


def run(parts: list[Part], fps: float, settings: HoldSettings | None = None) -> list[Hold]:
    finder = HoldFinder(settings)
    for i in range(int(parts[-1][0] * fps + 1e-6) + 1):
        time_s = i / fps
        _, asana, side, score = next(p for p in parts if time_s < p[0] + 1e-9)
        if asana == "":
            finder.update(time_s, None)
            continue
        smoothed = finder.smoothed(time_s, probabilities(asana))
        finder.update(time_s, coaching(asana, side, score, smoothed))
    finder.finish()
    return finder.holds


def shown(holds: list[Hold]) -> list[tuple[str, str | None]]:
    return [(hold.asana, hold.side) for hold in holds]


PRACTICE: list[Part] = [
    (2.0, None, None, None),
    (6.0, TREE, "left", 80.0),
    (8.0, None, None, None),
    (11.0, TREE, "right", 70.0),
    (12.5, "", None, None),  # out of the picture
    (17.0, DOG, None, 90.0),
    (18.5, TREE, "left", 60.0),  # too short to count
    (20.0, None, None, None),
]


@pytest.mark.parametrize("fps", [5, 10, 15, 30, 29.97])
def test_the_same_holds_at_any_frame_rate(fps: float) -> None:
    holds = run(PRACTICE, fps)
    assert shown(holds) == [(TREE, "left"), (TREE, "right"), (DOG, None)]
    for hold, (start_s, end_s) in zip(holds, [(2, 6), (8, 11), (12.5, 17)], strict=True):
        # half a step for the moment of the change, half a step of the mean's window
        assert hold.start_s == pytest.approx(start_s, abs=0.12 + 1 / fps)
        assert hold.end_s == pytest.approx(end_s, abs=0.12 + 1 / fps)
    assert [hold.best_score for hold in holds] == [80, 70, 90]
    assert [hold.mean_score for hold in holds] == [80, 70, 90]
    assert all(hold.start_s <= hold.best_s <= hold.end_s for hold in holds)
    assert all(a.end_s <= b.start_s for a, b in pairwise(holds))


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_time_stamps_may_jitter(fps: float) -> None:
    rng = np.random.default_rng(3)
    finder, times = HoldFinder(), np.cumsum(rng.uniform(0.3, 1.7, round(10 * fps)) / fps)
    for time_s in times:
        asana = TREE if 2 < time_s < 7 else None
        smoothed = finder.smoothed(time_s, probabilities(asana))
        finder.update(time_s, coaching(asana, "left" if asana else None, 75.0, smoothed))
    finder.finish()
    (hold,) = finder.holds
    assert hold.start_s == pytest.approx(2, abs=0.12 + 1.7 / fps)
    assert hold.end_s == pytest.approx(7, abs=0.12 + 1.7 / fps)


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_a_change_of_sides_begins_a_new_hold(fps: float) -> None:
    parts: list[Part] = [(4, TREE, "left", 80.0), (8, TREE, "right", 60.0)]
    left, right = run(parts, fps)
    assert (left.side, right.side) == ("left", "right")
    assert (left.best_score, right.best_score) == (80, 60)
    assert left.end_s == pytest.approx(4, abs=1.1 / fps)
    assert right.start_s == pytest.approx(4, abs=1.1 / fps)


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_a_side_that_is_mistaken_for_a_moment_changes_nothing(fps: float) -> None:
    parts: list[Part] = [
        (3, TREE, "left", 80.0),
        (3.5, TREE, "right", 60.0),
        (7, TREE, "left", 80.0),
    ]
    (hold,) = run(parts, fps)
    assert (hold.side, hold.duration_s) == ("left", pytest.approx(7, abs=0.01))


@pytest.mark.parametrize(
    ("gap", "pause_s", "count"),
    [
        ("", 0.8, 1),  # somebody walks past the camera
        ("", 1.5, 2),
        (None, 0.8, 1),  # a wobble
        (None, 1.8, 2),
    ],
)
@pytest.mark.parametrize("fps", [5, 15, 30])
def test_a_wobble_does_not_end_a_hold_but_a_pause_does(gap, pause_s, count, fps: float) -> None:
    parts: list[Part] = [
        (3, TREE, "left", 80.0),
        (3 + pause_s, gap, None, None),
        (6 + pause_s, TREE, "left", 80.0),
    ]
    assert shown(run(parts, fps)) == [(TREE, "left")] * count


def test_between_the_thresholds_a_hold_goes_on_but_none_begins() -> None:
    half = probabilities(TREE, 0.5)
    finder = HoldFinder(HoldSettings(smoothing_s=0))
    for i in range(30):
        assert finder.update(i / 10, coaching(TREE, "left", 50.0, half)) is None
    sure = probabilities(TREE)
    for i in range(30, 40):
        finder.update(i / 10, coaching(TREE, "left", 80.0, sure))
    for i in range(40, 60):
        now = finder.update(i / 10, coaching(TREE, "left", 50.0, half))
    assert now is not None
    finder.finish()
    (hold,) = finder.holds
    assert (hold.start_s, hold.end_s) == (3.0, 5.9)


def test_what_goes_on_is_told_while_it_does() -> None:
    finder = HoldFinder(HoldSettings(smoothing_s=0, min_hold_s=2))
    tree = coaching(TREE, "right", 70.0, probabilities(TREE))
    nows = [finder.update(i / 10, tree) for i in range(31)]
    assert [now.counted for now in nows if now] == [False] * 20 + [True] * 11
    assert nows[30] is not None
    assert (nows[30].held_s, nows[30].side, nows[30].best_score) == (3.0, "right", 70.0)
    assert finder.holds == []
    assert finder.update(3.5, None) == nows[30], "the timer stands still through a wobble"
    assert finder.update(4.2, None) is None
    assert [hold.duration_s for hold in finder.holds] == [3.0]


def test_another_asana_takes_over_at_once() -> None:
    tree, dog = run([(4, TREE, "left", 80.0), (8, DOG, None, 90.0)], 15)
    assert tree.end_s <= dog.start_s == pytest.approx(4, abs=0.2)


def test_a_hold_that_could_never_be_judged() -> None:
    (hold,) = run([(4, TREE, "left", None)], 10)
    assert (hold.best_score, hold.mean_score, hold.best_s) == (None, None, 2.0)


def test_the_way_in_and_out_does_not_count_for_the_mean() -> None:
    parts: list[Part] = [
        (0.4, TREE, "left", 20.0),
        (4, TREE, "left", 80.0),
        (4.4, TREE, "left", 20.0),
    ]
    (hold,) = run(parts, 30)
    assert (hold.best_score, hold.mean_score) == (80, 80)


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_only_the_side_of_a_hold_and_its_inner_moments_are_scored(fps: float) -> None:
    parts: list[Part] = [
        (0.4, TREE, "left", 95.0),  # the way in
        (3, TREE, "left", 80.0),
        (3.4, TREE, "right", 99.0),  # mistaken for the other side
        (6, TREE, "left", 80.0),
        (6.4, TREE, "left", 97.0),  # the way out
    ]
    (hold,) = run(parts, fps)
    assert (hold.side, hold.best_score, hold.mean_score) == ("left", 80, 80)
    assert 0.4 < hold.best_s <= 6


def test_the_best_score_so_far_is_that_of_the_side_shown() -> None:
    finder = HoldFinder(HoldSettings(smoothing_s=0.5))
    shown_now: list[Part] = [
        (0.2, TREE, "left", 95.0), (2, TREE, "left", 70.0), (2.4, TREE, "right", 99.0),
    ]  # fmt: skip
    for i in range(25):
        _, asana, side, score = next(p for p in shown_now if i / 10 <= p[0])
        now = finder.update(i / 10, coaching(asana, side, score, probabilities(TREE)))
        if i == 2:
            assert now is not None
            assert now.best_score == 95, "nothing but the way in was seen so far"
    assert now is not None
    assert (now.side, now.best_score) == ("left", 70)


def test_a_hold_as_short_as_its_way_in_and_out_is_scored_all_the_same() -> None:
    (hold,) = run([(0.8, TREE, "left", 80.0)], 10, HoldSettings(min_hold_s=0.5))
    assert (hold.best_score, hold.mean_score) == (80, 80)


def test_a_hold_does_not_begin_before_the_one_before_has_ended() -> None:
    finder = HoldFinder(HoldSettings(smoothing_s=2, min_hold_s=1))
    for i in range(80):
        time_s = i / 10
        if 4 <= time_s <= 5:  # out of the picture; the mean still knows of the time before
            finder.update(time_s, None)
            continue
        one = TREE if time_s < 4 else DOG
        finder.smoothed(time_s, probabilities(one))
        finder.update(time_s, coaching(one, None, 80.0, probabilities(one)))
    finder.finish()
    tree, dog = finder.holds
    assert (tree.asana, dog.asana) == (TREE, DOG)
    assert tree.start_s < tree.end_s <= dog.start_s < dog.end_s


def test_time_must_grow() -> None:
    finder = HoldFinder()
    finder.update(1.0, None)
    with pytest.raises(ValueError, match="time must grow"):
        finder.update(1.0, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"enter": 0},
        {"enter": 1.1},
        {"exit": 0.7},
        {"min_hold_s": -1},
        {"smoothing_s": -1},
        {"max_gap_s": 0},
    ],
)
def test_settings_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(InputError):
        HoldSettings(**wrong)


def test_settings_follow_the_coachs_threshold() -> None:
    assert HoldSettings.at(0.9) == HoldSettings(enter=0.9)
    assert HoldSettings.at(0.3, min_hold_s=5).exit == pytest.approx(0.2)
