"""A whole video, from file to each person's actions, with progress and cancel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from harec.actions.model import DEFAULT_MODEL, ActionModel, load_action_model
from harec.actions.windows import MAX_GAP_S, WindowBuilder
from harec.analysis.corrections import carried, without_corrections
from harec.analysis.labeler import (
    Labeler,
    named,
    segment_settings,
)
from harec.analysis.pose_pass import PosePassResult
from harec.analysis.provenance import Provenance, provenance_of
from harec.analysis.results import (
    Analysis,
    AnalysisSettings,
    PersonResult,
)
from harec.analysis.sampling import Sampler
from harec.analysis.video_job import VideoTask, run_video_job, timings_of
from harec.core.errors import InputError
from harec.core.files import file_sha256
from harec.core.poses import Poses
from harec.core.progress import JobContext, OnProgress
from harec.core.uprightness import advise_turn
from harec.pose.base import PoseEngine
from harec.pose.registry import ESTIMATORS, precision_of
from harec.video import VideoInfo


def analyze(
    path: Path,
    settings: AnalysisSettings | None = None,
    *,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    job: JobContext | None = None,
    estimator: PoseEngine | None = None,
    model: ActionModel | None = None,
    frame_rate: float | None = None,
    keypoints_from: str = "",
    sampler: Sampler | None = None,
) -> Analysis:
    """Who does which action when.

    Args:
        path: a video file.
        settings: None = the defaults.
        name: what messages and the result call the file; None = the path's name.
        on_progress: called after every sampled frame, in this thread; a partial result is an
            Analysis.
        cancel: set it from another thread to stop within a frame's time.
        job: that this is a part of, in place of ``on_progress`` and ``cancel``.
        estimator, model, sampler: to use instead of those that the settings name.
        frame_rate: frames a second, of a file whose frames have no times (a bare .h264 or .mjpeg).
        keypoints_from: name of the file that ``estimator`` takes keypoints from, if it does.

    Raises:
        VideoError: the file is not a video that can be read.
        InputError: a setting is out of its range.
        ModelError: a model file is missing or damaged.
        Cancelled: ``cancel`` was set.
    """
    settings = settings or AnalysisSettings()
    context = job or JobContext(on_progress, cancel)

    def make_task(video: VideoInfo) -> _ActionTask:
        return _ActionTask(settings, model or load_action_model(), context)

    result = run_video_job(path, name, settings, make_task, context, estimator, frame_rate, sampler)
    return replace(
        result,
        video=replace(result.video, sha256=_sha256_of(path)),
        provenance=_provenance(settings, model, estimator, keypoints_from),
    )


def _sha256_of(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except OSError:  # gone meanwhile
        return None


def _provenance(
    settings: AnalysisSettings,
    model: ActionModel | None,
    estimator: PoseEngine | None,
    keypoints_from: str,
) -> Provenance:
    """Of models that were handed in it is not known which files they are of."""
    files = [DEFAULT_MODEL] if model is None else []
    if estimator is None:
        info = ESTIMATORS[settings.estimator]
        precision = precision_of(settings.estimator, settings.precision)
        files += info.model_files(settings.mode, precision)
    return provenance_of(files, keypoints_from)


class _ActionTask(VideoTask[Analysis]):
    """From poses to people and their actions."""

    def __init__(self, settings: AnalysisSettings, model: ActionModel, job: JobContext) -> None:
        self.settings = settings
        self.collector = self._labeler = Labeler(settings, model, job.clock)
        self._job = job

    def partial(self, passed: PosePassResult) -> Analysis:
        with self._job.clock.stage("recognize"):
            people = self._labeler.people(passed.duration_s)
        return Analysis(passed.info, self.settings, people, timings_of(passed, self._job))

    def finish(self, passed: PosePassResult) -> Analysis:
        people = self.partial(passed).people
        advice = tuple(_advice(passed.info, self.settings, people, passed.poses))
        return Analysis(
            video=passed.info,
            settings=self.settings,
            people=people,
            timings=timings_of(passed, self._job),
            advice=advice,
            file_warnings=passed.warnings,
            pose_times_s=passed.pose_times_s,
            poses=passed.poses,
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
    too_sparse = frames > 1 and duration_s / max(len(poses), 1) > MAX_GAP_S
    tracks = ((person.track_times_s, person.keypoints_xyc) for person in people)
    yield from advise_turn(settings.correction, tracks)
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
    """`harec.api.relabel` with the six actions alone, whatever was named before.

    Raises:
        InputError: the settings ask for another engine, mode, skip or detection threshold, or for
            more people; or the result holds labels alone.
    """
    if settings.needs_pose(analysis.settings):
        raise InputError(
            "Another engine, mode, precision, skip, detection threshold, turn, mirroring or more "
            "people need a new analysis."
        )
    same = same_people(settings, analysis.settings)
    if any(p.segments and not len(p.estimate_times_s) for p in analysis.people):
        raise InputError(
            "This result holds labels without probabilities, so thresholds change nothing in it."
        )
    if not same and not len(analysis.poses):
        raise InputError(
            "This result holds no poses to follow people from: save it as a .harec-result, or "
            "analyze the video again."
        )
    model = model or load_action_model()
    if same:
        chosen = segment_settings(settings, model)
        bare = without_corrections(analysis)
        people = tuple(named(person, chosen) for person in bare.people)
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
    corrected, lost = carried(analysis, replace(analysis, settings=settings, people=people))
    return replace(corrected, advice=(*advice, *lost))


def same_people(a: AnalysisSettings, b: AnalysisSettings) -> bool:
    """Whether two settings differ at most in how probabilities become segments: re-labelling from
    one to the other is then a matter of milliseconds."""
    return (a.thresholds, a.max_people, a.bystanders) == (b.thresholds, b.max_people, b.bystanders)
