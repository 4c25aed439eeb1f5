"""What `harec` composes for callers from outside; the other public names are those of the rooms."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from threading import Event

from harec.analysis import load_result as results
from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.progress import OnProgress
from harec.render.pipeline import analyze_and_render


def analyze(
    path: str | PathLike[str],
    settings: AnalysisSettings | None = None,
    *,
    video_out: str | PathLike[str] | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    frame_rate: float | None = None,
) -> Analysis:
    """Who does which action when in a video.

    Args:
        path: a video file.
        settings: None = the defaults.
        video_out: where to write the annotated video (.mp4), if anywhere.
        on_progress: called with a `Progress` after every frame that the pose model saw, in this
            thread.
        cancel: set it from another thread to stop within a frame's time.
        frame_rate: frames a second, of a file whose frames have no times (a bare .h264 or .mjpeg).

    Raises:
        VideoError: the file is not a video that can be read.
        InputError: the annotated video can't be written there.
        ModelError: a model file is missing or damaged.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    return analyze_and_render(
        Path(path),
        settings,
        video_out=None if video_out is None else Path(video_out),
        on_progress=on_progress,
        cancel=cancel,
        frame_rate=frame_rate,
    )


def load_result(path: str | PathLike[str]) -> Analysis:
    """A result that was saved: a ``.harec-result`` of `Analysis.save`, or a JSON of ``--json``.

    The first can be followed, named, drawn and compared again without the pose model (`relabel`);
    a JSON holds the labels, and keypoints and probabilities if it was written with them.

    Raises:
        InputError: no such file, not a result, damaged, too large, or of a newer harec.
    """
    return results.load_result(Path(path))
