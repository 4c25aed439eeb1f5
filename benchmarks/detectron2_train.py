"""Train Detectron2's Keypoint R-CNN on simulated people, from random weights.

    python -m benchmarks.detectron2_train OUT.safetensors [--frames 8000] [--steps 6000]

Then its PCK@0.2 on simulated people that it never saw, beside MoveNet's. For machines without the
model zoo's weights: shows that the engine learns and finds people, not how good the zoo's are. To
use the result: python -m harec weights download detectron2 --file OUT.safetensors
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from benchmarks.keypoint_training import OnStep, Recipe, train, write_dataset
from benchmarks.pose_engines import answer, pck, simulated
from harec.core.errors import HarecError
from harec.core.files import atomic_write, check_place
from harec.core.threads import cpu_count
from harec.pose.base import PoseEngine
from harec.pose.detectron2.estimator import Detectron2Estimator, Detectron2Settings
from harec.pose.registry import create_estimator
from harec.simulate.clip import simulate_frames
from harec.simulate.motion.motion import MOTIONS, STYLES
from harec.simulate.spec import ClipSpec

SIZES_WH = ((640, 480), (854, 480), (480, 640))
FRAMES_A_CLIP = 4  # at 2 Hz: new bodies, clothes, places and views matter more than more of one
FIRST_SEED = 100_000  # far from those of pose_engines


def clip(seed: int) -> ClipSpec:
    """One, two or three people who do anything, seen from anywhere."""
    rng = np.random.default_rng(seed)
    length_s = FRAMES_A_CLIP / 2
    people = int(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))
    labels = rng.choice(MOTIONS, people)
    return ClipSpec(
        tuple(((str(label), length_s),) for label in labels),
        size_wh=SIZES_WH[int(rng.integers(len(SIZES_WH)))],
        fps=2,
        seed=seed,
        style=STYLES[int(rng.integers(len(STYLES)))],
        mirrored=bool(rng.random() < 0.5),
    )


def write_clip(place: tuple[Path, int]) -> list[dict[str, Any]]:
    """The frames of one clip as images in a folder of their own: (folder, seed)."""
    folder = place[0] / str(place[1])
    folder.mkdir()
    return write_dataset(simulate_frames(clip(place[1])), folder)


def make_dataset(folder: Path, frames: int) -> list[dict[str, Any]]:
    """That many frames, drawn by all cores."""
    places = [(folder, FIRST_SEED + number) for number in range(-(-frames // FRAMES_A_CLIP))]
    with multiprocessing.get_context("spawn").Pool(cpu_count()) as pool:
        parts = pool.map(write_clip, places, chunksize=4)
    return [entry for part in parts for entry in part][:frames]


def reporter(steps: int) -> OnStep:
    """Prints the losses twenty times."""
    start_s = time.monotonic()
    every = max(1, steps // 20)

    def report(step: int, losses: Mapping[str, float]) -> None:
        if step % every == 0:
            words = "  ".join(f"{k.removeprefix('loss_')} {v:.3f}" for k, v in losses.items())
            print(f"{step:6d} of {steps}, {time.monotonic() - start_s:5.0f} s: {words}", flush=True)

    return report


def unseen_pck(estimator: PoseEngine, count: int) -> float:
    """PCK@0.2 in ``count`` frames of people that nothing has learnt from."""
    frames = simulated((640, 480), count)
    estimator.reset()
    return pck(frames, answer(estimator, [frame.rgb for frame in frames]))


def run(chosen: argparse.Namespace, device: str) -> None:
    """Train, save, compare."""
    check_place(chosen.out)
    settings = Detectron2Settings.of("lightweight", 4)
    recipe = Recipe(
        settings,
        steps=chosen.steps,
        batch=chosen.batch,
        learning_rate=chosen.learning_rate,
        regions=64,
        batch_norm=True,
        flip=True,
        device=device,
        workers=min(cpu_count(), 12) if device == "cuda" else 0,
    )
    start = load_file(chosen.start) if chosen.start else None
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dataset(Path(folder), chosen.frames)
        print(f"{len(dataset)} frames drawn; training on {device}", flush=True)
        state = train(dataset, recipe, start=start, on_step=reporter(recipe.steps))
    with atomic_write(chosen.out) as temporary:
        save_file(state, temporary)
    trained = Detectron2Estimator(settings=settings, state=state, device=device)
    print(f"PCK@0.2 on {chosen.unseen} frames of other people:")
    print(f"  detectron2, trained here  {unseen_pck(trained, chosen.unseen):.3f}")
    movenet = create_estimator("movenet")
    print(f"  movenet                   {unseen_pck(movenet, chosen.unseen):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    parser.add_argument("--frames", type=int, default=8000)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--start", type=Path, help="weights of an earlier run, to continue from")
    parser.add_argument("--unseen", type=int, default=100, help="frames to compare on")
    parser.add_argument("--cpu", action="store_true", help="to try it out with very few steps")
    chosen = parser.parse_args()
    if not (torch.cuda.is_available() or chosen.cpu):
        raise SystemExit("skipped: training needs a CUDA GPU (--cpu tries it, with few --steps)")
    try:
        run(chosen, "cpu" if chosen.cpu else "cuda")
    except HarecError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
