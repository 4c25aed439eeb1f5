"""Bare streams (.h264, .hevc, .mjpeg ... of a camera), whose frames have no times: their rate."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av

from harec.core.errors import InputError

#: What FFmpeg takes for a bare stream that says nothing, and most programs after it.
ASSUMED_RATE: Final = Fraction(25)
#: Frame rates that a user may give.
LEAST_RATE: Final = Fraction(1, 10)
MOST_RATE: Final = 1000
#: Frames a second that a codec may mean; others are ticks of its clock.
_NOMINAL: Final = (1, 240)


def untimed_rate(
    container: Any,
    stream: Any,
    given: Fraction | float | None,
    name: str,
    warnings: list[str],
) -> Fraction | None:
    """Frames a second by which frames without times are read.

    Args:
        given: by the user.
        name: what the warning calls the file.
        warnings: gets a sentence when a rate is assumed, and when a given one is not needed.

    Returns:
        What is given; else what the codec says, which a camera need not keep to; else 25. None for
        a container that gives its frames times: then nothing is changed.

    Raises:
        InputError: ``given`` is no frame rate.
    """
    if given is not None and not LEAST_RATE <= given <= MOST_RATE:
        raise InputError(
            f"The frame rate must be {float(LEAST_RATE):g} to {MOST_RATE} frames a second, "
            f"not {float(given):g}."
        )
    if not container.format.flags & av.format.Flags.no_timestamps.value:
        if given is not None:
            warnings.append(
                f'"{name}" has times of its own: they are used, and the frame rate that was given '
                "is not."
            )
        return None
    if given is not None:
        return Fraction(given).limit_denominator(1001)
    said = stream.codec_context.framerate
    known = bool(said) and _NOMINAL[0] <= said <= _NOMINAL[1]
    rate = Fraction(said) if known else ASSUMED_RATE
    warnings.append(
        f'"{name}" holds no times: {float(rate):g} frames a second are assumed'
        f"{', as its codec says' if known else ''}. If that is wrong, times, speeds and actions "
        "are wrong, too: give the camera's frame rate (command line: --rate)."
    )
    return rate
