"""Curves over time made small enough to draw, whatever draws them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: More points than this can't be seen in a curve, only slow it down.
MAX_POINTS: Final = 1000
#: Points further apart than this, in seconds, are not joined, unless all of them are.
_GAP_S: Final = 1.0


def curve_runs(times_s: NDArray[Any], values: NDArray[Any]) -> list[tuple[Array, Array]]:
    """A curve in its pieces without gaps, thinned.

    Gaps are found before thinning: a mean over two sides of a gap would hide it.

    Args:
        times_s: (N,) seconds, increasing.
        values: (N,) or (N, C).

    Returns:
        For each piece (n,) times and (n,) or (n, C) values: means over equally many points, about
        `MAX_POINTS` of all pieces together.
    """
    times, rows = np.asarray(times_s, np.float64), np.asarray(values, np.float64)
    if not len(times):
        return []
    steps = np.diff(times)
    usual_s = float(np.median(steps)) if len(steps) else 0.0
    cuts = np.flatnonzero(steps > max(_GAP_S, 3 * usual_s)) + 1
    size = -(-len(times) // MAX_POINTS)
    pieces = zip(np.split(times, cuts), np.split(rows, cuts), strict=True)
    return [(_means(piece, size), _means(part, size)) for piece, part in pieces]


def _means(values: Array, size: int) -> Array:
    """Means over so many values; over the rest at the end."""
    if size <= 1:
        return values
    starts = np.arange(0, len(values), size)
    sizes = np.diff([*starts, len(values)])
    sums = np.add.reduceat(values, starts)
    return np.asarray((sums.T / sizes).T, np.float64)
