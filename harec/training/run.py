"""A whole training run, from data on disk to weights and their figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS
from harec.actions.model import ActionModel
from harec.errors import InputError
from harec.poses import FloatArray
from harec.training.augment import fixed_windows
from harec.training.datasets import (
    Clip,
    load_archive,
    load_rnn_har,
    simulated_clips,
    split_by_subject,
)
from harec.training.evaluate import evaluate, report
from harec.training.train import TrainSettings, calibrate, train

#: Recall that the shipped threshold is chosen for, on held-out people.
RECALL = 0.83


@dataclass(frozen=True)
class TrainPlan:
    """What to learn from, and whom to hold out.

    Attributes:
        archives: keypoint archives.
        rnn_har: folder of the article's data set, with its own split.
        simulated: simulated clips per action; a third of that per negative.
        folds, fold: the people of each source are dealt into ``folds`` hands; hand number ``fold``
            is held out.
        all_people: learn from the held-out people too; figures on them say nothing then.
    """

    archives: tuple[Path, ...] = ()
    rnn_har: Path | None = None
    simulated: int = 300
    folds: int = 3
    fold: int = 0
    all_people: bool = False


def load_split(plan: TrainPlan, seed: int) -> tuple[list[Clip], list[Clip]]:
    """(train, test) clips of a plan.

    Raises:
        InputError: a file is missing or malformed, or there is nothing to learn from.
    """
    clips = [clip for path in plan.archives for clip in load_archive(path)]
    train_clips, test = split_by_subject(clips, plan.folds, plan.fold)
    if plan.rnn_har is not None:
        more_train, more_test = load_rnn_har(plan.rnn_har)
        train_clips, test = train_clips + more_train, test + more_test
    if plan.all_people:
        train_clips = train_clips + test
    if plan.simulated:
        train_clips = train_clips + simulated_clips(
            plan.simulated, max(1, plan.simulated // 3), seed
        )
        if not test:
            test = simulated_clips(max(2, plan.simulated // 10), 2, seed + 1)
    if not train_clips:
        raise InputError("Nothing to learn from: give --data, --rnn-har or --simulated above 0.")
    return train_clips, test


def run_training(
    plan: TrainPlan,
    settings: TrainSettings,
    out: Path,
    *,
    resume: bool = False,
    echo: Callable[[str], None] = lambda _: None,
) -> str:
    """Train, calibrate, choose the threshold, save; the report on the held-out people."""
    train_clips, test = load_split(plan, settings.seed)
    echo(f"{len(train_clips)} clips to learn from, {len(test)} of other people to judge by")

    def on_epoch(row: dict[str, float]) -> None:
        echo(
            f"epoch {row['epoch']:.0f}/{settings.epochs}  "
            f"loss {row['train_loss']:.3f} val {row['val_loss']:.3f}  "
            f"accuracy {row['train_acc']:.3f} val {row['val_acc']:.3f}  lr {row['lr']:.1e}"
        )

    model = train(train_clips, test, out, settings, resume=resume, on_epoch=on_epoch)
    windows, owners = fixed_windows(test)
    targets = np.array([test[i].target for i in owners])
    if not plan.all_people:
        model = calibrate(model, windows, targets)
        model = calibrate(model, windows, targets, threshold_for(model, windows, targets))
    model.save(out)
    return f"{out}\n{report(evaluate(model, test))}"


def threshold_for(
    model: ActionModel, windows: FloatArray, targets: NDArray[np.int64], recall: float = RECALL
) -> float:
    """The action threshold that keeps ``recall`` of the six actions' windows, 0.3..0.9."""
    probabilities = model.predict(windows)[:, : len(ACTIONS)]
    of_actions = targets < len(ACTIONS)
    if not of_actions.any():
        return model.config.threshold
    named, best = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = np.where(named == targets, best, 0.0)[of_actions]
    return float(np.clip(np.floor(np.quantile(right, 1 - recall) * 100) / 100, 0.3, 0.9))


def held_out_clips(
    archives: tuple[Path, ...],
    rnn_har: Path | None,
    simulated: int,
    folds: int,
    fold: int | None,
    seed: int,
) -> tuple[list[Clip], str]:
    """The clips to judge by, and what they are in words."""
    clips = [clip for path in archives for clip in load_archive(path)]
    described = "all people of the archives"
    if fold is not None:
        clips = split_by_subject(clips, folds, fold)[1]
        described = f"the people of fold {fold} of {folds}"
    if rnn_har is not None:
        clips += load_rnn_har(rnn_har)[1]
    if archives or rnn_har:
        return clips, described
    clips = simulated_clips(max(1, simulated), max(1, simulated // 3), seed)
    return clips, "simulated people only (give --data for real ones)"
