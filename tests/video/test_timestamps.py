"""Repair of timestamps, by hand-computed cases (time base 1/10 s, 10 frames a second)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harec.video.timestamps import UNKNOWN_STEP_S, FrameClock

TENTH = Fraction(1, 10)
HOUR = 36_000  # in tenths of a second


def times(clock: FrameClock, pts, duration: int = 0) -> list[float]:
    frames = [SimpleNamespace(pts=p, duration=duration) for p in pts]
    timed = list(clock.timed(iter(frames)))
    assert [each.frame for each in timed] == frames
    return [each.time_s for each in timed]


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
    assert times(FrameClock(TENTH, Fraction(10)), pts) == pytest.approx(expected)


@pytest.mark.parametrize(
    "wrong",
    [
        {20: 0},  # zero
        {20: 7},  # one of long ago
        {20: 19},  # repeated
        {20: HOUR},
        {20: -HOUR},
        {20: 26},  # a little ahead
        {20: 0, 40: HOUR, 60: -5, 61: 3 * HOUR},
        {20: 0, 21: 0, 22: 1},
        {20: HOUR, 21: HOUR + 1, 22: HOUR + 2},
        {0: HOUR},
        {0: -HOUR},
        {99: HOUR},
        {99: 0},
        {98: 0},
    ],
)
def test_a_wrong_timestamp_moves_nobody_else(wrong):
    clock = FrameClock(TENTH, Fraction(10))
    pts = [wrong.get(i, i) for i in range(100)]
    assert times(clock, pts) == pytest.approx([i / 10 for i in range(100)], abs=0.06)
    assert clock.wrong == len(wrong)


@pytest.mark.parametrize(
    ("pts", "length"),
    [
        ([*range(50), *range(80, 120)], 12.0),  # a gap
        ([*range(50), *range(50 + HOUR, 90 + HOUR)], 3609.0),
        ([*range(50), *range(30, 90)], 11.0),  # a changed clock
        ([*range(50), *range(10), *range(50)], 11.0),  # joined, one of them short
        ([0, *range(30, 90)], 9.0),  # the first picture is shown for long
        ([*range(50), 90], 9.1),  # so is the last but one
        ([0, 10, 20, 30, 0, 10, 20, 30, 40, 50], 9.1),  # one frame a second, joined
    ],
)
def test_gaps_and_changed_clocks_are_no_wrong_timestamps(pts, length):
    clock = FrameClock(TENTH, Fraction(1 if pts[1] == 10 else 10))
    assert times(clock, pts)[-1] == pytest.approx(length - 0.1, abs=0.06)
    assert clock.wrong == 0


def test_only_a_frame_after_a_gap_says_so():
    clock = FrameClock(TENTH, Fraction(10))
    frames = [SimpleNamespace(pts=p, duration=0) for p in [*range(30), 60, *range(61, 90)]]
    assert [i for i, each in enumerate(clock.timed(frames)) if each.gap] == [30]
    slow = FrameClock(TENTH, Fraction(1, 2))  # a frame every two seconds is no gap
    frames = [SimpleNamespace(pts=20 * i, duration=0) for i in range(30)]
    assert not any(each.gap for each in slow.timed(frames))


def test_duration_of_the_frame_before_fills_a_missing_time():
    clock = FrameClock(TENTH, Fraction(10))
    frames = [SimpleNamespace(pts=p, duration=7) for p in (0, None)]
    assert [each.time_s for each in clock.timed(frames)] == pytest.approx([0.0, 0.7])


def test_repaired_times_are_a_millisecond_apart_at_least():
    clock = FrameClock(Fraction(1, 90_000), None)
    assert times(clock, (0, 0, 0, None), 1) == pytest.approx([0, 0.001, 0.002, 0.003])


def test_nothing_known():
    assert times(FrameClock(None, None), [None, None]) == [0.0, UNKNOWN_STEP_S]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=2, max_size=40))
def test_times_always_increase(pts):
    found = times(FrameClock(Fraction(1, 90_000), Fraction(30)), pts)
    assert found[0] == 0.0
    assert all(a < b for a, b in pairwise(found))
