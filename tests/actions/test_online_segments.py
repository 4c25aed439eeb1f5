"""Labels given while the estimates come: they are those that are found when all are known."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.actions.labels import ACTIONS, LABELS
from harec.actions.online_segments import OnlineSegmenter, find_segments
from harec.actions.segments import Segment, SegmentSettings
from tests.support.reference_segments import reference_segments

STEP_S = 0.1
HALF_SPAN_S = 0.775


def plateaus_of(levels: list[tuple[int, float, int]]) -> np.ndarray:
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


def label_at(spans: Sequence[Segment], time_s: float) -> str | None:
    found = [s.action for s in spans if s.start_s <= time_s < s.end_s]
    assert len(found) <= 1
    return found[0] if found else None


def check_against_whole(probabilities: np.ndarray, rules: SegmentSettings) -> np.ndarray:
    """Feed one by one; whatever is said to be final must be what the whole tracklet gives."""
    spans_s = spans_of(len(probabilities))
    times_s = spans_s.mean(axis=1)
    expected = find_segments(times_s, spans_s, probabilities, rules)
    segmenter, finalized_s = OnlineSegmenter(rules), []
    found: list[Segment] = []
    for (start_s, end_s), row in zip(spans_s, probabilities, strict=True):
        found += segmenter.push(start_s, end_s, row)
        assert not finalized_s or segmenter.finalized_s >= finalized_s[-1]
        finalized_s.append(segmenter.finalized_s)
        known = [*found, *segmenter.tentative()]
        for moment_s in np.arange(spans_s[0, 0], min(segmenter.finalized_s, end_s), 0.04):
            assert label_at(known, moment_s) == label_at(expected, moment_s), moment_s
    found += segmenter.end_tracklet()
    assert segmenter.finalized_s == np.inf
    assert segmenter.end_tracklet() == []
    assert_same(found, expected)
    return np.array(finalized_s)


plateaus = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 2, 6, 6]),
        # No mean of them is just a threshold, where the last bit would decide.
        st.sampled_from([0.317, 0.413, 0.503, 0.551, 0.637, 0.709, 0.907]),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(plateaus, st.sampled_from([0.0, 0.1, 0.3]), st.sampled_from([0.0, 0.5, 1.0]))
def test_what_is_final_never_changes(
    levels: list[tuple[int, float, int]], smoothing_s: float, min_duration_s: float
) -> None:
    rules = SegmentSettings(smoothing_s=smoothing_s, min_duration_s=min_duration_s)
    check_against_whole(plateaus_of(levels), rules)


def test_it_follows_a_plain_action_closely() -> None:
    probabilities = plateaus_of([(6, 0.9, 30), (2, 0.9, 40), (6, 0.9, 40)])
    rules = SegmentSettings()
    finalized_s = check_against_whole(probabilities, rules)
    now_s = spans_of(len(probabilities))[:, 1]
    # half a window, the smoothing's reach, and the longest of pause, minimum length and evidence
    most_s = HALF_SPAN_S + 3 * rules.smoothing_s + rules.evidence_s + 2 * STEP_S
    assert (now_s - finalized_s)[20:].max() < most_s


def test_a_level_between_the_thresholds_is_nothing_until_it_rises() -> None:
    """What a minute at 0.5 is gets final after the seconds that evidence takes, too."""
    rules = SegmentSettings()
    rising = plateaus_of([(6, 0.9, 20), (4, 0.5, 600), (4, 0.9, 30), (6, 0.9, 30)])
    finalized_s = check_against_whole(rising, rules)
    now_s = spans_of(len(rising))[:, 1]
    assert (now_s - finalized_s)[20:].max() < 6
    (segment,) = find_segments(now_s - HALF_SPAN_S, spans_of(len(rising)), rising, rules)
    assert now_s[620] - 3.5 < segment.start_s < now_s[620]  # three seconds of 0.5 and 0.9
    never = plateaus_of([(6, 0.9, 20), (4, 0.5, 600), (6, 0.9, 30)])
    check_against_whole(never, rules)


def test_the_same_action_that_begins_low_and_rises_late_is_one_segment() -> None:
    rules = SegmentSettings(smoothing_s=0)
    levels = [(6, 0.9, 20), (1, 0.9, 20), (6, 0.9, 3), (1, 0.5, 40), (1, 0.9, 30), (6, 0.9, 20)]
    check_against_whole(plateaus_of(levels), rules)


def test_a_long_stream_keeps_little() -> None:
    segmenter, found = OnlineSegmenter(SegmentSettings()), 0
    probabilities = plateaus_of([(0, 0.9, 30), (6, 0.9, 30)] * 100)
    pickled = []
    spans_s = spans_of(len(probabilities))
    for i, ((start_s, end_s), row) in enumerate(zip(spans_s, probabilities, strict=True)):
        found += len(segmenter.push(start_s, end_s, row))
        if i % 300 == 1:
            pickled.append(len(pickle.dumps(segmenter)))
    assert found > 97
    assert max(pickled) < 3 * pickled[1] + 10_000


@st.composite
def streams(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (E,), spans (E, 2) and probabilities (E, 7) of a person who is lost now and then."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(plateaus)
    rows = plateaus_of(levels).astype(np.float64)
    rows += draw(st.sampled_from([0.0, 0.05, 0.3])) * rng.dirichlet(np.ones(7), len(rows))
    rows /= rows.sum(axis=1, keepdims=True)
    step_s = draw(st.sampled_from([0.1, 0.033, 0.37]))
    steps_s = step_s * rng.uniform(1 - draw(st.sampled_from([0.0, 0.9])), 1, len(rows))
    lost = rng.random(len(rows)) < draw(st.sampled_from([0.0, 0.05, 0.3]))
    steps_s[lost] += rng.choice([0.5, 1.7, 4.0], lost.sum())
    middles_s, half_s = 3 + np.cumsum(steps_s), draw(st.sampled_from([0.4, 0.775]))
    spans_s = np.stack([middles_s - half_s, middles_s + half_s], axis=1)
    return spans_s.mean(axis=1), spans_s, rows.astype(np.float32)


rules_of = st.builds(
    SegmentSettings,
    enter=st.sampled_from([0.3, 0.6, 0.85]),
    exit_ratios=st.tuples(*[st.sampled_from([0.5, 0.7, 1.0])] * len(ACTIONS)),
    trims_s=st.sampled_from([(0.0,) * len(ACTIONS), (0.35, 0.3, 0.0, 0.0, 0.1, 2.0)]),
    smoothing_s=st.sampled_from([0.0, 0.1, 0.3, 1.0]),
    min_duration_s=st.sampled_from([0.0, 0.5, 1.0]),
    merge_gap_s=st.sampled_from([0.0, 0.6, 2.0]),
    evidence_s=st.sampled_from([0.01, 0.5, 1.0, 3.0, 1e6]),
)


def assert_same(found: Sequence[Segment], expected: Sequence[Segment]) -> None:
    assert [s.action for s in found] == [s.action for s in expected]
    for a, b in zip(found, expected, strict=True):
        assert (a.start_s, a.end_s) == (b.start_s, b.end_s)
        assert a.confidence == pytest.approx(b.confidence, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(streams(), rules_of)
def test_the_segments_are_those_of_the_plain_reference(stream, rules: SegmentSettings) -> None:
    assert_same(find_segments(*stream, rules), reference_segments(*stream, rules))


@settings(max_examples=100, deadline=None)
@given(streams(), rules_of, st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_one_by_one_and_in_blocks_give_the_same(
    stream, rules: SegmentSettings, sizes: list[int]
) -> None:
    times_s, spans_s, probabilities = stream
    expected = reference_segments(*stream, rules)
    single, blocks = OnlineSegmenter(rules), OnlineSegmenter(rules)
    one_by_one, in_blocks = [], []
    for (start_s, end_s), row in zip(spans_s, probabilities, strict=True):
        one_by_one += single.push(start_s, end_s, row)
    edges = np.cumsum(sizes * len(times_s))
    for part in np.split(np.arange(len(times_s)), edges[edges < len(times_s)]):
        in_blocks += blocks.extend(times_s[part], spans_s[part], probabilities[part])
    assert_same([*one_by_one, *single.end_tracklet()], expected)
    assert_same([*in_blocks, *blocks.end_tracklet()], expected)


@settings(max_examples=30, deadline=None)
@given(streams(), rules_of)
def test_the_tentative_segments_are_those_of_a_stream_that_ends_now(
    stream, rules: SegmentSettings
) -> None:
    times_s, spans_s, probabilities = stream
    segmenter, finalized = OnlineSegmenter(rules), []
    for i, (start_s, end_s) in enumerate(spans_s, 1):
        finalized += segmenter.push(start_s, end_s, probabilities[i - 1])
        shown = times_s[:i], spans_s[:i], probabilities[:i]
        expected = reference_segments(*shown, rules, in_doubt=True)
        assert_same([*finalized, *segmenter.tentative()], expected)
        current = segmenter.current()
        if expected and expected[-1].end_s >= times_s[i - 1]:
            assert current is not None
            assert current[0] == expected[-1].action
        else:
            assert current is None
