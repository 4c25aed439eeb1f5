"""The shipped embedding: unit vectors, mirrored alike, like motions near each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from harec.actions.embedding import (
    DEFAULT_EMBEDDING,
    EmbeddingConfig,
    EmbeddingLSTM,
    MotionEmbedding,
    load_embedding,
)
from harec.actions.mirrored import mirror
from harec.core.errors import ModelError
from harec.simulate.motion.motion import RATE_HZ, make_motion
from harec.training.datasets import Clip
from harec.training.embedding.sampler import seen_by_one_camera


def gestures(*labels: str, people: int = 2) -> np.ndarray:
    """One gesture a label and person, label by label: (N, 32, 17, 3)."""
    found = []
    for label in labels:
        for person in range(people):
            joints = make_motion(label, 2.5, np.random.default_rng([7, person]))
            clip = Clip(joints, True, label, "simulated", str(person), "", RATE_HZ)
            found.append(seen_by_one_camera(clip, 0.0, 2.0, 0.3 * person, 0.1))
    return np.stack(found)


def test_the_shipped_one_is_small() -> None:
    assert DEFAULT_EMBEDDING.stat().st_size < 2_000_000


def test_vectors_have_length_one_and_a_mirror_swaps_the_two() -> None:
    model, shown = load_embedding(), gestures("THROWING", "SQUAT")
    spans_s = np.full(len(shown), 2.0)
    vectors = model.embed(shown, spans_s)
    assert vectors.shape == (2, 4, model.config.size)
    assert np.linalg.norm(vectors, axis=-1) == pytest.approx(1, abs=1e-5)
    mirrored = model.embed(mirror(torch.from_numpy(shown)).numpy(), spans_s)
    assert mirrored[0] == pytest.approx(vectors[1], abs=1e-5)
    assert model.embed(shown[:0], spans_s[:0]).shape == (2, 0, model.config.size)
    with pytest.raises(ValueError, match="gestures must be"):
        model.embed(shown[:, :5], spans_s)


def test_another_person_s_same_motion_is_nearest() -> None:
    labels = ("SQUAT", "WAVING_1HAND", "WALKING", "PUSH_UPS", "BOXING")
    shown = gestures(*labels)
    vectors = load_embedding().embed(shown, np.full(len(shown), 2.0))
    alike = np.maximum(vectors[0] @ vectors[0].T, vectors[1] @ vectors[0].T)
    np.fill_diagonal(alike, -1)
    assert (alike.argmax(axis=1) // 2).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_everyday_motion_ships_with_it() -> None:
    everyday = load_embedding().everyday
    assert len(everyday) > 300
    assert np.linalg.norm(everyday, axis=1) == pytest.approx(1, abs=1e-2)  # kept in halves


def test_a_saved_one_answers_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = EmbeddingLSTM(EmbeddingConfig(hidden_size=8, path_size=4))
    network.path_axes = torch.randn_like(network.path_axes).half().float()
    model = MotionEmbedding(network, np.eye(3, 132, dtype=np.float32))
    model.save(tmp_path / "e.safetensors")
    again = MotionEmbedding.load(tmp_path / "e.safetensors")
    shown = gestures("SQUAT")
    spans_s = np.full(len(shown), 2.0)
    assert again.embed(shown, spans_s) == pytest.approx(model.embed(shown, spans_s), abs=1e-6)
    assert (again.everyday == model.everyday).all()
    assert again.config == model.config


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is no motion embedding"):
        MotionEmbedding.load(path)
    with pytest.raises(ModelError, match="train-embedding"):
        MotionEmbedding.load(tmp_path / "missing.safetensors")
