"""Train the action LSTM with PyTorch Lightning."""

from __future__ import annotations

import csv
import logging
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset
from torchmetrics.classification import MulticlassAccuracy

from harec.actions.features import extract_features
from harec.actions.labels import LABELS
from harec.actions.model import ActionConfig, ActionLSTM, ActionModel, Pooling
from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.core.threads import torch_threads
from harec.training.datasets import Clip
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


class WindowStream(IterableDataset[tuple[Tensor, Tensor]]):
    """One epoch of augmented batches; which ones depends on seed and epoch only."""

    def __init__(self, sampler: WindowSampler, settings: TrainSettings) -> None:
        self.sampler, self.settings, self.epoch = sampler, settings, 0

    def __len__(self) -> int:
        return self.settings.steps_per_epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng([self.settings.seed, self.epoch])
        for _ in range(self.settings.steps_per_epoch):
            windows, targets = self.sampler.sample(rng, self.settings.batch_size)
            yield extract_features(torch.from_numpy(windows)), torch.from_numpy(targets)


class ActionModule(pl.LightningModule):
    """The article's module: LSTM, cross entropy, Adam, ReduceLROnPlateau on val_loss."""

    def __init__(self, config: ActionConfig, settings: TrainSettings) -> None:
        super().__init__()
        self.settings = settings
        self.network = ActionLSTM(config)
        self.averaged = torch.optim.swa_utils.AveragedModel(
            self.network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(settings.average)
        )
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

    def on_train_batch_end(self, *_: Any) -> None:
        self.averaged.update_parameters(self.network)

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
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": cosine, "interval": "step"},
            }
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


class _History(Callback):
    """Keeps the figures of each epoch, through a resume as well; sets the stream's epoch."""

    def __init__(self, stream: WindowStream, on_epoch: Callable[[dict[str, float]], None] | None):
        self.stream, self.on_epoch = stream, on_epoch
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.stream.epoch = trainer.current_epoch

    def on_train_batch_start(
        self, trainer: pl.Trainer, module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        # Dropout, too, depends on seed and step only: a resumed run continues as if never stopped.
        torch.manual_seed(self.stream.settings.seed * 1_000_003 + trainer.global_step)

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        metrics = {k: float(v) for k, v in trainer.callback_metrics.items()}
        row = {"epoch": float(trainer.current_epoch + 1), **metrics}
        row["lr"] = float(trainer.optimizers[0].param_groups[0]["lr"])
        self.rows.append(row)
        if self.on_epoch is not None:
            self.on_epoch(row)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.rows = list(state["rows"])
        self.stream.epoch = len(self.rows)  # a resumed run draws before its first epoch starts


def train(
    train_clips: list[Clip],
    val_clips: list[Clip],
    out: Path,
    settings: TrainSettings | None = None,
    *,
    weights: SamplingWeights | None = None,
    start: Path | None = None,
    resume: bool = False,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
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
    folder = out.with_name(out.stem + "-run")
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "last.ckpt"
    key = run_key(train_clips, val_clips, settings, weights=weights, start=start)
    if resume and not checkpoint.is_file():
        raise InputError(f"There is nothing to resume: {checkpoint} does not exist.")
    if resume and not can_resume(out, key):
        raise InputError(
            f"{checkpoint} is of a run with other data or settings (only --epochs may grow); "
            "train without --resume."
        )
    (folder / _KEY_FILE).write_text(key, encoding="utf-8")

    # Lightning's own notes are about devices and loggers; progress is reported through on_epoch.
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    pl.seed_everything(settings.seed, verbose=False)
    stream = WindowStream(WindowSampler(train_clips, weights), settings)
    history = _History(stream, on_epoch)
    module = ActionModule(
        ActionConfig(hidden_size=settings.hidden_size, pooling=settings.pooling), settings
    )
    if start is not None:
        module.start_from(ActionModel.load(start))
    trainer = pl.Trainer(
        max_epochs=settings.epochs,
        accelerator="auto",
        devices=1,
        gradient_clip_val=1.0,
        logger=False,
        enable_model_summary=False,
        enable_progress_bar=progress_bar,
        num_sanity_val_steps=0,
        default_root_dir=folder,
        callbacks=[
            history,
            # The last epoch is kept, not the best one: the best of many noisy validations flatters.
            ModelCheckpoint(folder, filename="last", save_top_k=1, enable_version_counter=False),
        ],
    )
    # Another thread would only wait, on the core that draws the windows.
    with torch_threads(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        trainer.fit(
            module,
            # Windows are drawn beside the training, where a fork may do it (they take as long).
            DataLoader(stream, batch_size=None, num_workers=int(sys.platform == "linux")),
            _validation(val_clips, settings),
            ckpt_path=checkpoint if resume else None,
            weights_only=True,
        )
    write_curves(folder, history.rows, settings)
    model = ActionModel(module.best_network())
    model.save(out)
    return model


#: Beside the checkpoint: what it is a checkpoint of.
_KEY_FILE = "run.key"


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
    key = sha256(repr((replace(settings, epochs=epochs), weights or SamplingWeights())).encode())
    if start is not None and start.is_file():  # what is missing is told where it is loaded
        key.update(start.read_bytes())
    for clips in (learn, held):
        key.update(f"\n{len(clips)}".encode())
        for clip in clips:
            named = (clip.source, clip.subject, clip.name, clip.label, clip.is_3d, clip.frame_rate)
            frames = clip.frames
            key.update(
                f"\n{named} {frames.dtype} {frames.shape} ".encode(errors="backslashreplace")
            )
            key.update(frames.tobytes())
    return key.hexdigest()


def can_resume(out: Path, key: str) -> bool:
    """Whether an interrupted run of the same key (`run_key`) left a checkpoint for ``out``."""
    folder = out.with_name(out.stem + "-run")
    kept = folder / _KEY_FILE
    return (
        (folder / "last.ckpt").is_file()
        and kept.is_file()
        and kept.read_text(encoding="utf-8") == key
    )


def _validation(clips: list[Clip], settings: TrainSettings) -> DataLoader[tuple[Tensor, ...]]:
    windows, owners = fixed_windows(clips)
    targets = torch.tensor([clips[i].target for i in owners])
    features = extract_features(torch.from_numpy(windows))
    return DataLoader(TensorDataset(features, targets), batch_size=1024)


def write_curves(folder: Path, rows: list[dict[str, float]], settings: TrainSettings) -> None:
    """``curves.csv`` and ``curves.png``: loss and accuracy over the epochs."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    with (
        atomic_write(folder / "curves.csv") as path,
        path.open("w", newline="", encoding="utf-8") as file,
    ):
        names = ["epoch", "train_loss", "val_loss", "train_acc", "val_acc", "lr"]
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = [row["epoch"] for row in rows]
    for axis, quantity, title in ((axes[0], "loss", "Loss"), (axes[1], "acc", "Accuracy")):
        for part, label in (("train", "training, augmented"), ("val", "validation, other people")):
            values = [row.get(f"{part}_{quantity}", math.nan) for row in rows]
            axis.plot(epochs, values, label=label)
        axis.set(title=title, xlabel="epoch")
        axis.grid(alpha=0.3)
        axis.legend()
    described = ", ".join(f"{k} {v}" for k, v in asdict(settings).items())
    figure.text(0.5, -0.03, described, ha="center", fontsize=7, color="gray")
    with atomic_write(folder / "curves.png") as path:
        figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)
