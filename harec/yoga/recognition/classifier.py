"""Which asana a pose is: a small network for those with photos, rules for the others.

The networks are trained by ``python -m harec train-yoga`` and run in NumPy: they are 34,000
numbers: PyTorch is not needed to classify a photo. They see every pose and its mirror image
and the mean of what they say counts, so left and right are the same to them to the last bit.

The picture's up is up. Only a body that fits nothing like that, no other yoga either, is looked at
as if the picture had been turned by one, two or three quarters.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

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
from harec.yoga.recognition.asanas import ASANAS, OTHERS, PHOTO_ASANAS
from harec.yoga.recognition.features import (
    FEATURES_VERSION,
    NUM_FEATURES,
    extract_features,
    mirrored,
    turned,
)
from harec.yoga.recognition.rules import rule_confidences

MODEL_PATH: Final = MODELS_DIR / "yoga-asanas.safetensors"
FORMAT: Final = "harec-yoga-asanas"
#: Columns of probabilities: `ASANAS` in their order, then no asana.
NO_ASANA: Final = len(ASANAS)
_KNEES: Final = [LEFT_KNEE, RIGHT_KNEE]
#: Asana -> its column.
COLUMN: Final = {name: i for i, name in enumerate(ASANAS)}
_TURNS: Final = (90, 180, 270)
_HALF_MOON: Final = COLUMN["ardha_chandrasana"]
#: What is other yoga with this probability fits as the picture is.
_OTHER: Final = 0.4
Weights = list[tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class AsanaConfig:
    """Kept inside the weights' file.

    Attributes:
        threshold: what an asana's probability must reach to be named.
        turned_threshold: the same in a picture that has to be turned for it.
        features_version: of `harec.yoga.recognition.features`.
        classes: what the network's outputs mean: asanas, other yoga, and neither.
        figures: what was measured on held-out photos, for those who open the file.
    """

    threshold: float = 0.5
    turned_threshold: float = 0.9
    features_version: int = FEATURES_VERSION
    classes: tuple[str, ...] = (*PHOTO_ASANAS, *OTHERS, "none")
    figures: dict[str, float] = field(default_factory=dict)


class Recognition(NamedTuple):
    """What N poses are.

    Attributes:
        probabilities: float32 (N, 12): of `ASANAS` in their order, then of no asana; rows add up
            to 1.
        turns_deg: int (N,): by how much the picture has to be turned clockwise for that: 0, or,
            where nothing fits as it is, 90, 180 or 270.
    """

    probabilities: FloatArray
    turns_deg: NDArray[np.int64]


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
        """What each pose is, see `recognise`."""
        return self.recognise(keypoints_xyc).probabilities

    def recognise(self, keypoints_xyc: FloatArray) -> Recognition:
        """What each pose is, and whether the picture had to be turned for it.

        Args:
            keypoints_xyc: (N, 17, 3): pixels (y down) and score; 0 = not seen.
        """
        keypoints = np.asarray(keypoints_xyc, np.float32)
        learnt = self.network_probabilities(keypoints)
        out = with_rules(keypoints, learnt)
        turns = np.zeros(len(keypoints), np.int64)
        other = learnt[:, len(PHOTO_ASANAS) : -1].sum(axis=1)
        nothing = (out[:, :NO_ASANA].max(axis=1) < self.config.threshold) & (other < _OTHER)
        rows = np.flatnonzero(nothing & (keypoints[..., 2] > 0).any(axis=1))
        if len(rows):
            again = np.concatenate([turned(keypoints[rows], float(turn)) for turn in _TURNS])
            found = with_rules(again, self.network_probabilities(again), upright=False)
            found = found.reshape(len(_TURNS), len(rows), -1)
            upside_down = found[_TURNS.index(180)]  # there it is a side plank with a lifted leg
            upside_down[:, NO_ASANA] += upside_down[:, _HALF_MOON]
            upside_down[:, _HALF_MOON] = 0
            share = found[..., :NO_ASANA].max(axis=2)
            best = share.argmax(axis=0)
            fits = np.flatnonzero(share.max(axis=0) >= self.config.turned_threshold)
            out[rows[fits]] = found[best[fits], fits]
            turns[rows[fits]] = np.array(_TURNS)[best[fits]]
        return Recognition(out, turns)

    def network_probabilities(self, keypoints_xyc: FloatArray) -> FloatArray:
        """The networks' own answer for pictures whose up is up, float32 (N, 22).

        Of `PHOTO_ASANAS`, of `OTHERS`, and of neither.
        """
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


def with_rules(
    keypoints_xyc: FloatArray, learnt: FloatArray, *, upright: bool = True
) -> FloatArray:
    """What the networks and the rules say together, float32 (N, 12), see `Recognition`.

    Args:
        keypoints_xyc: (N, 17, 3).
        learnt: (N, 22), `AsanaModel.network_probabilities` of them.
        upright: False for turned pictures, in which nobody stands in the mountain pose: they lie.
    """
    asanas = len(PHOTO_ASANAS)
    out = np.zeros((len(learnt), NO_ASANA + 1), np.float32)
    out[:, [COLUMN[name] for name in PHOTO_ASANAS]] = learnt[:, :asanas]
    out[:, NO_ASANA] = learnt[:, asanas:].sum(axis=1)
    rules = rule_confidences(keypoints_xyc, joint_angles(keypoints_xyc))
    if not upright:
        del rules["tadasana"]
    # A rule that holds is stricter than the network, which has never seen such an asana.
    share = np.maximum.reduce(list(rules.values()))
    out *= 1 - share[:, None]
    total = np.maximum(sum(rules.values()), 1e-9)
    for name, confidence in rules.items():
        out[:, COLUMN[name]] = share * confidence / total
    return out


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
        if width != len(AsanaConfig().classes):
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
