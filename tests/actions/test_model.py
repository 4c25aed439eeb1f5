"""The network and its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from harec.actions.labels import LABELS
from harec.actions.mirrored import mirror
from harec.actions.model import ActionConfig, ActionLSTM, ActionModel, load_action_model
from harec.core.errors import ModelError


@pytest.fixture
def windows() -> np.ndarray:
    rng = np.random.default_rng(1)
    keypoints = rng.normal(200, 60, (5, 32, 17, 3)).astype(np.float32)
    keypoints[..., 2] = rng.random((5, 32, 17)) > 0.1
    return keypoints


@pytest.fixture
def model() -> ActionModel:
    torch.manual_seed(0)
    return ActionModel(ActionLSTM(ActionConfig(hidden_size=8)))


def test_probabilities(model: ActionModel, windows: np.ndarray) -> None:
    probabilities = model.predict(windows)
    assert probabilities.shape == (5, len(LABELS))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert model.predict(windows[:0]).shape == (0, 7)
    with pytest.raises(ValueError, match="windows"):
        model.predict(windows[:, :16])


def test_batches_do_not_change_the_answer(model: ActionModel, windows: np.ndarray) -> None:
    np.testing.assert_allclose(model.predict(windows, 2), model.predict(windows), atol=1e-6)


def test_a_mirror_image_is_the_same_action(model: ActionModel, windows: np.ndarray) -> None:
    mirrored = mirror(torch.from_numpy(windows)).numpy()
    np.testing.assert_allclose(model.predict(mirrored), model.predict(windows), atol=1e-6)


def test_reloaded_weights_give_the_same_figures(
    model: ActionModel, windows: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    model.save(path)
    again = ActionModel.load(path)
    assert again.config == model.config
    np.testing.assert_array_equal(again.predict(windows), model.predict(windows))
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]


def test_missing_damaged_and_foreign_files_say_what_to_do(
    model: ActionModel, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="python -m harec train"):
        ActionModel.load(tmp_path / "none.safetensors")
    path = tmp_path / "model.safetensors"
    model.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="damaged"):
        ActionModel.load(path)
    path.write_bytes(b"not weights at all")
    with pytest.raises(ModelError, match="damaged"):
        ActionModel.load(path)
    for other in ({"features_version": 99}, {"steps": 16}, {"rate_hz": 30.0}):
        ActionModel(ActionLSTM(ActionConfig(hidden_size=8, **other))).save(path)
        with pytest.raises(ModelError, match="another version"):
            ActionModel.load(path)


def test_the_shipped_model_loads_once() -> None:
    model = load_action_model()
    assert model is load_action_model()
    assert model.config.labels == LABELS
    assert 0.3 <= model.config.threshold <= 0.9
