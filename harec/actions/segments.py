"""Segments, the rules by which probabilities become segments, and the smoothing before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS
from harec.core.errors import InputError
from harec.core.poses import FloatArray

#: Who says that it is so.
By = Literal["human", "model"]

#: Less than any two estimates are apart; the square of a time over it still is a number.
_NO_SMOOTHING_S: Final = 1e-6
#: Windows of one tracklet overlap by more than this.
_TOGETHER_S: Final = 1e-6
#: So many estimates are smoothed as one matrix: more of them waste most of it, fewer the calls.
_BLOCK: Final = 64
#: Smoothing takes in this many standard deviations to either side; three hold 99.7 %.
REACH: Final = 3

#: What the page starts with: the threshold that the shipped model's figures hold for.
DEFAULT_ACTION_THRESHOLD: Final = 0.75

#: A window shows a jump that fills a quarter of it, but a bout of boxing only when it fills half:
#: with one ratio for all, jumps would begin too early and boxing too late. Chosen by where segments
#: of simulated people begin and end; claps keep 0.7, for more would lose real ones in dim light.
EXIT_RATIOS: Final = (1.0, 1.0, 0.3, 0.7, 0.7, 0.7)

#: So many seconds is a run of estimates too long at either end: windows that a person jumps in for
#: a quarter of a second already show jumps (`python -m benchmarks.edges`).
TRIMS_S: Final = (0.3, 0.2, 0.0, 0.0, 0.0, 0.1)
#: No more than this share of a run is taken from either end.
MOST_TRIMMED: Final = 0.08


@dataclass(frozen=True)
class Segment:
    """One person does one action.

    Attributes:
        action: a name of ``ACTIONS``, or of a taught action.
        start_s, end_s: seconds.
        confidence: 0..1, the mean of the action's smoothed probabilities; 1 where a human says so.
        repetitions: how often, where `harec.actions.repetitions` counted; None = it did not.
        by: who says so.
    """

    action: str
    start_s: float
    end_s: float
    confidence: float
    repetitions: int | None = None
    by: By = "model"

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


def parts_outside(
    segment: Segment, spans_s: Iterable[tuple[float, float]], shortest_s: float
) -> list[Segment]:
    """What no span covers of a segment; the segment itself where none touches it.

    Args:
        spans_s: starts and ends, seconds.
        shortest_s: shorter parts are left out. Parts have no repetitions: they are to be counted.
    """
    touching = sorted(s for s in spans_s if s[1] > segment.start_s and s[0] < segment.end_s)
    if not touching:
        return [segment]
    parts, start_s = [], segment.start_s
    for low_s, high_s in [*touching, (segment.end_s, segment.end_s)]:
        if low_s - start_s >= max(shortest_s, 1e-9):
            parts.append(replace(segment, start_s=start_s, end_s=low_s, repetitions=None))
        start_s = max(start_s, high_s)
    return parts


@dataclass(frozen=True)
class SegmentSettings:
    """How probabilities become segments.

    Attributes:
        enter: a segment must have this probability (0..1), on average over its first
            ``evidence_s``, or over all of a shorter one; it begins where this is so.
        exit_ratios: an action lasts while its probability stays above ``enter`` times its ratio,
            one each in the order of ``labels``. Two thresholds keep a label from flickering around
            one.
        trims_s: seconds that segments lose at either end, one each in the order of ``labels``, but
            never more than `MOST_TRIMMED` of their length, nor so much that they would be dropped,
            and not where the person came or went.
        smoothing_s: width of the smoothing kernel (standard deviation of a Gaussian in time);
            0 = none.
        min_duration_s: shorter segments are dropped.
        evidence_s: seconds, see ``enter``.
        merge_gap_s: the same action again after less than this continues the segment.
        labels: of the probabilities but the last, which is of none of them.
        enters, evidences_s: in place of ``enter`` and ``evidence_s``, one each in the order of
            ``labels``, where the labels' differ.
    """

    enter: float = DEFAULT_ACTION_THRESHOLD
    exit_ratios: tuple[float, ...] = EXIT_RATIOS
    trims_s: tuple[float, ...] = TRIMS_S
    smoothing_s: float = 0.3
    min_duration_s: float = 0.5
    merge_gap_s: float = 0.6
    evidence_s: float = 3.0
    labels: tuple[str, ...] = ACTIONS
    enters: tuple[float, ...] = ()
    evidences_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.labels)
        if not {len(self.enters), len(self.evidences_s)} <= {0, count}:
            raise InputError(f"enters and evidences_s must be none or {count} numbers")
        if len(self.trims_s) != count:
            raise InputError(f"trims_s must be {count} numbers, not {self.trims_s}")
        for enter in (self.enter, *self.enters):
            if not 0 < enter <= 1:
                raise InputError(f"the action threshold must be above 0 and at most 1, not {enter}")
        if len(self.exit_ratios) != count or not all(0 < r <= 1 for r in self.exit_ratios):
            raise InputError(
                f"exit_ratios must be {count} numbers above 0 and at most 1, not {self.exit_ratios}"
            )
        if min(self.smoothing_s, self.min_duration_s, self.merge_gap_s, *self.trims_s) < 0:
            raise InputError("smoothing, trims and minimum durations can't be negative")
        if not min(self.evidence_s, *self.evidences_s, np.inf) > 0:
            raise InputError(f"evidence_s must be above 0, not {self.evidence_s}")


def smooth(
    times_s: NDArray[np.float64],
    probabilities: FloatArray,
    smoothing_s: float,
    first: int = 0,
    stop: int | None = None,
) -> FloatArray:
    """Gaussian average over time, on whatever times there are; rows still sum to 1.

    Args:
        times_s: (E,) ascending, of one tracklet.
        probabilities: (E, L).
        smoothing_s: standard deviation; nothing further away than `REACH` of them counts.
        first, stop: the rows that are asked for; None = to the last one.

    Returns:
        float32 (stop - first, L).
    """
    stop = len(times_s) if stop is None else stop
    if smoothing_s < _NO_SMOOTHING_S:
        return probabilities[first:stop]
    reach_s = REACH * smoothing_s
    smoothed = np.empty((stop - first, probabilities.shape[1]), np.float32)
    for start in range(first, stop, _BLOCK):
        own_s = times_s[start : min(start + _BLOCK, stop), None]
        a = int(np.searchsorted(times_s, own_s[0, 0] - reach_s, side="left"))
        b = int(np.searchsorted(times_s, own_s[-1, 0] + reach_s, side="right"))
        others_s = times_s[None, a:b]
        weights = np.exp(-0.5 * ((others_s - own_s) / smoothing_s) ** 2)
        weights *= (others_s >= own_s - reach_s) & (others_s <= own_s + reach_s)
        means = weights @ probabilities[a:b] / weights.sum(axis=1, keepdims=True)
        smoothed[start - first : start - first + len(own_s)] = means
    return smoothed


def smooth_tracklets(
    times_s: NDArray[np.float64],
    spans_s: NDArray[np.float64],
    probabilities: FloatArray,
    smoothing_s: float,
) -> FloatArray:
    """`smooth` within each tracklet of a person.

    Args:
        times_s: (E,) ascending: the centre of each prediction.
        spans_s: (E, 2): the start and end of what each estimate has seen.
        probabilities: (E, 7), over ``LABELS``.
        smoothing_s: see `smooth`.
    """
    smoothed = np.empty_like(probabilities)
    for part in tracklets(spans_s):
        smoothed[part] = smooth(times_s[part], probabilities[part], smoothing_s)
    return smoothed


def starts_new_tracklet(start_s: float, end_before_s: float) -> bool:
    """Whether a window that begins then belongs to another tracklet than one that ended then.

    Windows of one tracklet always overlap, those of two never do.
    """
    return start_s >= end_before_s - _TOGETHER_S


def tracklets(spans_s: NDArray[np.float64]) -> list[slice]:
    """The estimates of each tracklet: of each time that a person was seen without a gap.

    Args:
        spans_s: (E, 2): the start and end of what each estimate has seen.
    """
    breaks = np.flatnonzero(spans_s[1:, 0] >= spans_s[:-1, 1] - _TOGETHER_S) + 1
    edges = [0, *breaks.tolist(), len(spans_s)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]
