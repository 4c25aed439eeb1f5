"""Average precision of segments with a confidence, by ActivityNet's rules.

Heilbron et al. (CVPR 2015); github.com/activitynet/ActivityNet, Evaluation/eval_detection.py: of
each label, all videos' segments by confidence; each takes the free true segment of its lane with
the largest overlap; the area under the interpolated precision over recall (VOC 2011). The mean is
over the labels of the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.scoring.lanes import LanePair
from harec.scoring.overlaps import Overlapping, iou

TIOUS: Final = (0.3, 0.5, 0.7)


def average_precision(pairs: Sequence[LanePair], label: str, tiou: float) -> float:
    """Of one label, 0..1; 0 where the truth has it not."""
    count = sum(segment.action == label for pair in pairs for segment in pair.truth)
    found = [
        (-segment.confidence, segment.start_s, lane, place)
        for lane, pair in enumerate(pairs)
        for place, segment in enumerate(pair.found)
        if segment.action == label
    ]
    if not count or not found:
        return 0.0
    taken: set[tuple[int, int]] = set()
    right = []
    for _, _, lane, place in sorted(found):
        best = _best_free(pairs[lane], place, lane, taken, tiou)
        right.append(best is not None)
        if best is not None:
            taken.add((lane, best))
    hits = np.cumsum(right)
    return _area(hits / np.arange(1, len(hits) + 1), hits / count)


def _best_free(
    pair: LanePair, place: int, lane: int, taken: set[tuple[int, int]], tiou: float
) -> int | None:
    segment = pair.found[place]
    overlaps = [
        (-iou(segment, pair.truth[number]), number)
        for number in Overlapping(pair.truth).with_(segment)
        if pair.truth[number].action == segment.action and (lane, number) not in taken
    ]
    best = min(overlaps, default=(0.0, -1))
    return best[1] if best[1] >= 0 and -best[0] >= tiou else None


def _area(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    """Under the precision, made to fall, over recall from 0 to 1."""
    falling = np.maximum.accumulate(np.append(precision, 0.0)[::-1])[::-1]
    steps = np.diff(np.concatenate([[0.0], recall]))
    return float((steps * falling[:-1]).sum())


def mean_average_precision(pairs: Sequence[LanePair], tiou: float) -> float:
    """Over the labels of the truth, 0..1; 1 where neither side has a segment, 0 where only the
    truth has none."""
    labels = sorted({segment.action for pair in pairs for segment in pair.truth})
    if not labels:
        return float(not any(pair.found for pair in pairs))
    return sum(average_precision(pairs, label, tiou) for label in labels) / len(labels)
