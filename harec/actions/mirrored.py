"""Windows and their mirror images, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harec.core.poses import FloatArray
from harec.core.skeleton import MIRROR


def mirror(keypoints: Tensor) -> Tensor:
    """Keypoints (..., 17, 3) as a mirror shows them: x negated, left and right swapped."""
    flipped = keypoints[..., list(MIRROR), :].clone()
    flipped[..., 0] *= -1
    return flipped


@torch.inference_mode()
def with_mirror_images(
    answer: Callable[..., Tensor],
    size: int,
    batch_size: int,
    keypoints_xyc: FloatArray,
    *more: NDArray[np.float32],
) -> FloatArray:
    """What a network says of windows float32 (B, S, 17, 3) and of their mirror images.

    Args:
        answer: given those of a batch and then their mirror images, and ``more`` (B, ...) twice;
            returns (2B, size).

    Returns:
        float32 (2, B, size).
    """
    parts = [np.zeros((2, 0, size), np.float32)]
    for first in range(0, len(keypoints_xyc), batch_size):
        batch = slice(first, first + batch_size)
        keypoints = torch.from_numpy(keypoints_xyc[batch])
        both = torch.cat([keypoints, mirror(keypoints)]).float()
        rest = (torch.from_numpy(np.concatenate([each[batch]] * 2)) for each in more)
        parts.append(answer(both, *rest).reshape(2, len(keypoints), size).numpy())
    return np.concatenate(parts, axis=1)
