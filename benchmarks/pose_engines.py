"""The pose engines side by side, on simulated people: time a frame, and how near the keypoints are.

    python -m benchmarks.pose_engines [--size 640x480] [--frames 20] [--rounds 3] [--cpu]

Every engine, mode and precision that can run here sees the same frames, in turns, so that a busy
machine slows all of them. PCK@0.2: the share of the twelve body keypoints within 0.2 torso lengths
of the truth, of people that nothing has learnt from; people who are not found count as wrong.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from harec.cli.main import parse_size
from harec.core.geometry import torso_length
from harec.core.poses import FloatArray, Poses
from harec.pose.base import MODES, BatchPoseEngine, PoseEngine
from harec.pose.registry import ESTIMATORS, create_estimator
from harec.pose.weights import DETECTRON2, locate
from harec.simulate.clip import SimulatedFrame, simulate_frames
from harec.simulate.spec import ClipSpec

BODY = slice(5, 17)
ACTIONS = ("JUMPING_JACKS", "BOXING", "WAVING_2HANDS", "CLAPPING_HANDS", "JUMPING")
RATE_HZ = 5


def simulated(size_wh: tuple[int, int], count: int) -> list[SimulatedFrame]:
    """Frames of several people in several scenes, each doing something else."""
    frames: list[SimulatedFrame] = []
    for number in range(-(-count // RATE_HZ)):
        script = ((ACTIONS[number % len(ACTIONS)], 1.0),)
        spec = ClipSpec((script,), size_wh=size_wh, fps=RATE_HZ, seed=700 + number)
        frames += simulate_frames(spec)
    return frames[:count]


def answer(estimator: PoseEngine, frames: list[NDArray[np.uint8]]) -> list[Poses]:
    """All frames, as the analysis brings them."""
    if not isinstance(estimator, BatchPoseEngine):
        return [estimator.estimate(rgb) for rgb in frames]
    size = estimator.batch_size
    parts = [frames[i : i + size] for i in range(0, len(frames), size)]
    return [poses for part in parts for poses in estimator.estimate_batch(part)]


def hits(truth: FloatArray, found: Poses) -> FloatArray:
    """(12,) of 0 and 1: which keypoints of the true person (17, 3) the nearest detection has."""
    if not len(found):
        return np.zeros(12, np.float32)
    off = np.linalg.norm(found.keypoints_xyc[:, BODY, :2] - truth[BODY, :2], axis=2)  # N, 12
    return (off[off.mean(axis=1).argmin()] <= 0.2 * torso_length(truth[:, :2])).astype(np.float32)


def pck(frames: list[SimulatedFrame], found: list[Poses]) -> float:
    """PCK@0.2 of the body's keypoints, 0..1, over frames of one person each."""
    pairs = zip(frames, found, strict=True)
    return float(np.mean([hits(frame.keypoints_xyc[0], poses) for frame, poses in pairs]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", action="store_true", help="without the GPU")
    chosen = parser.parse_args()
    if chosen.cpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""

    frames = simulated(parse_size(chosen.size), chosen.frames)
    images = [frame.rgb for frame in frames]
    engines: dict[tuple[str, str, str], PoseEngine] = {}
    for name, info in ESTIMATORS.items():
        problem = info.unavailable()
        if problem is not None:
            print(f"skipped: {problem}")
            continue
        for mode in MODES:
            for precision in info.precisions:
                engines[name, mode, precision] = create_estimator(
                    name, mode=mode, precision=precision
                )
    seconds: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    right: dict[tuple[str, str, str], float] = {}
    for turn in range(-1, chosen.rounds):  # the first turn only warms up
        for key, estimator in engines.items():
            estimator.reset()
            start_s = time.perf_counter()
            found = answer(estimator, images[:2] if turn < 0 else images)
            if turn >= 0:
                seconds[key].append((time.perf_counter() - start_s) / len(images))
                right[key] = pck(frames, found)
    per_frame = {key: statistics.median(times) for key, times in seconds.items()}
    print(f"{hardware()}; {len(frames)} frames of {chosen.size}, median of {chosen.rounds} rounds;")
    print(f"weights of Detectron2: {locate(DETECTRON2) or 'none'}")
    names = f"{'engine':<12}{'mode':<13}{'numbers':<9}"
    print(f"{names}{'ms a frame':>11}{'times MoveNet':>15}{'PCK@0.2':>9}")
    for key, frame_s in per_frame.items():
        ratio = frame_s / per_frame["movenet", "balanced", "float"]
        names = f"{key[0]:<12}{key[1]:<13}{key[2]:<9}"
        print(f"{names}{1000 * frame_s:11.0f}{ratio:15.2f}{right[key]:9.3f}")


if __name__ == "__main__":
    main()
