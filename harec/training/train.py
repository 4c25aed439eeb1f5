"""Train the action LSTM with PyTorch Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics.classification import MulticlassAccuracy

from harec.actions.features import extract_features
from harec.actions.labels import LABELS
from harec.actions.model import ActionConfig, ActionLSTM, ActionModel, Pooling
from harec.core.errors import InputError
from harec.training.augment import Rng
from harec.training.datasets import Clip
from harec.training.fit import AveragedModule, BatchStream, OnEpoch, clips_key, fit, stepwise
from harec.training.sampling import SamplingWeights, WindowSampler, fixed_windows

Schedule = Literal["plateau", "cosine"]


@dataclass(frozen=True)
class TrainSettings:
    """What a training run is; the same settings and data give the same weights on one machine.

    Attributes:
        epochs: at most; an epoch is ``steps_per_epoch`` batches of freshly drawn windows.
        batch_size: windows a step.
        learning_rate: of Adam at the start.
        schedule: "plateau": the rate is halved by ReduceLROnPlateau on val_loss, as in the article;
            "cosine": it falls to nothing over the epochs, whatever the people held out say.
        patience: epochs in which val_loss does not fall by 1 % before a plateau halves the rate.
        weight_decay: of AdamW; 0 gives the article's Adam.
        label_smoothing: of the cross entropy.
        hidden_size: of the LSTM.
        pooling: see ``ActionConfig``.
        average: decay of the running average of the weights that is kept; 0 = off.
        seed: of everything random.
    """

    epochs: int = 80
    steps_per_epoch: int = 100
    batch_size: int = 256
    learning_rate: float = 2e-3
    schedule: Schedule = "plateau"
    patience: int = 3
    weight_decay: float = 1e-3
    label_smoothing: float = 0.05
    hidden_size: int = 96
    pooling: Pooling = "last"
    average: float = 0.995
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.steps_per_epoch, self.batch_size, self.hidden_size) < 1:
            raise InputError("epochs, steps, batch size and hidden size must be 1 or more.")
        if self.pooling not in get_args(Pooling):
            raise InputError(f"pooling must be one of {', '.join(get_args(Pooling))}.")
        if self.schedule not in get_args(Schedule):
            raise InputError(f"schedule must be one of {', '.join(get_args(Schedule))}.")


class ActionModule(AveragedModule):
    """The article's module: LSTM, cross entropy, Adam, ReduceLROnPlateau on val_loss."""

    network: ActionLSTM

    def __init__(self, config: ActionConfig, settings: TrainSettings) -> None:
        super().__init__(ActionLSTM(config), settings.average)
        self.settings = settings
        self.loss = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
        self.train_accuracy = MulticlassAccuracy(len(LABELS), average="micro")
        self.val_accuracy = MulticlassAccuracy(len(LABELS), average="macro")

    def start_from(self, model: ActionModel) -> None:
        """Take over a model's weights.

        Raises:
            InputError: it is of another size.
        """
        mine, theirs = self.network.config, model.config
        if (theirs.hidden_size, theirs.pooling) != (mine.hidden_size, mine.pooling):
            raise InputError(
                f"The weights to start from have --hidden {theirs.hidden_size} and are fed the "
                f"{theirs.pooling} output; use the same."
            )
        self.network.load_state_dict(model.network.state_dict())
        self.best_network().load_state_dict(model.network.state_dict())

    def model_step(self, network: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        features, targets = batch
        logits = network(features)
        return self.loss(logits, targets), logits

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        loss, logits = self.model_step(self.network, batch)
        self.train_accuracy(logits, batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        self.log("train_acc", self.train_accuracy, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        loss, logits = self.model_step(self.averaged, batch)
        self.val_accuracy(logits, batch[1])
        self.log("val_loss", loss)
        self.log("val_acc", self.val_accuracy)

    def configure_optimizers(self) -> Any:
        settings = self.settings
        optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        if settings.schedule == "cosine":
            steps = settings.epochs * settings.steps_per_epoch
            cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
            return stepwise(optimizer, cosine)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=0.5, patience=settings.patience, threshold=0.01, min_lr=1e-5
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"},
        }

    def best_network(self) -> ActionLSTM:
        """The averaged weights as a network of their own."""
        network = self.averaged.module
        assert isinstance(network, ActionLSTM)
        return network


def train(
    train_clips: list[Clip],
    val_clips: list[Clip],
    out: Path,
    settings: TrainSettings | None = None,
    *,
    weights: SamplingWeights | None = None,
    start: Path | None = None,
    resume: bool = False,
    on_epoch: OnEpoch | None = None,
    progress_bar: bool = False,
) -> ActionModel:
    """Train and save.

    Writes ``out`` (safetensors) and, in a folder beside it named ``<out>-run``, ``last.ckpt`` after
    each epoch, ``curves.csv`` and ``curves.png``.

    Args:
        train_clips, val_clips: of different people.
        out: where the weights go.
        start: weights to start from instead of random ones, of the same hidden size.
        resume: continue from ``last.ckpt`` of an interrupted run with the same settings.
        on_epoch: called with the figures of each epoch.

    Raises:
        InputError: no clips, or nothing to resume.
    """
    settings = settings or TrainSettings()
    if not train_clips or not val_clips:
        raise InputError("Training needs clips to train on and clips of other people to validate.")
    key = run_key(train_clips, val_clips, settings, weights=weights, start=start)
    pl.seed_everything(settings.seed, verbose=False)
    sampler = WindowSampler(train_clips, weights)

    def draw(rng: Rng) -> tuple[Tensor, Tensor]:
        windows, targets = sampler.sample(rng, settings.batch_size)
        return extract_features(torch.from_numpy(windows)), torch.from_numpy(targets)

    module = ActionModule(
        ActionConfig(hidden_size=settings.hidden_size, pooling=settings.pooling), settings
    )
    if start is not None:
        module.start_from(ActionModel.load(start))
    fit(
        module,
        BatchStream(draw, settings),
        _validation(val_clips, settings),
        out,
        key,
        resume=resume,
        on_epoch=on_epoch,
        progress_bar=progress_bar,
    )
    model = ActionModel(module.best_network())
    model.save(out)
    return model


def run_key(
    learn: Sequence[Clip],
    held: Sequence[Clip],
    settings: TrainSettings,
    *,
    weights: SamplingWeights | None = None,
    start: Path | None = None,
) -> str:
    """Names a run by all that its weights depend on, clips by their content.

    More epochs don't make it another run, but for a cosine.

    Args:
        learn, held: what it learns from, and what it is judged by (which lowers the learning rate).
        start: weights it continues from, known by their content.
    """
    # A cosine ends with its epochs: with more of them every step is another one.
    epochs = settings.epochs if settings.schedule == "cosine" else 1
    begin = (replace(settings, epochs=epochs), weights or SamplingWeights())
    return clips_key(begin, learn, held, start=start)


def _validation(clips: list[Clip], settings: TrainSettings) -> DataLoader[tuple[Tensor, ...]]:
    windows, owners = fixed_windows(clips)
    targets = torch.tensor([clips[i].target for i in owners])
    features = extract_features(torch.from_numpy(windows))
    return DataLoader(TensorDataset(features, targets), batch_size=1024)
