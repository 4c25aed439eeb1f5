"""Made results, with all that a result may hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment
from harec.analysis.provenance import Provenance
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.camera_view import CameraView
from harec.core.poses import Poses
from harec.core.progress import Timings
from harec.video import VideoInfo

ROOT = Path(__file__).parents[2]


def probabilities(random: np.random.Generator, count: int) -> np.ndarray:
    """float32 (count, 7), rows sum to 1."""
    return random.dirichlet(np.ones(7), count).astype(np.float32)


def person(
    number: int, segments: tuple[Segment, ...], frames: int = 9, seed: int = 0
) -> PersonResult:
    """Somebody who walks about in the frame for as many tenths of a second."""
    random = np.random.default_rng(seed + number)
    times_s = np.arange(frames) / 10
    keypoints = random.uniform(0, 1, (frames, 17, 3)).astype(np.float32)
    keypoints[..., :2] *= [600, 400]
    return PersonResult(
        id=number,
        first_s=0.0,
        last_s=float(times_s[-1]) if frames else 0.0,
        track_times_s=times_s,
        keypoints_xyc=keypoints,
        estimate_times_s=times_s,
        estimate_spans_s=np.stack([times_s, times_s + 1.55], axis=1),
        probabilities=probabilities(random, frames),
        segments=segments,
        moments_s={"JUMPING": [-0.1, 0.123456789, 1.5]},
    )


def segments(random: np.random.Generator, count: int) -> tuple[Segment, ...]:
    """One after the other, with times that no format can round away."""
    edges = np.sort(random.uniform(0, 10, 2 * count)).reshape(-1, 2)
    return tuple(
        Segment(
            str(random.choice(ACTIONS)),
            float(start_s),
            float(end_s),
            float(random.uniform()),
            int(random.integers(0, 9)) if random.integers(2) else None,
        )
        for start_s, end_s in edges
    )


def made_result(people: int = 2, frames: int = 9, seed: int = 0) -> Analysis:
    """A result of 12 s, at each moment of which the pose model found all the people."""
    random = np.random.default_rng(seed)
    poses = [
        Poses(
            random.uniform(0, 640, (people, 17, 3)).astype(np.float32),
            random.uniform(0, 1, people).astype(np.float32),
            CameraView(place // 5, np.eye(2, 3) + random.normal(0, 0.01, (2, 3)), bool(place % 3)),
            np.arange(people) if place % 2 else None,
        )
        for place in range(frames)
    ]
    return Analysis(
        VideoInfo(
            "clip.mp4", 640, 480, 12.0123456789, 120, Fraction(30000, 1001), 90, "h264", True,
            sha256="0" * 64,
        ),
        AnalysisSettings(),
        tuple(person(n + 1, segments(random, 3), frames, seed) for n in range(people)),
        Timings({"decode": 0.25, "pose": 1.5}, 2.3357651039198695, 120, frames),
        ("Careful.",),
        ("The file is odd.",),
        [place / 10 for place in range(frames)],
        poses,
        Provenance({"harec": "0.2.0"}, {"action-lstm.safetensors": "1" * 64}),
    )  # fmt: skip
