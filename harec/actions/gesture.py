"""Gestures: the part of a recording in which a person moves, brought to a fixed number of steps.

What people show to name it (a letter drawn, a throw, a squat) lasts one to six seconds; an
embedding sees all of it, whatever its length, which it is told beside.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.windows import STEPS, resample
from harec.core.geometry import torso_length
from harec.core.poses import FloatArray
from harec.core.skeleton import LEFT_HIP, RIGHT_HIP

#: Spans, in seconds, that a stream is cut into for taught actions: each half as long again as the
#: one before, so that every gesture is within a fifth of one of them.
SPANS_S: Final[tuple[float, ...]] = (1.2, 1.8, 2.7, 4.0)
MIN_SPAN_S: Final = 0.8
MAX_SPAN_S: Final = 6.0

_EDGE: Final = 0.04  # of all motion lies before the part that moves, and as much after it
_PAD_S: Final = 0.15
_IDLE: Final = 20  # percentile of the speed that counts as rest: sway, jitter
_KERNEL_S: Final = 0.2


def motion_speed(points: FloatArray, frame_rate: float) -> NDArray[np.float64]:
    """How quickly a body moves against its hips, in torso lengths a second, smoothed: (F,).

    Args:
        points: (F, 17, D): pixels or metres; missing keypoints as the mean of what is known of
            them, or anything that does not move.
        frame_rate: of the frames.
    """
    torso = max(float(np.median(torso_length(points))), 1e-6)
    hips = points[:, [LEFT_HIP, RIGHT_HIP]].mean(axis=1, keepdims=True)
    relative = (points - hips) / torso
    steps = np.linalg.norm(np.diff(relative, axis=0), axis=-1) * frame_rate
    steps = np.minimum(steps, 12)  # swapped limbs, lost keypoints
    speed = np.concatenate([steps[:1], steps]).mean(axis=1)
    width = max(1, round(_KERNEL_S * frame_rate))
    padded = np.pad(speed, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")


def moving_part(speed: NDArray[np.float64], frame_rate: float) -> tuple[float, float]:
    """From when to when a person moves, seconds from the first frame.

    Args:
        speed: (F,), of `motion_speed`, at least 2.
        frame_rate: of the frames.

    Returns:
        All but the first and the last rest, at least `MIN_SPAN_S` where the recording is that long.
    """
    last_s = (len(speed) - 1) / frame_rate
    moved = np.cumsum(np.maximum(speed - np.percentile(speed, _IDLE), 0))
    if moved[-1] <= 1e-9:
        return 0.0, last_s
    start, end = np.searchsorted(moved, np.array([_EDGE, 1 - _EDGE]) * moved[-1]) / frame_rate
    start, end = max(start - _PAD_S, 0.0), min(end + _PAD_S, last_s)
    missing = max(min(MIN_SPAN_S, last_s) - (end - start), 0.0)
    start = max(start - missing / 2, 0.0)
    return float(start), float(min(max(end, start + min(MIN_SPAN_S, last_s)), last_s))


def gesture_steps(
    times_s: NDArray[np.float64], keypoints_xyc: FloatArray, start_s: float, end_s: float
) -> FloatArray:
    """A span of a track as the embedding takes it: float32 (32, 17, 3), by time.

    Args:
        times_s: (F,) ascending.
        keypoints_xyc: (F, 17, 3): pixels and score, 0 = keypoint missing.
        start_s, end_s: within ``times_s``.
    """
    return resample(times_s, keypoints_xyc, np.linspace(start_s, end_s, STEPS))


def filled(keypoints_xyc: FloatArray) -> FloatArray:
    """Points (F, 17, 2) of a track (F, 17, 3), missing ones where they were before."""
    points = keypoints_xyc[..., :2].copy()
    seen = keypoints_xyc[..., 2] > 0
    frames = np.arange(len(points))[:, None]
    last = np.maximum.accumulate(np.where(seen, frames, -1), axis=0)
    first = np.where(seen.any(axis=0), seen.argmax(axis=0), 0)
    return points[np.where(last >= 0, last, first), np.arange(points.shape[1])]
