"""Poses judged by networks that never saw them, and what follows: threshold, photos that teach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.training.yoga.data import PosePool
from harec.yoga.recognition.asanas import PHOTO_ASANAS
from harec.yoga.recognition.classifier import NO_ASANA

#: The threshold is the lowest that keeps false asanas on held-out everyday poses below this.
FALSE_ASANAS: Final = 0.014
#: A photo teaches its asana's angles only when held-out networks are so sure of it.
_GOOD: Final = 0.8


@dataclass(frozen=True, eq=False)
class HeldOutPoses:
    """Answers to poses by networks that never saw them.

    Attributes:
        pool: the poses.
        learnt: float32 (N, 22): the networks' answers, of `CLASSES`.
        final: float32 (N, 12): with the rules, as `AsanaModel.probabilities` gives them.
    """

    pool: PosePool
    learnt: FloatArray
    final: FloatArray


def threshold_of(answers: HeldOutPoses) -> float:
    """The lowest of 0.3, 0.35, ... 0.9 with at most `FALSE_ASANAS` on everyday poses."""
    everyday = answers.final[answers.pool.everyday, :NO_ASANA].max(axis=1)
    steps = np.arange(0.3, 0.91, 0.05)
    fine = [t for t in steps if (everyday >= t).mean() <= FALSE_ASANAS]
    return round(float(fine[0] if fine else steps[-1]), 2)


def good_photos(answers: HeldOutPoses) -> NDArray[np.bool_]:
    """Which poses (N,) teach the reference angles: photos whose asana is beyond doubt.

    At least the surest half of each asana's.
    """
    pool = answers.pool
    sure = answers.learnt[np.arange(len(pool)), pool.targets]
    good = np.zeros(len(pool), np.bool_)
    for target in range(len(PHOTO_ASANAS)):
        mine = pool.targets == target
        good |= mine & (sure >= min(_GOOD, float(np.median(sure[mine]))))
    return good


def named_columns(answers: HeldOutPoses, threshold: float) -> NDArray[np.int64]:
    """Column (N,) of `AsanaModel.probabilities` that each pose is named by; `NO_ASANA` for none."""
    shares = answers.final[:, :NO_ASANA]
    best = shares.argmax(axis=1)
    return np.where(shares.max(axis=1) >= threshold, best, NO_ASANA).astype(np.int64)
