"""What a person does of taught actions over time, and how that goes with the built-in ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS, OTHER
from harec.actions.segments import SegmentSettings
from harec.core.poses import FloatArray
from harec.taught.named import beside

#: A head that was taught a few actions takes what is like one of them for it; the action network
#: has seen thousands of the six. Where that is surer by so much, it is right: measured on
#: simulated people, of whose jacks, beside a gym's three taught exercises, 0.98 are jacks (without
#: this 0.30) and of whose squats 0.82 (two examples) to 1.00 (five) stay squats.
_SURER: Final = 0.15


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
        taught = at_times(times_s, self.times_s, self.probabilities)
        return joined(taught, probabilities, self.settings)


def at_times(
    times_s: NDArray[np.float64], known_s: NDArray[np.float64], probabilities: FloatArray
) -> FloatArray:
    """Probabilities (E, L), of the moments ``known_s`` (E,), at others (B,): float32 (B, L)."""
    columns = [np.interp(times_s, known_s, column) for column in probabilities.T]
    return np.stack(columns, axis=1).astype(np.float32)


def joined(
    taught: FloatArray, builtin: FloatArray, settings: SegmentSettings
) -> tuple[tuple[str, ...], FloatArray]:
    """Labels, OTHER the last, and probabilities (B, L) of taught and built-in actions together.

    A taught action that is likely enough to be named goes before the built-in ones, which share
    what it leaves, unless these are clearly surer; else the taught ones share what they leave.

    Args:
        taught: (B, K + 1) over the settings' labels and OTHER.
        builtin: (B, 7) over ``LABELS``, of the same moments.
        settings: of the taught actions.
    """
    six, own = _beside(builtin, settings), taught[:, :-1]
    least = settings.enter * np.array(settings.exit_ratios, np.float32)
    first = (own >= least).any(axis=1, keepdims=True) & ~_yields(own, six)
    own_share = np.where(first, 1, 1 - six.sum(axis=1, keepdims=True))
    six_share = np.where(first, 1 - own.sum(axis=1, keepdims=True), 1)
    shares = np.concatenate([own * own_share, six * six_share], axis=1).astype(np.float32)
    rest = np.clip(1 - shares.sum(axis=1, keepdims=True), 0, 1)
    labels = (*settings.labels, *beside(settings.labels), OTHER)
    return labels, np.concatenate([shares, rest], axis=1)


def yielding(taught: FloatArray, builtin: FloatArray, settings: SegmentSettings) -> FloatArray:
    """Probabilities of taught actions, nothing but OTHER where a built-in one is clearly surer.

    Args:
        taught, builtin, settings: as of `joined`.
    """
    yields = _yields(taught[:, :-1], _beside(builtin, settings))
    return np.where(yields, np.eye(taught.shape[1], dtype=np.float32)[-1], taught)


def _beside(builtin: FloatArray, settings: SegmentSettings) -> FloatArray:
    """The columns of the built-in actions that are no taught ones."""
    return builtin[:, [LABELS.index(label) for label in beside(settings.labels)]]


def _yields(own: FloatArray, six: FloatArray) -> NDArray[np.bool_]:
    """(B, 1)."""
    surer = six.max(axis=1, initial=0, keepdims=True) - own.max(axis=1, keepdims=True)
    return np.asarray(surer > _SURER)
