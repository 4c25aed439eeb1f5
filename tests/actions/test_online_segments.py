"""Labels told while the video goes on: they are those that are found when all of it is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.actions.labels import LABELS
from harec.actions.online_segments import SettledLabels
from harec.actions.segments import SegmentSettings, find_segments, smooth

STEP_S = 0.1
HALF_SPAN_S = 0.775


def sight(levels: list[tuple[int, float, int]]) -> np.ndarray:
    """Probabilities (E, 7): for each (label, probability, estimates) a plateau."""
    rows = []
    for label, level, count in levels:
        row = np.full(len(LABELS), (1 - level) / (len(LABELS) - 1))
        row[label] = level
        rows += [row] * count
    return np.array(rows, np.float32)


def spans_of(count: int, start_s: float = 2.0) -> np.ndarray:
    times_s = start_s + HALF_SPAN_S + STEP_S * np.arange(count)
    return np.stack([times_s - HALF_SPAN_S, times_s + HALF_SPAN_S], axis=1)


def label_at(segments: list, time_s: float) -> str | None:
    found = [s.action for s in segments if s.start_s <= time_s < s.end_s]
    assert len(found) <= 1
    return found[0] if found else None


def check_against_whole(probabilities: np.ndarray, rules: SegmentSettings) -> np.ndarray:
    """Feed one by one; whatever is said to be settled must be what the whole sight gives."""
    spans_s = spans_of(len(probabilities))
    times_s = spans_s.mean(axis=1)
    final = list(find_segments(times_s, spans_s, probabilities, rules))
    labels, settled_s = SettledLabels(rules), []
    for (start_s, end_s), row in zip(spans_s, probabilities, strict=True):
        labels.push(start_s, end_s, row)
        assert not settled_s or labels.settled_s >= settled_s[-1]
        settled_s.append(labels.settled_s)
        for moment_s in np.arange(spans_s[0, 0], min(labels.settled_s, end_s), 0.04):
            assert label_at(labels.stretches, moment_s) == label_at(final, moment_s), moment_s
    labels.end()
    assert labels.settled_s == np.inf
    assert [tuple(s) for s in labels.stretches] == [
        (s.action, pytest.approx(s.start_s), pytest.approx(s.end_s)) for s in final
    ]
    expected = smooth(times_s, probabilities, rules.smoothing_s)
    np.testing.assert_allclose(labels.smoothed, expected, atol=1e-6)
    return np.array(settled_s)


plateaus = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 2, 6, 6]),
        st.sampled_from([0.3, 0.41, 0.5, 0.55, 0.63, 0.7, 0.9]),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(plateaus, st.sampled_from([0.0, 0.1, 0.3]), st.sampled_from([0.0, 0.5, 1.0]))
def test_what_is_settled_never_changes(
    levels: list[tuple[int, float, int]], smoothing_s: float, min_duration_s: float
) -> None:
    rules = SegmentSettings(smoothing_s=smoothing_s, min_duration_s=min_duration_s)
    check_against_whole(sight(levels), rules)


def test_it_follows_a_plain_action_closely() -> None:
    probabilities = sight([(6, 0.9, 30), (2, 0.9, 40), (6, 0.9, 40)])
    rules = SegmentSettings()
    settled_s = check_against_whole(probabilities, rules)
    now_s = spans_of(len(probabilities))[:, 1]
    # half a window, the smoothing's reach, and the longest of pause and minimum length
    most_s = HALF_SPAN_S + 3 * rules.smoothing_s + rules.merge_gap_s + 2 * STEP_S
    assert (now_s - settled_s)[20:].max() < most_s


def test_a_level_between_the_thresholds_waits_for_its_end() -> None:
    """A minute at 0.5 may still become a segment when it reaches 0.6 at last."""
    rules = SegmentSettings()
    rising = sight([(6, 0.9, 20), (1, 0.5, 600), (1, 0.9, 30), (6, 0.9, 30)])
    settled_s = check_against_whole(rising, rules)
    assert settled_s[600] - spans_of(len(rising))[0, 0] < 4  # nothing of it was told before
    never = sight([(6, 0.9, 20), (1, 0.5, 600), (6, 0.9, 30)])
    check_against_whole(never, rules)


def test_the_same_action_that_begins_low_and_rises_late_is_one_segment() -> None:
    rules = SegmentSettings(smoothing_s=0)
    levels = [(6, 0.9, 20), (1, 0.9, 20), (6, 0.9, 3), (1, 0.5, 40), (1, 0.9, 30), (6, 0.9, 20)]
    check_against_whole(sight(levels), rules)


def test_an_hour_keeps_little() -> None:
    labels = SettledLabels(SegmentSettings())
    probabilities = sight([(0, 0.9, 30), (6, 0.9, 30)] * 60)
    for (start_s, end_s), row in zip(spans_of(len(probabilities)), probabilities, strict=True):
        labels.push(start_s, end_s, row)
        labels.forget(min(labels.settled_s, end_s) - 1)
        assert len(labels.smoothed) < 60
        assert len(labels.stretches) < 5
        assert len(labels._near) < 40
    assert label_at(labels.stretches, labels.settled_s - 0.1) is None
