"""From probabilities over time to segments: smoothing, two thresholds, minimum length."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS
from harec.core.errors import InputError

FloatArray = NDArray[np.float32]

#: Less than any two estimates are apart; the square of a time over it still is a number.
_NO_SMOOTHING_S: Final = 1e-6
#: So many estimates are smoothed as one matrix, ten times as fast: live, every 0.1 s.
_FEW: Final = 128
#: Smoothing looks this many standard deviations around; three hold 99.7 %.
REACH: Final = 3

#: What the page starts with: the threshold that the shipped model's figures hold for.
DEFAULT_ACTION_THRESHOLD: Final = 0.6


@dataclass(frozen=True)
class Segment:
    """One person does one action.

    Attributes:
        action: a name of ``ACTIONS``.
        start_s, end_s: seconds.
        confidence: 0..1.
        repetitions: how often, where `harec.actions.repetitions` counted; None = it did not.
    """

    action: str
    start_s: float
    end_s: float
    confidence: float
    repetitions: int | None = None

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class SegmentSettings:
    """How probabilities become segments.

    Attributes:
        enter: a segment must reach this probability somewhere (0..1).
        exit_ratio: it lasts while the probability stays above ``enter * exit_ratio``. Two
            thresholds keep a label from flickering around one.
        smoothing_s: width of the smoothing kernel (standard deviation of a Gaussian in time);
            0 = none.
        min_duration_s: shorter segments are dropped.
        merge_gap_s: the same action again after less than this goes on as one segment.
    """

    enter: float = DEFAULT_ACTION_THRESHOLD
    exit_ratio: float = 0.7
    smoothing_s: float = 0.3
    min_duration_s: float = 0.5
    merge_gap_s: float = 0.6

    def __post_init__(self) -> None:
        if not 0 < self.enter <= 1:
            raise InputError(
                f"the action threshold must be above 0 and at most 1, not {self.enter}"
            )
        if not 0 < self.exit_ratio <= 1:
            raise InputError(f"exit_ratio must be above 0 and at most 1, not {self.exit_ratio}")
        if min(self.smoothing_s, self.min_duration_s, self.merge_gap_s) < 0:
            raise InputError("smoothing and minimum durations can't be negative")


def smooth(
    times_s: NDArray[np.float64], probabilities: FloatArray, smoothing_s: float
) -> FloatArray:
    """Gaussian average over time, on whatever times there are; rows still sum to 1.

    Args:
        times_s: (E,) ascending.
        probabilities: (E, L).
    """
    if smoothing_s < _NO_SMOOTHING_S or len(times_s) < 2:
        return probabilities
    if len(times_s) <= _FEW:
        others_s, own_s = times_s[None], times_s[:, None]
        weights = np.exp(-0.5 * ((others_s - own_s) / smoothing_s) ** 2)
        near = (others_s >= own_s - REACH * smoothing_s) & (others_s <= own_s + REACH * smoothing_s)
        weights *= near
        return (weights @ probabilities / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    smoothed = np.empty_like(probabilities)
    # A band keeps the cost linear in a long video.
    low = np.searchsorted(times_s, times_s - REACH * smoothing_s, side="left")
    high = np.searchsorted(times_s, times_s + REACH * smoothing_s, side="right")
    for i, (a, b) in enumerate(zip(low, high, strict=True)):
        weights = np.exp(-0.5 * ((times_s[a:b] - times_s[i]) / smoothing_s) ** 2)
        smoothed[i] = weights @ probabilities[a:b] / weights.sum()
    return smoothed


def find_segments(
    times_s: NDArray[np.float64],
    spans_s: NDArray[np.float64],
    probabilities: FloatArray,
    settings: SegmentSettings,
) -> tuple[Segment, ...]:
    """The actions of one person.

    Args:
        times_s: (E,) ascending: the moment that each estimate speaks of.
        spans_s: (E, 2): the start and end of what each estimate has seen.
        probabilities: (E, 7), over ``LABELS``.
        settings: thresholds and durations.

    Returns:
        Segments that don't overlap, in order of time. OTHER gives no segment. Estimates whose spans
        don't overlap belong to different sights of the person; no segment joins them.
    """
    segments: list[Segment] = []
    smoothed = smooth_tracklets(times_s, spans_s, probabilities, settings.smoothing_s)
    for part in _sights(spans_s):
        segments += _segments_of_tracklet(times_s[part], spans_s[part], smoothed[part], settings)
    return tuple(segments)


def smooth_tracklets(
    times_s: NDArray[np.float64],
    spans_s: NDArray[np.float64],
    probabilities: FloatArray,
    smoothing_s: float,
) -> FloatArray:
    """`smooth` within each unbroken sight of a person; arguments as of `find_segments`."""
    smoothed = np.empty_like(probabilities)
    for part in _sights(spans_s):
        smoothed[part] = smooth(times_s[part], probabilities[part], smoothing_s)
    return smoothed


def starts_new_tracklet(start_s: float, end_before_s: float) -> bool:
    """Whether a window that begins then belongs to another sight than one that ended then.

    Windows of one sight always overlap, those of two sights never do.
    """
    return start_s >= end_before_s - 1e-6


def _sights(spans_s: NDArray[np.float64]) -> list[slice]:
    """The estimates of each unbroken sight."""
    pairs = zip(spans_s[1:, 0].tolist(), spans_s[:-1, 1].tolist(), strict=True)
    breaks = [
        i for i, (start_s, end_s) in enumerate(pairs, 1) if starts_new_tracklet(start_s, end_s)
    ]
    edges = [0, *breaks, len(spans_s)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _segments_of_tracklet(
    times_s: NDArray[np.float64],
    spans_s: NDArray[np.float64],
    smoothed: FloatArray,
    settings: SegmentSettings,
) -> list[Segment]:
    best = smoothed[:, : len(ACTIONS)].argmax(axis=1)
    top = smoothed[np.arange(len(best)), best]
    labels = np.where(top >= settings.enter * settings.exit_ratio, best, -1)

    # An estimate stands for the time half-way to its neighbours; the first and the last one also
    # for the beginning and the end of the sight, of which they are the only witnesses.
    edges_s = np.concatenate(
        [[spans_s[:, 0].min()], (times_s[1:] + times_s[:-1]) / 2, [spans_s[:, 1].max()]]
    )
    runs: list[tuple[int, int, int]] = []  # label, first, last + 1
    start = 0
    for label, group in groupby(labels.tolist()):
        stop = start + len(list(group))
        if label >= 0:
            runs.append((label, start, stop))
        start = stop

    kept = [run for run in runs if top[run[1] : run[2]].max() >= settings.enter]
    merged: list[tuple[int, int, int]] = []
    for label, first, stop in kept:
        if merged and merged[-1][0] == label:
            gap_s = edges_s[first] - edges_s[merged[-1][2]]
            if gap_s < settings.merge_gap_s:
                merged[-1] = (label, merged[-1][1], stop)
                continue
        merged.append((label, first, stop))

    segments = []
    for label, first, stop in merged:
        start_s, end_s = float(edges_s[first]), float(edges_s[stop])
        if end_s - start_s >= settings.min_duration_s:
            confidence = float(np.clip(smoothed[first:stop, label].mean(), 0, 1))
            segments.append(Segment(ACTIONS[label], start_s, end_s, confidence))
    return segments
