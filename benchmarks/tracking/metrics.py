"""HOTA, IDF1 and changes of id over a clip.

In so few lines because no package fits: TrackEval and `trackers` bring a second OpenCV beside ours,
motmetrics is from 2022. tests/benchmarks/test_tracking_metrics.py compares with their figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

#: Similarities from which a pair counts: HOTA is the mean over all of them.
ALPHAS: Final = np.arange(0.05, 0.99, 0.05)
#: The same for IDF1 and changes of id.
SAME: Final = 0.5


@dataclass(frozen=True, eq=False)
class MatchedFrame:
    """One frame.

    Attributes:
        true_ids, found_ids: (N,) and (M,), from 0, each at most once.
        similarity: (N, M) 0..1, such as OKS or IoU.
    """

    true_ids: NDArray[np.intp]
    found_ids: NDArray[np.intp]
    similarity: NDArray[np.float64]


@dataclass(frozen=True)
class TrackingScores:
    """Scores 0..1; ``id_changes``: how often a true person's id is another than before."""

    hota: float
    idf1: float
    id_changes: int


def tracking_scores(frames: Sequence[MatchedFrame]) -> TrackingScores:
    """All of them over one clip."""
    return TrackingScores(hota(frames), idf1(frames), id_changes(frames))


def hota(frames: Sequence[MatchedFrame]) -> float:
    """Higher order tracking accuracy 0..1 (Luiten et al., IJCV 2021).

    Pairs are assigned frame by frame, by similarity and by how well the two ids fit over the whole
    clip; the mean over `ALPHAS` of the geometric mean of detection and association accuracy.
    """
    true_count, found_count = _counts(frames)
    potential = np.zeros((len(true_count), len(found_count)))
    for f in frames:
        total = f.similarity.sum(0)[None] + f.similarity.sum(1)[:, None] - f.similarity
        share = np.divide(f.similarity, total, out=np.zeros_like(f.similarity), where=total > 0)
        potential[np.ix_(f.true_ids, f.found_ids)] += share
    unions = true_count[:, None] + found_count[None] - potential
    aligned = potential / np.maximum(unions, 1e-9)
    matches = np.zeros((len(ALPHAS), *potential.shape))
    for f in frames:
        score = aligned[np.ix_(f.true_ids, f.found_ids)] * f.similarity
        rows, columns = linear_sum_assignment(-score)
        enough = f.similarity[rows, columns] >= ALPHAS[:, None] - 1e-9
        matches[:, f.true_ids[rows], f.found_ids[columns]] += enough
    right = matches.sum(axis=(1, 2))
    detection = right / np.maximum(true_count.sum() + found_count.sum() - right, 1)
    unions = true_count[:, None] + found_count[None] - matches
    association = (matches**2 / np.maximum(unions, 1)).sum(axis=(1, 2)) / np.maximum(right, 1)
    return float(np.sqrt(detection * association).mean())


def idf1(frames: Sequence[MatchedFrame]) -> float:
    """Share of detections with the right id 0..1 (Ristani et al. 2016).

    Each true person is one found id over the whole clip, chosen so that most detections are right.
    """
    true_count, found_count = _counts(frames)
    together = np.zeros((len(true_count), len(found_count)))
    for f in frames:
        together[np.ix_(f.true_ids, f.found_ids)] += f.similarity >= SAME
    right = together[linear_sum_assignment(-together)].sum()
    return float(2 * right / max(true_count.sum() + found_count.sum(), 1))


def id_changes(frames: Iterable[MatchedFrame]) -> int:
    """How often a true person has another id than at the frame before in which they had one."""
    last: dict[int, int] = {}
    changes = 0
    for f in frames:
        for row, column in zip(*linear_sum_assignment(-f.similarity), strict=True):
            if f.similarity[row, column] >= SAME:
                who, found = int(f.true_ids[row]), int(f.found_ids[column])
                changes += last.get(who, found) != found
                last[who] = found
    return changes


def _counts(frames: Sequence[MatchedFrame]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """In how many frames each true and each found id is."""
    return (
        np.bincount(np.concatenate([f.true_ids for f in frames])),
        np.bincount(np.concatenate([f.found_ids for f in frames])),
    )
