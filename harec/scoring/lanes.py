"""Which lane of a result is which lane of the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from harec.actions.labels import ACTIONS, OTHER
from harec.actions.segments import Segment
from harec.formats.annotations import Annotations, Lane
from harec.scoring.overlaps import Overlapping

Segments = tuple[Segment, ...]

#: What a second counts in which both lanes have an action, beside one of the same action.
_ANY_ACTION: Final = 1e-6


@dataclass(frozen=True)
class LanePair:
    """One person, or everybody, as the truth has it and as it was found.

    Attributes:
        truth, found: segments in order of time, none of them OTHER.
        truth_name, found_name: of the lanes; empty = nobody is named, or there is no such lane.
        end_s: both are looked at from 0 to this time, in seconds.
    """

    truth: Segments
    found: Segments
    truth_name: str
    found_name: str
    end_s: float


def pair_lanes(
    truth: Annotations, found: Annotations, end_s: float | None = None
) -> list[LanePair]:
    """The lanes of both, so that as much time as can be has the same action; lanes that are left
    over have nobody beside them.

    Names say nothing: who is Person 1 in one file may be Anna in the other. Where one of the two
    names nobody (ActivityNet, captions without voices), it says what anybody does, and so the
    other's lanes are taken together.

    Args:
        end_s: end of the video in seconds; None = what the two say.
    """
    ends = max(truth.end_s, found.end_s) if end_s is None else end_s
    rows, columns = _lanes(truth), _lanes(found)
    if not (truth.named and found.named):
        rows, columns = [_together(rows)], [_together(columns)]
    alike = np.array([[_likeness(a.segments, b.segments) for b in columns] for a in rows])
    pairs = zip(*linear_sum_assignment(-alike.reshape(len(rows), len(columns))), strict=True)
    partner = {int(a): int(b) for a, b in pairs}
    nobody = Lane("", ())
    made = [
        (row, columns[partner[place]] if place in partner else nobody)
        for place, row in enumerate(rows)
    ]
    taken = set(partner.values())
    made += [(nobody, column) for place, column in enumerate(columns) if place not in taken]
    return [LanePair(a.segments, b.segments, a.name, b.name, ends) for a, b in made]


def _lanes(annotations: Annotations) -> list[Lane]:
    """In an order that does not depend on the file's."""
    lanes = [
        replace(lane, segments=tuple(s for s in lane.segments if s.action != OTHER))
        for lane in annotations.lanes
    ]
    return sorted(lanes, key=lambda lane: ([_key(s) for s in lane.segments], lane.name))


def _key(segment: Segment) -> tuple[float, float, str]:
    return segment.start_s, segment.end_s, segment.action


def _together(lanes: Sequence[Lane]) -> Lane:
    """What anybody does: segments of one action that overlap are one."""
    joined: list[Segment] = []
    last: dict[str, int] = {}
    for segment in sorted((s for lane in lanes for s in lane.segments), key=_key):
        place = last.get(segment.action)
        if place is not None and segment.start_s < joined[place].end_s:
            before = joined[place]
            joined[place] = replace(
                before,
                end_s=max(before.end_s, segment.end_s),
                confidence=max(before.confidence, segment.confidence),
                repetitions=None,
            )
        else:
            last[segment.action] = len(joined)
            joined.append(segment)
    return Lane(lanes[0].name if len(lanes) == 1 else "", tuple(joined))


def _likeness(a: Sequence[Segment], b: Sequence[Segment]) -> float:
    """Seconds in which both have the same action; where that leaves a choice, those in which both
    have any weigh in: a person that is named otherwise is likelier than another person."""
    near = Overlapping(b)
    return sum(
        (1 if b[i].action == x.action else 0) * seconds + _ANY_ACTION * seconds
        for x in a
        for i in near.with_(x)
        if (seconds := min(x.end_s, b[i].end_s) - max(x.start_s, b[i].start_s)) > 0
    )


def without_unknown(truth: Annotations, found: Annotations) -> tuple[Annotations, Counter[str]]:
    """The truth with only what the result could have said: the six actions, and what it names.

    Other labels (walking, sitting) count as OTHER.

    Returns:
        the truth, and how many segments of which other labels were left out of it.
    """
    known = {*ACTIONS, *found.labels}
    left_out = Counter(s.action for lane in truth.lanes for s in lane.segments)
    for label in known | {OTHER}:
        left_out.pop(label, None)
    lanes = tuple(
        replace(lane, segments=tuple(s for s in lane.segments if s.action in known))
        for lane in truth.lanes
    )
    return replace(truth, lanes=lanes), left_out
