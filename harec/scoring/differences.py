"""Where a result and the truth differ, as one who looks at both lanes would say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from harec.actions.segments import Segment
from harec.scoring.lanes import LanePair
from harec.scoring.segmental import matches

#: Boundaries that differ by less than this are the same, in seconds.
TOLERANCE_S: Final = 0.5
#: Segments of one action that overlap (IoU) by this are one.
_SAME: Final = 0.1

Kind = Literal["missed", "false", "starts early", "starts late", "ends early", "ends late"]


@dataclass(frozen=True)
class Difference:
    """One way in which they differ.

    Attributes:
        kind: the result misses it, has it falsely, or begins or ends it at another time.
        action: label.
        start_s, end_s: of the segment, or of the time between the two boundaries.
        name: of the truth's lane, else of the result's.
    """

    kind: Kind
    action: str
    start_s: float
    end_s: float
    name: str


def differences(pair: LanePair, tolerance_s: float = TOLERANCE_S) -> list[Difference]:
    """All of them in one pair of lanes, by time."""
    name = pair.truth_name or pair.found_name
    partner = matches(pair.truth, pair.found, _SAME)
    found: list[Difference] = []
    for place, segment in enumerate(pair.found):
        if place not in partner:
            found.append(_whole("false", segment, name))
            continue
        found += _boundaries(pair.truth[partner[place]], segment, name, tolerance_s)
    taken = set(partner.values())
    found += [
        _whole("missed", segment, name)
        for place, segment in enumerate(pair.truth)
        if place not in taken
    ]
    return sorted(found, key=lambda each: (each.start_s, each.end_s, each.kind))


def _whole(kind: Kind, segment: Segment, name: str) -> Difference:
    return Difference(kind, segment.action, segment.start_s, segment.end_s, name)


def _boundaries(
    truth: Segment, found: Segment, name: str, tolerance_s: float
) -> Iterator[Difference]:
    kinds: tuple[tuple[Kind, Kind, float, float], ...] = (
        ("starts early", "starts late", truth.start_s, found.start_s),
        ("ends early", "ends late", truth.end_s, found.end_s),
    )
    for early, late, true_s, found_s in kinds:
        if abs(found_s - true_s) > tolerance_s:
            low, high = sorted((true_s, found_s))
            yield Difference(early if found_s < true_s else late, truth.action, low, high, name)
