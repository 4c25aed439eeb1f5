"""A practice video with the coached person's skeleton, angles and score drawn on it."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Final

from harec.core.interpolation import interpolate_keypoints
from harec.core.poses import FloatArray
from harec.core.progress import JobContext, OnProgress
from harec.render.annotated_video import redraw
from harec.render.canvas import Canvas
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.output.drawn_moments import drawn_moments, hold_now
from harec.yoga.output.overlay import draw_coaching_on
from harec.yoga.practice.video import Practice

#: Sampled frames further apart than this are not joined: the body was not seen in between.
MAX_GAP_S: Final = 0.7


def render_practice(
    practice: Practice,
    path: Path,
    out: Path,
    *,
    coach: AsanaCoach | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> tuple[str, ...]:
    """Write the video: the skeleton at each frame, and what the coach says of it.

    Args:
        path: the source that ``practice`` was made from.
        out: H.264 in mp4; the source's timestamps, size (long side capped) and audio.
        coach: None = the models that ship with harec.

    Returns:
        Plain sentences for the user, such as that the sound could not be carried over.

    Raises:
        VideoError: the source can't be read any more, or ``out`` can't be written.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    coach = coach or AsanaCoach()
    video = practice.video
    job = JobContext(on_progress, cancel)
    job.begin(video.duration_s)
    keypoint_threshold = practice.settings.thresholds.keypoint_threshold
    moments = drawn_moments(practice, coach)

    def draw(canvas: Canvas, time_s: float, scale: FloatArray) -> None:
        keypoints = interpolate_keypoints(
            practice.times_s, practice.keypoints_xyc, time_s, MAX_GAP_S
        )
        if keypoints is None:
            return
        with job.clock.stage("draw"):
            draw_coaching_on(
                canvas,
                keypoints * scale,
                moments[practice.nearest_index(time_s)],
                fixed=True,
                hold=hold_now(practice, time_s),
                keypoint_threshold=keypoint_threshold,
                references=coach.references,
            )

    return redraw(video, path, out, draw, job, practice.settings)
