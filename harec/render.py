"""The annotated video: a second pass that draws what the first one found."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Event

import numpy as np

from harec.actions.window import MAX_GAP_S
from harec.overlay import RGB, PersonOverlay, draw_people, interpolate_keypoints
from harec.poses import FloatArray
from harec.progress import OnProgress, Reporter, StageClock
from harec.results import Analysis
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
    return draw_pass(analysis, path, out, report, clock, 0.0)


def draw_pass(
    analysis: Analysis, path: Path, out: Path, report: Reporter, clock: StageClock, low: float
) -> tuple[str, ...]:
    """Decode again and draw what is now known: labels speak of the middle of their windows."""
    threshold = analysis.settings.thresholds.keypoint_threshold

    def draw(frame: Frame, rgb: RGB, scale: FloatArray) -> RGB:
        return draw_people(rgb, _overlays(analysis, frame, scale), keypoint_threshold=threshold)

    max_side = analysis.settings.video_max_side
    return redraw(analysis.video, path, out, draw, report, clock, max_side=max_side, low=low)


def redraw(
    video: VideoInfo,
    path: Path,
    out: Path,
    draw: Callable[[Frame, RGB, FloatArray], RGB],
    report: Reporter,
    clock: StageClock,
    *,
    max_side: int,
    low: float = 0.0,
) -> tuple[str, ...]:
    """Decode a video again, draw on each frame, and write it with its times and its sound.

    Args:
        video: what is known of ``path``.
        draw: given a frame, its picture, and what takes keypoints (x, y, score) of the full frame
            to those of the picture; returns the picture to write.
        max_side: longer sides are scaled down to this, in pixels.
        low: the share of the whole job that is done before.

    Returns, Raises: as `render_video`.
    """
    with VideoReader(path, video.name, max_side=max_side) as reader:
        width, height = reader.size_wh
        scale = np.array([width / video.width, height / video.height, 1], np.float32)
        writer = VideoWriter(
            out, (width, height), frame_rate_hint=video.frame_rate, audio_from=path
        )
        with writer:
            frames = iter(reader)
            for done in count(1):
                with clock.stage("decode"):
                    frame = next(frames, None)
                if frame is None:
                    break
                assert frame.rgb is not None, "only frames() leaves pictures out"
                with clock.stage("draw"):
                    image = draw(frame, frame.rgb, scale)
                with clock.stage("encode"):
                    writer.write(image, frame.time_s, frame.duration_s or None)
                report("render", done, frame.time_s, low, 1.0, None)
        return tuple(writer.warnings)


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
