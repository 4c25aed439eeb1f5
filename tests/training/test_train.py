"""Training: learns, is reproducible, resumes, draws its curves; evaluation counts right."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harec.actions.labels import ACTIONS, LABELS
from harec.actions.model import ActionModel, load_action_model
from harec.core.errors import InputError
from harec.training.calibration import Calibration, fit_calibration, threshold_for
from harec.training.datasets import Clip, simulated_clips
from harec.training.evaluate import evaluate, judge, report
from harec.training.negatives import NEGATIVE_KINDS
from harec.training.run import TrainPlan, load_split, run_training
from harec.training.sampling import SamplingWeights
from harec.training.train import TrainSettings, run_key, train

TINY = TrainSettings(epochs=2, steps_per_epoch=3, batch_size=16, hidden_size=8)
ONCE = replace(TINY, epochs=1, steps_per_epoch=1)


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return simulated_clips(3, 1, seed=0)


def weights(model: ActionModel) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in model.network.parameters()])


def test_same_seed_same_weights_and_resume_continues(clips: list[Clip], tmp_path: Path) -> None:
    whole = train(clips, clips, tmp_path / "a.safetensors", TINY)

    half = train(clips, clips, tmp_path / "c.safetensors", replace(TINY, epochs=1))
    again = train(clips, clips, tmp_path / "b.safetensors", replace(TINY, epochs=1))
    np.testing.assert_array_equal(weights(half), weights(again))
    resumed = train(clips, clips, tmp_path / "c.safetensors", TINY, resume=True)
    np.testing.assert_allclose(weights(resumed), weights(whole), atol=1e-6)
    other = train(clips, clips, tmp_path / "d.safetensors", replace(TINY, epochs=1, seed=1))
    assert not np.allclose(weights(other), weights(half))

    with (tmp_path / "c-run" / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(r["epoch"]) for r in rows] == [1, 2], "the curves continue over the resume"
    assert all(float(r["val_loss"]) > 0 for r in rows)
    assert (tmp_path / "c-run" / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_weights_of_another_size_are_no_start(clips: list[Clip], tmp_path: Path) -> None:
    start = tmp_path / "small.safetensors"
    train(clips, clips, start, ONCE)
    with pytest.raises(InputError, match="--hidden 8"):
        train(clips, clips, tmp_path / "x.safetensors", replace(ONCE, hidden_size=4), start=start)


def test_another_run_is_not_resumed(clips: list[Clip], tmp_path: Path) -> None:
    out = tmp_path / "x.safetensors"
    train(clips, clips, out, ONCE)
    wider = replace(ONCE, hidden_size=4)
    with pytest.raises(InputError, match="other data or settings"):
        train(clips, clips, out, wider, resume=True)


def test_a_run_is_named_by_all_that_its_weights_depend_on(
    clips: list[Clip], tmp_path: Path
) -> None:
    held, one = clips[:2], clips[0]
    begin, other = tmp_path / "begin", tmp_path / "other"
    begin.write_bytes(b"weights")
    other.write_bytes(b"others!")
    moved = replace(one, frames=one.frames + 1)
    keys = [
        run_key(clips, held, TINY),
        run_key([moved, *clips[1:]], held, TINY),
        run_key([replace(one, frame_rate=1.0), *clips[1:]], held, TINY),
        run_key(clips, [moved, clips[1]], TINY),
        run_key(clips, held, TINY, weights=SamplingWeights(other=0.1)),
        run_key(clips, held, TINY, start=begin),
        run_key(clips, held, TINY, start=other),
        run_key(clips, held, replace(TINY, seed=1)),
    ]
    assert len(set(keys)) == len(keys)
    other.write_bytes(b"weights")
    assert run_key(clips, held, TINY, start=other) == keys[5]
    assert run_key(clips, held, replace(TINY, epochs=9)) == keys[0]


def test_a_threshold_of_0_is_one(clips: list[Clip]) -> None:
    model = load_action_model()
    assert evaluate(model, clips, threshold=0.0).threshold == 0
    assert evaluate(model, clips).threshold == model.config.threshold > 0


def test_nothing_to_resume_is_said(clips: list[Clip], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to resume"):
        train(clips, clips, tmp_path / "x.safetensors", TINY, resume=True)


@pytest.mark.slow
@pytest.mark.long
def test_it_learns(clips: list[Clip], tmp_path: Path) -> None:
    settings = TrainSettings(
        epochs=4,
        steps_per_epoch=60,
        batch_size=64,
        hidden_size=32,
        average=0.97,
        learning_rate=6e-3,
    )
    model = train(simulated_clips(6, 2, seed=0), clips, tmp_path / "m.safetensors", settings)
    result = evaluate(model, simulated_clips(4, 1, seed=77))
    assert result.clip_accuracy_forced > 0.5, report(result)  # 0.17 is chance


def test_the_articles_data_trains_end_to_end(
    tmp_path: Path, write_rnn_har: Callable[..., np.ndarray]
) -> None:
    folder = tmp_path / "rnn"
    folder.mkdir()
    write_rnn_har(folder, labels=(1, 2, 3, 4, 5, 6))
    out = tmp_path / "m.safetensors"
    text = run_training(TrainPlan(rnn_har=folder, simulated=0), ONCE, out)
    assert "accuracy per clip" in text
    assert ActionModel.load(out).config.hidden_size == 8


def test_a_plan_without_data_is_refused() -> None:
    with pytest.raises(InputError, match="Nothing to learn from"):
        load_split(TrainPlan(simulated=0), 0)


def test_judge_counts_a_hand_made_case() -> None:
    def clip(label: str) -> Clip:
        return Clip(np.ones((2, 17, 3), np.float32), False, label, "lab", label, label, 30.0)

    clips = [clip("JUMPING"), clip("BOXING"), clip("WALKING"), clip("DRAW_X")]
    owners = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    other = len(ACTIONS)
    answers = [
        (0, 0.9),
        (0, 0.5),
        (other, 0.6),
        (2, 0.55),
        (other, 0.9),
        (0, 0.8),
        (2, 0.95),
        (2, 0.7),
    ]
    rows = np.zeros((8, len(LABELS)), np.float32)
    for row, (label, p) in zip(rows, answers, strict=True):
        row[:] = (1 - p) / 6
        row[label] = p
    result = judge(rows, owners, clips, threshold=0.6)
    assert result.clip_accuracy == 0.5  # boxing: OTHER wins the mean, 0.6 + 0.075 > 0.55 + 0.067
    assert result.clip_accuracy_forced == 1.0
    assert result.window_accuracy == 0.75
    assert result.recall == 0.25
    assert result.false_alarms_everyday == 0.5
    assert result.false_alarms_gestures == 1.0
    assert np.isnan(result.false_alarms_seated), "nobody is seated"
    assert result.confusion[0, 0] == 2
    assert result.confusion[2].tolist() == [0, 0, 1, 0, 0, 0, 1]
    assert result.confusion[other].tolist() == [1, 0, 2, 0, 0, 0, 1]
    assert result.per_source == {"lab": (0.5, 2)}
    assert result.macro_f1 == pytest.approx((2 * 2 / 5 + 2 * 1 / 5 + 2 * 1 / 6) / 3)


@pytest.mark.slow
@pytest.mark.long
def test_cross_validation_holds_everybody_out_once(tmp_path: Path, make_archive) -> None:
    archive = make_archive(tmp_path / "people.npz", people=4)
    out = tmp_path / "m.safetensors"
    plan = TrainPlan((archive,), simulated=0, folds=2, cross_validate=True)
    said: list[str] = []
    text = run_training(plan, ONCE, out, echo=said.append)
    assert "clips 24," in text  # 4 people x 6 actions, each judged once
    assert sum(line.startswith("fold-") for line in said) == 2
    assert ActionModel.load(out).config.temperature != 1.0
    assert ActionModel.load(out).config.held_out == "nobody"
    said.clear()
    assert run_training(plan, ONCE, out, resume=True, echo=said.append) == text
    assert not any(line.startswith("fold-") for line in said), "kept answers are used again"
    said.clear()
    run_training(plan, replace(ONCE, seed=5), out, resume=True, echo=said.append)
    assert sum(line.startswith("fold-") for line in said) == 2, "but not those of another run"
    with pytest.raises(InputError, match="fewer people"):
        run_training(replace(plan, folds=9), ONCE, out)


def test_calibration_finds_what_was_spoilt() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (6000, 7)).astype(np.float32)
    true = Calibration().apply(np.stack([logits, logits]))
    targets = np.array([rng.choice(7, p=row / row.sum()) for row in true.astype(float)])
    spoilt = 1.8 * logits + 1.8 * np.eye(7, dtype=np.float32)[6]  # too sure, and of OTHER more
    found = fit_calibration(np.stack([spoilt, spoilt]), targets)
    assert found.temperature == pytest.approx(1.8, abs=0.15)
    assert found.other_bias == pytest.approx(-1.0, abs=0.2)


def test_calibration_goes_into_the_model(clips: list[Clip], tmp_path: Path) -> None:
    model = train(clips, clips, tmp_path / "m.safetensors", ONCE)
    windows = np.random.default_rng(0).normal(0, 50, (64, 32, 17, 3)).astype(np.float32)
    windows[..., 2] = 1
    calibration = Calibration(1.5, -0.7)
    after = calibration.applied_to(model, threshold=0.45)
    assert after.config.threshold == 0.45
    expected = calibration.apply(model.logits(windows))
    assert not np.allclose(expected, model.predict(windows), atol=1e-3)
    np.testing.assert_allclose(after.predict(windows), expected, atol=1e-5)


def test_threshold_keeps_false_alarms_within_limits() -> None:
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.full(7, 0.3), 3000).astype(np.float32)
    targets = rng.integers(0, 7, 3000)
    kinds = rng.choice(NEGATIVE_KINDS, 3000)
    best = rows[:, :6].max(axis=1)

    def within(threshold: float, limits: dict[str, float]) -> bool:
        reached = best >= threshold
        return all(
            reached[(targets == 6) & (kinds == kind)].mean() <= limit
            for kind, limit in limits.items()
        )

    for allowed in ((0.3, 1.0, 1.0), (1.0, 0.4, 1.0), (1.0, 1.0, 0.35), (0.35, 0.3, 0.3)):
        limits = dict(zip(NEGATIVE_KINDS, allowed, strict=True))
        threshold = threshold_for(rows, targets, kinds, limits)
        assert threshold is not None
        assert within(threshold, limits)
        assert not within(threshold - 0.05, limits)
    assert threshold_for(rows, targets, kinds, dict.fromkeys(NEGATIVE_KINDS, 1.0)) == 0.3
    assert threshold_for(rows, targets % 6, kinds) is None


def test_weights_know_whom_they_did_not_learn_from(make_archive, tmp_path: Path) -> None:
    archive, out = make_archive(tmp_path / "people.npz", people=3), tmp_path / "m.safetensors"
    run_training(TrainPlan((archive,), simulated=0, folds=3, fold=1), ONCE, out)
    assert ActionModel.load(out).config.held_out == "fold 1 of 3"
