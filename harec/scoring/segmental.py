"""Segment by segment: F1 at overlaps and the edit score of temporal action segmentation.

By the rules of Lea et al. (Temporal Convolutional Networks, CVPR 2017) as MS-TCN's evaluation has
them (Abu Farha and Gall, CVPR 2019; github.com/yabufarha/ms-tcn, eval.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from harec.actions.segments import Segment
from harec.scoring.lanes import LanePair
from harec.scoring.overlaps import Overlapping, iou

OVERLAPS: Final = (0.10, 0.25, 0.50)


class Hits(NamedTuple):
    """Segments that are right, false and missed."""

    right: int
    false: int
    missed: int

    @property
    def f1(self) -> float:
        """0..1; 1 where there is nothing on either side."""
        wrong = self.false + self.missed
        return 1.0 if not self.right + wrong else 2 * self.right / (2 * self.right + wrong)


def matches(truth: Sequence[Segment], found: Sequence[Segment], overlap: float) -> dict[int, int]:
    """Which found segment (index) is which true one (index); both in order of time.

    In order of time, each goes to the true segment of its action with which it overlaps most; it is
    right if the overlap (IoU) is enough and nothing else was there before it.
    """
    near = Overlapping(truth)
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for place, segment in enumerate(found):
        overlaps = {
            i: iou(segment, truth[i])
            for i in near.with_(segment)
            if truth[i].action == segment.action
        }
        best = max(overlaps, key=overlaps.__getitem__, default=None)
        if best is not None and overlaps[best] >= overlap and best not in taken:
            partner[place] = best
            taken.add(best)
    return partner


def hits(pairs: Iterable[LanePair], overlap: float, action: str | None = None) -> Hits:
    """Added up over lanes; of one action, or of all."""
    right = false = missed = 0
    for pair in pairs:
        truth = [s for s in pair.truth if action in (None, s.action)]
        found = [s for s in pair.found if action in (None, s.action)]
        both = len(matches(truth, found, overlap))
        right += both
        false += len(found) - both
        missed += len(truth) - both
    return Hits(right, false, missed)


def edit_score(pairs: Iterable[LanePair]) -> float:
    """How well the order of actions fits, 0..1, whatever their times.

    1 - the edit distance over the longer sequence's length; the mean over lanes in which anything
    is done.
    """
    scores = []
    for pair in pairs:
        truth, found = ([s.action for s in side] for side in (pair.truth, pair.found))
        if truth or found:
            scores.append(1 - _distance(truth, found) / max(len(truth), len(found)))
    return sum(scores) / len(scores) if scores else 1.0


def _distance(a: Sequence[str], b: Sequence[str]) -> int:
    """Insertions, deletions and replacements from one to the other (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]
