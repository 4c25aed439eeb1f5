"""A whole video with keypoints that another program found: no pose model is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.correction import UNCORRECTED
from harec.core.errors import InputError
from harec.core.plain import shown_name
from harec.formats.keypoints.read import read_keypoints
from harec.render.pipeline import analyze_and_render
from harec.video import probe


def analyze_keypoints(
    video: Path, keypoints: Path, settings: AnalysisSettings | None = None, **options: Any
) -> Analysis:
    """Who does which action when, from keypoints that are there already.

    The video is decoded for its times, and for the camera's motion.

    Args:
        keypoints: COCO-style JSON, a folder of Ultralytics' or OpenPose's, or harec's Parquet.
        settings: None = the defaults; of the engine's only the thresholds matter. With ``skip``
            auto every frame is read.
        options: as `harec.render.pipeline.analyze_and_render` has them.

    Raises:
        InputError: the keypoints can't be read, or are of none of the video's frames.
        VideoError, ModelError, Cancelled: as `analyze_and_render`.
    """
    settings = settings or AnalysisSettings()
    if settings.correction != UNCORRECTED:
        raise InputError("Keypoints from a file can't be turned or mirrored; leave that out.")
    info = probe(video, video.name, frame_rate=options.get("frame_rate"))
    skip = 0 if settings.skip == "auto" else settings.skip  # looking costs nothing
    settings = replace(settings, skip=skip)
    engine = read_keypoints(keypoints, (info.width, info.height), skip)
    name = shown_name(keypoints)

    def accept() -> None:
        if not engine.used:
            raise InputError(
                f'"{name}" has nobody on the frames of "{shown_name(video)}": are its keypoints '
                "of another video?"
            )

    return analyze_and_render(
        video, settings, estimator=engine, keypoints_from=name, accept=accept, **options
    )
