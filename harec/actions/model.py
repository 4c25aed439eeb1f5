"""The action network: one LSTM over 32 steps, a linear head; saved with all that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor, nn

from harec.actions.features import FEATURES_VERSION, NUM_FEATURES, extract_features
from harec.actions.labels import LABELS
from harec.actions.mirrored import with_mirror_images
from harec.actions.network_file import load_network, save_network
from harec.actions.segments import DEFAULT_ACTION_THRESHOLD, SegmentSettings
from harec.actions.windows import RATE_HZ, STEPS
from harec.core.loading import once
from harec.core.poses import FloatArray
from harec.core.resources import MODELS_DIR
from harec.core.threads import is_fork, may_tune

DEFAULT_MODEL = MODELS_DIR / "action-lstm.safetensors"


#: The last output has to remember all that it saw; in the mean each moment counts alike.
Pooling = Literal["last", "mean and last"]


@dataclass(frozen=True)
class ActionConfig:
    """What the weights were trained for; kept inside the file.

    Attributes:
        labels: meaning of the outputs, in order.
        steps, rate_hz: the window.
        features_version: of ``harec.actions.features``.
        hidden_size: of the LSTM.
        pooling: what of the LSTM's outputs the head is given: the last, or the mean over all steps
            beside it.
        dropout: before the head, while training.
        temperature: the logits are divided by it, so that probabilities are calibrated.
        threshold: the action threshold that the measured figures hold for.
        held_out: which people the network did not learn from, of the archives it was trained on:
            ``fold 0 of 3``, or ``nobody``; empty when not known.
    """

    labels: tuple[str, ...] = LABELS
    steps: int = STEPS
    rate_hz: float = RATE_HZ
    features_version: int = FEATURES_VERSION
    num_features: int = NUM_FEATURES
    hidden_size: int = 96
    pooling: Pooling = "last"
    dropout: float = 0.3
    temperature: float = 1.0
    threshold: float = DEFAULT_ACTION_THRESHOLD
    held_out: str = ""


class ActionLSTM(nn.Module):
    """Single-layer LSTM and linear head, as in the article, on normalised features."""

    def __init__(self, config: ActionConfig) -> None:
        super().__init__()
        self.config = config
        self.lstm = nn.LSTM(config.num_features, config.hidden_size, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        size = config.hidden_size * (1 if config.pooling == "last" else 2)
        self.head = nn.Linear(size, len(config.labels))

    def forward(self, features: Tensor) -> Tensor:
        """Logits (B, 7) of features (B, 32, F)."""
        outputs, _ = self.lstm(features)  # B, 32, H
        pooled = outputs[:, -1]
        if self.config.pooling != "last":
            pooled = torch.cat([outputs.mean(dim=1), pooled], dim=-1)
        return cast(Tensor, self.head(self.dropout(pooled)))


class ActionModel:
    """The trained network, ready to answer; safe to share between threads."""

    def __init__(self, network: ActionLSTM) -> None:
        self.network = network.eval().requires_grad_(False)
        self.config = network.config

    def predict(self, keypoints_xyc: FloatArray, batch_size: int = 512) -> FloatArray:
        """Probabilities of windows.

        A window and its mirror image are the same action; their mean is answered, so that left
        and right count alike.

        Args:
            keypoints_xyc: float32 (B, 32, 17, 3): pixels and score, 0 = keypoint missing.

        Returns:
            float32 (B, 7), rows sum to 1.
        """
        logits = self.logits(keypoints_xyc, batch_size) / self.config.temperature
        return np.asarray(softmax(logits, axis=-1).mean(axis=0), np.float32)

    def logits(self, keypoints_xyc: FloatArray, batch_size: int = 512) -> FloatArray:
        """What the network says of windows and of their mirror images, before any correction.

        Returns:
            float32 (2, B, 7).
        """
        if keypoints_xyc.shape[1:] != (self.config.steps, 17, 3):
            raise ValueError(f"windows must be (B, {self.config.steps}, 17, 3)")
        return with_mirror_images(
            lambda keypoints: self.network(extract_features(keypoints)),
            len(self.config.labels),
            batch_size,
            keypoints_xyc,
        )

    @property
    def segments(self) -> SegmentSettings:
        """How its probabilities become segments."""
        return SegmentSettings(enter=self.config.threshold)

    def save(self, path: Path) -> None:
        """Write the weights with their config inside (safetensors)."""
        save_network(path, self.network.state_dict(), self.config)

    @classmethod
    def load(cls, path: Path = DEFAULT_MODEL) -> ActionModel:
        """Read weights written by :meth:`save`.

        Raises:
            ModelError: no such file, damaged, or made for other features.
        """
        made_for = ("labels", "steps", "rate_hz", "features_version", "num_features")
        return load_network(path, "action model", "train", cls._of_file, made_for)

    @classmethod
    def _of_file(cls, metadata: dict[str, Any], weights: dict[str, Tensor]) -> ActionModel:
        config = ActionConfig(**{**metadata, "labels": tuple(metadata["labels"])})
        if config.pooling not in get_args(Pooling):
            raise ValueError(config.pooling)
        network = ActionLSTM(config)
        network.load_state_dict(weights)
        return cls(network)


def load_action_model(path: Path = DEFAULT_MODEL) -> ActionModel:
    """The model of a file, loaded once a process; sets torch to one thread in the caller's, unless
    ``HAREC_TUNE=0`` says not to (see `harec.core.threads`).

    The network is so small that a second thread only costs: torch's threads spin while they wait,
    on the cores that the pose model needs (measured: 8 s instead of 0.05 s for a clip of 6 s).
    Each thread of ours has its own number, taken from the thread that computes at its first call.
    """
    if may_tune() or is_fork():
        torch.set_num_threads(1)
    return _loaded(path)


@once
def _loaded(path: Path) -> ActionModel:
    return ActionModel.load(path)
