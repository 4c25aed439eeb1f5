"""The annotated video: the source once more, with what was found drawn on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path
from threading import Event

import numpy as np

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.files import check_video_place
from harec.core.poses import FloatArray
from harec.core.progress import JobContext, OnProgress
from harec.core.stages import Stages
from harec.render.annotations import annotated_people, people_at
from harec.render.canvas import Canvas, PlanesCanvas, RgbCanvas
from harec.render.overlay import draw_people_on
from harec.video import UnseenFrame, VideoInfo, VideoReader, VideoWriter
from harec.video.planes import Planes
from harec.video.rgb import RGB


def render_video(
    analysis: Analysis,
    path: str | PathLike[str],
    out: str | PathLike[str],
    *,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    job: JobContext | None = None,
) -> tuple[str, ...]:
    """`harec.api.render_video`, of a file that is known to be the source.

    Args:
        job: that this is a part of, in place of ``on_progress`` and ``cancel``.
    """
    context = job or JobContext(on_progress, cancel)
    context.begin(analysis.video.duration_s)
    annotated = annotated_people(analysis)
    threshold = analysis.settings.thresholds.keypoint_threshold

    def draw(canvas: Canvas, time_s: float, scale: FloatArray) -> None:
        with context.clock.stage("draw"):
            people = [
                replace(p, keypoints_xyc=p.keypoints_xyc * scale)
                for p in people_at(annotated, time_s)
            ]
            draw_people_on(canvas, people, keypoint_threshold=threshold)

    return redraw(analysis.video, Path(path), Path(out), draw, context, analysis.settings)


#: Draws on a frame: given its image, its time in seconds, and what takes keypoints (x, y, score) of
#: the full frame to those of the image.
Draw = Callable[[Canvas, float, FloatArray], None]


def redraw(
    video: VideoInfo,
    path: Path,
    out: Path,
    draw: Draw,
    job: JobContext,
    settings: AnalysisSettings,
) -> tuple[str, ...]:
    """Decode a video again, draw on each frame, and write it with its times and its sound.

    Decoding, drawing and encoding (in this thread) work at the same time. What is stored as the
    video is to be written is drawn on as it is stored: nobody sees its colours converted.

    Args:
        video: what is known of ``path``.
        draw: called in a thread of its own.
        job: times the stages, is given a report after each frame, and may stop the work.
        settings: say how large the video may be, and how the camera was held.

    Returns, Raises: as `render_video`.
    """
    check_video_place(path, out)
    with VideoReader(
        path,
        video.name,
        max_side=settings.video_max_side,
        exact=False,
        scale_first=True,
        frame_rate=video.untimed_rate,
        correction=settings.correction,
    ) as reader:
        scale = np.array([reader.size_wh[0] / video.width, reader.size_wh[1] / video.height, 1])
        scale = scale.astype(np.float32)

        def decoded() -> Iterator[tuple[UnseenFrame, Planes | RGB]]:
            for frame in reader.unseen_frames():
                yield frame, frame.to_stored()

        def drawn(
            frames: Iterator[tuple[UnseenFrame, Planes | RGB]],
        ) -> Iterator[tuple[UnseenFrame, Planes | RGB]]:
            for frame, image in frames:
                canvas = PlanesCanvas(image) if isinstance(image, Planes) else RgbCanvas(image)
                draw(canvas, frame.time_s, scale)
                yield frame, image

        writer = VideoWriter(
            out,
            reader.size_wh,
            frame_rate_hint=video.frame_rate,
            audio_from=path,
            before_replace=job.check,
        )
        with writer, Stages() as stages:
            frames = stages.prefetch(job.clock.timed("decode", decoded()), "decode again")
            images = stages.prefetch(drawn(frames), "draw")
            for done, (frame, image) in enumerate(images, 1):
                with job.clock.stage("encode"):
                    writer.write(image, frame.time_s, frame.duration_s or None)
                job.report("render", done, frame.time_s)
        return tuple(writer.warnings)
