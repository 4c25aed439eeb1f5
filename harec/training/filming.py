"""Film simulated people and find them again: training data with the pose model's own errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from harec.actions.labels import ACTIONS
from harec.pose.registry import create_estimator
from harec.simulate.clip import simulate_frames
from harec.simulate.motion.motion import MOTIONS
from harec.simulate.spec import ClipSpec
from harec.training.datasets import SIMULATED, Clip

_SECONDS: Final = 3.5
_RATE_HZ: Final = 15.0
_SIZES_WH: Final = ((480, 360), (360, 480), (640, 360))
#: Keypoints less sure than this count as not found.
_LEAST_SCORE: Final = 0.2
#: A clip is kept where the person is found in this share of its frames.
_LEAST_FOUND: Final = 0.8


@dataclass(frozen=True)
class Filmed:
    """How many clips of 3.5 s are filmed of each action and each negative."""

    per_action: int = 8
    per_negative: int = 2
    seed: int = 0


def filmed_clips(plan: Filmed, echo: Callable[[str], None] = lambda _: None) -> list[Clip]:
    """2-D clips of one person each, as MoveNet finds them; those it loses are left out."""
    clips = []
    for index, label in enumerate(MOTIONS):
        count = plan.per_action if label in ACTIONS else plan.per_negative
        for i in range(count):
            clip = _film(label, plan.seed * 1_000_000 + index * 1000 + i)
            if clip is not None:
                clips.append(clip)
        echo(f"filmed {index + 1} of {len(MOTIONS)} motions: {label}, {len(clips)} clips so far")
    return clips


def _film(label: str, seed: int) -> Clip | None:
    spec = ClipSpec(
        scripts=(((label, _SECONDS),),),
        size_wh=_SIZES_WH[seed % len(_SIZES_WH)],
        fps=_RATE_HZ,
        seed=seed,
        style="rich",
        shake=seed % 4 == 0,
    )
    estimator = create_estimator("movenet", max_people=1)
    found = []
    for frame in simulate_frames(spec):
        poses = estimator.estimate(frame.rgb)
        keypoints = poses.keypoints_xyc[0].copy() if len(poses) else np.zeros((17, 3), np.float32)
        keypoints[keypoints[:, 2] < _LEAST_SCORE] = 0
        found.append(keypoints)
    frames = np.stack(found)
    if (frames[..., 2].sum(axis=1) > 0).mean() < _LEAST_FOUND:
        return None
    name = f"filmed-{label.lower()}-{seed}"
    return Clip(frames, False, label, SIMULATED, name, name, _RATE_HZ)
