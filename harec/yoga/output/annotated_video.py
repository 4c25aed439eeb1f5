"""A practice video with the coached person's skeleton, angles and score drawn on it."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Final

import numpy as np

from harec.core.interpolation import interpolate_keypoints
from harec.core.poses import FloatArray
from harec.core.progress import JobContext, OnProgress
from harec.render.annotated_video import redraw
from harec.render.skeleton import RGB
from harec.video import Frame
from harec.yoga.coaching.coach import AsanaCoach, Coaching
from harec.yoga.output.overlay import draw_coaching
from harec.yoga.practice.moments import steady_keypoints
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.classifier import COLUMN, NO_ASANA

#: Sampled frames further apart than this are not joined: the body was not seen in between.
_MAX_GAP_S: Final = 0.7


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
    # The skeleton is drawn where the body is, and judged as the practice was: averaged.
    steady = steady_keypoints(practice.times_s, practice.keypoints_xyc)

    def draw(frame: Frame, rgb: RGB, scale: FloatArray) -> RGB:
        keypoints, judged = (
            interpolate_keypoints(practice.times_s, track, frame.time_s, _MAX_GAP_S)
            for track in (practice.keypoints_xyc, steady)
        )
        if keypoints is None or judged is None:
            return rgb
        with job.clock.stage("draw"):
            return draw_coaching(
                rgb,
                keypoints * scale,
                coaching_at(practice, frame.time_s, judged, coach),
                fixed=True,
                keypoint_threshold=keypoint_threshold,
            )

    return redraw(video, path, out, draw, job, practice.settings)


def coaching_at(
    practice: Practice, time_s: float, keypoints_xyc: FloatArray, coach: AsanaCoach
) -> Coaching:
    """What is said of keypoints (17, 3) at a moment, without warnings: the asana is that of the
    hold at that moment."""
    hold = practice.hold_at(time_s)
    certain = np.zeros(NO_ASANA + 1, np.float32)
    certain[NO_ASANA if hold is None else COLUMN[hold.asana]] = 1
    # warnings can't be read while a video runs
    return coach.judge_all(keypoints_xyc[None], certain[None], warn=False)[0]
