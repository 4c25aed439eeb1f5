"""Curves in pieces: where they are cut, and what thinning keeps."""

from __future__ import annotations

import numpy as np
import pytest

from harec.render.curves import MAX_POINTS, curve_runs


def test_a_short_curve_stays_as_it_is() -> None:
    times = np.arange(0, 10, 0.1)
    ((kept, values),) = curve_runs(times, times**2)
    assert (kept == times).all()
    assert (values == times**2).all()


@pytest.mark.parametrize(
    ("times", "lengths"),
    [
        ([], []),
        ([3.0], [1]),
        ([0, 0.1, 0.2, 1.3, 1.4], [3, 2]),  # a second or more away
        ([0, 0.1, 0.2, 1.1, 1.2], [5]),
        ([0, 2, 4, 6], [4]),  # sparse, but evenly so
        ([0, 2, 4, 11, 13], [3, 2]),
    ],
)
def test_where_it_is_cut(times: list[float], lengths: list[int]) -> None:
    runs = curve_runs(np.array(times), np.zeros((len(times), 7)))
    assert [len(piece) for piece, _ in runs] == lengths
    assert all(values.shape == (len(piece), 7) for piece, values in runs)


def test_a_gap_shorter_than_the_thinned_steps_stays_a_gap() -> None:
    """Three hours: each point that is left is a mean of eleven seconds."""
    times = np.concatenate([np.arange(0, 5000, 0.1), np.arange(5020, 10800, 0.1)])
    values = np.where(times < 5010, 0.25, 0.75)
    (before, low), (after, high) = curve_runs(times, values)
    assert before[-1] < 5000
    assert after[0] > 5020
    assert set(low.round(6)) == {0.25}
    assert set(high.round(6)) == {0.75}
    assert len(before) + len(after) <= MAX_POINTS + 2


def test_thinning_keeps_means() -> None:
    rng = np.random.default_rng(0)
    times, values = np.arange(5000) / 10, rng.random((5000, 3))
    ((kept, means),) = curve_runs(times, values)
    assert len(kept) == MAX_POINTS
    np.testing.assert_allclose(means[7], values[35:40].mean(axis=0))
    np.testing.assert_allclose(kept[7], times[35:40].mean())
