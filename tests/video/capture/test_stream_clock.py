"""Times of live sources: by timestamp, and by arrival where timestamps fail."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from harec.video.capture.stream_clock import StreamClock

NO = None


@pytest.mark.parametrize(
    ("stamps", "arrivals", "expected"),
    [
        # Arrivals jitter, the timestamps count; where they start does not matter.
        ([7.0, 7.04, 7.08, 7.12], [0, 0.07, 0.08, 0.2], [0, 0.04, 0.08, 0.12]),
        # No timestamps: arrival.
        ([NO, NO, NO], [5.0, 5.1, 5.4], [0, 0.1, 0.4]),
        # One is missing: no jump, and the next ones count from there.
        ([1.0, NO, 1.2, 1.3], [0, 0.1, 0.2, 0.3], [0, 0.1, 0.2, 0.3]),
        # The camera's clock is set back by an hour, and forward by an hour.
        ([3600.0, 3600.1, 0.2, 0.3], [0, 0.1, 0.2, 0.3], [0, 0.1, 0.2, 0.3]),
        ([0.0, 0.1, 3600.2, 3600.3], [0, 0.1, 0.2, 0.3], [0, 0.1, 0.2, 0.3]),
        # One alone is wrong: zero, an hour ahead, twice zero, a second and a half.
        ([9.0, 9.1, 0.0, 9.3, 9.4], [0, 0.2, 0.2, 0.3, 0.5], [0, 0.1, 0.101, 0.3, 0.4]),
        ([9.0, 9.1, 4e3, 9.3, 9.4], [0, 0.1, 0.25, 0.3, 0.5], [0, 0.1, 0.25, 0.3, 0.4]),
        ([9.0, 9.1, 0.0, 0.0, 9.4], [0, 0.1, 0.2, 0.25, 0.5], [0, 0.1, 0.2, 0.25, 0.4]),
        ([9.0, 9.1, 10.7, 9.3, 9.4], [0, 0.1, 0.2, 0.3, 0.5], [0, 0.1, 0.2, 0.3, 0.4]),
        # A second and a half are lost in a burst.
        ([9.0, 9.1, 10.7, 10.8, 10.9], [0, 0.1, 0.1, 0.1, 0.1], [0, 0.1, 0.101, 1.8, 1.9]),
        # A stop for long is a gap, also when all arrives late.
        ([0.0, 0.1, 9.1, 9.2], [0, 0.1, 9.3, 9.3], [0, 0.1, 9.1, 9.2]),
        # Old pictures come in a burst: their own times count.
        ([0.0, 0.5, 1.0, 1.5], [0, 0.0, 0.0, 0.0], [0, 0.5, 1.0, 1.5]),
        # Shuffled by little: just after the one before, then as if nothing had been.
        ([0.0, 0.2, 0.1, 0.3], [0, 0.2, 0.2, 0.3], [0, 0.2, 0.201, 0.3]),
        # The same again and again (a broken counter): arrival.
        ([1.0] * 4, [0, 0.1, 0.2, 0.9], [0, 0.1, 0.2, 0.9]),
    ],
)
def test_times(stamps, arrivals, expected) -> None:
    clock = StreamClock()
    times = [clock.time_s(s, a) for s, a in zip(stamps, arrivals, strict=True)]
    assert times == pytest.approx(expected)


def test_a_new_connection_keeps_the_gap_and_counts_on() -> None:
    clock = StreamClock()
    for i in range(3):
        clock.time_s(100 + i / 10, i / 10)
    clock.restarted()
    again = [clock.time_s(5 + i / 10, 4.2 + i / 10 + 0.03 * (i % 2)) for i in range(3)]
    assert again == pytest.approx([4.2, 4.3, 4.4])


def test_times_rise_whatever_comes() -> None:
    clock = StreamClock()
    stamps = [NO, 3, 3, 2.9, -50, NO, 1e9, 1e9, NO, 0, 0.01, -0.2, 5, 5.1, 4.9, NO]
    times = [clock.time_s(s, 10.0) for s in stamps]  # everything arrives at once
    assert all(b > a for a, b in pairwise(times))
    assert times[-1] < 10
    assert all(map(math.isfinite, times))
