"""Probabilities that mean what they say, and the threshold to use them with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from harec.actions.labels import ACTIONS
from harec.actions.model import ActionLSTM, ActionModel
from harec.poses import FloatArray

#: False alarms that the shipped threshold may raise on held-out windows of everyday negatives and
#: of gesture-like ones. The goals are 0.05 and 0.25; other people than these are harder.
MAX_FALSE_ALARMS = (0.02, 0.10)


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
    probabilities: FloatArray,
    targets: NDArray[np.int64],
    gestures: NDArray[np.bool_],
    limits: tuple[float, float] = MAX_FALSE_ALARMS,
) -> float | None:
    """The lowest action threshold that keeps the false alarms of held-out windows within limits.

    Args:
        probabilities: (W, 7).
        targets: (W,).
        gestures: (W,): windows of gesture-like negatives.
        limits: share of everyday and of gesture-like negatives that may reach the threshold.

    Returns:
        A multiple of 0.05 from 0.3 to 0.9, as on the page's slider; None without negatives.
    """
    negative = targets == len(ACTIONS)
    if not negative.any():
        return None
    best = probabilities[:, : len(ACTIONS)].max(axis=1)
    groups = [
        (best[negative & (gestures == is_gesture)], limits[is_gesture]) for is_gesture in (0, 1)
    ]
    for step in range(6, 19):
        if all(not len(b) or (b >= step / 20).mean() <= limit for b, limit in groups):
            return step / 20
    return 0.9


def calibrated(model: ActionModel, temperature: float, threshold: float | None) -> ActionModel:
    """The same network with another temperature and, if given, threshold in its config."""
    config = replace(model.config, temperature=temperature)
    if threshold is not None:
        config = replace(config, threshold=threshold)
    network = ActionLSTM(config)
    network.load_state_dict(model.network.state_dict())
    return ActionModel(network)
