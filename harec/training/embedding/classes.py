"""One name, one motion: what the data sets call it, what is held out, what is everyday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS
from harec.training.datasets import SIMULATED, Clip, split_by_subject

#: Other names of the same motion.
_SAME: Final[Mapping[str, str]] = {
    "ARM_CIRCLES": "ARM_CIRCLE", "BECKONING": "SIGNAL_COME", "BENDING": "BEND", "BOWING": "BOW",
    "BOWL": "BOWLING", "CARRYING": "CARRY", "CATCHING": "CATCH", "CLIMBING": "CLIMB_LADDER",
    "COME_HERE": "SIGNAL_COME", "CROSSING_ARMS": "ARM_CROSS", "FLYING": "FLY_BIRD",
    "FORWARD_KICK": "FRONT_KICK", "GOLF": "GOLF_SWING", "KNOCKING": "KNOCK", "LUNGES": "LUNGE",
    "PICK": "PICK_UP", "POINTING": "POINT", "PULL_UPS": "PULLUP", "PUSHING": "PUSH",
    "PUSH_UPS": "PUSHUP", "SITTING_DOWN": "SIT_DOWN", "SIT_TO_STAND": "STAND_UP",
    "SIT_UPS": "SITUP", "STAND_TO_SIT": "SIT_DOWN", "SWIMMING": "SWIM", "THROWING": "THROW",
    "TWISTING": "TWIST",
}  # fmt: skip

#: Motions that are nobody's action: what people do between them, and before a webcam.
EVERYDAY: Final = frozenset(
    """
    STANDING WALKING SITTING SIT_DOWN STAND_UP TURNING SIDE_STEP CARRY DRINKING BEND PICK_UP
    TOUCHING_HEAD TALKING STAIRS SWEEPING STRETCHING NONE SEATED_DESK SEATED_HANDS_AT_FACE
    SEATED_PHONE SEATED_DRINKING SEATED_TALKING SEATED_STRETCHING SEATED_SHOWING EXPLAINING
    SEATED_SHRUG HANDSHAKE DEPOSIT_FLOOR POUR MUSIC
    """.split()  # noqa: SIM905
)
#: Simulated motions that are several things under one name, or one that has another name elsewhere.
_MANIFOLD: Final = frozenset(("YOGA", "ON_THE_FLOOR", "DANCING", "DRAWING", "SWIPING", "RACKET"))


def motion_of(label: str) -> str:
    """The one name of a motion."""
    return _SAME.get(label, label)


@dataclass(frozen=True)
class HeldOutPlan:
    """What the embedding never sees, so that figures mean something.

    Attributes:
        motions: source -> how many of its motions are held out, wherever they occur.
        people: source -> how many of its people.
        folds: of the people of the other sources one of this many hands is held out.
    """

    motions: Mapping[str, int] = field(
        default_factory=lambda: {"utd_mhad": 10, "kinder_gator": 12, "msraction3d": 7}
    )
    people: Mapping[str, int] = field(
        default_factory=lambda: {"utd_mhad": 3, "kinder_gator": 6, "msraction3d": 3}
    )
    folds: int = 5


@dataclass(frozen=True, eq=False)
class Split:
    """Clips by what they are for.

    Attributes:
        learn: to learn from.
        judge: other people's of the motions in ``learn``.
        held: source -> clips of motions and people that ``learn`` has none of.
        everyday: everyday motion of people that ``learn`` has none of.
        motions: names of all motions held out.
    """

    learn: list[Clip]
    judge: list[Clip]
    held: dict[str, list[Clip]]
    everyday: list[Clip]
    motions: frozenset[str]


def held_out_motions(clips: Iterable[Clip], plan: HeldOutPlan) -> frozenset[str]:
    """The first of each source in the order of a hash; neither the six actions nor the everyday."""
    clips = list(clips)
    found: set[str] = set()
    for source, count in plan.motions.items():
        names = {motion_of(clip.label) for clip in clips if clip.source == source}
        names -= {*ACTIONS, *EVERYDAY}
        found.update(_first(names, count, "motion"))
    return frozenset(found)


def split_motions(clips: Sequence[Clip], plan: HeldOutPlan) -> Split:
    """Hold out motions and people; a motion is held out in every source, simulated or not."""
    motions = held_out_motions(clips, plan)
    people = {
        (source, name)
        for source, count in plan.people.items()
        for name in _first({c.subject for c in clips if c.source == source}, count, source)
    }
    others = [c for c in clips if c.source not in plan.people and c.source != SIMULATED]
    away = {id(c) for c in split_by_subject(others, plan.folds, 0)[1]} if others else set()
    away |= {id(c) for c in clips if (c.source, c.subject) in people}
    named = {id(c): motion_of(c.label) for c in clips}
    learn = [c for c in clips if id(c) not in away and named[id(c)] not in motions]
    learnt = {named[id(c)] for c in learn} - _MANIFOLD
    return Split(
        learn=learn,
        judge=[c for c in clips if id(c) in away and named[id(c)] in learnt],
        held={
            source: [
                c for c in clips
                if c.source == source and id(c) in away and named[id(c)] in motions
            ]
            for source in plan.motions
        },
        everyday=[c for c in clips if id(c) in away and named[id(c)] in EVERYDAY],
        motions=motions,
    )  # fmt: skip


def _first(names: Iterable[str], count: int, salt: str) -> list[str]:
    return sorted(names, key=lambda name: sha256(f"{salt}/{name}".encode()).hexdigest())[:count]


def class_indices(clips: Sequence[Clip]) -> tuple[NDArray[np.int64], list[str]]:
    """The index of each clip's motion (C,), and the motions' names.

    What is several things under one name is a motion of its own a clip's source: it repels others.
    """
    named = [
        f"{clip.source}/{clip.label}" if clip.label in _MANIFOLD else motion_of(clip.label)
        for clip in clips
    ]
    names = sorted(set(named))
    index = {name: i for i, name in enumerate(names)}
    return np.array([index[name] for name in named]), names
