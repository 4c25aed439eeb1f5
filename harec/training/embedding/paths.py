"""The part of the embedding that is computed: ways of keypoints, projected."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harec.actions.embedding import gesture_features, paths
from harec.core.poses import FloatArray

#: Principal components that are looked at, and the share of their mean variance that is added to
#: each of them within motions: directions in which people hardly differ must not count for all.
_COMPONENTS: Final = 256
_SHRINK: Final = 0.3


def path_axes(
    gestures: FloatArray,
    spans_s: NDArray[np.float32],
    motions: NDArray[np.int64],
    size: int,
) -> tuple[Tensor, Tensor]:
    """Mean and axes of ways, so that what people who do the same differ in has unit variance.

    Linear discriminant analysis with shrinkage: whitened by the scatter within motions, then the
    directions of largest variance.

    Args:
        gestures: (N, 32, 17, 3), augmented as in training.
        spans_s: (N,).
        motions: (N,) indices.
        size: axes wanted; what there is not is filled with zeros.

    Returns:
        (32 * 34,) and (32 * 34, size), float32.
    """
    features = gesture_features(torch.from_numpy(gestures), torch.from_numpy(spans_s))
    ways = paths(features).double().numpy()
    mean = ways.mean(axis=0)
    _, _, components = np.linalg.svd(ways - mean, full_matrices=False)
    components = components[:_COMPONENTS].T  # (32 * 34, C)
    parts = (ways - mean) @ components
    within = parts.copy()
    for motion in np.unique(motions):
        within[motions == motion] -= within[motions == motion].mean(axis=0)
    scatter = within.T @ within / len(within)
    scatter += _SHRINK * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    values, vectors = np.linalg.eigh(scatter)
    whiten = vectors / np.sqrt(values)
    spread = parts @ whiten
    _, directions = np.linalg.eigh(spread.T @ spread)
    axes = components @ whiten @ directions[:, ::-1][:, :size]
    filled = np.zeros((len(mean), size))
    filled[:, : axes.shape[1]] = axes
    return torch.from_numpy(mean).float(), torch.from_numpy(filled).float()
