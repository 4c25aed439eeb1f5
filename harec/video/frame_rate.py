"""A video's frame rate: what its container claims, held against its first time stamps."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

#: Packets that are looked at before the first frame is decoded, and the bytes they may take.
LOOK_AHEAD: Final = 64
LOOK_AHEAD_BYTES: Final = 16 << 20
#: A claim without stamps to hold it against is believed up to here; WebM without a rate "has" 1000.
_FASTEST: Final = 300
#: A claim may be off by this factor: stamps are rounded, and the first of them are not all.
_AGREES: Final = 1.5
#: The same, where the container has counted all its frames: the first ones may be slower or faster.
_COUNTED_AGREES: Final = 10.0
#: Steps so many times the usual one are gaps or wrong stamps, and say nothing about the rate.
_ODD: Final = 10.0


def frame_rate(stream: Any, stamps_s: Sequence[float], *, interlaced: bool) -> Fraction | None:
    """Frames a second on average, as far as is known before a video is read.

    The container's claim, unless its stamps contradict it: then what these say.

    Args:
        stream: PyAV's; its claims.
        stamps_s: of the first packets, in any order.
        interlaced: two packets may be one frame.
    """
    claim = stream.average_rate or stream.guessed_rate
    claim = Fraction(claim) if claim and claim > 0 else None
    measured = measured_rate(stamps_s)
    if measured is None:
        return claim if claim and claim <= _FASTEST else None
    if claim:
        agrees = _COUNTED_AGREES if stream.frames and stream.average_rate else _AGREES
        ratio = float(measured / claim)
        if 1 / agrees <= ratio <= agrees or (interlaced and 1.8 < ratio < 2.2):
            return claim
    return measured


def rate_as_read(claim: Fraction | None, step_s: float) -> Fraction:
    """The rate of a video that was read to its end.

    Args:
        claim: what was known before; kept where it is within 2 %, for it may be the exact number.
        step_s: seconds from one frame to the next, on average.
    """
    if claim and abs(float(claim) * step_s - 1) < 0.02:
        return claim
    return Fraction(1 / step_s).limit_denominator(1001)


def measured_rate(stamps_s: Sequence[float]) -> Fraction | None:
    """Frames a second, from time stamps in any order; None where fewer than two differ."""
    steps = np.diff(np.unique(np.asarray(stamps_s, np.float64)))
    if not len(steps):
        return None
    usual = float(np.median(steps))
    mean = float(steps[(steps > usual / _ODD) & (steps < usual * _ODD)].mean())
    return Fraction(1 / mean).limit_denominator(1001)
