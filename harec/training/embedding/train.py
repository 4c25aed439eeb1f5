"""Train the motion embedding with PyTorch Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics.classification import MulticlassAccuracy

from harec.actions.embedding import (
    EmbeddingConfig,
    EmbeddingLSTM,
    MotionEmbedding,
    gesture_features,
)
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.training.augment import Rng
from harec.training.datasets import Clip
from harec.training.embedding.classes import EVERYDAY, Split, motion_of
from harec.training.embedding.paths import path_axes
from harec.training.embedding.sampler import GestureSampler, moving_part_of, seen_by_one_camera
from harec.training.fit import AveragedModule, BatchStream, OnEpoch, clips_key, fit, stepwise


@dataclass(frozen=True)
class EmbeddingSettings:
    """What a training run is; the same settings and data give the same weights on one machine.

    Attributes:
        epochs: of ``steps_per_epoch`` batches of freshly drawn gestures.
        batch_size: gestures a step, ``per_motion`` of each motion in it.
        learning_rate: of AdamW at its height; the motions' own vectors learn five times as fast.
        weight_decay: of AdamW.
        hidden_size: of the LSTM in each direction.
        dropout: before the vector.
        scale: of the cosines to the motions' own vectors in the loss.
        average: decay of the running average of the weights that is kept.
        path_gestures: gestures from which the second part of the vector is computed.
        everyday: how many vectors of everyday motion are kept.
        seed: of everything random.
    """

    epochs: int = 15
    steps_per_epoch: int = 100
    batch_size: int = 256
    per_motion: int = 4
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    hidden_size: int = 128
    dropout: float = 0.1
    scale: float = 16.0
    average: float = 0.995
    path_gestures: int = 4096
    everyday: int = 800
    seed: int = 0

    def __post_init__(self) -> None:
        least = min(self.epochs, self.steps_per_epoch, self.hidden_size, self.path_gestures)
        if least < 1 or self.per_motion < 2 or self.batch_size < self.per_motion:
            raise InputError(
                "epochs, steps, hidden size and path_gestures must be 1 or more, per_motion 2 or "
                "more and batch_size at least that."
            )


class EmbeddingModule(AveragedModule):
    """Gestures near their motion's own vector, a proxy for all of them (normalised softmax)."""

    network: EmbeddingLSTM

    def __init__(self, config: EmbeddingConfig, settings: EmbeddingSettings, motions: int) -> None:
        super().__init__(EmbeddingLSTM(config), settings.average)
        self.settings = settings
        self.proxies = nn.Parameter(torch.randn(motions, config.learnt_size))
        self.train_accuracy = MulticlassAccuracy(motions, average="micro")
        self.val_accuracy = MulticlassAccuracy(motions, average="micro")

    def model_step(
        self, network: EmbeddingLSTM, batch: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        features, motions = batch
        logits = self.settings.scale * network.learnt(features) @ normalize(self.proxies, dim=1).T
        return cross_entropy(logits, motions, label_smoothing=0.05), logits

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        loss, logits = self.model_step(self.network, batch)
        self.train_accuracy(logits, batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        self.log("train_acc", self.train_accuracy, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        loss, logits = self.model_step(self.best_network(), batch)
        self.val_accuracy(logits, batch[1])
        self.log("val_loss", loss)
        self.log("val_acc", self.val_accuracy)

    def configure_optimizers(self) -> Any:
        settings = self.settings
        rate = settings.learning_rate
        optimizer = torch.optim.AdamW(
            [
                {"params": self.network.parameters(), "weight_decay": settings.weight_decay},
                {"params": [self.proxies], "lr": 5 * rate, "weight_decay": 0.0},
            ],
            lr=rate,
        )
        steps = settings.epochs * settings.steps_per_epoch
        return stepwise(
            optimizer,
            torch.optim.lr_scheduler.OneCycleLR(
                optimizer, [rate, 5 * rate], max(steps, 2), pct_start=0.05
            ),
        )

    def best_network(self) -> EmbeddingLSTM:
        """The averaged weights as a network of their own."""
        network = self.averaged.module
        assert isinstance(network, EmbeddingLSTM)
        return network


def train_embedding(
    split: Split,
    out: Path,
    settings: EmbeddingSettings,
    *,
    resume: bool = False,
    on_epoch: OnEpoch | None = None,
) -> MotionEmbedding:
    """Train and save; see `harec.training.fit.fit` for what is kept beside ``out``.

    Raises:
        InputError: too few motions, or nothing to resume.
    """
    sampler = GestureSampler(split.learn, settings.per_motion)
    if len(sampler.names) < 2:
        raise InputError("The embedding needs clips of two motions at least.")

    def draw(rng: Rng) -> tuple[Tensor, Tensor]:
        gestures, spans_s, motions = sampler.sample(rng, settings.batch_size)
        features = gesture_features(torch.from_numpy(gestures), torch.from_numpy(spans_s))
        return features, torch.from_numpy(motions)

    pl.seed_everything(settings.seed, verbose=False)
    config = EmbeddingConfig(
        hidden_size=settings.hidden_size,
        dropout=settings.dropout,
        held_out=" ".join(sorted(split.motions)),
    )
    module = EmbeddingModule(config, settings, len(sampler.names))
    fit(
        module,
        BatchStream(draw, settings),
        _validation(split.judge or split.learn[:1], sampler.names),
        out,
        clips_key(settings, split.learn, split.judge),
        resume=resume,
        on_epoch=on_epoch,
    )
    network = module.best_network()
    rng = np.random.default_rng([settings.seed, settings.epochs])
    network.path_mean, network.path_axes = path_axes(
        *sampler.sample(rng, settings.path_gestures), config.path_size
    )
    model = MotionEmbedding(network)
    model.everyday = everyday_vectors(model, split.learn, settings.everyday, rng)
    model.save(out)
    return model


def everyday_vectors(
    model: MotionEmbedding, clips: Sequence[Clip], count: int, rng: Rng
) -> FloatArray:
    """``count`` vectors (E, size) of everyday motion, all kinds alike, as a stream is cut."""
    everyday = [clip for clip in clips if motion_of(clip.label) in EVERYDAY]
    if not everyday or not count:
        return np.zeros((0, model.config.size), np.float32)
    gestures, spans_s, _ = GestureSampler(everyday, per_motion=2).sample(rng, count)
    return model.embed(gestures, spans_s)[0]


def _validation(clips: Sequence[Clip], names: Sequence[str]) -> DataLoader[tuple[Tensor, ...]]:
    rng = np.random.default_rng(0)
    gestures: list[FloatArray] = []
    spans_s: list[float] = []
    for clip in clips:
        start_s, end_s = moving_part_of(clip)
        yaw = float(np.deg2rad(rng.choice([-45, -20, 0, 20, 45])))
        gestures.append(seen_by_one_camera(clip, start_s, end_s, yaw, 0.1))
        spans_s.append(end_s - start_s)
    motions = torch.tensor([names.index(motion_of(clip.label)) for clip in clips])
    features = gesture_features(
        torch.from_numpy(np.stack(gestures)), torch.tensor(spans_s, dtype=torch.float32)
    )
    return DataLoader(TensorDataset(features, motions), batch_size=1024)
