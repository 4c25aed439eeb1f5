"""From the poses of a video to its people and their actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from harec.actions.model import ActionModel
from harec.actions.online_segments import find_segments
from harec.actions.recognizer import ActionRecognizer, PersonAction, WindowModel
from harec.actions.repetitions import COUNTED, RepetitionCounter, with_repetitions
from harec.actions.segments import SegmentSettings
from harec.actions.windows import (
    MAX_GAP_S,
    Window,
    WindowBuilder,
)
from harec.analysis.pose_pass import TrackCollector
from harec.analysis.results import AnalysisSettings, PersonResult
from harec.core.poses import (
    FloatArray,
    Poses,
    TrackedPerson,
)
from harec.core.progress import StageClock
from harec.taught.action_set import ActionSet

# Windows wait for each other, so that the network answers many at once; and not for too long, so
# that hours of video don't fill the memory.
_BATCH: Final = 512
#: Taught actions are smoothed by this share of what the built-in ones are.
_TAUGHT_SMOOTHING: Final = 2 / 3


class Labeler(TrackCollector):
    """From poses to people with segments; the part that a moved slider runs again."""

    def __init__(
        self, settings: AnalysisSettings, model: ActionModel, clock: StageClock | None = None
    ) -> None:
        super().__init__(settings)
        self.settings = settings
        self._clock = clock or StageClock()
        self.recognizer = ActionRecognizer(
            model, segment_settings(settings, model), builder=WindowBuilder(max_gap_s=MAX_GAP_S)
        )
        self.pending: list[Window] = []
        self.estimates: dict[int, list[PersonAction]] = defaultdict(list)
        self.counters: dict[int, RepetitionCounter] = defaultdict(RepetitionCounter)

    def push(self, time_s: float, poses: Poses) -> list[TrackedPerson]:
        people = super().push(time_s, poses)
        for person in people:
            self.counters[person.id].update(time_s, person.steady_xyc)
        self.pending += self.recognizer.collect(time_s, people)
        if len(self.pending) >= _BATCH:
            self.predict()
        return people

    def finish(self) -> None:
        self.pending += self.recognizer.builder.finish()

    def predict(self) -> None:
        """Bring the windows that wait through the network, all in one batch."""
        with self._clock.stage("recognize"):
            for estimate in self.recognizer.predict(self.pending):
                self.estimates[estimate.person_id].append(estimate)
        self.pending.clear()

    def people(self, duration_s: float) -> tuple[PersonResult, ...]:
        """What is known so far; numbered in order of appearance."""
        self.predict()
        results: list[PersonResult] = []
        for track_id, times, track in self.people_seen(duration_s):
            estimates = sorted(self.estimates[track_id], key=lambda e: e.time_s)
            person = _person_result(
                len(results) + 1, times, track, estimates, self.counters[track_id]
            )
            results.append(named(person, self.recognizer.settings))
        return tuple(results)


def segment_settings(settings: AnalysisSettings, model: WindowModel) -> SegmentSettings:
    """The part of the settings that turns a model's probabilities into segments."""
    threshold = settings.action_threshold
    enter = model.segments.enter if threshold is None else max(threshold, 1e-3)
    return replace(model.segments, enter=enter, smoothing_s=settings.smoothing_s)


def taught_settings(
    settings: AnalysisSettings, actions: ActionSet, threshold: float | None = None
) -> SegmentSettings:
    """The same for the probabilities of taught actions.

    Args:
        threshold: 0..1; None = that of the set.
    """
    return actions.settings(_TAUGHT_SMOOTHING * settings.smoothing_s, threshold)


def _person_result(
    person_id: int,
    times: Sequence[float],
    track: FloatArray,
    estimates: list[PersonAction],
    counter: RepetitionCounter,
) -> PersonResult:
    """A person whose segments are still to be found."""
    estimate_times_s = np.array([e.time_s for e in estimates])
    spans_s = np.array([[e.start_s, e.end_s] for e in estimates]).reshape(-1, 2)
    probabilities = np.array([e.probabilities for e in estimates], np.float32).reshape(-1, 7)
    return PersonResult(
        id=person_id,
        first_s=times[0],
        last_s=times[-1],
        track_times_s=np.array(times),
        keypoints_xyc=track,
        estimate_times_s=estimate_times_s,
        estimate_spans_s=spans_s,
        probabilities=probabilities,
        segments=(),
        moments_s={action: counter.moments(action) for action in COUNTED},
    )


def named(person: PersonResult, settings: SegmentSettings) -> PersonResult:
    """The person with the segments of built-in actions, and their repetitions, that the settings
    give."""
    segments = find_segments(
        person.estimate_times_s, person.estimate_spans_s, person.probabilities, settings
    )
    return replace(person, segments=with_repetitions(segments, person.moments_s), taught=None)
