"""The action LSTM on people, and on whole data sets, that it never saw.

    python -m benchmarks.action_model --data A.npz --data B.npz [--by source] [--epochs 60]

Trains once a fold (by person) or once a data set (by source) and prints the pooled figures. Answers
are kept in out/, so that an interrupted run continues.
"""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

import torch

from harec.training.calibration import fit_calibration, threshold_for
from harec.training.crossval import cross_validate, splits_by_person, splits_by_source
from harec.training.datasets import load_archive, simulated_clips
from harec.training.evaluate import judge, report
from harec.training.train import TrainSettings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--by", choices=["person", "source"], default="person")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=TrainSettings().epochs)
    parser.add_argument("--simulated", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path("out/action-model"))
    chosen = parser.parse_args()
    missing = [path for path in chosen.data if not path.is_file()]
    if missing:
        raise SystemExit(f"skipped: {', '.join(map(str, missing))} is not here")

    clips = [clip for path in chosen.data for clip in load_archive(path)]
    simulated = []
    if chosen.simulated:
        simulated = simulated_clips(chosen.simulated, max(1, chosen.simulated // 3), seed=0)
    splits = (
        splits_by_person(clips, chosen.folds) if chosen.by == "person" else splits_by_source(clips)
    )
    settings = TrainSettings(epochs=chosen.epochs)
    held = cross_validate(splits, simulated, settings, chosen.out / chosen.by, print)
    calibration = fit_calibration(held.logits, held.targets)
    corrected = calibration.apply(held.logits)
    threshold = threshold_for(corrected, held.targets, held.kinds) or 0.6
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, ", end="")
    print(f"torch {torch.__version__}; held out by {chosen.by}; {calibration}")
    print(report(judge(corrected, held.owners, held.clips, threshold)))


if __name__ == "__main__":
    main()
