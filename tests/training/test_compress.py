"""Pruning zeroes what it says and stays so while training goes on; int8 answers like float."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from harec.actions.model import ActionModel
from harec.core.errors import InputError
from harec.training.augment import fixed_windows
from harec.training.compress import (
    matrices,
    packed_bytes,
    prune_and_tune,
    prune_weights,
    quantise_lstm,
    sparsity,
)
from harec.training.datasets import Clip, simulated_clips
from harec.training.train import TrainSettings


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return simulated_clips(2, 1, seed=9999)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_the_smallest_weights_are_zero_and_the_others_as_before(share: float) -> None:
    model = ActionModel.load()
    before = [w.detach().clone() for w in matrices(model.network)]
    pruned = prune_weights(model, share)
    places = sum(w.numel() for w in before)
    assert sparsity(pruned) == pytest.approx(share, abs=1 / places)
    gone, kept = [], []
    for old, new in zip(before, matrices(pruned.network), strict=True):
        gone.append(old[new == 0].abs())
        kept.append(old[new != 0].abs())
        torch.testing.assert_close(new[new != 0], old[new != 0], rtol=0, atol=0)
    if share:
        assert torch.cat(gone).max() <= torch.cat(kept).min(), "over all matrices together"
    for old, now in zip(before, matrices(model.network), strict=True):
        assert torch.equal(old, now), "the model itself stays"


def test_pruned_is_saved_loaded_and_smaller(tmp_path: Path, clips: list[Clip]) -> None:
    model = prune_weights(ActionModel.load(), 0.7)
    model.save(tmp_path / "pruned.safetensors")
    loaded = ActionModel.load(tmp_path / "pruned.safetensors")
    assert sparsity(loaded) == pytest.approx(0.7, abs=1e-4)
    windows, _ = fixed_windows(clips[:4])
    np.testing.assert_array_equal(loaded.predict(windows), model.predict(windows))
    assert packed_bytes(model) < 0.4 * packed_bytes(ActionModel.load())


def test_zeros_stay_while_training_goes_on(tmp_path: Path, clips: list[Clip]) -> None:
    tiny = TrainSettings(epochs=1, steps_per_epoch=4, batch_size=16)
    shipped = ActionModel.load()
    shipped.save(tmp_path / "start.safetensors")
    out = tmp_path / "tuned.safetensors"
    tuned = prune_and_tune(tmp_path / "start.safetensors", 0.8, clips, clips, out, tiny)
    pruned = prune_weights(shipped, 0.8)
    moved = 0
    for old, new in zip(matrices(pruned.network), matrices(tuned.network), strict=True):
        assert (new[old == 0] == 0).all()
        moved += int((new[old != 0] != old[old != 0]).sum())
    assert moved > 1000, "what is left has learnt"
    assert sparsity(ActionModel.load(out)) == pytest.approx(0.8, abs=1e-3)


def test_int8_answers_like_float(clips: list[Clip]) -> None:
    model = ActionModel.load()
    int8 = quantise_lstm(model)
    windows, _ = fixed_windows(clips)
    one, other = model.predict(windows), int8.predict(windows)
    assert 0 < np.abs(one - other).mean() < 0.01
    assert (one.argmax(axis=1) == other.argmax(axis=1)).mean() >= 0.95
    assert packed_bytes(int8) < 0.3 * packed_bytes(model)


@pytest.mark.parametrize("share", [-0.1, 1.0, 7])
def test_shares_out_of_range_are_refused(share: float) -> None:
    with pytest.raises(InputError, match="from 0 to below 1"):
        prune_weights(ActionModel.load(), share)
