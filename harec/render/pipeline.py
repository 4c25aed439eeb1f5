"""From a video file to its analysis and its annotated video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Final

from harec.actions.model import ActionModel
from harec.analysis.analyze import analyze
from harec.analysis.results import Analysis, AnalysisSettings
from harec.analysis.teaching import with_actions
from harec.core.files import check_video_place
from harec.core.progress import JobContext, OnProgress
from harec.pose.base import PoseEngine
from harec.render.annotated_video import render_video
from harec.taught.action_set import ActionSet

#: The share of the job's time that drawing and encoding take (measured at 640x480 on two cores);
#: only the progress bar depends on it.
_RENDER_SHARE: Final = 0.3


def analyze_and_render(
    path: Path,
    settings: AnalysisSettings | None = None,
    *,
    video_out: Path | None = None,
    actions: ActionSet | None = None,
    builtin: bool = False,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    estimator: PoseEngine | None = None,
    model: ActionModel | None = None,
    frame_rate: float | None = None,
    keypoints_from: str = "",
    accept: Callable[[], None] = lambda: None,
) -> Analysis:
    """`harec.analysis.analyze.analyze`, then the annotated video.

    Args:
        video_out: where to write the annotated video (.mp4); None = nowhere.
        actions, builtin: name these in place of the built-in actions, or beside them; see
            `harec.analysis.teaching.with_actions`.
        path, settings, name, on_progress, cancel, estimator, model, frame_rate, keypoints_from: as
            `analyze` has them.
        accept: called between the two; raises what is wrong with the first.

    Raises:
        VideoError: the file is not a video that can be read, or ``video_out`` can't be written.
        InputError: there is no place for ``video_out``; or as `analyze`.
        ModelError: as `analyze`.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    job = JobContext(on_progress, cancel)
    if video_out is not None:
        check_video_place(path, video_out)
        job.span = (0.0, 1 - _RENDER_SHARE)
    analysis = analyze(
        path,
        settings,
        name=name,
        job=job,
        estimator=estimator,
        model=model,
        frame_rate=frame_rate,
        keypoints_from=keypoints_from,
    )
    accept()
    if actions is not None:
        threshold = analysis.settings.action_threshold  # None unless somebody gave one
        analysis = with_actions(analysis, actions, builtin=builtin, threshold=threshold)
    if video_out is None:
        return analysis
    job.span = (1 - _RENDER_SHARE, 1.0)
    told = render_video(analysis, path, video_out, job=job)
    before = analysis.timings
    timings = job.clock.timings(before.frames, before.pose_frames, before.precision)
    job.done(timings)
    return replace(analysis, timings=timings, file_warnings=(*analysis.file_warnings, *told))
