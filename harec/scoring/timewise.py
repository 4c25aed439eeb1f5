"""Moment by moment: what both say at each time, OTHER where they say nothing.

The frame-wise figures of the field with frames so short that no boundary lies within one: times are
compared exactly, so that they don't depend on a frame rate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from harec.actions.labels import OTHER
from harec.scoring.lanes import LanePair, Segments

#: What is said of one moment; usually one label, of lanes taken together several.
Labels = frozenset[str]
_NOTHING: Labels = frozenset({OTHER})


class Span(NamedTuple):
    """A time in which neither side changes; seconds."""

    start_s: float
    end_s: float
    truth: Labels
    found: Labels


class Times(NamedTuple):
    """Seconds, added up over lanes.

    Attributes:
        together: (truth, found) -> how long.
        truth, found, both: label -> how long the truth has it, it was found, both at once.
    """

    together: dict[tuple[Labels, Labels], float]
    truth: dict[str, float]
    found: dict[str, float]
    both: dict[str, float]

    @property
    def total_s(self) -> float:
        return sum(self.together.values())

    @property
    def accuracy(self) -> float:
        """Share of the time in which both say the same, 0..1; 1 of no time."""
        same = sum(s for (truth, found), s in self.together.items() if truth == found)
        return same / self.total_s if self.total_s else 1.0

    @property
    def kappa(self) -> float:
        """Cohen's kappa, -1..1: agreement beyond what chance would give (Cohen, 1960)."""
        total = self.total_s
        if not total:
            return 1.0
        ours, theirs = defaultdict[Labels, float](float), defaultdict[Labels, float](float)
        for (truth, found), seconds in self.together.items():
            ours[truth] += seconds
            theirs[found] += seconds
        chance = sum(ours[label] * theirs[label] for label in ours) / total**2
        return 1.0 if chance >= 1 else (self.accuracy - chance) / (1 - chance)

    @property
    def labels(self) -> list[str]:
        """All that occur on either side."""
        return sorted({*self.truth, *self.found})

    def f1(self, label: str) -> float:
        """Of a label's time, 0..1."""
        either = self.truth[label] + self.found[label]
        return 2 * self.both[label] / either if either else 1.0

    @property
    def macro_f1(self) -> float:
        """Mean over all labels that occur, OTHER among them, 0..1."""
        return sum(map(self.f1, self.labels)) / len(self.labels) if self.labels else 1.0


def spans(pair: LanePair) -> Iterator[Span]:
    """The whole time of a pair, in order."""
    changes: dict[float, list[tuple[int, str, int]]] = defaultdict(list)
    for side, segments in enumerate((pair.truth, pair.found)):
        for segment in _within(segments, pair.end_s):
            changes[segment[0]].append((side, segment[2], 1))
            changes[segment[1]].append((side, segment[2], -1))
    now = Counter[str](), Counter[str]()
    times = sorted({0.0, pair.end_s, *changes})
    for start_s, end_s in pairwise(times):
        for side, label, change in changes[start_s]:
            now[side][label] += change
        yield Span(start_s, end_s, _said(now[0]), _said(now[1]))


def _within(segments: Segments, end_s: float) -> Iterator[tuple[float, float, str]]:
    for segment in segments:
        if segment.start_s < min(segment.end_s, end_s):
            yield segment.start_s, min(segment.end_s, end_s), segment.action


def _said(counts: Counter[str]) -> Labels:
    return frozenset(label for label, count in counts.items() if count > 0) or _NOTHING


def times_of(pairs: Iterable[LanePair]) -> Times:
    """The seconds of all pairs."""
    times = Times(*(defaultdict(float) for _ in range(4)))
    for pair in pairs:
        for span in spans(pair):
            length = span.end_s - span.start_s
            times.together[span.truth, span.found] += length
            for labels, seconds in (
                (span.truth, times.truth),
                (span.found, times.found),
                (span.truth & span.found, times.both),
            ):
                for label in labels:
                    seconds[label] += length
    return times
