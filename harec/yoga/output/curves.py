"""The score over time as a curve to draw, whatever draws it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.yoga.practice.holds import Hold
from harec.yoga.practice.video import Practice

#: More points than this can't be seen in a curve, only slow it down.
_MOST_POINTS: Final = 1000
#: Between two looks further apart than this nothing was seen.
_GAP_S: Final = 1.0

Array = NDArray[np.float64]


def practice_end_s(practice: Practice) -> float:
    """Where the time axis of a practice ends, in seconds."""
    return max([practice.video.duration_s or 0.0, *(hold.end_s for hold in practice.holds)])


def score_curve(hold: Hold, times_s: Array, scores: Array) -> tuple[Array, Array]:
    """Times and scores (L,) within a hold, thinned; a score is nan where the line has a gap.

    Args:
        times_s, scores: (L,) of all looks; nan where there is no score.
    """
    inside = (times_s >= hold.start_s - 1e-6) & (times_s <= hold.end_s + 1e-6)
    inside &= np.isfinite(scores)
    times, values = times_s[inside], scores[inside]
    run = -(-len(times) // _MOST_POINTS)
    if run > 1:
        starts = np.arange(0, len(times), run)
        sizes = np.diff([*starts, len(times)])
        times = np.add.reduceat(times, starts) / sizes
        values = np.add.reduceat(values, starts) / sizes
    gaps = np.flatnonzero(np.diff(times) > max(_GAP_S, 3 * _median_step(times))) + 1
    return np.insert(times, gaps, times[gaps - 1] + 1e-3), np.insert(values, gaps, np.nan)


def _median_step(times_s: Array) -> float:
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0
