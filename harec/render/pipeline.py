"""From a video file to its analysis and its annotated video, in one pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

from harec.actions.model import ActionModel
from harec.analysis.analyze import analyze
from harec.analysis.results import Analysis, AnalysisSettings
from harec.analysis.teaching import with_actions
from harec.core.progress import OnProgress
from harec.pose.base import PoseEngine
from harec.render.annotated_video import render_video
from harec.render.background import BackgroundRenderer
from harec.taught.action_set import ActionSet


def analyze_and_render(
    path: Path,
    settings: AnalysisSettings | None = None,
    *,
    video_out: Path | None = None,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    estimator: PoseEngine | None = None,
    model: ActionModel | None = None,
    frame_rate: float | None = None,
    keypoints_from: str = "",
) -> Analysis:
    """`harec.analysis.analyze.analyze`, and the annotated video while it runs.

    Args:
        video_out: where to write the annotated video (.mp4); None = nowhere.
        path, settings, name, on_progress, cancel, estimator, model, frame_rate, keypoints_from: as
            `analyze` has them.

    Raises:
        VideoError: the file is not a video that can be read, or ``video_out`` can't be written.
        InputError, ModelError: as `analyze`.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    if video_out is None:
        return analyze(
            path,
            settings,
            name=name,
            on_progress=on_progress,
            cancel=cancel,
            estimator=estimator,
            model=model,
            frame_rate=frame_rate,
            keypoints_from=keypoints_from,
        )
    with BackgroundRenderer(path, video_out) as renderer:
        return analyze(
            path,
            settings,
            name=name,
            on_progress=on_progress,
            cancel=cancel,
            observer=renderer,
            estimator=estimator,
            model=model,
            frame_rate=frame_rate,
            keypoints_from=keypoints_from,
        )


def name_and_render(
    analysis: Analysis,
    path: Path,
    actions: ActionSet,
    *,
    builtin: bool = False,
    video_out: Path | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> Analysis:
    """A result with taught actions named, and drawn.

    Args:
        path: the video that it is of.
        builtin: keep the built-in actions, where no taught one is named.
        video_out: where to write the annotated video (.mp4); None = nowhere.

    Raises:
        VideoError, Cancelled: as `analyze_and_render`.
    """
    analysis = with_actions(analysis, actions, builtin=builtin)
    if video_out is None:
        return analysis
    told = render_video(analysis, path, video_out, on_progress=on_progress, cancel=cancel)
    return replace(analysis, file_warnings=(*analysis.file_warnings, *told))
