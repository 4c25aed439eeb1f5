"""Repair of timestamps, by hand-computed cases (time base 1/10 s, 10 frames a second)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harec.video.timestamps import UNKNOWN_STEP_S, FrameClock

TENTH = Fraction(1, 10)


@pytest.mark.parametrize(
    ("pts", "expected"),
    [
        ([0, 1, 2], [0.0, 0.1, 0.2]),
        ([50, 51, 55], [0.0, 0.1, 0.5]),  # starts late; a gap is real
        ([-2, -1, 0], [0.0, 0.1, 0.2]),
        ([0, 1, None, 3], [0.0, 0.1, 0.2, 0.3]),
        ([None, None, None], [0.0, 0.1, 0.2]),
        ([None, 100, 101], [0.0, 0.1, 0.2]),
        ([0, 1, 1, 2, 3], [0.0, 0.1, 0.15, 0.2, 0.3]),  # a duplicate moves nobody else
        ([0, 2, 1, 3], [0.0, 0.2, 0.25, 0.3]),  # shuffled
        ([0, 1, 2, 0, 1, 2], [0.0, 0.1, 0.2, 0.25, 0.3, 0.35]),  # short: taken for shuffled
        ([0, 10, 20, 0, 1, 2], [0.0, 1.0, 2.0, 2.1, 2.2, 2.3]),  # a restarted clock
    ],
)
def test_times(pts, expected):
    clock = FrameClock(TENTH, Fraction(10))
    assert [clock.time_s(p) for p in pts] == pytest.approx(expected)


def test_duration_of_the_frame_before_fills_a_missing_time():
    clock = FrameClock(TENTH, Fraction(10))
    assert [clock.time_s(0, 7), clock.time_s(None, 7)] == pytest.approx([0.0, 0.7])
    assert clock.step_s == pytest.approx(0.7)


def test_repaired_times_are_a_millisecond_apart_at_least():
    clock = FrameClock(Fraction(1, 90_000), None)
    times = [clock.time_s(pts, 1) for pts in (0, 0, 0, None)]
    assert times == pytest.approx([0, 0.001, 0.002, 0.003])


def test_nothing_known():
    clock = FrameClock(None, None)
    assert [clock.time_s(None), clock.time_s(None)] == [0.0, UNKNOWN_STEP_S]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=2, max_size=40))
def test_times_always_increase(pts):
    clock = FrameClock(Fraction(1, 90_000), Fraction(30))
    times = [clock.time_s(p) for p in pts]
    assert times[0] == 0.0
    assert all(a < b for a, b in pairwise(times))
