"""A whole video, from file to each person's actions, with progress and cancel."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from threading import Event

import numpy as np
from numpy.typing import NDArray

from harec.actions.model import ActionModel, load_action_model
from harec.actions.recognizer import ActionRecognizer, PersonAction
from harec.actions.segments import Segment, SegmentSettings, find_segments
from harec.actions.window import Window, WindowBuilder
from harec.errors import Cancelled, InputError
from harec.estimators import ESTIMATORS, create_estimator
from harec.estimators.base import MODES, Mode, PoseEstimator
from harec.overlay import PersonOverlay, draw_people, interpolate_keypoints
from harec.poses import FloatArray, Poses
from harec.tracking import PersonTracker
from harec.video import Frame, VideoInfo, VideoReader, VideoWriter

#: Shown by default; the threshold that the action model's card gives its figures for.
DEFAULT_ACTION_THRESHOLD = 0.6
#: A silence longer than this ends a person's lane of keypoints: overlays don't bridge it.
MAX_GAP_S = 0.6
#: People seen for less than this in a longer video are taken for false finds.
MIN_TRACK_S = 0.5
_PARTIAL_EVERY_S = 1.0
# The share of the job's time that the second pass takes when a video is written (measured at
# 640x480 on two cores); only the progress bar depends on it.
_RENDER_SHARE = 0.2


@dataclass(frozen=True)
class AnalysisSettings:
    """What a user can set.

    Attributes:
        estimator: pose engine, a name of ``harec.estimators.ESTIMATORS``.
        mode: lightweight, balanced or performance.
        skip: frames skipped between two that the pose model sees; 0 = every frame.
        person_threshold: people whose score is lower are left out; None = the engine's default.
        keypoint_threshold: joints whose score is lower count as not seen.
        action_threshold: what a segment's probability must reach; None = the model's default.
        smoothing_s: width of the smoothing of probabilities, in seconds.
        max_people: the most prominent people are kept (1..6).
        video_max_side: longer sides of the annotated video are scaled down to this, in pixels.
    """

    estimator: str = "movenet"
    mode: Mode = "balanced"
    skip: int = 0
    person_threshold: float | None = None
    keypoint_threshold: float = 0.2
    action_threshold: float | None = None
    smoothing_s: float = 0.3
    max_people: int = 4
    video_max_side: int = 1280

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            known = ", ".join(ESTIMATORS)
            raise InputError(f"There is no pose engine {self.estimator!r}; choose one of: {known}.")
        if self.mode not in MODES:
            raise InputError(f"There is no mode {self.mode!r}; choose one of: {', '.join(MODES)}.")
        if self.skip < 0:
            raise InputError(f"skip must be 0 or more frames, not {self.skip}.")
        if not 1 <= self.max_people <= 6:
            raise InputError(f"max-people must be 1 to 6, not {self.max_people}.")
        for name in ("person_threshold", "keypoint_threshold", "action_threshold"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                text = name.replace("_", "-")
                raise InputError(f"{text} must be between 0 and 1, not {value}.")
        if self.video_max_side < 64:
            raise InputError(f"The video's long side must be 64 px or more: {self.video_max_side}.")

    def needs_pose(self, other: AnalysisSettings) -> bool:
        """Whether going from ``other`` to these settings takes the pose model again."""
        return (self.estimator, self.mode, self.skip) != (
            other.estimator,
            other.mode,
            other.skip,
        ) or self.max_people > other.max_people


@dataclass(frozen=True)
class Timings:
    """Where the time went, in seconds of this process.

    Attributes:
        stages_s: seconds per stage: load, decode, pose, track, recognize, draw, encode.
        total_s: from start to end.
        frames: of the video.
        frames_per_second: of the video, over the whole job.
        pose_frames: how many frames the pose model saw.
    """

    stages_s: dict[str, float]
    total_s: float
    frames: int
    pose_frames: int

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.total_s if self.total_s > 0 else 0.0


@dataclass(frozen=True, eq=False)
class PersonResult:
    """One person over the video; F frames seen, E estimates made.

    Attributes:
        id: 1, 2, ... in order of appearance.
        first_s, last_s: when the person is seen first and last.
        track_times_s: float64 (F,).
        keypoints_xyc: float32 (F, 17, 3): pixels of the full frame, score; 0 = not seen.
        estimate_times_s: float64 (E,): the moment that each estimate speaks of.
        estimate_spans_s: float64 (E, 2): what each estimate has seen.
        probabilities: float32 (E, 7) over ``LABELS``, before smoothing.
        segments: in order of time, not overlapping.
    """

    id: int
    first_s: float
    last_s: float
    track_times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray
    estimate_times_s: NDArray[np.float64]
    estimate_spans_s: NDArray[np.float64]
    probabilities: FloatArray
    segments: tuple[Segment, ...]

    def segment_at(self, time_s: float) -> Segment | None:
        """What the person does at a moment, if it is one of the actions."""
        return next((s for s in self.segments if s.start_s <= time_s <= s.end_s), None)


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that was found in a video.

    Attributes:
        video: the source, with the length and number of frames that were really read.
        settings: that ``people`` hold for.
        people: in order of appearance.
        timings: of the run of the pose model.
        warnings: plain sentences for the user.
        pose_times_s, poses: what the pose model found, before any threshold.
    """

    video: VideoInfo
    settings: AnalysisSettings
    people: tuple[PersonResult, ...]
    timings: Timings
    warnings: tuple[str, ...] = ()
    pose_times_s: tuple[float, ...] = ()
    poses: tuple[Poses, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a job is.

    Attributes:
        stage: ``load``, ``analyze``, ``render`` or ``done``.
        fraction: of the whole job, 0..1; None when the video does not say how long it is.
        frames_per_second: of this stage so far.
        remaining_s: estimate for the whole job; None when there is none yet.
        time_s: position in the video.
        partial: what is known so far, about once a second; None in between.
    """

    stage: str
    fraction: float | None = None
    frames_per_second: float = 0.0
    remaining_s: float | None = None
    time_s: float = 0.0
    partial: Analysis | None = None


OnProgress = Callable[[Progress], None]


class _Clock:
    """Adds up the seconds of each stage."""

    def __init__(self) -> None:
        self.start_s = time.perf_counter()
        self.stages_s: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start_s = time.perf_counter()
        try:
            yield
        finally:
            self.stages_s[name] += time.perf_counter() - start_s

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.start_s

    def timings(self, frames: int, pose_frames: int) -> Timings:
        return Timings(dict(self.stages_s), self.elapsed_s, frames, pose_frames)


class _Labeler:
    """From poses to people with segments; the part that a moved slider runs again."""

    def __init__(self, settings: AnalysisSettings, model: ActionModel) -> None:
        spec = ESTIMATORS[settings.estimator]
        chosen = settings.person_threshold
        self.person_threshold = spec.person_threshold if chosen is None else chosen
        self.settings = settings
        self.recognizer = ActionRecognizer(
            model, segment_settings(settings, model), builder=WindowBuilder(max_gap_s=MAX_GAP_S)
        )
        self.tracker = PersonTracker()
        self.pending: list[Window] = []
        self.estimates: dict[int, list[PersonAction]] = defaultdict(list)
        self.tracks: dict[int, tuple[list[float], list[FloatArray]]] = {}

    def push(self, time_s: float, poses: Poses) -> None:
        kept = poses.select(poses.scores >= self.person_threshold)
        kept = kept.select(np.arange(min(len(kept), self.settings.max_people)))
        keypoints = kept.keypoints_xyc.copy()
        keypoints[keypoints[..., 2] < self.settings.keypoint_threshold] = 0
        people = self.tracker.update(time_s, Poses(keypoints, kept.scores))
        for person in people:
            times, track = self.tracks.setdefault(person.id, ([], []))
            times.append(time_s)
            track.append(person.keypoints_xyc)
        self.pending += self.recognizer.collect(time_s, people)

    def finish(self) -> None:
        self.pending += self.recognizer.builder.finish()

    def people(self, duration_s: float) -> tuple[PersonResult, ...]:
        """What is known so far; numbered in order of appearance."""
        for estimate in self.recognizer.predict(self.pending):
            self.estimates[estimate.person_id].append(estimate)
        self.pending.clear()
        results: list[PersonResult] = []
        for track_id, (times, track) in self.tracks.items():
            if times[-1] - times[0] < min(MIN_TRACK_S, duration_s / 2):
                continue
            estimates = sorted(self.estimates[track_id], key=lambda e: e.time_s)
            results.append(
                _person_result(len(results) + 1, times, track, estimates, self.recognizer.settings)
            )
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
    settings: SegmentSettings,
) -> PersonResult:
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
        segments=find_segments(estimate_times_s, spans_s, probabilities, settings, MAX_GAP_S),
    )


class _Reporter:
    """Turns positions into Progress, and stops the work when it is cancelled."""

    def __init__(
        self, on_progress: OnProgress | None, cancel: Event | None, clock: _Clock, info: VideoInfo
    ) -> None:
        self.on_progress, self.cancel, self.clock, self.info = on_progress, cancel, clock, info
        self.partial_s = self.clock.elapsed_s
        self.stage_name, self.stage_start_s = "", 0.0

    def check(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("The analysis was cancelled.")

    def partial_is_due(self) -> bool:
        if self.on_progress is None or self.clock.elapsed_s - self.partial_s < _PARTIAL_EVERY_S:
            return False
        self.partial_s = self.clock.elapsed_s
        return True

    def __call__(
        self,
        stage: str,
        done: int,
        time_s: float,
        low: float,
        high: float,
        partial: Analysis | None,
    ) -> None:
        """Report ``done`` frames of a stage that spans [low, high] of the whole job."""
        self.check()
        if stage != self.stage_name:
            self.stage_name, self.stage_start_s = stage, self.clock.elapsed_s
        if self.on_progress is None:
            return
        elapsed_s = self.clock.elapsed_s
        share = time_s / self.info.duration_s if self.info.duration_s else None
        fraction = None if share is None else low + (high - low) * min(share, 1.0)
        remaining_s = None
        if fraction is not None and elapsed_s > 0.5 and fraction > 0.01:
            remaining_s = elapsed_s * (1 - fraction) / fraction
        seconds = max(elapsed_s - self.stage_start_s, 1e-3)
        self.on_progress(Progress(stage, fraction, done / seconds, remaining_s, time_s, partial))


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
    clock = _Clock()
    if on_progress is not None:
        on_progress(Progress("load"))
    with VideoReader(path, name, max_side=settings.video_max_side) as reader:
        with clock.stage("load"):
            model = model or load_action_model()
            estimator = estimator or create_estimator(
                settings.estimator, mode=settings.mode, max_people=settings.max_people
            )
            estimator.reset()
        analysis = _first_pass(
            reader,
            settings,
            estimator,
            _Labeler(settings, model),
            _Reporter(on_progress, cancel, clock, reader.info),
            clock,
            1.0 if video_out is None else 1 - _RENDER_SHARE,
        )
    if video_out is not None:
        report = _Reporter(on_progress, cancel, clock, analysis.video)
        _second_pass(analysis, path, video_out, report, clock, 1 - _RENDER_SHARE)
        timings = clock.timings(analysis.timings.frames, analysis.timings.pose_frames)
        analysis = replace(analysis, timings=timings)
    if on_progress is not None:
        on_progress(Progress("done", 1.0, analysis.timings.frames_per_second, 0.0))
    return analysis


def _first_pass(
    reader: VideoReader,
    settings: AnalysisSettings,
    estimator: PoseEstimator,
    labeler: _Labeler,
    report: _Reporter,
    clock: _Clock,
    share: float,
) -> Analysis:
    """Decode, pose, track, recognise."""
    every = settings.skip + 1
    frames = iter(reader.frames(lambda index: index % every == 0))
    times: list[float] = []
    pose_times: list[float] = []
    poses: list[Poses] = []

    def result(partial: bool) -> Analysis:
        info = reader.info if partial else _as_read(reader.info, times)
        with clock.stage("recognize"):
            people = labeler.people(info.duration_s or (times[-1] if times else 0.0))
        timings = clock.timings(len(times), len(poses))
        if partial:
            return Analysis(info, settings, people, timings)
        warnings = (*reader.warnings, *_warnings(info, settings, people, poses))
        return Analysis(info, settings, people, timings, warnings, tuple(pose_times), tuple(poses))

    while True:
        with clock.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            break
        times.append(frame.time_s)
        if frame.rgb is not None:
            with clock.stage("pose"):
                found = estimator.estimate(frame.rgb)
            found = _scaled(found, frame.rgb, reader.info)
            with clock.stage("track"):
                labeler.push(frame.time_s, found)
            pose_times.append(frame.time_s)
            poses.append(found)
            partial = result(partial=True) if report.partial_is_due() else None
            report("analyze", len(times), frame.time_s, 0.0, share, partial)
        else:
            report.check()
    labeler.finish()
    return result(partial=False)


def _scaled(poses: Poses, rgb: NDArray[np.uint8], info: VideoInfo) -> Poses:
    """Keypoints of a frame that was decoded smaller, in pixels of the full frame."""
    height, width = rgb.shape[:2]
    if (width, height) == (info.width, info.height) or not len(poses):
        return poses
    scale = np.array([info.width / width, info.height / height, 1], np.float32)
    return Poses(poses.keypoints_xyc * scale, poses.scores)


def _as_read(info: VideoInfo, times: list[float]) -> VideoInfo:
    """The video's facts as they turned out; containers guess, and truncated files lie."""
    if len(times) < 2:
        step_s = float(1 / info.frame_rate) if info.frame_rate else 0.0
        return replace(info, frames=len(times), duration_s=step_s)
    step_s = (times[-1] - times[0]) / (len(times) - 1)
    rate = info.frame_rate or Fraction(1 / step_s).limit_denominator(1001)
    return replace(info, frames=len(times), duration_s=times[-1] + step_s, frame_rate=rate)


def _warnings(
    info: VideoInfo,
    settings: AnalysisSettings,
    people: tuple[PersonResult, ...],
    poses: list[Poses],
) -> Iterator[str]:
    if not people:
        if any(len(p) for p in poses):
            yield (
                "Nobody was seen clearly enough. Lower the person threshold, or film closer and "
                "with more light."
            )
        else:
            yield "Nobody was found in this video."
    duration_s = info.duration_s or 0.0
    if duration_s < WindowBuilder().min_span_s:
        yield (
            f"The video is too short to name an action ({duration_s:.2f} s); "
            "about one second is needed."
        )
    elif len(poses) > 1 and duration_s * (settings.skip + 1) / (info.frames or 1) > MAX_GAP_S:
        yield (
            "Too many frames are skipped to follow the motion; choose a smaller skip for this "
            "video's frame rate."
        )


def relabel(
    analysis: Analysis, settings: AnalysisSettings, *, model: ActionModel | None = None
) -> Analysis:
    """The same video under other thresholds, from the kept poses, without the pose model.

    Raises:
        InputError: the settings ask for another engine, mode, skip, or for more people.
    """
    if settings.needs_pose(analysis.settings):
        raise InputError("Another engine, mode, skip or more people need a new analysis.")
    model = model or load_action_model()
    if _same_people(settings, analysis.settings):
        chosen = segment_settings(settings, model)
        people = tuple(
            replace(
                person,
                segments=find_segments(
                    person.estimate_times_s,
                    person.estimate_spans_s,
                    person.probabilities,
                    chosen,
                    MAX_GAP_S,
                ),
            )
            for person in analysis.people
        )
        return replace(analysis, settings=settings, people=people)
    labeler = _Labeler(settings, model)
    for time_s, poses in zip(analysis.pose_times_s, analysis.poses, strict=True):
        labeler.push(time_s, poses)
    labeler.finish()
    return replace(
        analysis, settings=settings, people=labeler.people(analysis.video.duration_s or 0)
    )


def _same_people(a: AnalysisSettings, b: AnalysisSettings) -> bool:
    keys = ("person_threshold", "keypoint_threshold", "max_people")
    return all(getattr(a, key) == getattr(b, key) for key in keys)


def render_video(
    analysis: Analysis,
    path: Path,
    out: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> None:
    """Write the annotated video: skeletons, ids and actions over the source's frames.

    Args:
        path: the source that ``analysis`` was made from.
        out: H.264 in mp4; the source's timestamps and size (long side capped), and its audio.

    Raises:
        VideoError: the source can't be read any more, or ``out`` can't be written.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    clock = _Clock()
    report = _Reporter(on_progress, cancel, clock, analysis.video)
    _second_pass(analysis, path, out, report, clock, 0.0)


def _second_pass(
    analysis: Analysis, path: Path, out: Path, report: _Reporter, clock: _Clock, low: float
) -> None:
    """Decode again and draw what is now known: labels speak of the middle of their windows."""
    video = analysis.video
    with VideoReader(path, video.name, max_side=analysis.settings.video_max_side) as reader:
        frames = iter(reader)
        with clock.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            return
        assert frame.rgb is not None
        height, width = frame.rgb.shape[:2]
        scale = np.array([width / video.width, height / video.height, 1], np.float32)
        with VideoWriter(
            out, (width, height), frame_rate_hint=video.frame_rate, audio_from=path
        ) as writer:
            done = 0
            while frame is not None:
                with clock.stage("draw"):
                    people = _overlays(analysis, frame, scale)
                    image = draw_people(frame.rgb, people)
                with clock.stage("encode"):
                    writer.write(image, frame.time_s)
                done += 1
                report("render", done, frame.time_s, low, 1.0, None)
                with clock.stage("decode"):
                    frame = next(frames, None)


def _overlays(analysis: Analysis, frame: Frame, scale: FloatArray) -> list[PersonOverlay]:
    overlays = []
    for person in analysis.people:
        keypoints = interpolate_keypoints(
            person.track_times_s, person.keypoints_xyc, frame.time_s, MAX_GAP_S
        )
        if keypoints is None:
            continue
        segment = person.segment_at(frame.time_s)
        overlays.append(
            PersonOverlay(
                person.id,
                keypoints * scale,
                segment.action if segment else None,
                segment.confidence if segment else 0.0,
            )
        )
    return overlays
