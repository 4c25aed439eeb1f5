"""The action LSTM with int8 weights, and pruned: six-class accuracy of people never seen, speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks.compression_table import Row
from harec.actions.model import ActionModel
from harec.core.files import atomic_write
from harec.core.poses import FloatArray
from harec.training.augment import fixed_windows
from harec.training.calibration import Calibration, fit_calibration
from harec.training.compress import (
    packed_bytes,
    prune_and_tune,
    prune_weights,
    quantise_lstm,
    sparsity,
)
from harec.training.crossval import HeldOut
from harec.training.datasets import Clip, load_archive, simulated_clips, split_by_subject
from harec.training.evaluate import Evaluation, judge
from harec.training.train import TrainSettings, run_key, train

SHARES = (0.5, 0.7, 0.9)
#: Simulated clips per action to learn from, a third of that per negative, as in training.
SIMULATED = 300
#: Of the clips that judge where there are no others: nobody has learnt from them.
JUDGE_SEED, JUDGE_CLIPS = 9999, 12
MEASURE = "six actions, clips"

Echo = Callable[[str], None]


@dataclass(frozen=True)
class LstmPlan:
    """What to train and judge with.

    Attributes:
        archives: keypoint archives; none = judge the shipped network by simulated clips.
        folds, chosen: people are dealt into so many folds; these are held out, one after the other.
        start: folder with ``fold-0.safetensors`` ... of an earlier cross-validated training with
            the same archives and folds; None = train such networks first.
        epochs: of that first training.
        tune: epochs that every variant is trained on for, also the one that is not pruned.
        out: where networks and their answers are kept; a second run takes them from there.
    """

    archives: tuple[Path, ...]
    folds: int = 3
    chosen: tuple[int, ...] = (0,)
    start: Path | None = None
    epochs: int = 20
    tune: int = 8
    out: Path = Path("out/compression")


def lstm_rows(plan: LstmPlan, echo: Echo) -> list[Row]:
    """The variants of the action LSTM."""
    if not plan.archives:
        echo("skipped: pruning with training needs --data with keypoint archives;")
        echo("         the shipped LSTM is judged by simulated clips only (seed 9999)")
        return _rows_of_shipped()
    clips = [clip for path in plan.archives for clip in load_archive(path)]
    extra = simulated_clips(SIMULATED, SIMULATED // 3, seed=0)
    answers: dict[str, list[FloatArray]] = {}
    models: dict[str, ActionModel] = {}
    held: list[Clip] = []
    owners: list[np.ndarray] = []
    for fold in plan.chosen:
        learn, judged_by = split_by_subject(clips, plan.folds, fold)
        windows, of_clip = fixed_windows(judged_by)
        echo(f"fold {fold} of {plan.folds}: {len(judged_by)} clips of people held out")
        models = _variants_of_fold(plan, fold, learn + extra, judged_by, echo)
        for name, model in models.items():
            answers.setdefault(name, []).append(model.logits(windows))
        owners.append(of_clip + len(held))
        held += judged_by
    pooled = {
        name: HeldOut(held, np.concatenate(logits, axis=1), np.concatenate(owners))
        for name, logits in answers.items()
    }
    return _rows(models, {name: _judge(heard) for name, heard in pooled.items()})


def _variants_of_fold(
    plan: LstmPlan, fold: int, learn: list[Clip], held: list[Clip], echo: Echo
) -> dict[str, ActionModel]:
    """Networks that never saw the fold's people, by the names of the table."""
    start = _start_of_fold(plan, fold, learn, held, echo)
    base = ActionModel.load(start)
    models = {"float": base, "int8 dynamic": quantise_lstm(base)}
    models["pruned 70 %, not trained on"] = prune_weights(base, 0.7)
    settings = TrainSettings(
        epochs=plan.tune, learning_rate=7e-4, hidden_size=base.config.hidden_size
    )
    for share in (0.0, *SHARES):
        name = (
            f"pruned {share:.0%}, trained on".replace("%", " %") if share else "float, trained on"
        )
        out = plan.out / f"fold-{fold}-{round(100 * share)}.safetensors"
        key = run_key(learn, settings) + str(plan.tune) + sha256(start.read_bytes()).hexdigest()
        note = out.with_suffix(".key")
        if not (out.is_file() and note.is_file() and note.read_text(encoding="utf-8") == key):
            echo(f"fold {fold}: {name}, {plan.tune} epochs")
            prune_and_tune(start, share, learn, held, out, settings)
            with atomic_write(note) as temporary:
                temporary.write_text(key, encoding="utf-8")
        models[name] = ActionModel.load(out)
    return models


def _start_of_fold(
    plan: LstmPlan, fold: int, learn: list[Clip], held: list[Clip], echo: Echo
) -> Path:
    """The weights that the variants of a fold are made from."""
    if plan.start is not None:
        return plan.start / f"fold-{fold}.safetensors"
    out = plan.out / f"fold-{fold}-of-{plan.folds}-first-{plan.epochs}.safetensors"
    if not out.is_file():
        echo(f"fold {fold}: the network to start from, {plan.epochs} epochs")
        train(learn, held, out, TrainSettings(epochs=plan.epochs))
    return out


def _rows_of_shipped() -> list[Row]:
    clips = simulated_clips(JUDGE_CLIPS, JUDGE_CLIPS // 3, seed=JUDGE_SEED)
    windows, owners = fixed_windows(clips)
    base = ActionModel.load()
    models = {"float": base, "int8 dynamic": quantise_lstm(base)}
    for share in SHARES:
        models[f"pruned {round(100 * share)} %, not trained on"] = prune_weights(base, share)
    judged = {
        name: judge(model.predict(windows), owners, clips, base.config.threshold)
        for name, model in models.items()
    }
    return _rows(models, judged)


def _judge(held: HeldOut) -> Evaluation:
    """As in training: each network's answers are calibrated by the same rule."""
    calibration: Calibration = fit_calibration(held.logits, held.targets)
    return judge(calibration.apply(held.logits), held.owners, held.clips, 0.6)


def _rows(models: dict[str, ActionModel], judged: dict[str, Evaluation]) -> list[Row]:
    speeds = speed(models)
    rows = []
    for name, model in models.items():
        float_name = "float, trained on" if name.endswith(", trained on") else "float"
        figures = judged[name]
        lost = 100 * (judged[float_name].clip_accuracy - figures.clip_accuracy)
        more = {
            "clips": figures.clips,
            "window_accuracy": figures.window_accuracy,
            "macro_f1": figures.macro_f1,
            "zeros": 0.0 if name.startswith("int8") else sparsity(model),
        }
        row = Row(
            "action LSTM",
            name,
            packed_bytes(model),
            speeds[name],
            MEASURE,
            figures.clip_accuracy,
            lost,
            more,
        )
        rows.append(row)
    return rows


def speed(models: dict[str, ActionModel], rounds: int = 30) -> dict[str, float]:
    """How much faster than the float network each answers about 64 windows, minima in turns."""
    rng = np.random.default_rng(0)
    windows = (rng.normal(size=(64, 32, 17, 3)) * 100).astype(np.float32)
    windows[..., 2] = 1
    best = dict.fromkeys(models, np.inf)
    for _ in range(rounds):
        for name, model in models.items():
            start_s = time.perf_counter()
            model.predict(windows)
            best[name] = min(best[name], time.perf_counter() - start_s)
    return {name: best["float"] / seconds for name, seconds in best.items()}


def summary(rows: Sequence[Row]) -> str:
    """Further figures, one line a row."""
    return "\n".join(
        f"  {row.variant}: {row.more['window_accuracy']:.3f} of windows, "
        f"macro-F1 {row.more['macro_f1']:.3f}, {row.more['zeros']:.0%} zeros"
        for row in rows
    )
