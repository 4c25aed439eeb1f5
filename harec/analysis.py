"""A whole video, from file to each person's actions, with progress and cancel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np

from harec.actions.model import ActionModel, load_action_model
from harec.actions.recognizer import ActionRecognizer, PersonAction
from harec.actions.repetitions import COUNTED, RepetitionCounter, with_repetitions
from harec.actions.segments import DEFAULT_ACTION_THRESHOLD, SegmentSettings, find_segments
from harec.actions.window import MAX_GAP_S, Window, WindowBuilder
from harec.errors import InputError
from harec.estimators import ESTIMATORS, create_estimator
from harec.estimators.base import PoseEstimator
from harec.first_pass import TrackCollector, Watched, watch
from harec.poses import FloatArray, Poses, TrackedPerson
from harec.progress import OnProgress, Progress, Reporter, StageClock
from harec.render import draw_pass, render_video
from harec.results import Analysis, AnalysisSettings, PersonResult, Timings
from harec.video import VideoInfo, VideoReader

__all__ = [
    "DEFAULT_ACTION_THRESHOLD",
    "Analysis",
    "AnalysisSettings",
    "PersonResult",
    "Progress",
    "Timings",
    "analyze",
    "relabel",
    "render_video",
    "same_people",
]

# Windows wait for each other, so that the network answers many at once; and not for too long, so
# that hours of video don't fill the memory.
_BATCH = 512
# The share of the job's time that the second pass takes when a video is written (measured at
# 640x480 on two cores); only the progress bar depends on it.
_RENDER_SHARE = 0.2


class _Labeler(TrackCollector):
    """From poses to people with segments; the part that a moved slider runs again."""

    def __init__(self, settings: AnalysisSettings, model: ActionModel) -> None:
        super().__init__(settings)
        self.recognizer = ActionRecognizer(
            model, segment_settings(settings, model), builder=WindowBuilder(max_gap_s=MAX_GAP_S)
        )
        self.pending: list[Window] = []
        self.estimates: dict[int, list[PersonAction]] = defaultdict(list)
        self.counters: dict[int, RepetitionCounter] = defaultdict(RepetitionCounter)

    def push(self, time_s: float, poses: Poses) -> list[TrackedPerson]:
        people = super().push(time_s, poses)
        for person in people:
            self.counters[person.id].update(time_s, person.keypoints_xyc)
        self.pending += self.recognizer.collect(time_s, people)
        if len(self.pending) >= _BATCH:
            self._predict()
        return people

    def finish(self) -> None:
        self.pending += self.recognizer.builder.finish()

    def _predict(self) -> None:
        for estimate in self.recognizer.predict(self.pending):
            self.estimates[estimate.person_id].append(estimate)
        self.pending.clear()

    def people(self, duration_s: float) -> tuple[PersonResult, ...]:
        """What is known so far; numbered in order of appearance."""
        self._predict()
        results: list[PersonResult] = []
        for track_id, times, track in self.people_seen(duration_s):
            estimates = sorted(self.estimates[track_id], key=lambda e: e.time_s)
            person = _person_result(
                len(results) + 1, times, track, estimates, self.counters[track_id]
            )
            results.append(_named(person, self.recognizer.settings))
        return tuple(results)


def segment_settings(settings: AnalysisSettings, model: ActionModel) -> SegmentSettings:
    """The part of the settings that turns probabilities into segments."""
    threshold = settings.action_threshold
    enter = model.config.threshold if threshold is None else max(threshold, 1e-3)
    return SegmentSettings(enter=enter, smoothing_s=settings.smoothing_s)


def _person_result(
    person_id: int,
    times: list[float],
    track: list[FloatArray],
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
        keypoints_xyc=np.stack(track),
        estimate_times_s=estimate_times_s,
        estimate_spans_s=spans_s,
        probabilities=probabilities,
        segments=(),
        moments_s={action: counter.moments(action) for action in COUNTED},
    )


def _named(person: PersonResult, settings: SegmentSettings) -> PersonResult:
    """The person with the segments, and their repetitions, that the settings give."""
    segments = find_segments(
        person.estimate_times_s, person.estimate_spans_s, person.probabilities, settings
    )
    return replace(person, segments=with_repetitions(segments, person.moments_s))


def analyze(
    path: Path,
    settings: AnalysisSettings | None = None,
    *,
    name: str | None = None,
    video_out: Path | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    estimator: PoseEstimator | None = None,
    model: ActionModel | None = None,
) -> Analysis:
    """Who does which action when.

    Args:
        path: a video file.
        settings: None = the defaults.
        name: what messages and the result call the file; None = the path's name.
        video_out: where to write the annotated video, if anywhere.
        on_progress: called after every frame that was looked at, in this thread.
        cancel: set it from another thread to stop within a frame's time.
        estimator, model: to use instead of those that the settings name.

    Raises:
        VideoError: the file is not a video that can be read.
        InputError: a setting is out of its range.
        ModelError: a model file is missing or damaged.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    settings = settings or AnalysisSettings()
    clock = StageClock()
    if on_progress is not None:
        on_progress(Progress("load"))
    engine = ESTIMATORS[settings.estimator]
    with VideoReader(path, name, max_side=engine.frame_side) as reader:
        with clock.stage("load"):
            model = model or load_action_model()
            estimator = estimator or create_estimator(
                settings.estimator,
                mode=settings.mode,
                max_people=settings.max_people,
                detection_threshold=settings.detection_threshold,
            )
            estimator.reset()
        analysis = _first_pass(
            reader,
            settings,
            estimator,
            _Labeler(settings, model),
            Reporter(on_progress, cancel, clock, reader.info),
            clock,
            1.0 if video_out is None else 1 - _RENDER_SHARE,
        )
    if video_out is not None:
        report = Reporter(on_progress, cancel, clock, analysis.video)
        more = draw_pass(analysis, path, video_out, report, clock, 1 - _RENDER_SHARE)
        timings = clock.timings(analysis.timings.frames, analysis.timings.pose_frames)
        analysis = replace(
            analysis, timings=timings, file_warnings=(*analysis.file_warnings, *more)
        )
    if on_progress is not None:
        on_progress(Progress("done", 1.0, analysis.timings.frames_per_second, 0.0))
    return analysis


def _first_pass(
    reader: VideoReader,
    settings: AnalysisSettings,
    estimator: PoseEstimator,
    labeler: _Labeler,
    report: Reporter,
    clock: StageClock,
    share: float,
) -> Analysis:
    """Decode, pose, track, recognise."""

    def partial(watched: Watched) -> Analysis:
        with clock.stage("recognize"):
            people = labeler.people(watched.duration_s)
        timings = clock.timings(len(watched.times_s), len(watched.poses))
        return Analysis(watched.info, settings, people, timings)

    watched = watch(reader, estimator, settings.skip, labeler, report, clock, share, partial)
    found = partial(watched)
    return replace(
        found,
        advice=tuple(_advice(found.video, settings, found.people, watched.poses)),
        file_warnings=watched.warnings,
        pose_times_s=tuple(watched.pose_times_s),
        poses=tuple(watched.poses),
    )


def _advice(
    info: VideoInfo,
    settings: AnalysisSettings,
    people: tuple[PersonResult, ...],
    poses: Sequence[Poses],
) -> Iterator[str]:
    """What a user should know of this result, in plain sentences."""
    duration_s, frames = info.duration_s or 0.0, info.frames or 1
    too_short = duration_s < WindowBuilder().min_span_s
    too_sparse = frames > 1 and duration_s * (settings.skip + 1) / frames > MAX_GAP_S
    thresholds = settings.thresholds
    detection = thresholds.detection_threshold
    if not any(len(p) for p in poses):
        more = " A lower detection threshold finds more." if detection else ""
        yield f"Nobody was found in this video.{more}"
    elif not people and not too_sparse:
        which = "person threshold"
        if detection is not None and detection >= thresholds.person_threshold:
            which = "detection threshold"  # below it, the other one changes nothing
        yield (
            f"Nobody was seen clearly enough. Lower the {which}, or film closer and with more "
            "light."
        )
    if too_short:
        yield (
            f"The video is too short to name an action ({duration_s:.2f} s); "
            "about one second is needed."
        )
    elif too_sparse:
        yield (
            "Too many frames are skipped to follow the motion; choose a smaller skip for this "
            "video's frame rate."
        )


def relabel(
    analysis: Analysis, settings: AnalysisSettings, *, model: ActionModel | None = None
) -> Analysis:
    """The same video under other thresholds, from the kept poses, without the pose model.

    Raises:
        InputError: the settings ask for another engine, mode, skip or detection threshold, or for
            more people.
    """
    if settings.needs_pose(analysis.settings):
        raise InputError(
            "Another engine, mode, skip, detection threshold or more people need a new analysis."
        )
    model = model or load_action_model()
    if same_people(settings, analysis.settings):
        chosen = segment_settings(settings, model)
        people = tuple(_named(person, chosen) for person in analysis.people)
        return _with_people(analysis, settings, people)
    labeler = _Labeler(settings, model)
    for time_s, poses in zip(analysis.pose_times_s, analysis.poses, strict=True):
        labeler.push(time_s, poses)
    labeler.finish()
    return _with_people(analysis, settings, labeler.people(analysis.video.duration_s or 0.0))


def _with_people(
    analysis: Analysis, settings: AnalysisSettings, people: tuple[PersonResult, ...]
) -> Analysis:
    advice = tuple(_advice(analysis.video, settings, people, analysis.poses))
    return replace(analysis, settings=settings, people=people, advice=advice)


def same_people(a: AnalysisSettings, b: AnalysisSettings) -> bool:
    """Whether two settings differ at most in how probabilities become segments: re-labelling from
    one to the other is then a matter of milliseconds."""
    return (a.thresholds, a.max_people) == (b.thresholds, b.max_people)
