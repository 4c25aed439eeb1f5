"""Which asana a pose is: a small network for those with photos, rules for the others.

The networks are trained by ``python -m harec train-yoga`` and run in NumPy: they are 27,000
numbers: PyTorch is not needed to classify a photo. They see every pose and its mirror image
and the mean of what they say counts, so left and right are the same to them to the last bit.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from harec.core.errors import ModelError
from harec.core.files import atomic_write
from harec.core.poses import FloatArray
from harec.core.resources import MODELS_DIR
from harec.core.skeleton import LEFT_KNEE, RIGHT_KNEE
from harec.yoga.recognition.angles import joint_angles
from harec.yoga.recognition.asanas import ASANAS, PHOTO_ASANAS
from harec.yoga.recognition.features import (
    FEATURES_VERSION,
    NUM_FEATURES,
    extract_features,
    mirrored,
)
from harec.yoga.recognition.rules import rule_confidences

MODEL_PATH: Final = MODELS_DIR / "yoga-asanas.safetensors"
FORMAT: Final = "harec-yoga-asanas"
#: Columns of probabilities: `ASANAS` in their order, then no asana.
NO_ASANA: Final = len(ASANAS)
_KNEES: Final = [LEFT_KNEE, RIGHT_KNEE]
#: Asana -> its column.
COLUMN: Final = {name: i for i, name in enumerate(ASANAS)}
Weights = list[tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class AsanaConfig:
    """Kept inside the weights' file.

    Attributes:
        threshold: what an asana's probability must reach to be named.
        features_version: of `harec.yoga.recognition.features`.
        classes: what the network's outputs mean; the last is no asana.
        figures: what was measured on held-out photos, for those who open the file.
    """

    threshold: float = 0.5
    features_version: int = FEATURES_VERSION
    classes: tuple[str, ...] = (*PHOTO_ASANAS, "none")
    figures: dict[str, float] = field(default_factory=dict)


class AsanaModel:
    """Names asanas.

    Args:
        networks: layers (weight (out, in), bias (out,)) of each network; ReLU between them. Their
            probabilities are averaged.
        config: goes with them.
    """

    def __init__(self, networks: list[Weights], config: AsanaConfig) -> None:
        self.networks = networks
        self.config = config

    def probabilities(self, keypoints_xyc: FloatArray) -> FloatArray:
        """What each pose is.

        Args:
            keypoints_xyc: (N, 17, 3): pixels (y down) and score; 0 = not seen.

        Returns:
            float32 (N, 12): of `ASANAS` in their order, then of no asana; rows add up to 1.
        """
        keypoints = np.asarray(keypoints_xyc, np.float32)
        learnt = self.network_probabilities(keypoints)
        out = np.zeros((len(keypoints), NO_ASANA + 1), np.float32)
        out[:, [COLUMN[name] for name in PHOTO_ASANAS]] = learnt[:, :-1]
        out[:, NO_ASANA] = learnt[:, -1]
        rules = rule_confidences(keypoints, joint_angles(keypoints))
        # A rule that holds is stricter than the network, which has never seen such an asana.
        share = np.maximum.reduce(list(rules.values()))
        out *= 1 - share[:, None]
        total = np.maximum(sum(rules.values()), 1e-9)
        for name, confidence in rules.items():
            out[:, COLUMN[name]] = share * confidence / total
        return out

    def network_probabilities(self, keypoints_xyc: FloatArray) -> FloatArray:
        """The network's own answer, float32 (N, 9): `PHOTO_ASANAS`, then no asana."""
        pair = [extract_features(k) for k in (keypoints_xyc, mirrored(keypoints_xyc))]
        answers = []
        for network in self.networks:
            one, other = (_forward(network, features) for features in pair)
            answers.append(_softmax(np.asarray((one + other) / 2, np.float32)))
        mean = np.mean(answers, axis=0)
        # A body without a trunk has no features at all; one without knees does any asana or none.
        unknown = ~pair[0].any(axis=1) | ~(keypoints_xyc[:, _KNEES, 2] > 0).any(axis=1)
        mean[unknown] = np.eye(mean.shape[1], dtype=np.float32)[-1]
        return np.asarray(mean, np.float32)

    def save(self, path: Path) -> None:
        """Write a safetensors file with the config in its header.

        Raises:
            InputError: the file can't be written.
        """
        tensors = {
            f"{i}.{j}.{name}": np.ascontiguousarray(array, np.float32)
            for i, network in enumerate(self.networks)
            for j, layer in enumerate(network)
            for name, array in zip(("weight", "bias"), layer, strict=True)
        }
        header = {"format": FORMAT, "config": json.dumps(asdict(self.config))}
        with atomic_write(path) as temporary:
            save_file(tensors, temporary, header)


@cache
def load_asana_model(path: Path | None = None) -> AsanaModel:
    """The classifier that ships with harec, or that of a file.

    Raises:
        ModelError: the file is missing, damaged, or made for another version.
    """
    path = path or MODEL_PATH
    if not path.is_file():
        raise ModelError(f"The yoga model {path.name} is missing from {path.parent.name}/.")
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header.get("format") != FORMAT:
            raise ModelError(f"{path.name} is not a yoga model of harec.")
        config = _config(json.loads(header["config"]))
        return AsanaModel(_networks(tensors), config)
    except ModelError:
        raise
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The yoga model {path.name} is damaged; train or fetch it anew.") from (
            error
        )


def _config(values: dict[str, Any]) -> AsanaConfig:
    config = AsanaConfig(**{**values, "classes": tuple(values["classes"])})
    if config.features_version != FEATURES_VERSION or config.classes != AsanaConfig().classes:
        raise ModelError("The yoga model was made for another version of harec; train it anew.")
    return config


def _networks(tensors: dict[str, NDArray[Any]]) -> list[Weights]:
    shape: dict[int, int] = {}
    for name in tensors:
        which, layer, _ = name.split(".")
        shape[int(which)] = max(shape.get(int(which), 0), int(layer) + 1)
    networks: list[Weights] = [
        [(tensors[f"{i}.{j}.weight"], tensors[f"{i}.{j}.bias"]) for j in range(shape[i])]
        for i in range(len(shape))
    ]
    for network in networks:
        width = NUM_FEATURES
        for weight, bias in network:
            if weight.shape != (len(bias), width):
                raise ValueError("layers don't fit each other")
            width = len(bias)
        if width != len(PHOTO_ASANAS) + 1:
            raise ValueError("the number of outputs is wrong")
    if not networks:
        raise ValueError("no network")
    return networks


def _forward(network: Weights, values: FloatArray) -> FloatArray:
    for weight, bias in network[:-1]:
        values = np.maximum(values @ weight.T + bias, 0)
    weight, bias = network[-1]
    return np.asarray(values @ weight.T + bias, np.float32)


def _softmax(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
