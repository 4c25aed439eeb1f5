"""Keypoints of a person between the frames on which they were estimated."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray

#: Steps between estimates, before a moment, that tell what is usual.
USUAL_STEPS: Final = 8
#: A pose is held for this part of the usual step: not until the next frame that should have come.
HOLD_SHARE: Final = 0.95


def interpolate_keypoints(
    track_times_s: NDArray[np.floating],
    keypoints_xyc: FloatArray,
    time_s: float,
    max_gap_s: float,
) -> FloatArray | None:
    """Keypoints of one person between the frames on which they were estimated.

    Args:
        track_times_s: (F,) increasing seconds of the estimates.
        keypoints_xyc: float32 (F, 17, 3): x, y, score; score 0 means that the keypoint is missing.
        time_s: when.
        max_gap_s: estimates further apart than this are not bridged.

    Returns:
        float32 (17, 3), or None where the person is not tracked. A keypoint that only one of both
        neighbours has stays where it is there, in that neighbour's half of the time. Behind the
        track's end or in a gap the last pose is held for less than the usual step between the few
        estimates before: long enough for the frames that were skipped, too short for a ghost.
    """
    times = np.asarray(track_times_s, np.float64)
    if len(times) == 0:
        return None
    after = int(np.searchsorted(times, time_s, side="left"))
    if after < len(times) and times[after] == time_s:
        return np.array(keypoints_xyc[after], np.float32)
    before = after - 1
    if before >= 0 and after < len(times) and times[after] - times[before] <= max_gap_s:
        part = (time_s - times[before]) / (times[after] - times[before])
        return blend_keypoints(keypoints_xyc[before], keypoints_xyc[after], float(part))
    if before < 0:
        return None
    hold_s = HOLD_SHARE * _usual_step_s(times[max(0, before - USUAL_STEPS) : after], max_gap_s)
    if time_s - times[before] <= hold_s:
        return np.array(keypoints_xyc[before], np.float32)
    return None


def _usual_step_s(times: NDArray[np.float64], max_gap_s: float) -> float:
    steps = np.diff(times)
    steps = steps[steps <= max_gap_s]
    return float(np.median(steps)) if len(steps) else 0.0


def blend_keypoints(
    a_xyc: FloatArray, b_xyc: FloatArray, fraction: FloatArray | float
) -> FloatArray:
    """Keypoints (..., 17, 3) at ``fraction`` 0..1 (broadcast) of the way from ``a`` to ``b``.

    A keypoint that one side misses (score 0) is the nearer side's, so missing (all zero) when that
    side misses it; nothing is invented across a missing keypoint.
    """
    seen_a, seen_b = a_xyc[..., 2:] > 0, b_xyc[..., 2:] > 0
    nearest = np.where(fraction < 0.5, np.where(seen_a, a_xyc, 0), np.where(seen_b, b_xyc, 0))
    return np.where(seen_a & seen_b, a_xyc + (b_xyc - a_xyc) * fraction, nearest).astype(np.float32)
