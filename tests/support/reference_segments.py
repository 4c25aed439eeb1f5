"""What `find_segments` does, plain and slow: to compare with."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np

from harec.actions.labels import ACTIONS
from harec.actions.segments import MOST_TRIMMED, Segment, SegmentSettings


def reference_smooth(
    times_s: np.ndarray, probabilities: np.ndarray, smoothing_s: float
) -> np.ndarray:
    """The Gaussian mean over three standard deviations to either side, row by row."""
    if smoothing_s < 1e-6 or len(times_s) < 2:
        return probabilities
    smoothed = np.empty_like(probabilities)
    low = np.searchsorted(times_s, times_s - 3 * smoothing_s, side="left")
    high = np.searchsorted(times_s, times_s + 3 * smoothing_s, side="right")
    for i, (a, b) in enumerate(zip(low, high, strict=True)):
        weights = np.exp(-0.5 * ((times_s[a:b] - times_s[i]) / smoothing_s) ** 2)
        smoothed[i] = weights @ probabilities[a:b] / weights.sum()
    return smoothed


def reference_segments(
    times_s: np.ndarray,
    spans_s: np.ndarray,
    probabilities: np.ndarray,
    settings: SegmentSettings,
    *,
    in_doubt: bool = False,
) -> tuple[Segment, ...]:
    """The segments of one person; arguments as of `find_segments`.

    With ``in_doubt`` the last run counts where it reached the threshold once.
    """
    breaks = np.flatnonzero(spans_s[1:, 0] >= spans_s[:-1, 1] - 1e-6) + 1
    segments: list[Segment] = []
    for a, b in pairwise([0, *breaks.tolist(), len(spans_s)]):
        if b > a:
            smoothed = reference_smooth(times_s[a:b], probabilities[a:b], settings.smoothing_s)
            last = in_doubt and b == len(spans_s)
            segments += _of_tracklet(times_s[a:b], spans_s[a:b], smoothed, settings, last)
    return tuple(segments)


def _with_evidence(
    times_s: np.ndarray,
    edges_s: np.ndarray,
    top: np.ndarray,
    run: tuple[int, int, int],
    settings: SegmentSettings,
    in_doubt: bool,
) -> list[tuple[int, int, int]]:
    """The run from where its next seconds are sure enough; nothing where they never are."""
    label, first, stop = run
    while first < stop:
        early = times_s[first:stop] < edges_s[first] + settings.evidence_s
        index = first + max(int(early.sum()), 1)
        if index >= stop:
            reached = in_doubt and top[first:stop].max() >= settings.enter
            enough = reached or top[first:stop].mean(dtype=np.float64) >= settings.enter
            return [(label, first, stop)] if enough else []
        if top[first:index].mean(dtype=np.float64) >= settings.enter:
            return [(label, first, stop)]
        first += 1
    return []


def _of_tracklet(
    times_s: np.ndarray,
    spans_s: np.ndarray,
    smoothed: np.ndarray,
    settings: SegmentSettings,
    in_doubt: bool,
) -> list[Segment]:
    best = smoothed[:, : len(ACTIONS)].argmax(axis=1)
    top = smoothed[np.arange(len(best)), best]
    least = [settings.enter * settings.exit_ratios[action] for action in best]
    labels = np.where(top >= least, best, -1)
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
    merged: list[tuple[int, int, int]] = []
    enough = [
        part
        for run in runs
        for part in _with_evidence(
            times_s, edges_s, top, run, settings, in_doubt and run[2] == len(labels)
        )
    ]
    for label, first, stop in enough:
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
            length_s = end_s - start_s
            spare_s = (length_s - settings.min_duration_s) / 2
            trim_s = min(settings.trims_s[label], MOST_TRIMMED * length_s, spare_s)
            start_s += trim_s if first else 0
            end_s -= trim_s if stop < len(labels) else 0
            confidence = float(np.clip(smoothed[first:stop, label].mean(), 0, 1))
            segments.append(Segment(ACTIONS[label], start_s, end_s, confidence))
    return segments
