"""Who is to be drawn at a moment, and with what name: of a finished analysis, or of one that is
still running."""

from __future__ import annotations

import math
import queue
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS
from harec.actions.segments import LabelSpan, smooth_tracklets
from harec.actions.windows import MAX_GAP_S
from harec.analysis.observer import NOTHING_TAUGHT, AnalysisChunk, Smoothed, TrackSlice
from harec.analysis.results import Analysis
from harec.core.interpolation import interpolate_keypoints
from harec.render.drawing import DRAWING
from harec.render.overlay import PersonOverlay
from harec.taught.estimates import TaughtEstimates

#: How often drawing that waits checks whether the job has ended.
_POLL_S: Final = 0.05
#: The number beside a name changes on this grid of seconds: numbers that flicker can't be read.
_NUMBER_EVERY_S: Final[float] = DRAWING["label"]["number_every_s"]


class Annotations(Protocol):
    """Says who is to be drawn."""

    def at(self, time_s: float) -> list[PersonOverlay]:
        """The people at a moment, in pixels of the full frame. Moments must not go back."""
        ...


def person_at(track: TrackSlice, time_s: float) -> PersonOverlay | None:
    """A person at a moment; None where they are not seen.

    The number beside the name is the action's smoothed probability at the last moment of a grid, or
    where the action begins.
    """
    keypoints = interpolate_keypoints(track.track_times_s, track.keypoints_xyc, time_s, MAX_GAP_S)
    if keypoints is None:
        return None
    which = bisect_right(track.label_spans, time_s, key=lambda span: span.start_s) - 1
    if which < 0 or time_s > track.label_spans[which].end_s:
        return PersonOverlay(track.id, keypoints, None, 0.0)
    span = track.label_spans[which]
    confidence = _confidence(track, span, math.floor(time_s / _NUMBER_EVERY_S))
    moments = track.moments_s.get(span.action)
    times = None if moments is None else bisect_right(span_moments(span, moments), time_s)
    return PersonOverlay(track.id, keypoints, span.action, confidence, times)


def span_moments(span: LabelSpan, moments_s: Sequence[float]) -> Sequence[float]:
    """The repetitions of an action that count for a span of it; ascending."""
    first, end = (bisect_left(moments_s, t) for t in (span.start_s, span.end_s))
    return moments_s[first:end]


def span_confidences(track: TrackSlice, span: LabelSpan) -> list[float]:
    """The numbers beside a name, 0..1, one for each of the grid's steps that a span touches."""
    first, last = (math.floor(t / _NUMBER_EVERY_S) for t in (span.start_s, span.end_s))
    return [_confidence(track, span, step) for step in range(first, last + 1)]


def _confidence(track: TrackSlice, span: LabelSpan, step: int) -> float:
    if span.by == "human":
        return 1.0
    at_s = max(step * _NUMBER_EVERY_S, span.start_s)
    for labels, times_s, smoothed in (
        track.taught,
        (LABELS, track.estimate_times_s, track.smoothed),
    ):
        if span.action in labels and len(times_s):
            return float(smoothed[nearest(times_s, at_s), labels.index(span.action)].clip(0, 1))
    return 1.0  # said by a file, not by a network


def nearest(times_s: NDArray[np.float64], time_s: float) -> int:
    """Index of the time that is nearest; times ascend, and there is at least one."""
    after = min(int(np.searchsorted(times_s, time_s)), len(times_s) - 1)
    before = max(after - 1, 0)
    return before if time_s - times_s[before] <= times_s[after] - time_s else after


def final_tracks(analysis: Analysis) -> list[TrackSlice]:
    """The people of an analysis, each with all of their time."""
    smoothing_s = analysis.settings.smoothing_s
    return [
        TrackSlice(
            person.id,
            person.track_times_s,
            person.keypoints_xyc,
            [LabelSpan(s.action, s.start_s, s.end_s, s.by) for s in person.segments],
            person.estimate_times_s,
            smooth_tracklets(
                person.estimate_times_s,
                person.estimate_spans_s,
                person.probabilities,
                smoothing_s,
            ),
            person.moments_s,
            NOTHING_TAUGHT if person.taught is None else _smoothed(person.taught),
        )
        for person in analysis.people
    ]


def _smoothed(taught: TaughtEstimates) -> Smoothed:
    rows = smooth_tracklets(
        taught.times_s, taught.spans_s, taught.probabilities, taught.settings.smoothing_s
    )
    return taught.settings.labels, taught.times_s, rows


class FinalAnnotations:
    """The people of an analysis.

    Args:
        repetitions: whether labels say how often so far.
    """

    def __init__(self, analysis: Analysis, *, repetitions: bool = True) -> None:
        self._slices = final_tracks(analysis)
        if not repetitions:
            self._slices = [replace(track, moments_s={}) for track in self._slices]
        self._taught = analysis.taught

    def at(self, time_s: float) -> list[PersonOverlay]:
        """See `Annotations`."""
        people = people_at(self._slices, time_s)
        return [replace(person, taught=self._taught) for person in people]


def people_at(slices: Sequence[TrackSlice], time_s: float) -> list[PersonOverlay]:
    """Those who are seen at a moment."""
    found = (person_at(each, time_s) for each in slices)
    return [person for person in found if person is not None]


class AnnotationStream:
    """The annotations of an analysis that is still running: `at` waits until a moment is final.

    One thread puts the chunks in, another one reads.

    Args:
        check: called about twenty times a second while `at` waits; it should raise when the job
            has ended.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._chunks: queue.SimpleQueue[AnalysisChunk] = queue.SimpleQueue()
        self._now = AnalysisChunk(-np.inf, ())

    def put(self, chunk: AnalysisChunk) -> None:
        """What comes next; the last chunk must be without end."""
        self._chunks.put(chunk)

    def at(self, time_s: float) -> list[PersonOverlay]:
        """See `Annotations`."""
        while time_s >= self._now.until_s:
            try:
                self._now = self._chunks.get(timeout=_POLL_S)
            except queue.Empty:
                self._check()
        return people_at(self._now.slices, time_s)
