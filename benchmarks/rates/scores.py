"""Segments and repetitions of one way to look against those of another, and against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.real_clips.truth import Interval
from harec.actions.segments import Segment

#: Of two segments' time together, so much must be in both for them to be the same (F1@50).
OVERLAP: Final = 0.5


def overlap(a: Interval, b: Interval) -> float:
    """Intersection over union of two times, 0..1; 0 where the actions differ."""
    shared_s = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    if a.action != b.action or shared_s <= 0:
        return 0.0
    return shared_s / (max(a.end_s, b.end_s) - min(a.start_s, b.start_s))


def pairs(wanted: Sequence[Interval], found: Sequence[Interval]) -> list[tuple[int, int]]:
    """Indices of what is wanted and found, each once, the best overlaps first."""
    alike = [(overlap(a, b), i, j) for i, a in enumerate(wanted) for j, b in enumerate(found)]
    chosen: dict[int, int] = {}
    for value, i, j in sorted(alike, key=lambda pair: (-pair[0], *pair[1:])):
        if value >= OVERLAP and i not in chosen and j not in chosen.values():
            chosen[i] = j
    return sorted(chosen.items())


def joined(segments: Iterable[Segment]) -> list[Interval]:
    """When anybody does an action: the segments of several people as one where they overlap."""
    found: list[Interval] = []
    for each in sorted(segments, key=lambda s: (s.action, s.start_s)):
        last = found[-1] if found else None
        if last is not None and last.action == each.action and each.start_s <= last.end_s:
            found[-1] = Interval(last.action, last.start_s, max(last.end_s, each.end_s))
        else:
            found.append(Interval(each.action, each.start_s, each.end_s))
    return found


@dataclass
class Count:
    """Segments that are wanted, found, and both."""

    wanted: int = 0
    found: int = 0
    both: int = 0

    def add(self, wanted: Sequence[Interval], found: Sequence[Interval]) -> None:
        self.wanted += len(wanted)
        self.found += len(found)
        self.both += len(pairs(wanted, found))

    @property
    def f1(self) -> float:
        """0..100; 100 where nothing is wanted and nothing found."""
        total = self.wanted + self.found
        return 200 * self.both / total if total else 100.0


@dataclass
class RateScore:
    """One way to look, over all clips.

    Attributes:
        truth: segments of anybody against the truth, of the clips that tell it.
        reference: every person's segments against those of every frame in float.
        repetitions, missed: of segments that both have: of every frame, and by how many this way
            differs, added up.
        seconds: length of the clips.
        looks: frames that the engine saw.
        people: in them, added up.
    """

    truth: Count = field(default_factory=Count)
    reference: Count = field(default_factory=Count)
    repetitions: int = 0
    missed: int = 0
    seconds: float = 0.0
    looks: int = 0
    people: int = 0

    def add_segments(
        self,
        intervals: Sequence[Interval] | None,
        reference: Sequence[Segment],
        found: Sequence[Segment],
    ) -> None:
        """Those of one clip; ``intervals``: its truth, if it is told."""
        if intervals is not None:
            self.truth.add(intervals, joined(found))
        wanted, given = (
            [Interval(s.action, s.start_s, s.end_s) for s in segments]
            for segments in (reference, found)
        )
        self.reference.add(wanted, given)
        for i, j in pairs(wanted, given):
            of, got = reference[i].repetitions, found[j].repetitions
            if of is not None and got is not None:
                self.repetitions += of
                self.missed += abs(of - got)
