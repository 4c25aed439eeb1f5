"""A sequence of asanas to practise: read from text, and ticked off by the holds.

``expected: natarajasana left, right, trikonasana, Tree (both sides)``
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from harec.core.errors import InputError
from harec.yoga.practice.holds import Hold
from harec.yoga.recognition.asanas import ASANAS, Side

#: More than anybody practises in a session.
MOST_STEPS: Final = 200

#: What people also call them, beside the name, the Sanskrit and the English name.
_ALSO: Final[dict[str, tuple[str, ...]]] = {
    "natarajasana": ("dancer", "king dancer", "lord of dance"),
    "trikonasana": ("utthita trikonasana", "extended triangle"),
    "ardha_chandrasana": ("halfmoon",),
    "vrikshasana": ("vrksasana", "vriksasana"),
    "baddha_konasana": ("butterfly", "cobbler", "cobblers", "baddhakonasana"),
    "utkata_konasana": ("horse stance", "sumo squat"),
    "adho_mukha_svanasana": (
        "down dog",
        "downdog",
        "downward dog",
        "downward facing dog",
        "adho mukha shvanasana",
        "svanasana",
    ),
    "tadasana": ("samasthiti",),
    "virabhadrasana_i": ("vira i",),
    "virabhadrasana_ii": ("vira ii",),
    "virabhadrasana_iii": ("vira iii",),
}
#: Names that stand for several asanas, to ask which is meant.
_FAMILIES: Final = {
    "virabhadrasana": "virabhadrasana",
    "warrior": "virabhadrasana",
    "vira": "virabhadrasana",
}
_NUMBERS: Final = {"1": "i", "2": "ii", "3": "iii", "one": "i", "two": "ii", "three": "iii"}
#: Before a step of a list: "1. ", "2) ", "(3) ", "4 - ", "* ".
_LIST_NUMBER: Final = re.compile(r"^\s*(?:\(?\d{1,3}\s*[.):]|\d{1,3}\s+-(?!>)|[-*•])\s*")
_SIDES: Final[dict[str, tuple[Side, ...]]] = {
    "left": ("left",),
    "l": ("left",),
    "right": ("right",),
    "r": ("right",),
    "both": ("left", "right"),
}
_FILLERS: Final = {"pose", "asana", "the", "on", "side", "sides", "and", "to", "then", "in", "a"}


@dataclass(frozen=True)
class Step:
    """One asana of a sequence; ``side`` None = either, or an asana without sides."""

    asana: str
    side: Side | None = None

    @property
    def title(self) -> str:
        """What people read."""
        return ASANAS[self.asana].title(self.side)


class Status(StrEnum):
    """What became of a step."""

    DONE = "done"
    MOVED = "out of order"
    OTHER_SIDE = "on the other side"
    MISSING = "missing"


@dataclass(frozen=True)
class StepResult:
    """A step and what became of it; ``hold`` is the one meant, None when it is missing."""

    step: Step
    status: Status
    hold: Hold | None = None


@dataclass(frozen=True)
class SequenceResult:
    """All steps in order, and the holds that belong to none of them."""

    steps: tuple[StepResult, ...]
    extra: tuple[Hold, ...]

    @property
    def done(self) -> int:
        """How many steps were done in their place."""
        return sum(each.status is Status.DONE for each in self.steps)

    @property
    def complete(self) -> bool:
        """Whether every step was done in its place; more may have been done besides."""
        return self.done == len(self.steps)


def parse_sequence(text: str) -> list[Step]:
    """Steps from what a person writes.

    Names are Sanskrit (with or without diacritics), English or those of `ASANAS`; a side follows
    its asana: "left", "right", "both sides". A side alone repeats the asana before it. Steps are
    parted by commas, semicolons, arrows or line ends, and may be numbered ("1. tree", "2) dog").

    Raises:
        InputError: nothing is written, or a name is not known; the message says which ones are
            close.
    """
    text = re.sub(r"^\s*expected\s*:", "", text, flags=re.IGNORECASE)
    steps: list[Step] = []
    for part in re.split(r"[,;\n→]|->|\bthen\b", text):
        part = _LIST_NUMBER.sub("", part)
        words = _words(part)
        if not words:
            continue
        sides = [side for word in words for side in _SIDES.get(word, ())]
        name_words = [w for w in words if w not in _SIDES and w not in _FILLERS]
        if name_words:
            name = _asana_of(name_words, _without_sides(part))
        elif steps and sides:
            name = steps[-1].asana
        else:
            raise InputError(
                f'"{part.strip()}" names no asana; write, for example: trikonasana left.'
            )
        if sides and not ASANAS[name].sided:
            raise InputError(f"{ASANAS[name].sanskrit} has no sides; leave out the side.")
        steps += [Step(name, side) for side in sides] or [Step(name)]
    if not steps:
        raise InputError("The sequence is empty; write such as: trikonasana left, right, tree.")
    if len(steps) > MOST_STEPS:
        raise InputError(f"The sequence has {len(steps)} steps; {MOST_STEPS} are the most.")
    return steps


def check_sequence(steps: Sequence[Step], holds: Sequence[Hold]) -> SequenceResult:
    """Tick off a sequence.

    As many steps as possible are matched with holds in their order (longest common subsequence).
    What is left over is then matched out of order, and then on the other side.
    """
    pairs = _in_order(steps, holds)
    found: dict[int, tuple[Status, int]] = {i: (Status.DONE, j) for i, j in pairs}
    free = [j for j in range(len(holds)) if j not in {j for _, j in pairs}]
    rounds: tuple[tuple[Status, Callable[[Step, Hold], bool]], ...] = (
        (Status.MOVED, _fits),
        (Status.OTHER_SIDE, lambda step, hold: step.asana == hold.asana),
    )
    for status, fits in rounds:
        for i, step in enumerate(steps):
            j = next((j for j in free if i not in found and fits(step, holds[j])), None)
            if j is not None:
                found[i] = status, j
                free.remove(j)
    results = [
        StepResult(step, found[i][0], holds[found[i][1]])
        if i in found
        else StepResult(step, Status.MISSING)
        for i, step in enumerate(steps)
    ]
    return SequenceResult(tuple(results), tuple(holds[j] for j in free))


def _fits(step: Step, hold: Hold) -> bool:
    return step.asana == hold.asana and (None in (step.side, hold.side) or step.side == hold.side)


def _in_order(steps: Sequence[Step], holds: Sequence[Hold]) -> list[tuple[int, int]]:
    """(step, hold) pairs that grow in both; the most pairs, and of these the longest holds."""
    best = [[0.0] * (len(holds) + 1) for _ in range(len(steps) + 1)]

    def with_pair(i: int, j: int) -> float:
        if not _fits(steps[i], holds[j]):
            return -1.0
        return best[i + 1][j + 1] + 1 + min(holds[j].duration_s, 1000) * 1e-6

    for i in reversed(range(len(steps))):
        for j in reversed(range(len(holds))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], with_pair(i, j))
    pairs, i, j = [], 0, 0
    while i < len(steps) and j < len(holds):
        if best[i][j] == with_pair(i, j):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _plain(text: str) -> str:
    """Small letters without diacritics; anything else is a space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", letters.replace("'", "").replace("’", ""))


def _words(text: str) -> list[str]:
    parted = re.sub(r"([a-z])([0-9])", r"\1 \2", _plain(text))  # warrior2
    return [_NUMBERS.get(word, word) for word in parted.split()]


def _without_sides(text: str) -> str:
    """What was written, for messages: the name alone."""
    kept = [word for word in text.split() if _plain(word).strip() not in _SIDES]
    return " ".join(kept).strip(" .…")


def _known() -> dict[str, str]:
    """Every way to write a name, without spaces -> asana."""
    known = {}
    for name, asana in ASANAS.items():
        for text in (name, asana.sanskrit, asana.english, *_ALSO.get(name, ())):
            words = [word for word in _words(text) if word not in _FILLERS]
            known["".join(words)] = name
    return known


_KNOWN: Final = _known()


def _asana_of(words: Sequence[str], written: str) -> str:
    key = "".join(words)
    if key in _KNOWN:
        return _KNOWN[key]
    if key in _FAMILIES:
        which = [a.sanskrit for n, a in ASANAS.items() if n.startswith(_FAMILIES[key])]
        raise InputError(f'"{written}" may be {_or(which)}: write which one.')
    close = get_close_matches(key, _KNOWN, n=4, cutoff=0.6)
    names = [ASANAS[name].sanskrit for name in dict.fromkeys(_KNOWN[each] for each in close)]
    if names:
        raise InputError(f'No asana "{written}" is known; did you mean {_or(names[:3])}?')
    raise InputError(f'No asana "{written}" is known; choose from: {", ".join(ASANAS)}.')


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
