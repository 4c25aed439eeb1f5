"""What the network is given: keypoints made independent of the frame's size and place.

Version 1, per step: keypoints relative to the hips in torso lengths, which keypoints are seen, the
hips' vertical motion with its trend removed (jumps stay, walking and a moving camera go), the
hips' speed, the vector and distance between the wrists, the wrists' speeds, the distance between
the ankles. Measured against plain coordinates in the model card.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import pad

from harec.actions.windows import RATE_HZ
from harec.core.geometry import MIN_TORSO_PER_SHOULDERS, TORSO_PER_SHOULDERS
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NUM_KEYPOINTS,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

FEATURES_VERSION: Final = 1
NUM_FEATURES: Final = 2 * NUM_KEYPOINTS + NUM_KEYPOINTS + 1 + 2 + 3 + 4 + 1

# Gains bring the parts to about the same size as the coordinates.
_HIP_GAIN, _SPEED_GAIN = 3.0, 0.25


def extract_features(keypoints_xyc: Tensor) -> Tensor:
    """Features of windows.

    Args:
        keypoints_xyc: float (B, T, 17, 3): pixels (y down) and score; 0 = keypoint missing.

    Returns:
        float (B, T, 62). Finite for any finite input, also when nothing is seen.
    """
    seen = (keypoints_xyc[..., 2] > 0).to(keypoints_xyc.dtype)  # B, T, 17
    points = keypoints_xyc[..., :2]
    torso = window_torso_length(points, seen)[:, None, None]  # B, 1, 1
    root, rooted = _root(points, seen, torso)  # B, T, 2; B, T

    relative = (points - root[:, :, None]) / torso[..., None]  # B, T, 17, 2
    relative = relative.clamp(-4, 4) * seen[..., None]
    moved = (root - _masked_mean(root, rooted)[:, None]) / torso  # B, T, 2
    moved = moved.clamp(-3, 3) * rooted[..., None]
    wrists_seen = seen[..., LEFT_WRIST] * seen[..., RIGHT_WRIST]
    wrists = (points[..., LEFT_WRIST, :] - points[..., RIGHT_WRIST, :]) / torso
    wrists = wrists.clamp(-4, 4) * wrists_seen[..., None]
    ankles = (points[..., LEFT_ANKLE, :] - points[..., RIGHT_ANKLE, :]).norm(dim=-1) / torso[..., 0]
    ankles = ankles.clamp(0, 4) * seen[..., LEFT_ANKLE] * seen[..., RIGHT_ANKLE]
    hands = slice(LEFT_WRIST, RIGHT_WRIST + 1)

    return torch.cat(
        [
            relative.flatten(2),  # 34
            seen,  # 17
            _detrend(moved[..., 1], rooted)[..., None] * _HIP_GAIN,  # 1
            _speed(moved[:, :, None], rooted[..., None]).flatten(2),  # 2
            wrists,  # 2
            wrists.norm(dim=-1, keepdim=True),  # 1
            _speed(relative[:, :, hands], seen[:, :, hands]).flatten(2),  # 4
            ankles[..., None],  # 1
        ],
        dim=-1,
    )


def window_torso_length(points: Tensor, seen: Tensor) -> Tensor:
    """Robust distance from mid-shoulder to mid-hip over a window, in pixels.

    Args:
        points: (B, T, 17, 2).
        seen: (B, T, 17): 1 where the keypoint is seen.

    Returns:
        (B,): the 60 % quantile; from the shoulders' width where no hips are seen; 1 where neither.
    """
    shoulders_seen = seen[..., LEFT_SHOULDER] * seen[..., RIGHT_SHOULDER]
    hips_seen = seen[..., LEFT_HIP] * seen[..., RIGHT_HIP]
    mid_shoulder = (points[..., LEFT_SHOULDER, :] + points[..., RIGHT_SHOULDER, :]) / 2
    mid_hip = (points[..., LEFT_HIP, :] + points[..., RIGHT_HIP, :]) / 2
    lengths = (mid_shoulder - mid_hip).norm(dim=-1)
    widths = (points[..., LEFT_SHOULDER, :] - points[..., RIGHT_SHOULDER, :]).norm(dim=-1)
    torso = _masked_quantile(lengths, shoulders_seen * hips_seen, 0.6)
    width = _masked_quantile(widths, shoulders_seen, 0.8)
    torso = torch.where(
        torso > 0,
        torch.maximum(torso, MIN_TORSO_PER_SHOULDERS * width),
        TORSO_PER_SHOULDERS * width,
    )
    return torch.where(torso > 1e-3, torso, torch.ones_like(torso))


def _root(points: Tensor, seen: Tensor, torso: Tensor) -> tuple[Tensor, Tensor]:
    """Mid-hip of each step; else one torso below mid-shoulder; else the window's mean."""
    hips_seen = seen[..., LEFT_HIP] * seen[..., RIGHT_HIP]
    shoulders_seen = seen[..., LEFT_SHOULDER] * seen[..., RIGHT_SHOULDER]
    mid_hip = (points[..., LEFT_HIP, :] + points[..., RIGHT_HIP, :]) / 2
    mid_shoulder = (points[..., LEFT_SHOULDER, :] + points[..., RIGHT_SHOULDER, :]) / 2
    below = mid_shoulder + torch.stack([torch.zeros_like(torso), torso], dim=-1)[..., 0, :]
    root = torch.where(hips_seen[..., None] > 0, mid_hip, below)
    rooted = torch.maximum(hips_seen, shoulders_seen)
    mean = _masked_mean(root, rooted)[:, None]
    return torch.where(rooted[..., None] > 0, root, mean), rooted


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over steps of (B, T, C) where mask (B, T) is 1; 0 where there is none."""
    return (values * mask[..., None]).sum(1) / mask.sum(1).clamp(min=1)[:, None]


def _masked_quantile(values: Tensor, mask: Tensor, quantile: float) -> Tensor:
    """Quantile over steps of (B, T) where mask is 1; 0 where there is none."""
    ordered = torch.where(mask > 0, values, torch.inf).sort(dim=1).values
    count = mask.sum(1)
    index = ((count - 1).clamp(min=0) * quantile).round().long()
    picked = ordered.gather(1, index[:, None])[:, 0]
    return torch.where(count > 0, picked, torch.zeros_like(picked))


def _speed(values: Tensor, mask: Tensor) -> Tensor:
    """Change per second between steps of (B, T, J, 2), 0 where one end is missing; clamped."""
    both = mask[:, 1:] * mask[:, :-1]
    change = (values[:, 1:] - values[:, :-1]) * RATE_HZ * both[..., None]
    return pad(change.clamp(-20, 20), (0, 0, 0, 0, 1, 0)) * _SPEED_GAIN


def _detrend(values: Tensor, mask: Tensor) -> Tensor:
    """(B, T) less its least-squares line over the steps where mask is 1."""
    steps = torch.linspace(-1, 1, values.shape[1], dtype=values.dtype, device=values.device)
    count = mask.sum(1, keepdim=True).clamp(min=1)
    centre_t = (steps * mask).sum(1, keepdim=True) / count
    centre_v = (values * mask).sum(1, keepdim=True) / count
    t, v = (steps - centre_t) * mask, (values - centre_v) * mask
    slope = (t * v).sum(1, keepdim=True) / (t * t).sum(1, keepdim=True).clamp(min=1e-6)
    return v - slope * t
