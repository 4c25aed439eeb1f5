"""The motion embedding: a gesture in, a unit vector out; like motions are near each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import normalize

from harec.actions.features import FEATURES_VERSION, NUM_FEATURES, extract_features
from harec.actions.mirrored import with_mirror_images
from harec.actions.network_file import load_network, save_network
from harec.actions.windows import STEPS
from harec.core.loading import once
from harec.core.poses import FloatArray
from harec.core.resources import MODELS_DIR
from harec.core.skeleton import NUM_KEYPOINTS
from harec.core.threads import is_fork, may_tune

#: The first features of a step: x and y of each keypoint against the hips, in torso lengths.
_PLACES: Final = 2 * NUM_KEYPOINTS
DEFAULT_EMBEDDING: Final = MODELS_DIR / "action-embedding.safetensors"
_EVERYDAY: Final = "everyday"


@dataclass(frozen=True)
class EmbeddingConfig:
    """What the weights were trained for; kept inside the file.

    Attributes:
        steps: of a gesture, whatever it lasts.
        features_version: of ``harec.actions.features``; the logarithm of the gesture's span is one
            more feature of each step.
        hidden_size: of the LSTM in each direction.
        learnt_size: numbers of the vector that come from the LSTM.
        path_size: numbers that come from the way of each keypoint.
        path_weight: of the second part against the first.
        dropout: before the vector, while training.
        held_out: names of motions, and the sources whose people, it did not learn from, for which
            the published figures hold.
    """

    steps: int = STEPS
    features_version: int = FEATURES_VERSION
    num_features: int = NUM_FEATURES + 1
    hidden_size: int = 128
    learnt_size: int = 128
    path_size: int = 128
    path_weight: float = 0.8
    dropout: float = 0.1
    held_out: str = ""

    @property
    def size(self) -> int:
        """Numbers of a vector."""
        return self.learnt_size + self.path_size


class EmbeddingLSTM(nn.Module):
    """A vector of two parts, each of length one before they are weighed.

    One is learnt: an LSTM reads the gesture both ways, its mean and its ends are brought to
    ``learnt_size`` numbers. It knows motions of the kinds that it has seen, whoever does them. The
    other is the way of all keypoints, projected so that people who do the same differ little
    (linear discriminants, computed, not trained): it tells apart what the first never saw.
    """

    path_mean: Tensor
    path_axes: Tensor

    def __init__(self, config: EmbeddingConfig) -> None:
        super().__init__()
        self.config = config
        self.lstm = nn.LSTM(
            config.num_features, config.hidden_size, batch_first=True, bidirectional=True
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(4 * config.hidden_size, config.learnt_size)
        numbers = config.steps * _PLACES
        self.register_buffer("path_mean", torch.zeros(numbers))
        self.register_buffer("path_axes", torch.zeros(numbers, config.path_size))

    def learnt(self, features: Tensor) -> Tensor:
        """The learnt part, unit vectors (B, learnt_size), of features (B, 32, F)."""
        outputs, (ends, _) = self.lstm(features)  # (B, 32, 2H), (2, B, H)
        pooled = torch.cat([outputs.mean(dim=1), ends[0], ends[1]], dim=-1)
        return normalize(self.head(self.dropout(pooled)), dim=-1)

    def forward(self, features: Tensor) -> Tensor:
        """Unit vectors (B, size) of features (B, 32, F)."""
        path = normalize((paths(features) - self.path_mean) @ self.path_axes, dim=-1)
        both = torch.cat([self.learnt(features), self.config.path_weight * path], dim=-1)
        return normalize(both, dim=-1)


def paths(features: Tensor) -> Tensor:
    """The places of all keypoints at all steps, (B, 32 * 34), of features (B, 32, F)."""
    return features[..., :_PLACES].flatten(1)


def gesture_features(keypoints_xyc: Tensor, spans_s: Tensor) -> Tensor:
    """Features float (B, 32, 63) of gestures (B, 32, 17, 3) that last ``spans_s`` (B,) seconds."""
    features = extract_features(keypoints_xyc)
    span = spans_s.clamp(min=0.1).log().to(features)[:, None, None]
    return torch.cat([features, span.expand(-1, features.shape[1], 1)], dim=-1)


class MotionEmbedding:
    """The trained network, ready to answer; safe to share between threads.

    Attributes:
        everyday: float32 (E, size): vectors of everyday motion, what is nobody's action.
    """

    def __init__(self, network: EmbeddingLSTM, everyday: FloatArray | None = None) -> None:
        self.network = network.eval().requires_grad_(False)
        self.config = network.config
        empty = np.zeros((0, self.config.size), np.float32)
        self.everyday = empty if everyday is None else everyday

    def embed(
        self, keypoints_xyc: FloatArray, spans_s: NDArray[np.floating], batch_size: int = 512
    ) -> FloatArray:
        """Unit vectors of gestures and of their mirror images.

        A motion may be done with either hand, so both are answered: who compares two gestures takes
        the better of the two ways.

        Args:
            keypoints_xyc: float32 (B, 32, 17, 3): pixels and score, 0 = keypoint missing; evenly
                over the span, see `harec.actions.gesture.gesture_steps`.
            spans_s: (B,): what each lasts, seconds.

        Returns:
            float32 (2, B, size).
        """
        if keypoints_xyc.shape[1:] != (self.config.steps, NUM_KEYPOINTS, 3):
            raise ValueError(f"gestures must be (B, {self.config.steps}, 17, 3)")
        return with_mirror_images(
            lambda keypoints, spans: self.network(gesture_features(keypoints, spans)),
            self.config.size,
            batch_size,
            keypoints_xyc,
            np.asarray(spans_s, np.float32),
        )

    def save(self, path: Path) -> None:
        """Write the weights with their config inside (safetensors), what is computed in halves."""
        halves = {
            "path_mean": self.network.path_mean.half(),
            "path_axes": self.network.path_axes.half(),
            _EVERYDAY: torch.from_numpy(self.everyday).half(),
        }
        save_network(path, {**self.network.state_dict(), **halves}, self.config)

    @classmethod
    def load(cls, path: Path = DEFAULT_EMBEDDING) -> MotionEmbedding:
        """Read weights written by :meth:`save`.

        Raises:
            ModelError: no such file, damaged, or made for other features.
        """
        made_for = ("steps", "features_version", "num_features")
        return load_network(path, "motion embedding", "train-embedding", cls._of_file, made_for)

    @classmethod
    def _of_file(cls, metadata: dict[str, Any], weights: dict[str, Tensor]) -> MotionEmbedding:
        everyday = weights.pop(_EVERYDAY).float().numpy()
        config = EmbeddingConfig(**metadata)
        network = EmbeddingLSTM(config)
        network.load_state_dict(weights)
        if everyday.shape[1:] != (config.size,):
            raise ValueError(everyday.shape)
        return cls(network, everyday)


def load_embedding(path: Path = DEFAULT_EMBEDDING) -> MotionEmbedding:
    """The embedding of a file, loaded once a process; see `harec.actions.model.load_action_model`
    for what it does to torch's threads."""
    if may_tune() or is_fork():
        torch.set_num_threads(1)
    return _loaded(path)


@once
def _loaded(path: Path) -> MotionEmbedding:
    return MotionEmbedding.load(path)
