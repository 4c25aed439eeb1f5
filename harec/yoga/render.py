"""A practice video with the coached person's skeleton, angles and score drawn on it."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from threading import Event
from typing import Final

import numpy as np

from harec.overlay import interpolate_keypoints
from harec.poses import FloatArray
from harec.progress import OnProgress, Reporter, StageClock
from harec.video import VideoReader, VideoWriter
from harec.yoga.asanas import ASANAS
from harec.yoga.classifier import NO_ASANA
from harec.yoga.coach import AsanaCoach, Coaching
from harec.yoga.drawing import draw_coaching
from harec.yoga.practice import Practice

#: Looks further apart than this are not joined: the body was not seen in between.
_MAX_GAP_S: Final = 0.7
_COLUMN: Final = {name: i for i, name in enumerate(ASANAS)}


def render_practice(
    practice: Practice,
    path: Path,
    out: Path,
    *,
    coach: AsanaCoach | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> tuple[str, ...]:
    """Write the video: what the look nearest to each frame shows, on the joints between looks.

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
    coach, clock, video = coach or AsanaCoach(), StageClock(), practice.video
    report = Reporter(on_progress, cancel, clock, video)
    keypoint_threshold = practice.settings.thresholds.keypoint_threshold
    with VideoReader(path, video.name, max_side=practice.settings.video_max_side) as reader:
        width, height = reader.size_wh
        scale = np.array([width / video.width, height / video.height, 1], np.float32)
        writer = VideoWriter(
            out, (width, height), frame_rate_hint=video.frame_rate, audio_from=path
        )
        with writer:
            for done, frame in zip(count(1), reader, strict=False):
                assert frame.rgb is not None, "only frames() leaves pictures out"
                image = frame.rgb
                keypoints = interpolate_keypoints(
                    practice.times_s, practice.keypoints_xyc, frame.time_s, _MAX_GAP_S
                )
                if keypoints is not None:
                    image = draw_coaching(
                        image,
                        keypoints * scale,
                        coaching_at(practice, frame.time_s, keypoints, coach),
                        fixed=True,
                        keypoint_threshold=keypoint_threshold,
                    )
                writer.write(image, frame.time_s, frame.duration_s or None)
                report("render", done, frame.time_s, 0.0, 1.0, None)
        return tuple(writer.warnings)


def coaching_at(
    practice: Practice, time_s: float, keypoints_xyc: FloatArray, coach: AsanaCoach
) -> Coaching:
    """What is said of joints (17, 3) at a moment: the asana is that of the hold that goes on."""
    hold = practice.hold_at(time_s)
    certain = np.zeros(NO_ASANA + 1, np.float32)
    certain[NO_ASANA if hold is None else _COLUMN[hold.asana]] = 1
    return coach.judge_as(keypoints_xyc, certain)
