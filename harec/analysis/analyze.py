"""A whole video, from file to each person's actions, with progress and cancel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from harec.actions.model import ActionModel, load_action_model
from harec.actions.segments import DEFAULT_ACTION_THRESHOLD
from harec.actions.windows import MAX_GAP_S, WindowBuilder
from harec.analysis.engines import estimator_of
from harec.analysis.labeler import (
    Labeler,
    named,
    segment_settings,
)
from harec.analysis.pose_pass import PosePassResult, run_pose_pass
from harec.analysis.results import (
    Analysis,
    AnalysisSettings,
    PersonResult,
    Timings,
)
from harec.core.errors import InputError
from harec.core.poses import Poses
from harec.core.progress import (
    OnProgress,
    Progress,
    Reporter,
    StageClock,
)
from harec.core.stages import Stages
from harec.pose.base import PoseEstimator
from harec.pose.registry import ESTIMATORS
from harec.render.annotated_video import render_video
from harec.render.background import BackgroundRenderer
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
    with VideoReader(path, name, max_side=engine.frame_side, exact=False) as reader:
        with clock.stage("load"):
            model = model or load_action_model()
            estimator = estimator or estimator_of(settings)
            estimator.reset()
        labeler = Labeler(settings, model, clock)
        report = Reporter(on_progress, cancel, clock, reader.info)

        def partial(watched: PosePassResult) -> Analysis:
            with clock.stage("recognize"):
                people = labeler.people(watched.duration_s)
            timings = clock.timings(len(watched.times_s), len(watched.poses))
            return Analysis(watched.info, settings, people, timings)

        with Stages() as stages:
            behind = None
            if video_out is not None:
                behind = BackgroundRenderer(stages, labeler, reader.info, path, video_out, clock)
            watched = run_pose_pass(
                reader, estimator, settings.skip, labeler, report, clock, partial, behind
            )
            analysis = replace(
                partial(watched),
                file_warnings=watched.warnings,
                pose_times_s=watched.pose_times_s,
                poses=watched.poses,
            )
            advice = tuple(_advice(analysis.video, settings, analysis.people, analysis.poses))
            warnings = analysis.file_warnings
            if behind is not None:
                warnings += behind.finish(watched.duration_s, report)
        timings = clock.timings(len(watched.times_s), len(watched.poses))
    analysis = replace(analysis, timings=timings, advice=advice, file_warnings=warnings)
    if on_progress is not None:
        on_progress(Progress("done", 1.0, analysis.timings.frames_per_second, 0.0))
    return analysis


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
            "Another engine, mode, precision, skip, detection threshold or more people need a new "
            "analysis."
        )
    model = model or load_action_model()
    if same_people(settings, analysis.settings):
        chosen = segment_settings(settings, model)
        people = tuple(named(person, chosen) for person in analysis.people)
        return _with_people(analysis, settings, people)
    labeler = Labeler(settings, model)
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
