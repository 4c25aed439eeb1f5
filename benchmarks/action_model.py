"""The action LSTM on whole data sets, other cameras and sensors, that it never saw.

    python -m benchmarks.action_model --archives FOLDER [--recipe models/action-lstm.toml]
        [--groups 5] [--epochs 15]

The sources of the recipe are dealt into groups; for each group a network is trained by the recipe
on all other sources and judged on that group. With as many groups as sources each one is held out
alone. Prints the pooled figures and the mean over the sources that hold any of the six actions.
Answers are kept in out/, so that an interrupted run continues.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.hardware import hardware
from harec.core.errors import InputError
from harec.training.calibration import fit_calibration, threshold_for
from harec.training.crossval import cross_validate, splits_by_source
from harec.training.datasets import load_archive, simulated_clips
from harec.training.evaluate import judge, report
from harec.training.recipe import find_archives, read_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--archives", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=Path("models/action-lstm.toml"))
    parser.add_argument("--groups", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("out/action-model-by-source"))
    chosen = parser.parse_args()
    recipe = read_recipe(chosen.recipe)
    try:
        paths = find_archives(recipe.archives, chosen.archives)
    except InputError as problem:
        raise SystemExit(f"skipped: {problem}") from None
    clips = [clip for path in paths for clip in load_archive(path)]
    simulated = simulated_clips(recipe.simulated, seed=recipe.training.seed)
    held = cross_validate(
        splits_by_source(clips, chosen.groups),
        simulated,
        replace(recipe.training, epochs=chosen.epochs),
        chosen.out,
        lambda line: print(line, flush=True),
        weights=recipe.sampling,
    )
    calibration = fit_calibration(held.logits, held.targets)
    corrected = calibration.apply(held.logits)
    threshold = threshold_for(corrected, held.targets, held.kinds) or 0.6
    judged = judge(corrected, held.owners, held.clips, threshold)
    print(f"\n{hardware()}; sources held out in {chosen.groups} groups; {calibration}")
    print(report(judged))
    shares = [share for share, _ in judged.per_source.values()]
    print(f"mean of the {len(shares)} sources that hold any of the six: {np.mean(shares):.3f}")


if __name__ == "__main__":
    main()
