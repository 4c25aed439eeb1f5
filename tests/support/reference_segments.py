"""`find_segments` as it was before the one segmenter, kept to compare with: plain and slow."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np

from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment, SegmentSettings


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
) -> tuple[Segment, ...]:
    """The segments of one person; arguments as of `find_segments`."""
    breaks = np.flatnonzero(spans_s[1:, 0] >= spans_s[:-1, 1] - 1e-6) + 1
    segments: list[Segment] = []
    for a, b in pairwise([0, *breaks.tolist(), len(spans_s)]):
        if b > a:
            smoothed = reference_smooth(times_s[a:b], probabilities[a:b], settings.smoothing_s)
            segments += _of_tracklet(times_s[a:b], spans_s[a:b], smoothed, settings)
    return tuple(segments)


def _of_tracklet(
    times_s: np.ndarray, spans_s: np.ndarray, smoothed: np.ndarray, settings: SegmentSettings
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
    for label, first, stop in [r for r in runs if top[r[1] : r[2]].max() >= settings.enter]:
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
