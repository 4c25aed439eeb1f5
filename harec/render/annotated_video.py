"""The annotated video: the source once more, with what was found drawn on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path
from threading import Event

import numpy as np

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.poses import FloatArray
from harec.core.progress import JobContext, OnProgress, StageClock
from harec.core.stages import Stages
from harec.render.annotations import Annotations, FinalAnnotations
from harec.render.overlay import draw_people
from harec.render.skeleton import RGB
from harec.video import Frame, VideoInfo, VideoReader, VideoWriter


def render_video(
    analysis: Analysis,
    path: str | PathLike[str],
    out: str | PathLike[str],
    *,
    repetitions: bool = True,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> tuple[str, ...]:
    """Write the annotated video: skeletons, ids and actions over the source's frames.

    Args:
        path: the source that ``analysis`` was made from.
        out: H.264 in mp4; the source's timestamps and size (long side capped), and its audio.
        repetitions: whether labels say how often so far. `analyze_and_render` does not: what it
            draws is drawn before that is known.

    Returns:
        Plain sentences for the user, such as that the sound could not be carried over.

    Raises:
        VideoError: the source can't be read any more, or ``out`` can't be written.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    job = JobContext(on_progress, cancel)
    job.begin(analysis.video.duration_s)
    draw = people_of(
        FinalAnnotations(analysis, repetitions=repetitions), analysis.settings, job.clock
    )
    return redraw(analysis.video, Path(path), Path(out), draw, job, analysis.settings)


#: Draws on a frame's image: given the frame, its image, and what takes keypoints (x, y, score) of
#: the full frame to those of the image; returns the image to write.
Draw = Callable[[Frame, RGB, FloatArray], RGB]


def people_of(annotations: Annotations, settings: AnalysisSettings, clock: StageClock) -> Draw:
    """Draws the people of an analysis: labels are centred on their windows.

    Args:
        clock: counts the time that drawing takes, without the time that it waits for annotations.
    """
    threshold = settings.thresholds.keypoint_threshold

    def draw(frame: Frame, rgb: RGB, scale: FloatArray) -> RGB:
        people = annotations.at(frame.time_s)
        with clock.stage("draw"):
            people = [replace(p, keypoints_xyc=p.keypoints_xyc * scale) for p in people]
            return draw_people(rgb, people, keypoint_threshold=threshold, in_place=True)

    return draw


def redraw(
    video: VideoInfo,
    path: Path,
    out: Path,
    draw: Draw,
    job: JobContext,
    settings: AnalysisSettings,
    *,
    before_replace: Callable[[], None] | None = None,
    on_failure: Callable[[], None] = lambda: None,
) -> tuple[str, ...]:
    """Decode a video again, draw on each frame, and write it with its times and its sound.

    Decoding, drawing and encoding (in this thread) work at the same time.

    Args:
        video: what is known of ``path``.
        draw: called in a thread of its own.
        job: times the stages, is given a report after each frame, and may stop the work.
        settings: say how large the video may be, and how the camera was held.
        before_replace: called when the file is complete, before it is put in its place; may raise.
            None = the job is checked.
        on_failure: called when this fails, before the drawing is waited for: it must not continue
            to wait for what ``draw`` waits for.

    Returns, Raises: as `render_video`.
    """
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

        def drawn(frames: Iterator[Frame]) -> Iterator[tuple[Frame, RGB]]:
            for frame in frames:
                assert frame.rgb is not None, "only frames() leaves images out"
                yield frame, draw(frame, frame.rgb, scale)

        writer = VideoWriter(
            out,
            reader.size_wh,
            frame_rate_hint=video.frame_rate,
            audio_from=path,
            before_replace=before_replace or job.check,
        )
        with writer, Stages() as stages:
            frames = stages.prefetch(job.clock.timed("decode", reader), "decode again")
            images = stages.prefetch(drawn(frames), "draw")
            try:
                for done, (frame, image) in enumerate(images, 1):
                    with job.clock.stage("encode"):
                        writer.write(image, frame.time_s, frame.duration_s or None)
                    job.report("render", done, frame.time_s)
            except BaseException:
                on_failure()
                raise
        return tuple(writer.warnings)
