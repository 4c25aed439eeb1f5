"""Examples of taught actions: a stretch of one person's keypoints, and what it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from harec.actions.gesture import MAX_SPAN_S, MIN_SPAN_S, SPANS_S
from harec.actions.labels import OTHER
from harec.actions.segments import By
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS
from harec.core.text import readable

#: What files of examples end in.
PACK_ENDING: Final = ".harec"
LONGEST_LABEL: Final = 60
#: A longer stretch is no example of something.
LONGEST_S: Final = 120.0
#: A stretch that is longer is something done again and again: it is cut into pieces.
_ONE_GESTURE_S: Final = 4.8
_PIECE_S: Final = SPANS_S[2]
_MOST_PIECES: Final = 8


def checked_label(text: str) -> str:
    """A label as it is kept: one line, no spaces around it, any script.

    Raises:
        InputError: it is empty or longer than 60 characters.
    """
    label = readable(unicodedata.normalize("NFC", " ".join(text.split())))
    if not label:
        raise InputError("An action needs a name.")
    if len(label) > LONGEST_LABEL:
        raise InputError(
            f'"{label[:20]}…" is too long for a name ({len(label)} characters): at most '
            f"{LONGEST_LABEL}."
        )
    return OTHER if label.upper() == OTHER else label


@dataclass(frozen=True, eq=False)
class Example:
    """Somebody shows an action.

    Attributes:
        label: its name; OTHER: this is none of the actions.
        source: the file that it is from, a name without folders.
        start_s, end_s: in that file.
        person: who shows it, if that is known.
        by: who said so.
        times_s: float64 (F,) ascending, within start_s and end_s.
        keypoints_xyc: float32 (F, 17, 3): pixels and score, 0 = keypoint missing.

    Raises:
        InputError: the label is empty or too long, or the stretch too short or too long.
    """

    label: str
    source: str
    start_s: float
    end_s: float
    times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray
    person: str = ""
    by: By = "human"

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", checked_label(self.label))
        if self.by not in get_args(By):
            raise ValueError(f"by must be one of {', '.join(get_args(By))}")
        shapes = self.times_s.shape, self.keypoints_xyc.shape
        if shapes != ((len(self.times_s),), (len(self.times_s), NUM_KEYPOINTS, 3)):
            raise ValueError(f"an example's arrays don't fit: {shapes}")
        if not (np.isfinite(self.times_s).all() and np.isfinite(self.keypoints_xyc).all()):
            raise ValueError("an example's numbers are not all finite")
        if (np.diff(self.times_s) <= 0).any():
            raise ValueError("an example's times don't grow")
        seen_s = float(np.ptp(self.times_s)) if len(self.times_s) else 0.0
        if seen_s < 0.5 * MIN_SPAN_S:
            raise InputError(
                f'The example of "{self.label}" in {self.source} is too short: the person must be '
                f"seen for {MIN_SPAN_S} s."
            )
        if seen_s > LONGEST_S:
            raise InputError(
                f'The example of "{self.label}" in {self.source} is longer than {LONGEST_S:.0f} s: '
                "mark the part that shows it."
            )

    def pieces(self) -> Iterator[tuple[float, float]]:
        """The spans that are embedded: all of it, or pieces of what is done again and again."""
        first_s, last_s = float(self.times_s[0]), float(self.times_s[-1])
        if last_s - first_s <= min(_ONE_GESTURE_S, MAX_SPAN_S):
            yield first_s, last_s
            return
        count = min(_MOST_PIECES, int((last_s - first_s) / (_PIECE_S / 2)))
        for start_s in np.linspace(first_s, last_s - _PIECE_S, count).tolist():
            yield start_s, start_s + _PIECE_S


def stretch(
    label: str,
    source: str,
    times_s: NDArray[np.float64],
    keypoints_xyc: FloatArray,
    start_s: float,
    end_s: float,
    *,
    person: str = "",
    by: By = "human",
) -> Example:
    """An example from a part of a track (F,), (F, 17, 3). Raises InputError as `Example`."""
    inside = (times_s >= start_s) & (times_s <= end_s)
    return Example(
        label,
        source,
        start_s,
        end_s,
        np.asarray(times_s[inside], np.float64),
        np.asarray(keypoints_xyc[inside], np.float32),
        person,
        by,
    )


def in_one_spelling(examples: Sequence[Example], known: Iterable[str] = ()) -> tuple[Example, ...]:
    """Examples of which names that differ in capitals alone are one: as it was written first.

    Args:
        known: names that were written before these.
    """
    first = {label.casefold(): label for label in reversed([*known])}
    names = [first.setdefault(each.label.casefold(), each.label) for each in examples]
    return tuple(
        each if each.label == name else replace(each, label=name)
        for each, name in zip(examples, names, strict=True)
    )
