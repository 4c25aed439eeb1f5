"""The score over time as a curve to draw, whatever draws it."""

from __future__ import annotations

import numpy as np

from harec.render.curves import Array, curve_runs
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.video import Practice


def practice_end_s(practice: Practice) -> float:
    """Where the time axis of a practice ends, in seconds."""
    return max([practice.video.duration_s or 0.0, *(hold.end_s for hold in practice.holds)])


def score_runs(hold: Hold, times_s: Array, scores: Array) -> list[tuple[Array, Array]]:
    """Times and scores within a hold, in pieces without gaps, thinned.

    Args:
        times_s, scores: (L,) of all sampled frames; nan where there is no score.
    """
    inside = (times_s >= hold.start_s - 1e-6) & (times_s <= hold.end_s + 1e-6)
    inside &= np.isfinite(scores)
    return curve_runs(times_s[inside], scores[inside])
