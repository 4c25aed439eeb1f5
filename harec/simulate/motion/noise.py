"""Signals over time that look human: smooth noise, irregular beats, eased transitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def smooth_noise(
    rng: np.random.Generator, n: int, rate_hz: float, hz: float, channels: int = 1
) -> Array:
    """Band-limited noise (n, channels) of about unit deviation and frequencies up to ``hz``."""
    knots = max(4, int(n / rate_hz * hz * 2) + 4)
    values = rng.normal(0, 1.15, (knots, channels))  # 1.15: easing between knots loses deviation
    x = np.linspace(0, knots - 1.001, n)
    i = x.astype(np.intp)
    f = smoothstep(x - i)[:, None]
    return values[i] * (1 - f) + values[i + 1] * f


def smoothstep(u: Array) -> Array:
    """Eases 0..1 into 0..1 with zero speed at both ends; clips outside."""
    u = np.clip(u, 0, 1)
    return u * u * (3 - 2 * u)


def minimum_jerk(u: Array) -> Array:
    """The course of a human point-to-point reach (Flash & Hogan 1985), 0..1 to 0..1."""
    u = np.clip(u, 0, 1)
    return u**3 * (10 - 15 * u + 6 * u * u)


def keyed(t: Array, times: ArrayLike, values: ArrayLike) -> Array:
    """Goes through ``values`` (K, ...) at increasing ``times`` (K,), a minimum-jerk reach between.

    Returns (n, ...); holds the first and the last value outside.
    """
    times = np.asarray(times, float)
    values = np.asarray(values, float)
    i = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2)
    w = minimum_jerk((t - times[i]) / np.maximum(times[i + 1] - times[i], 1e-6))
    w = w.reshape(w.shape + (1,) * (values.ndim - 1))
    return values[i] * (1 - w) + values[i + 1] * w


def spline(values: Array, u: Array) -> Array:
    """Catmull-Rom curve through ``values`` (K, ...) at ``u`` (n,) from 0 (first) to 1 (last)."""
    last = len(values) - 1
    x = np.clip(u, 0, 1) * last
    i = np.minimum(x.astype(np.intp), last - 1)
    f = (x - i).reshape(x.shape + (1,) * (values.ndim - 1))
    p0, p1 = values[np.maximum(i - 1, 0)], values[i]
    p2, p3 = values[i + 1], values[np.minimum(i + 2, last)]
    return p1 + 0.5 * f * (
        p2 - p0 + f * (2 * p0 - 5 * p1 + 4 * p2 - p3 + f * (3 * (p1 - p2) + p3 - p0))
    )


def beats(
    rng: np.random.Generator, n: int, rate_hz: float, hz: float, irregular: float = 0.06
) -> Array:
    """Cycle count over time (n,) at a tempo that wanders by ``irregular`` and drifts a little."""
    wander = smooth_noise(rng, n, rate_hz, max(hz / 2, 0.3))[:, 0] * irregular
    drift = rng.normal(0, irregular) * np.linspace(-0.5, 0.5, n)
    speed = hz * np.maximum(1 + wander + drift, 0.3)
    return np.cumsum(speed) / rate_hz + rng.uniform()


def swing(phase: Array, dwell: float = 1.0) -> Array:
    """0..1..0 once per cycle; ``dwell`` from 0.7 (quick turns) over 1 to 2 (rests at the ends)."""
    c = np.cos(2 * np.pi * phase)
    return 0.5 - 0.5 * (c + (dwell - 1) * (np.sin(0.5 * np.pi * c) - c))
