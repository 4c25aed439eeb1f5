"""From probabilities to segments."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harec.actions.labels import ACTIONS, LABELS
from harec.actions.online_segments import find_segments
from harec.actions.segments import MOST_TRIMMED, REACH, SegmentSettings, smooth
from harec.actions.windows import WindowBuilder
from harec.core.errors import InputError
from harec.core.poses import TrackedPerson


def series(*parts: tuple[str, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(label, probability, seconds) one after the other, ten estimates a second from 0.4 s on."""
    rows = []
    for label, probability, seconds in parts:
        row = np.full(len(LABELS), (1 - probability) / (len(LABELS) - 1), np.float32)
        row[LABELS.index(label)] = probability
        rows += [row] * round(seconds * 10)
    times = 0.4 + np.arange(len(rows)) / 10
    return times, np.stack([times - 0.4, times + 0.4], axis=1), np.stack(rows)


PLAIN = SegmentSettings(enter=0.6, smoothing_s=0)


def test_one_action_spans_the_whole_tracklet() -> None:
    (segment,) = find_segments(*series(("BOXING", 0.9, 3.0)), PLAIN)
    assert segment.action == "BOXING"
    # From the start of what the first estimate has seen to the last one's end.
    assert (segment.start_s, segment.end_s) == (0.0, pytest.approx(0.4 + 2.9 + 0.4))
    assert segment.confidence == pytest.approx(0.9, abs=1e-4)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("OTHER", 0.9, 4)], []),
        ([("BOXING", 0.55, 4)], []),  # never reaches enter
        ([("BOXING", 0.7, 2.5), ("BOXING", 0.5, 9)], ["BOXING"]),  # stays above exit 0.42
        ([("BOXING", 0.7, 0.5), ("BOXING", 0.5, 2)], []),  # too little of it is sure
        ([("BOXING", 0.55, 9), ("BOXING", 0.9, 4)], ["BOXING"]),  # begins when it is
        ([("OTHER", 0.9, 1), ("BOXING", 0.9, 0.2), ("OTHER", 0.9, 1)], []),  # too short
        (
            [("BOXING", 0.9, 1), ("OTHER", 0.9, 0.3), ("BOXING", 0.9, 1)],
            ["BOXING"],
        ),  # short pause is bridged
        ([("BOXING", 0.9, 1), ("OTHER", 0.9, 2), ("BOXING", 0.9, 1)], ["BOXING", "BOXING"]),
        ([("JUMPING", 0.9, 2), ("CLAPPING_HANDS", 0.9, 2)], ["JUMPING", "CLAPPING_HANDS"]),
    ],
)
def test_thresholds_and_durations(parts: list, expected: list[str]) -> None:
    assert [s.action for s in find_segments(*series(*parts), PLAIN)] == expected


@pytest.mark.parametrize(
    ("seconds", "lost_s"),
    [(5.0, 0.3), (1.5, 1.5 * MOST_TRIMMED), (0.5, 0.0)],  # all of it; a share; nothing is to spare
)
def test_jumps_lose_their_ends(seconds: float, lost_s: float) -> None:
    """But not where the person comes or goes."""
    rules = replace(PLAIN, trims_s=(0.3, 0, 0, 0, 0, 0))
    parts = [("OTHER", 0.9, 2.0), ("JUMPING", 0.9, seconds), ("OTHER", 0.9, 2.0)]
    times, spans, rows = series(*parts)
    (whole,) = find_segments(times, spans, rows, replace(PLAIN, trims_s=(0.0,) * len(ACTIONS)))
    (segment,) = find_segments(times, spans, rows, rules)
    assert whole.duration_s == pytest.approx(seconds)
    assert segment.start_s - whole.start_s == pytest.approx(lost_s)
    assert whole.end_s - segment.end_s == pytest.approx(lost_s)
    (segment,) = find_segments(*series(parts[1]), rules)
    assert segment.duration_s == pytest.approx(seconds + 0.7)


def test_change_of_action_is_found_to_a_tenth_of_a_second() -> None:
    times, spans, rows = series(("WAVING_1HAND", 0.9, 2), ("WAVING_2HANDS", 0.9, 2))
    first, second = find_segments(times, spans, rows, SegmentSettings(smoothing_s=0.3))
    change_s = (times[19] + times[20]) / 2
    assert first.end_s == pytest.approx(change_s, abs=0.11)
    assert second.start_s == pytest.approx(change_s, abs=0.11)


def test_each_action_lasts_down_to_its_own_share_of_the_threshold() -> None:
    """A level of 0.4 is still boxing after it was seen clearly, and no longer a jump."""
    for action, lasts in (("JUMPING", False), ("BOXING", True)):
        series_ = series((action, 0.9, 2), (action, 0.4, 2))
        (segment,) = find_segments(*series_, PLAIN)
        assert (segment.end_s > series_[0][-1] - 0.2) == lasts
    with pytest.raises(InputError, match="exit_ratios"):
        SegmentSettings(exit_ratios=(0.7,))


def test_no_segment_spans_a_hole() -> None:
    times, spans, rows = series(("BOXING", 0.9, 4))
    keep = (times < 1.5) | (times > 3.0)
    found = find_segments(times[keep], spans[keep], rows[keep], PLAIN)
    assert [s.action for s in found] == ["BOXING", "BOXING"]
    assert found[0].end_s <= found[1].start_s


def test_a_single_flicker_is_smoothed_away() -> None:
    times, spans, rows = series(("BOXING", 0.9, 1.5), ("JUMPING", 0.9, 0.1), ("BOXING", 0.9, 1.5))
    assert len(find_segments(times, spans, rows, SegmentSettings(smoothing_s=0.3))) == 1


def test_smoothing_keeps_a_constant_and_the_sum() -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.02, 0.3, 50))
    rows = rng.dirichlet(np.ones(7), 50).astype(np.float32)
    np.testing.assert_allclose(smooth(times, rows, 0.4).sum(axis=1), 1, atol=1e-5)
    same = np.tile(rows[:1], (50, 1))
    np.testing.assert_allclose(smooth(times, same, 0.4), same, atol=1e-6)
    assert np.abs(np.diff(smooth(times, rows, 0.4), axis=0)).mean() < (
        np.abs(np.diff(rows, axis=0)).mean() / 2
    )


def test_nothing_in_nothing_out() -> None:
    assert find_segments(np.zeros(0), np.zeros((0, 2)), np.zeros((0, 7), np.float32), PLAIN) == ()


def test_hardly_any_smoothing_is_none() -> None:
    times, rows = np.arange(3.0), np.eye(7, dtype=np.float32)[:3]
    np.testing.assert_array_equal(smooth(times, rows, 2.3e-309), rows)
    np.testing.assert_allclose(smooth(times, rows, 1e-6), rows)


def test_smoothing_is_the_same_for_a_few_and_for_many() -> None:
    """Live smooths the last minute, a whole video everything: two ways, one answer."""
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.uniform(0.05, 0.2, 400))
    rows = rng.dirichlet(np.ones(7), 400).astype(np.float32)
    few = smooth(times[:100], rows[:100], 0.3)
    assert few.dtype == np.float32
    np.testing.assert_allclose(few[:75], smooth(times, rows, 0.3)[:75], atol=1e-6)


@pytest.mark.parametrize("bad", [{"enter": 0.0}, {"enter": 1.1}, {"smoothing_s": -1.0}])
def test_bad_settings_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InputError):
        SegmentSettings(**bad)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.floats(0.03, 0.75), min_size=20, max_size=120),
    arrays(np.float32, (120, 7), elements=st.floats(0.0, 6, width=32)),
    st.floats(0.2, 0.95),
    st.floats(0, 0.6),
)
def test_property_segments_are_ordered_apart_and_long_enough(
    steps: list[float], logits: np.ndarray, enter: float, smoothing_s: float
) -> None:
    """Windows as they really come, from frames at any times with losses in between."""
    builder, windows = WindowBuilder(), []
    for time_s in np.cumsum(steps):
        windows += builder.push(time_s, [TrackedPerson(1, np.ones((17, 3), np.float32), 1.0)])
    windows += builder.finish()
    if not windows:
        return
    windows.sort(key=lambda window: window.time_s)
    rows = np.exp(logits)[np.arange(len(windows)) // 4 % 120]
    rows = rows / rows.sum(axis=1, keepdims=True)
    times = np.array([window.time_s for window in windows])
    spans = np.array([[window.start_s, window.end_s] for window in windows])
    chosen = SegmentSettings(enter=enter, smoothing_s=smoothing_s)
    found = find_segments(times, spans, rows, chosen)
    for segment in found:
        assert segment.action in ACTIONS
        assert segment.duration_s >= chosen.min_duration_s - 1e-9
        assert 0 <= segment.confidence <= 1
        assert spans[:, 0].min() <= segment.start_s < segment.end_s <= spans[:, 1].max()
        # what is smoothed into it, and what it lost
        near_s = REACH * smoothing_s + chosen.trims_s[ACTIONS.index(segment.action)]
        inside = (times >= segment.start_s - near_s) & (times <= segment.end_s + near_s)
        best = rows[inside, ACTIONS.index(segment.action)].max(initial=0)
        assert best >= enter - 1e-6, "no estimate in it is sure enough"
    for a, b in itertools.pairwise(found):
        assert a.end_s <= b.start_s


@pytest.mark.parametrize(("rate", "skip"), [(15, 8), (10, 5), (30, 17), (5, 2)])
def test_sparse_frames_give_one_segment_and_not_many_that_overlap(rate: int, skip: int) -> None:
    builder, windows = WindowBuilder(), []
    for index in range(0, rate * 9, skip + 1):
        keypoints = np.ones((17, 3), np.float32)
        windows += builder.push(index / rate, [TrackedPerson(1, keypoints, 1.0)])
    windows += builder.finish()
    row = np.full(7, 0.02, np.float32)
    row[2] = 0.88
    found = find_segments(
        np.array([w.time_s for w in windows]),
        np.array([[w.start_s, w.end_s] for w in windows]),
        np.tile(row, (len(windows), 1)),
        SegmentSettings(),
    )
    assert len(found) == 1
