"""Probabilities that mean what they say, and the threshold to use them with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from harec.actions.labels import ACTIONS
from harec.actions.model import ActionLSTM, ActionModel
from harec.poses import FloatArray

#: Recall that the shipped threshold is chosen for, on held-out people.
RECALL = 0.84


def soften(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Probabilities (W, 7) with their logits divided by ``temperature``."""
    logits = np.log(np.clip(probabilities, 1e-7, 1)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    raised = np.exp(logits)
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def fit_temperature(probabilities: FloatArray, targets: NDArray[np.int64]) -> float:
    """The temperature in 0.3..3 that makes held-out windows (W, 7) most likely.

    Guo et al., On Calibration of Modern Neural Networks, 2017.
    """

    def loss(log_temperature: float) -> float:
        chosen = soften(probabilities, float(np.exp(log_temperature)))
        return float(-np.log(np.clip(chosen[np.arange(len(targets)), targets], 1e-7, 1)).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.3), np.log(3)), method="bounded")
    return float(np.exp(found.x))


def threshold_for(
    probabilities: FloatArray, targets: NDArray[np.int64], recall: float = RECALL
) -> float | None:
    """The highest action threshold, a multiple of 0.05 from 0.3 to 0.9 as on the page's slider,
    that keeps ``recall`` of the windows of the six actions right; None without any."""
    of_actions = targets < len(ACTIONS)
    if not of_actions.any():
        return None
    actions = probabilities[of_actions, : len(ACTIONS)]
    right = actions.argmax(axis=1) == targets[of_actions]
    confidence = np.where(right, actions.max(axis=1), 0.0)
    steps = np.floor(np.quantile(confidence, 1 - recall) * 20)
    return float(np.clip(steps / 20, 0.3, 0.9))


def calibrated(model: ActionModel, temperature: float, threshold: float | None) -> ActionModel:
    """The same network with another temperature and, if given, threshold in its config."""
    config = replace(model.config, temperature=temperature)
    if threshold is not None:
        config = replace(config, threshold=threshold)
    network = ActionLSTM(config)
    network.load_state_dict(model.network.state_dict())
    return ActionModel(network)
