"""Simulated people as examples: their keypoints as a camera sees them."""

from __future__ import annotations

import numpy as np

from harec.actions.segments import Segment
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.progress import Timings
from harec.simulate.motion.motion import RATE_HZ, make_motion
from harec.taught.examples import Example, stretch
from harec.training.sampling import project
from harec.video import VideoInfo


def track_of(*parts: tuple[str, float], person: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Times (F,) and keypoints (F, 17, 3) of one who does plain motions for some seconds each."""
    joints = np.concatenate(
        [
            make_motion(label, seconds, np.random.default_rng([person, i]), style="plain")
            for i, (label, seconds) in enumerate(parts)
        ]
    )
    one = np.ones(1)
    yaw = 0.2 * (person % 4) - 0.3
    seen = project(joints[None], one * yaw, one * 0.1, one * 4, np.zeros((1, 2)))[0]
    return np.arange(len(seen)) / RATE_HZ, seen


def example(motion: str, person: int, label: str = "", seconds: float = 3.0) -> Example:
    """Somebody shows a motion."""
    times_s, track = track_of((motion, seconds), person=person)
    source = f"{person}_{motion}.mp4"
    return stretch(label or motion, source, times_s, track, 0, seconds, person=str(person))


def result_of(
    *parts: tuple[str, float],
    person: int = 0,
    segments: tuple[Segment, ...] = (),
    name: str = "gym.mp4",
) -> Analysis:
    """A result in which one person does plain motions for some seconds each."""
    times_s, track = track_of(*parts, person=person)
    seen = PersonResult(
        id=1,
        first_s=float(times_s[0]),
        last_s=float(times_s[-1]),
        track_times_s=times_s,
        keypoints_xyc=track,
        estimate_times_s=np.zeros(0),
        estimate_spans_s=np.zeros((0, 2)),
        probabilities=np.zeros((0, 7), np.float32),
        segments=segments,
        moments_s={},
    )
    video = VideoInfo(name, 640, 480, float(times_s[-1]), len(times_s), None, 0, "h264", False)
    return Analysis(
        video, AnalysisSettings(), (seen,), Timings({}, 1.0, len(times_s), len(times_s))
    )
