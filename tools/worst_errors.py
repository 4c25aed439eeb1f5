"""A sheet of the worst errors on people whom the network never saw, as drawn skeletons.

    python -m tools.worst_errors --recipe models/action-lstm.toml --archives FOLDER \\
        --run out/action-lstm-run --threshold 0.7 [--out models/action-lstm-errors.png]

``--run`` is the folder in which `harec train --recipe` keeps what each fold's network said. Errors
of one kind (a source's label taken for one answer) are counted together, in windows; the ten kinds
with most are shown, each by its surest window.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.core.poses import FloatArray, Poses
from harec.render.overlay import draw_skeletons
from harec.training.calibration import fit_calibration
from harec.training.crossval import HeldOut, splits_by_person
from harec.training.datasets import load_archive
from harec.training.recipe import find_archives, read_recipe
from harec.training.sampling import fixed_windows

SHOWN, STEP = 8, 4  # of a window's steps, every so many
SIDE_PX, TITLE_PX, MARGIN_PX = 132, 26, 12
GROUND, INK = (24, 26, 32), (225, 228, 235)


@dataclass(frozen=True)
class Kind:
    """Errors that are alike."""

    source: str
    label: str
    answer: str


@dataclass
class Found:
    """How often a kind of error was made, and the window that shows it best."""

    windows: int = 0
    of: int = 0
    surest: float = 0.0
    index: int = -1


def answers_of(probabilities: FloatArray, threshold: float) -> NDArray[np.intp]:
    """The index into ``LABELS`` of what each window (W, 7) is named; OTHER below the threshold."""
    best = probabilities[:, : len(ACTIONS)].argmax(axis=1)
    sure = probabilities[np.arange(len(best)), best] >= threshold
    return np.where(sure, best, LABELS.index(OTHER))


def kinds_of_errors(
    held: HeldOut, probabilities: FloatArray, threshold: float
) -> list[tuple[Kind, Found]]:
    """All kinds, those with most windows first."""
    answers = answers_of(probabilities, threshold)
    found: dict[Kind, Found] = {}
    of: dict[tuple[str, str], int] = {}
    for index, (owner, answer) in enumerate(zip(held.owners, answers, strict=True)):
        clip = held.clips[owner]
        of[clip.source, clip.label] = of.get((clip.source, clip.label), 0) + 1
        if answer == clip.target:
            continue
        kind = Kind(clip.source, clip.label, LABELS[answer])
        one = found.setdefault(kind, Found())
        one.windows += 1
        sure = float(probabilities[index, answer])
        if sure > one.surest:
            one.surest, one.index = sure, index
    for kind, one in found.items():
        one.of = of[kind.source, kind.label]
    return sorted(found.items(), key=lambda item: -item[1].windows)


def strip(window: FloatArray) -> Image.Image:
    """Skeletons of a window (32, 17, 3) beside each other, all at one scale."""
    steps = window[::STEP][:SHOWN]
    seen = steps[steps[..., 2] > 0.2][:, :2]
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = (SIDE_PX - 2 * MARGIN_PX) / float((high - low).max())
    canvas = np.full((SIDE_PX, SIDE_PX * SHOWN, 3), GROUND, np.uint8)
    for place, pose in enumerate(steps):
        placed = pose.copy()
        middle = np.array([(place + 0.5) * SIDE_PX, SIDE_PX / 2])
        placed[:, :2] = (pose[:, :2] - (low + high) / 2) * scale + middle
        canvas = draw_skeletons(canvas, Poses(placed[None], np.ones(1, np.float32)))
    return Image.fromarray(canvas)


def sheet(rows: list[tuple[str, FloatArray]]) -> Image.Image:
    """Titles and windows below each other."""
    height = TITLE_PX + SIDE_PX
    image = Image.new("RGB", (SIDE_PX * SHOWN, height * len(rows) + MARGIN_PX), GROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    for row, (title, window) in enumerate(rows):
        draw.text((MARGIN_PX, row * height + MARGIN_PX // 2), title, INK, font)
        image.paste(strip(window), (0, row * height + TITLE_PX))
    return image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recipe", type=Path, required=True)
    parser.add_argument("--archives", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--threshold", type=float, required=True)
    parser.add_argument("--out", type=Path, default=Path("models/action-lstm-errors.png"))
    chosen = parser.parse_args()
    recipe = read_recipe(chosen.recipe)
    paths = find_archives(recipe.archives, chosen.archives)
    if recipe.filmed is not None:
        paths.append(chosen.run.with_name(chosen.run.name.removesuffix("-run") + "-filmed.npz"))
    clips = [clip for path in paths for clip in load_archive(path)]
    windows, owners, logits, judged = [], [], [], 0
    people = []
    for name, _, held in splits_by_person(clips, recipe.folds):
        cut, own = fixed_windows(held)
        windows.append(cut)
        owners.append(own + judged)
        with np.load(chosen.run / f"{name}.npz") as kept:
            logits.append(kept["logits"])
        judged += len(held)
        people += held
    answers = HeldOut(people, np.concatenate(logits, axis=1), np.concatenate(owners))
    calibration = fit_calibration(answers.logits, answers.targets)
    probabilities = calibration.apply(answers.logits.copy())
    kinds = kinds_of_errors(answers, probabilities, chosen.threshold)
    every = np.concatenate(windows)
    rows = []
    for kind, found in kinds[:10]:
        shown = "not named" if kind.answer == OTHER else f"named {kind.answer}"
        title = (
            f"{kind.label} ({kind.source}) {shown}, {found.windows} of {found.of} windows, "
            f"here {found.surest:.2f}"
        )
        print(title)
        rows.append((title, every[found.index]))
    sheet(rows).save(chosen.out, optimize=True)


if __name__ == "__main__":
    main()
