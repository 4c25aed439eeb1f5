"""What every training has in common: its stream, its history, its checkpoints, its curves."""

from __future__ import annotations

import csv
import logging
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.core.threads import torch_threads
from harec.training.augment import Rng
from harec.training.datasets import Clip

OnEpoch = Callable[[dict[str, float]], None]
#: Beside the checkpoint: what it is a checkpoint of.
_KEY_FILE: Final = "run.key"


class Epochs(Protocol):
    """The settings that every training has, a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epochs(self) -> int: ...
    @property
    def steps_per_epoch(self) -> int: ...
    @property
    def seed(self) -> int: ...


class BatchStream(IterableDataset[tuple[Tensor, ...]]):
    """One epoch of augmented batches; which ones depends on seed and epoch only.

    Args:
        draw: makes a batch.
        settings: how many.
    """

    def __init__(self, draw: Callable[[Rng], tuple[Tensor, ...]], settings: Epochs) -> None:
        self.draw, self.settings, self.epoch = draw, settings, 0

    def __len__(self) -> int:
        return self.settings.steps_per_epoch

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        rng = np.random.default_rng([self.settings.seed, self.epoch])
        for _ in range(self.settings.steps_per_epoch):
            yield self.draw(rng)


class AveragedModule(pl.LightningModule):
    """A network in training, with the running average of its weights, which is what is kept."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.network = network
        self.averaged = torch.optim.swa_utils.AveragedModel(
            network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay)
        )

    def on_train_batch_end(self, *_: Any) -> None:
        self.averaged.update_parameters(self.network)


def stepwise(
    optimizer: torch.optim.Optimizer, scheduler: torch.optim.lr_scheduler.LRScheduler
) -> dict[str, Any]:
    """What Lightning needs of an optimizer whose rate changes with every batch."""
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


class _History(Callback):
    """Keeps the figures of each epoch, through a resume as well; sets the stream's epoch."""

    def __init__(self, stream: BatchStream, on_epoch: OnEpoch | None):
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


def run_folder(out: Path) -> Path:
    """Where a training keeps all but its weights."""
    return out.with_name(out.stem + "-run")


def fit(
    module: pl.LightningModule,
    stream: BatchStream,
    validation: Iterable[Any],
    out: Path,
    key: str,
    *,
    resume: bool = False,
    on_epoch: OnEpoch | None = None,
    progress_bar: bool = False,
) -> None:
    """Train a module; keep ``last.ckpt`` after each epoch, and curves at the end, beside ``out``.

    Args:
        key: names the run by all that its weights depend on.
        resume: continue from ``last.ckpt`` of an interrupted run of the same key.
        on_epoch: called with the figures of each epoch.

    Raises:
        InputError: nothing to resume.
    """
    folder = run_folder(out)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "last.ckpt"
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
    history = _History(stream, on_epoch)
    trainer = pl.Trainer(
        max_epochs=stream.settings.epochs,
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
            validation,
            ckpt_path=checkpoint if resume else None,
            weights_only=True,
        )
    write_curves(folder, history.rows, stream.settings)


def clips_key(begin: object, *groups: Sequence[Clip], start: Path | None = None) -> str:
    """Names a run by settings and clips, these by their content.

    Args:
        begin: what prints as the settings.
        start: weights it continues from, known by their content.
    """
    key = sha256(repr(begin).encode())
    if start is not None and start.is_file():  # what is missing is told where it is loaded
        key.update(start.read_bytes())
    for clips in groups:
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
    folder = run_folder(out)
    kept = folder / _KEY_FILE
    return (
        (folder / "last.ckpt").is_file()
        and kept.is_file()
        and kept.read_text(encoding="utf-8") == key
    )


def write_curves(folder: Path, rows: list[dict[str, float]], settings: Epochs) -> None:
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
