"""What humans say of a result: a value of its own, applied on top of whatever a model says now.

A human segment is there as it was said, whatever thresholds and models say; a stretch that a human
cleared holds nothing. The model's own segments are cut around both. A result keeps what humans said
(`Segment.by`, `PersonResult.cleared_s`), so it can be taken out of it and applied to another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from harec.actions.labels import ACTIONS
from harec.actions.repetitions import with_repetitions
from harec.actions.segments import Segment, parts_outside
from harec.analysis.person_match import who_is_there
from harec.core.errors import InputError
from harec.taught.periods import repetitions_within

if TYPE_CHECKING:
    from harec.analysis.results import Analysis, PersonResult

#: What is left of a model's segment beside what a human said is kept from this length on, seconds.
SHORTEST_REST_S: Final = 0.5


@dataclass(frozen=True)
class Statement:
    """A human says what a person does from when to when.

    Attributes:
        action: its name; None = none of the actions.
        start_s, end_s: seconds.

    Raises:
        InputError: it ends before it begins, or is outside any video.
    """

    action: str | None
    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not (0 <= self.start_s < self.end_s and math.isfinite(self.end_s)):
            raise InputError(
                f"A corrected segment can't last from {self.start_s} s to {self.end_s} s."
            )


@dataclass(frozen=True)
class Corrections:
    """What humans say of the people of a result.

    Attributes:
        people: id -> statements, in order of time, not overlapping.

    Raises:
        InputError: two statements of a person overlap.
    """

    people: Mapping[int, tuple[Statement, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person, statements in self.people.items():
            for before, after in pairwise(statements):
                if after.start_s < before.end_s:
                    raise InputError(
                        f"Two corrected segments of person {person} overlap at {after.start_s} s."
                    )

    def __bool__(self) -> bool:
        return any(self.people.values())


def corrections_of(analysis: Analysis) -> Corrections:
    """What humans said that a result holds."""
    found = {person.id: _statements(person) for person in analysis.people}
    return Corrections({person: said for person, said in found.items() if said})


def _statements(person: PersonResult) -> tuple[Statement, ...]:
    said = [Statement(s.action, s.start_s, s.end_s) for s in person.segments if s.by == "human"]
    said += [Statement(None, start_s, end_s) for start_s, end_s in person.cleared_s]
    return tuple(sorted(said, key=lambda each: each.start_s))


def without_corrections(analysis: Analysis) -> Analysis:
    """What the model says; where a human's segments were, there is nothing."""
    people = tuple(
        replace(p, segments=tuple(s for s in p.segments if s.by == "model"), cleared_s=())
        for p in analysis.people
    )
    return replace(analysis, people=people)


def apply(analysis: Analysis, corrections: Corrections) -> Analysis:
    """A result with these corrections, and no others, on top of what the model says in it.

    Human segments have a confidence of 1; their repetitions are counted anew, as are those of
    what is left of the model's segments.

    Raises:
        InputError: they are of a person or a time that the result does not hold.
    """
    said = corrections.people
    _check(analysis, said)
    model = without_corrections(analysis)
    people = tuple(_corrected(person, said.get(person.id, ())) for person in model.people)
    return replace(analysis, people=people)


def _check(analysis: Analysis, said: Mapping[int, tuple[Statement, ...]]) -> None:
    known = [person.id for person in analysis.people]
    end_s = analysis.video.duration_s
    for number, statements in said.items():
        if statements and number not in known:
            people = f"person {', '.join(map(str, known))}" if known else "nobody"
            raise InputError(
                f"There is no person {number} to correct in this result, which has {people}."
            )
        for each in statements:
            if end_s and each.start_s >= end_s:
                at = f"{each.start_s:g} s: the video ends at {end_s:g} s"
                raise InputError(f"A correction can't begin at {at}.")


def _corrected(person: PersonResult, statements: Sequence[Statement]) -> PersonResult:
    if not statements:
        return person
    spans_s = [(each.start_s, each.end_s) for each in statements]
    segments = [
        part if part is own else _counted(part, person)
        for own in person.segments
        for part in parts_outside(own, spans_s, SHORTEST_REST_S)
    ]
    segments += [
        _counted(Segment(each.action, each.start_s, each.end_s, 1.0, by="human"), person)
        for each in statements
        if each.action is not None
    ]
    return replace(
        person,
        segments=tuple(sorted(segments, key=lambda segment: segment.start_s)),
        cleared_s=tuple((s.start_s, s.end_s) for s in statements if s.action is None),
    )


def _counted(segment: Segment, person: PersonResult) -> Segment:
    """The segment with its repetitions: of built-in actions by their own moments, of others by the
    motion's period."""
    if segment.action in ACTIONS:
        return with_repetitions([segment], person.moments_s)[0]
    times_s, span_s = person.track_times_s, (segment.start_s, segment.end_s)
    return replace(segment, repetitions=repetitions_within(times_s, person.keypoints_xyc, *span_s))


def carried(before: Analysis, after: Analysis) -> tuple[Analysis, tuple[str, ...]]:
    """What humans said of one result of a video, on top of another one of it.

    Where people were followed anew, each statement goes to whom its person's boxes overlap with
    while it lasts.

    Returns:
        ``after`` with the corrections, and sentences for the user about those that nobody is there
        for.
    """
    corrections = corrections_of(before)
    if not corrections:
        return after, ()
    if _same_people(before, after):
        return apply(after, corrections), ()
    people = {person.id: person for person in before.people}
    found: dict[int, list[Statement]] = {}
    lost = []
    for person_id, statements in corrections.people.items():
        for each in statements:
            whose = who_is_there(people[person_id], each.start_s, each.end_s, after.people)
            own = [] if whose is None else found.setdefault(whose, [])
            if whose is None or any(_overlap(each, other) for other in own):
                lost.append(f"{each.start_s:.1f} s (person {person_id})")
            else:
                own.append(each)
    moved = {who: tuple(sorted(own, key=lambda s: s.start_s)) for who, own in found.items()}
    return apply(after, Corrections(moved)), _told(lost)


def _told(lost: Sequence[str]) -> tuple[str, ...]:
    if not lost:
        return ()
    shown = ", ".join(lost[:5]) + (", …" if len(lost) > 5 else "")
    what = "A correction has" if len(lost) == 1 else f"{len(lost)} corrections have"
    return (f"{what} no place in this result, for nobody is seen where it was made: {shown}.",)


def _overlap(a: Statement, b: Statement) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s


def _same_people(before: Analysis, after: Analysis) -> bool:
    """Whether ids mean the same people: their tracks are the same."""
    return len(before.people) == len(after.people) and all(
        a.id == b.id
        and np.array_equal(a.track_times_s, b.track_times_s)
        and np.array_equal(a.keypoints_xyc, b.keypoints_xyc)
        for a, b in zip(before.people, after.people, strict=True)
    )
