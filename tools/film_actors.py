"""Film simulated people, estimate their keypoints: training data with the pose model's errors.

    python tools/film_actors.py OUT.npz [--per-action 16] [--per-negative 5] [--seed 0]

The archive is read by ``python -m harec train --data``; its clips are for training only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from harec.actions.labels import ACTIONS
from harec.core.files import atomic_write
from harec.pose.registry import create_estimator
from harec.simulate.clip import simulate_frames
from harec.simulate.motion.motion import MOTIONS
from harec.simulate.spec import ClipSpec
from harec.training.datasets import SIMULATED, Clip, save_archive

SECONDS, RATE_HZ = 3.5, 15.0
SIZES = ((480, 360), (360, 480), (640, 360))


def film(label: str, seed: int) -> Clip | None:
    """One clip of one person in rich style; None when the pose model loses the person."""
    spec = ClipSpec(
        scripts=(((label, SECONDS),),),
        size_wh=SIZES[seed % len(SIZES)],
        fps=RATE_HZ,
        seed=seed,
        style="rich",
        shake=seed % 4 == 0,
    )
    estimator = create_estimator("movenet", max_people=1, threads=1)
    found = []
    for frame in simulate_frames(spec):
        poses = estimator.estimate(frame.rgb)
        if len(poses):
            keypoints = poses.keypoints_xyc[0].copy()
            keypoints[keypoints[:, 2] < 0.2] = 0
            found.append(keypoints)
        else:
            found.append(np.zeros((17, 3), np.float32))
    frames = np.stack(found)
    if (frames[..., 2].sum(axis=1) > 0).mean() < 0.8:
        return None
    name = f"filmed-{label.lower()}-{seed}"
    return Clip(frames, False, label, SIMULATED, name, name, RATE_HZ)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--per-action", type=int, default=16)
    parser.add_argument("--per-negative", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    clips = []
    for index, label in enumerate(MOTIONS):
        count = chosen.per_action if label in ACTIONS else chosen.per_negative
        for i in range(count):
            clip = film(label, chosen.seed * 1_000_000 + index * 1000 + i)
            if clip is not None:
                clips.append(clip)
        print(f"{label}: {len(clips)} clips so far", flush=True)
    with atomic_write(chosen.out) as temporary:
        save_archive(temporary, clips)


if __name__ == "__main__":
    main()
