"""Who is to be drawn at a moment, and with what name: of a finished analysis, or of one that is
still going on."""

from __future__ import annotations

import queue
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS
from harec.actions.online_segments import LabelSpan
from harec.actions.segments import smooth_tracklets
from harec.actions.windows import MAX_GAP_S
from harec.analysis.results import Analysis
from harec.core.poses import FloatArray
from harec.render.overlay import PersonOverlay, interpolate_keypoints

#: How often drawing that waits looks whether the job has ended.
_POLL_S: Final = 0.05


class Scene(Protocol):
    """Says who is to be drawn."""

    def at(self, time_s: float) -> list[PersonOverlay]:
        """The people at a moment, in pixels of the full frame. Moments must not go back."""
        ...


@dataclass(frozen=True, eq=False)
class TrackSlice:
    """One person over some time, as they are drawn; F sights, E estimates.

    Attributes:
        id: the number on the plate.
        track_times_s: float64 (F,).
        keypoints_xyc: float32 (F, 17, 3): pixels of the full frame, score; 0 = not seen.
        stretches: what they do when, in order of time, not overlapping.
        estimate_times_s: float64 (E,).
        smoothed: float32 (E, 7) over ``LABELS``: what the stretches were found from.
    """

    id: int
    track_times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray
    stretches: Sequence[LabelSpan]
    estimate_times_s: NDArray[np.float64]
    smoothed: FloatArray

    def at(self, time_s: float) -> PersonOverlay | None:
        """The person at a moment; None where they are not seen.

        The number beside the name is the action's smoothed probability at that moment.
        """
        keypoints = interpolate_keypoints(self.track_times_s, self.keypoints_xyc, time_s, MAX_GAP_S)
        if keypoints is None:
            return None
        which = bisect_right(self.stretches, time_s, key=lambda s: s.start_s) - 1
        if which < 0 or time_s > self.stretches[which].end_s:
            return PersonOverlay(self.id, keypoints, None, 0.0)
        action = self.stretches[which].action
        probabilities = self.smoothed[nearest(self.estimate_times_s, time_s)]
        confidence = float(probabilities[LABELS.index(action)].clip(0, 1))
        return PersonOverlay(self.id, keypoints, action, confidence)


def nearest(times_s: NDArray[np.float64], time_s: float) -> int:
    """Index of the time that is nearest; times ascend, and there is at least one."""
    after = min(int(np.searchsorted(times_s, time_s)), len(times_s) - 1)
    before = max(after - 1, 0)
    return before if time_s - times_s[before] <= times_s[after] - time_s else after


class FinalAnnotations:
    """The people of an analysis."""

    def __init__(self, analysis: Analysis) -> None:
        smoothing_s = analysis.settings.smoothing_s
        self._sightings = [
            TrackSlice(
                person.id,
                person.track_times_s,
                person.keypoints_xyc,
                [LabelSpan(s.action, s.start_s, s.end_s) for s in person.segments],
                person.estimate_times_s,
                smooth_tracklets(
                    person.estimate_times_s,
                    person.estimate_spans_s,
                    person.probabilities,
                    smoothing_s,
                ),
            )
            for person in analysis.people
        ]

    def at(self, time_s: float) -> list[PersonOverlay]:
        """See `Scene`."""
        return people_at(self._sightings, time_s)


def people_at(sightings: Sequence[TrackSlice], time_s: float) -> list[PersonOverlay]:
    """Those who are seen at a moment."""
    found = (sighting.at(time_s) for sighting in sightings)
    return [person for person in found if person is not None]


@dataclass(frozen=True, eq=False)
class Part:
    """What is settled of a video: everybody who is to be drawn before ``until_s``, from where the
    part before ended."""

    until_s: float
    sightings: Sequence[TrackSlice]


class AnnotationStream:
    """A scene that is still being found out: `at` waits until a moment is settled.

    One thread puts the parts in, another one asks.

    Args:
        check: called about twenty times a second while `at` waits; it should raise when the job
            has ended.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._parts: queue.SimpleQueue[Part] = queue.SimpleQueue()
        self._now = Part(-np.inf, ())

    def put(self, part: Part) -> None:
        """What comes next; the last part must be without end."""
        self._parts.put(part)

    def at(self, time_s: float) -> list[PersonOverlay]:
        """See `Scene`."""
        while time_s >= self._now.until_s:
            try:
                self._now = self._parts.get(timeout=_POLL_S)
            except queue.Empty:
                self._check()
        return people_at(self._now.sightings, time_s)
