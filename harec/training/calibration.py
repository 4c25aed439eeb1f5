"""Probabilities that mean what they say, and the threshold to use them with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.actions.model import ActionLSTM, ActionModel
from harec.core.poses import FloatArray

#: False alarms that the shipped threshold may raise on held-out windows of each kind of negatives.
MAX_FALSE_ALARMS: Final[Mapping[str, float]] = {"everyday": 0.015, "gesture": 0.06, "seated": 0.06}


@dataclass(frozen=True)
class Calibration:
    """How a network's answers are corrected: ``softmax(logits / temperature + bias of OTHER)``.

    Attributes:
        temperature: above 1 for a network that is too sure of itself.
        other_bias: how much likelier OTHER is than the share that it had in training made the
            network believe, in logits; negative = less likely.
    """

    temperature: float = 1.0
    other_bias: float = 0.0

    def apply(self, logits: FloatArray) -> FloatArray:
        """Probabilities (W, 7) from the logits (2, W, 7) of windows and their mirror images."""
        corrected = logits / self.temperature
        corrected[..., LABELS.index(OTHER)] += self.other_bias
        return np.asarray(softmax(corrected, axis=-1).mean(axis=0), np.float32)

    def applied_to(
        self, model: ActionModel, threshold: float | None = None, held_out: str = ""
    ) -> ActionModel:
        """The same network with the correction in its weights and config."""
        config = replace(model.config, temperature=self.temperature, held_out=held_out)
        if threshold is not None:
            config = replace(config, threshold=threshold)
        network = ActionLSTM(config)
        network.load_state_dict(model.network.state_dict())
        with torch.no_grad():
            network.head.bias[LABELS.index(OTHER)] += self.other_bias * self.temperature
        return ActionModel(network)


def fit_calibration(logits: FloatArray, targets: NDArray[np.int64]) -> Calibration:
    """The correction that makes held-out windows most likely, every label counting alike.

    Args:
        logits: (2, W, 7), of windows and their mirror images.
        targets: (W,).

    Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, 2017), with a second
    parameter for OTHER, because how often "none of the six" is the truth is no property of the
    training set. Labels that don't occur don't count; without OTHER its bias stays 0.
    """
    counts = np.bincount(targets, minlength=len(LABELS))
    weights = 1 / (np.maximum(counts, 1)[targets] * (counts > 0).sum())
    has_other = counts[LABELS.index(OTHER)] > 0

    def made(parameters: NDArray[np.float64]) -> Calibration:
        return Calibration(float(np.exp(parameters[0])), float(parameters[1] * has_other))

    def loss(parameters: NDArray[np.float64]) -> float:
        chosen = made(parameters).apply(logits)[np.arange(len(targets)), targets]
        # Without strong evidence OTHER keeps the share that it had in training.
        doubt = 0.002 * parameters[1] ** 2
        return float(-(weights * np.log(np.clip(chosen, 1e-7, 1))).sum() + doubt)

    bounds = [(np.log(0.3), np.log(3.0)), (-3.0, 3.0)]
    return made(minimize(loss, np.zeros(2), method="Nelder-Mead", bounds=bounds).x)


def threshold_for(
    probabilities: FloatArray,
    targets: NDArray[np.int64],
    kinds: NDArray[np.str_],
    limits: Mapping[str, float] = MAX_FALSE_ALARMS,
) -> float | None:
    """The lowest action threshold that keeps the false alarms of held-out windows within limits.

    Args:
        probabilities: (W, 7).
        targets: (W,).
        kinds: (W,): what kind of negative each is of, see ``negatives.NEGATIVE_KINDS``.
        limits: share of each kind's windows that may reach the threshold.

    Returns:
        A multiple of 0.05 from 0.3 to 0.9, as on the page's slider; None without negatives.
    """
    negative = targets == len(ACTIONS)
    if not negative.any():
        return None
    best = probabilities[:, : len(ACTIONS)].max(axis=1)
    groups = [(best[negative & (kinds == kind)], limit) for kind, limit in limits.items()]
    for step in range(6, 19):
        if all(not len(b) or (b >= step / 20).mean() <= limit for b, limit in groups):
            return step / 20
    return 0.9
