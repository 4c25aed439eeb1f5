"""Who is to be drawn at a moment, and with what name."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS
from harec.actions.segments import Segment, smooth_tracklets
from harec.actions.windows import MAX_GAP_S
from harec.analysis.results import Analysis, PersonResult
from harec.core.interpolation import interpolate_keypoints
from harec.core.poses import FloatArray
from harec.render.drawing import DRAWING
from harec.render.overlay import PersonOverlay

#: The number beside a name changes on this grid of seconds: numbers that flicker can't be read.
_NUMBER_EVERY_S: Final[float] = DRAWING["label"]["number_every_s"]


class Smoothed(NamedTuple):
    """What segments were found from: labels (K), times (E,), probabilities float32 (E, K + 1)."""

    labels: Sequence[str]
    times_s: NDArray[np.float64]
    probabilities: FloatArray


class AnnotatedPerson(NamedTuple):
    """A person of an analysis.

    Attributes:
        smoothed: of the taught actions, where these are named, and of the built-in ones.
        taught: the taught actions that may be named; they have colours by their order.
    """

    person: PersonResult
    smoothed: Sequence[Smoothed]
    taught: Sequence[str]


def annotated_people(analysis: Analysis) -> list[AnnotatedPerson]:
    """The people of an analysis."""
    return [
        AnnotatedPerson(person, list(_smoothed(person, analysis)), analysis.taught)
        for person in analysis.people
    ]


def _smoothed(person: PersonResult, analysis: Analysis) -> Iterator[Smoothed]:
    if (own := person.taught) is not None:
        smoothing_s = own.settings.smoothing_s
        rows = smooth_tracklets(own.times_s, own.spans_s, own.probabilities, smoothing_s)
        yield Smoothed(own.settings.labels, own.times_s, rows)
    smoothing_s, times_s = analysis.settings.smoothing_s, person.estimate_times_s
    rows = smooth_tracklets(times_s, person.estimate_spans_s, person.probabilities, smoothing_s)
    yield Smoothed(LABELS, times_s, rows)


def people_at(people: Sequence[AnnotatedPerson], time_s: float) -> list[PersonOverlay]:
    """Those who are seen at a moment, in pixels of the full frame.

    The number beside a name is the action's smoothed probability at the last moment of a grid, or
    where the action begins.
    """
    found = (_person_at(each, time_s) for each in people)
    return [person for person in found if person is not None]


def _person_at(annotated: AnnotatedPerson, time_s: float) -> PersonOverlay | None:
    person = annotated.person
    keypoints = interpolate_keypoints(person.track_times_s, person.keypoints_xyc, time_s, MAX_GAP_S)
    if keypoints is None:
        return None
    which = bisect_right(person.segments, time_s, key=lambda segment: segment.start_s) - 1
    if which < 0 or time_s > person.segments[which].end_s:
        return PersonOverlay(person.id, keypoints)
    segment = person.segments[which]
    action, counted = segment.action, segment.action in person.moments_s
    confidence = _confidence(annotated, segment, math.floor(time_s / _NUMBER_EVERY_S))
    times = bisect_right(segment_moments(person, segment), time_s) if counted else None
    return PersonOverlay(person.id, keypoints, action, confidence, times, annotated.taught)


def segment_moments(person: PersonResult, segment: Segment) -> Sequence[float]:
    """The repetitions that count for a segment; ascending."""
    moments_s = person.moments_s.get(segment.action, ())
    first, end = (bisect_left(moments_s, t) for t in (segment.start_s, segment.end_s))
    return moments_s[first:end]


def segment_confidences(annotated: AnnotatedPerson, segment: Segment) -> list[float]:
    """The numbers beside a name, 0..1, one for each of the grid's steps that a segment touches."""
    first, last = (math.floor(t / _NUMBER_EVERY_S) for t in (segment.start_s, segment.end_s))
    return [_confidence(annotated, segment, step) for step in range(first, last + 1)]


def _confidence(annotated: AnnotatedPerson, segment: Segment, step: int) -> float:
    if segment.by == "human":
        return 1.0
    at_s = max(step * _NUMBER_EVERY_S, segment.start_s)
    for labels, times_s, rows in annotated.smoothed:
        if segment.action in labels and len(times_s):
            return float(rows[nearest(times_s, at_s), labels.index(segment.action)].clip(0, 1))
    return 1.0  # said by a file, not by a network


def nearest(times_s: NDArray[np.float64], time_s: float) -> int:
    """Index of the time that is nearest; times ascend, and there is at least one."""
    after = min(int(np.searchsorted(times_s, time_s)), len(times_s) - 1)
    before = max(after - 1, 0)
    return before if time_s - times_s[before] <= times_s[after] - time_s else after
