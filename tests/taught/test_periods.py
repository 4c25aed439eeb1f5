"""Repetitions of any motion, against what the simulated body really did."""

from __future__ import annotations

import numpy as np
import pytest
from taught_examples import track_of

from harec.taught.periods import repetitions_s


def true_dips(track: np.ndarray, height: np.ndarray) -> int:
    """How often a height (F,) in pixels, y down, is lower than half its way."""
    low, high = np.quantile(height, [0.02, 0.98])
    return int((np.diff((height > (low + high) / 2).astype(int)) > 0).sum())


@pytest.mark.parametrize("motion", ["SQUAT", "PUSH_UPS", "PULL_UPS"])
@pytest.mark.parametrize("person", range(3))
def test_as_often_as_the_trunk_went_down(motion: str, person: int) -> None:
    times_s, track = track_of((motion, 20), person=person)
    true = true_dips(track, track[:, 5:7, 1].mean(axis=1))
    counted = len(repetitions_s(times_s, track))
    assert abs(counted - true) <= max(1, round(0.1 * true))


def test_a_lunge_with_either_leg_is_one() -> None:
    times_s, track = track_of(("LUNGES", 20))
    true = true_dips(track, track[:, 11:13, 1].mean(axis=1))
    assert abs(len(repetitions_s(times_s, track)) - true) <= 1


@pytest.mark.parametrize("person", range(3))
def test_biceps_curls_as_often_as_the_hands_went_down(person: int) -> None:
    times_s, track = track_of(("BICEPS_CURLS", 20), person=person)
    true = true_dips(track, track[:, 9:11, 1].mean(axis=1))
    assert abs(len(repetitions_s(times_s, track)) - true) <= 1


def test_the_moments_are_in_order_and_in_the_stream_s_time() -> None:
    times_s, track = track_of(("SQUAT", 20))
    moments = repetitions_s(times_s + 100, track)
    assert moments == sorted(moments)
    assert 100 < moments[0] < moments[-1] < 120
    assert np.diff(moments).std() < 0.4  # a plain squat has an even tempo


def test_who_stands_still_repeats_nothing() -> None:
    times_s, track = track_of(("SQUAT", 2))
    assert repetitions_s(times_s[:2], track[:2]) == []
    assert repetitions_s(times_s, track[:1].repeat(len(times_s), 0)) == []
