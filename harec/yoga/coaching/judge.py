"""How well an asana is done: a score and the words that help most.

Each judged angle has a deviation: 0 at its target, 1 at the end of its range
(`harec.yoga.coaching.references.Range`). The score is

    100 / (1 + mean(weight * (deviation / 2)^2))

which is 100 with every angle on its target, 80 with every one at the end of its range, and falls
whenever one angle moves away from its target: one knee that is far off is not hidden by seven
other angles that are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from harec.yoga.coaching import cues
from harec.yoga.coaching.references import References
from harec.yoga.recognition.angles import (
    ANGLE_NAMES,
    MIRROR_ANGLES,
    Angles,
)
from harec.yoga.recognition.asanas import Side

#: Deviation at which one angle alone would halve the score.
_HALVING: Final = 2.0
#: Share of the weights that must be seen for a score.
_ENOUGH: Final = 0.5
MOST_FEEDBACK: Final = 3


@dataclass(frozen=True)
class Feedback:
    """One thing to do better.

    Attributes:
        angle: a name of `harec.yoga.recognition.angles.ANGLE_NAMES`, the body's own left and right.
        value_deg: as it is.
        low_deg, high_deg: as it should be.
        text: what a teacher says, with the numbers.
    """

    angle: str
    value_deg: float
    low_deg: float
    high_deg: float
    text: str


@dataclass(frozen=True)
class Judgement:
    """How well an asana is done.

    Attributes:
        score: 0..100.
        feedback: angles out of their range, the worst first, at most three.
    """

    score: float
    feedback: tuple[Feedback, ...]


def judge(
    asana: str, side: Side | None, angles_deg: Angles, references: References
) -> Judgement | None:
    """Judge a body that does an asana.

    Args:
        asana: a name of `harec.yoga.recognition.asanas.ASANAS`.
        side: on which side; None for an asana without sides, or where it is not known.
        angles_deg: (9,) as `harec.yoga.recognition.angles.joint_angles` gives them; nan = not seen.
            Those are
            left out of the mean.

    Returns:
        None when angles with less than half of the weights are seen, or when it is not known on
        which side a sided asana is done: right legs are not judged as left ones.
    """
    ranges = references.judged(asana, side)
    if not ranges:
        return None
    seen = {
        name: (float(angles_deg[ANGLE_NAMES.index(name)]), wanted)
        for name, wanted in ranges.items()
        if np.isfinite(angles_deg[ANGLE_NAMES.index(name)])
    }
    weight = sum(wanted.weight for _, wanted in seen.values())
    if weight < _ENOUGH * sum(wanted.weight for wanted in ranges.values()):
        return None
    off = {name: wanted.deviation(value) for name, (value, wanted) in seen.items()}
    squares = sum(w.weight * (off[name] / _HALVING) ** 2 for name, (_, w) in seen.items())
    wrong = sorted(
        (name for name, (value, wanted) in seen.items() if value not in wanted),
        key=lambda name: -seen[name][1].weight * off[name] ** 2,
    )
    said: dict[str, Feedback] = {}
    for name in wrong:
        value, wanted = seen[name]
        own = ANGLE_NAMES[MIRROR_ANGLES[ANGLE_NAMES.index(name)]] if side == "right" else name
        words = cues.text(asana, own, side, small=value < wanted.low)
        if words and words not in said:
            words_and_numbers = (
                f"{words}: {value:.0f}°, aim for {wanted.low:.0f}-{wanted.high:.0f}°"
            )
            said[words] = Feedback(name, value, wanted.low, wanted.high, words_and_numbers)
    return Judgement(100 / (1 + squares / weight), tuple(said.values())[:MOST_FEEDBACK])
