"""A whole training run, from data on disk to weights and their figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harec.actions.model import ActionModel
from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.training.calibration import fit_calibration, threshold_for
from harec.training.crossval import HeldOut, cross_validate, describe, splits_by_person
from harec.training.datasets import (
    Clip,
    load_archive,
    load_rnn_har,
    simulated_clips,
    split_by_subject,
)
from harec.training.evaluate import judge, report
from harec.training.fit import can_resume
from harec.training.sampling import SamplingWeights, fixed_windows
from harec.training.train import TrainSettings, run_key, train


@dataclass(frozen=True)
class TrainPlan:
    """What to learn from, and which people to hold out.

    Attributes:
        archives: keypoint archives.
        rnn_har: folder of the article's data set, with its own split.
        simulated: simulated clips per action; a third of that per negative.
        folds, fold: the people of each source are dealt into ``folds`` hands; hand number ``fold``
            is held out.
        cross_validate: hold out each fold in turn for the figures, then learn from all people.
        start: weights to continue from; with ``cross_validate`` those of an earlier cross-validated
            run, whose folds' networks are beside them.
        weights: what share of the windows comes from where; None = the usual shares.
    """

    archives: tuple[Path, ...] = ()
    rnn_har: Path | None = None
    simulated: int = 300
    folds: int = 3
    fold: int = 0
    cross_validate: bool = False
    start: Path | None = None
    weights: SamplingWeights | None = None


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
    train_clips = train_clips + _simulated(plan, seed)
    if plan.simulated and not test:
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
    """Train, calibrate, choose the threshold, save.

    Returns:
        The report on people that were held out.
    """
    if plan.cross_validate:
        return _run_cross_validated(plan, settings, out, resume, echo)
    learn, held = load_split(plan, settings.seed)
    echo(f"{len(learn)} clips to learn from, {len(held)} of other people to judge by")
    model = train(
        learn,
        held,
        out,
        settings,
        weights=plan.weights,
        start=plan.start,
        resume=resume,
        on_epoch=lambda row: echo(describe(row, settings)),
    )
    windows, owners = fixed_windows(held)
    answers = HeldOut(held, model.logits(windows), owners)
    return _finish(model, answers, out, f"fold {plan.fold} of {plan.folds}")


def _run_cross_validated(
    plan: TrainPlan, settings: TrainSettings, out: Path, resume: bool, echo: Callable[[str], None]
) -> str:
    """Each person is held out once for the figures; then a network learns from all of them."""
    clips = [clip for path in plan.archives for clip in load_archive(path)]
    if not clips:
        raise InputError("Cross-validation needs people to hold out: give --data.")
    simulated = _simulated(plan, settings.seed)
    folder = out.with_name(out.stem + "-run")
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    splits = splits_by_person(clips, plan.folds)
    started = None if plan.start is None else plan.start.with_name(plan.start.stem + "-run")
    answers = cross_validate(
        splits, simulated, settings, folder, echo, started, weights=plan.weights
    )
    echo(f"everybody: {len(clips) + len(simulated)} clips to learn from")
    learn, judged = clips + simulated, split_by_subject(clips, plan.folds, 0)[1]
    model = train(
        learn,
        judged,
        out,
        settings,
        weights=plan.weights,
        start=plan.start,
        resume=can_resume(
            out, run_key(learn, judged, settings, weights=plan.weights, start=plan.start)
        ),
        on_epoch=lambda row: echo(describe(row, settings)),
    )
    return _finish(model, answers, out, "nobody")


def _finish(model: ActionModel, held: HeldOut, out: Path, held_out: str) -> str:
    """Correct the network by what was said of held-out people, save it, write the report."""
    calibration = fit_calibration(held.logits, held.targets)
    probabilities = calibration.apply(held.logits)
    threshold = threshold_for(probabilities, held.targets, held.kinds)
    model = calibration.applied_to(model, threshold, held_out)
    model.save(out)
    judged = judge(probabilities, held.owners, held.clips, model.config.threshold)
    text = f"{out.name} on held-out people\n{report(judged)}\n"
    with atomic_write(out.with_name(out.stem + "-run") / "report.txt") as temporary:
        temporary.write_text(text, encoding="utf-8")
    return text


def _simulated(plan: TrainPlan, seed: int) -> list[Clip]:
    if not plan.simulated:
        return []
    return simulated_clips(plan.simulated, seed=seed)


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
        if not clips:
            raise InputError("Nobody is in this fold; choose another one, or --everybody.")
        return clips, described
    clips = simulated_clips(max(1, simulated), seed=seed)
    return clips, "simulated people only (give --data for real ones)"
