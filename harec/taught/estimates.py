"""What a person does of taught actions over time, and how that goes with the built-in ones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS, OTHER
from harec.actions.segments import SegmentSettings
from harec.core.poses import FloatArray
from harec.taught.named import beside


@dataclass(frozen=True, eq=False)
class TaughtEstimates:
    """Estimates of one person, E of them; see `harec.taught.action_set.ActionSet.estimate`.

    Attributes:
        times_s: float64 (E,): the moment that each speaks of.
        spans_s: float64 (E, 2): what each has seen.
        probabilities: float32 (E, K + 1) over the settings' labels and OTHER, before smoothing.
        settings: that made segments of them.
        builtin: whether built-in actions are named, too.
    """

    times_s: NDArray[np.float64] = field(repr=False)
    spans_s: NDArray[np.float64] = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    settings: SegmentSettings
    builtin: bool = False

    def with_builtin(
        self, times_s: NDArray[np.float64], probabilities: FloatArray
    ) -> tuple[tuple[str, ...], FloatArray]:
        """Labels, OTHER the last, and probabilities (B, L) of taught and built-in actions.

        Args:
            times_s: (B,) of the action network's estimates, ``probabilities`` (B, 7).
        """
        columns = [np.interp(times_s, self.times_s, column) for column in self.probabilities.T]
        return joined(np.stack(columns, axis=1).astype(np.float32), probabilities, self.settings)


def joined(
    taught: FloatArray, builtin: FloatArray, settings: SegmentSettings
) -> tuple[tuple[str, ...], FloatArray]:
    """Labels, OTHER the last, and probabilities (B, L) of taught and built-in actions together.

    A taught action that is likely enough to be named goes before the built-in ones, which share
    what it leaves; else the taught ones share what the built-in ones leave.

    Args:
        taught: (B, K + 1) over the settings' labels and OTHER.
        builtin: (B, 7) over ``LABELS``, of the same moments.
        settings: of the taught actions.
    """
    kept = beside(settings.labels)
    six = builtin[:, [LABELS.index(label) for label in kept]]
    own = taught[:, :-1]
    least = settings.enter * np.array(settings.exit_ratios, np.float32)
    first = (own >= least).any(axis=1, keepdims=True)
    own_share = np.where(first, 1, 1 - six.sum(axis=1, keepdims=True))
    six_share = np.where(first, 1 - own.sum(axis=1, keepdims=True), 1)
    shares = np.concatenate([own * own_share, six * six_share], axis=1).astype(np.float32)
    rest = np.clip(1 - shares.sum(axis=1, keepdims=True), 0, 1)
    return (*settings.labels, *kept, OTHER), np.concatenate([shares, rest], axis=1)
