"""The annotated video: the source once more, with what was found drawn on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.poses import FloatArray
from harec.core.progress import (
    OnProgress,
    Reporter,
    StageClock,
)
from harec.core.stages import Stages
from harec.render.annotations import FinalAnnotations, Scene
from harec.render.overlay import RGB, draw_people
from harec.video import Frame, VideoInfo, VideoReader, VideoWriter


def render_video(
    analysis: Analysis,
    path: Path,
    out: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> tuple[str, ...]:
    """Write the annotated video: skeletons, ids and actions over the source's frames.

    Args:
        path: the source that ``analysis`` was made from.
        out: H.264 in mp4; the source's timestamps and size (long side capped), and its audio.

    Returns:
        Plain sentences for the user, such as that the sound could not be carried over.

    Raises:
        VideoError: the source can't be read any more, or ``out`` can't be written.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    clock = StageClock()
    report = Reporter(on_progress, cancel, clock, analysis.video)
    return redraw(
        analysis.video,
        path,
        out,
        people_of(FinalAnnotations(analysis), analysis.settings, clock),
        clock,
        lambda done, time_s: report("render", done, time_s, 0.0, 1.0, None),
        report.check,
        max_side=analysis.settings.video_max_side,
    )


#: Draws on a frame's picture: given the frame, its picture, and what takes keypoints (x, y, score)
#: of the full frame to those of the picture; returns the picture to write.
Draw = Callable[[Frame, RGB, FloatArray], RGB]


def people_of(scene: Scene, settings: AnalysisSettings, clock: StageClock) -> Draw:
    """Draws the people of a scene: labels speak of the middle of their windows.

    Args:
        clock: told the time that drawing takes, without the time that it waits for the scene.
    """
    threshold = settings.thresholds.keypoint_threshold

    def draw(frame: Frame, rgb: RGB, scale: FloatArray) -> RGB:
        people = scene.at(frame.time_s)
        with clock.stage("draw"):
            people = [replace(p, keypoints_xyc=p.keypoints_xyc * scale) for p in people]
            return draw_people(rgb, people, keypoint_threshold=threshold, in_place=True)

    return draw


def redraw(
    video: VideoInfo,
    path: Path,
    out: Path,
    draw: Draw,
    clock: StageClock,
    on_frame: Callable[[int, float], None],
    before_replace: Callable[[], None],
    *,
    max_side: int,
    on_failure: Callable[[], None] = lambda: None,
) -> tuple[str, ...]:
    """Decode a video again, draw on each frame, and write it with its times and its sound.

    Decoding, drawing and encoding (in this thread) work at the same time.

    Args:
        video: what is known of ``path``.
        draw: called in a thread of its own.
        on_frame: called after each frame with the frames so far and the last one's time in
            seconds; may raise to stop.
        before_replace: called when the file is complete, before it is put in its place; may raise.
        max_side: longer sides are scaled down to this, in pixels.
        on_failure: called when this fails, before the drawing is waited for: it must not go on
            waiting for what ``draw`` waits for.

    Returns, Raises: as `render_video`.
    """
    scaled = max(video.width, video.height) > max_side
    with VideoReader(path, video.name, max_side=max_side, exact=scaled) as reader:
        scale = np.array([reader.size_wh[0] / video.width, reader.size_wh[1] / video.height, 1])
        scale = scale.astype(np.float32)

        def drawn(frames: Iterator[Frame]) -> Iterator[tuple[Frame, RGB]]:
            for frame in frames:
                assert frame.rgb is not None, "only frames() leaves pictures out"
                yield frame, draw(frame, frame.rgb, scale)

        writer = VideoWriter(
            out,
            reader.size_wh,
            frame_rate_hint=video.frame_rate,
            audio_from=path,
            before_replace=before_replace,
        )
        with writer, Stages() as stages:
            frames = stages.prefetch(clock.timed("decode", reader), "decode again")
            pictures = stages.prefetch(drawn(frames), "draw")
            try:
                for done, (frame, image) in enumerate(pictures, 1):
                    with clock.stage("encode"):
                        writer.write(image, frame.time_s, frame.duration_s or None)
                    on_frame(done, frame.time_s)
            except BaseException:
                on_failure()
                raise
        return tuple(writer.warnings)
