"""Holds: when an asana begins and ends, found while the body is watched.

The same for videos and cameras. An asana begins when its smoothed probability reaches ``enter``
and ends when it falls below ``exit``, when nobody was seen for ``max_gap_s``, or when another asana
or the other side takes over. Only a hold of at least ``min_hold_s`` counts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from harec.errors import InputError
from harec.poses import FloatArray
from harec.yoga.asanas import ASANAS, Side
from harec.yoga.classifier import NO_ASANA
from harec.yoga.coach import Coaching

_NAMES: Final = tuple(ASANAS)


@dataclass(frozen=True)
class HoldSettings:
    """What makes a hold.

    Attributes:
        enter: probability from which an asana begins, 0..1.
        exit: below it an asana ends; at most ``enter``.
        min_hold_s: shorter holds don't count.
        smoothing_s: probabilities are averaged over this time.
        max_gap_s: nobody, or nothing that can be judged, for longer ends a hold.
    """

    enter: float = 0.6
    exit: float = 0.4
    min_hold_s: float = 2.0
    smoothing_s: float = 0.5
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.enter <= 1:
            raise InputError(f"The asana threshold must be between 0 and 1, not {self.enter}.")
        if not 0 <= self.exit <= self.enter:
            raise InputError("The threshold at which an asana ends must not be above the other.")
        if self.min_hold_s < 0 or self.smoothing_s < 0 or self.max_gap_s <= 0:
            raise InputError("Times of a hold must not be negative.")


@dataclass(frozen=True)
class Hold:
    """One hold that has ended.

    Attributes:
        asana, side: what; side is the one shown most of the time.
        start_s, end_s: first and last moment.
        best_score, mean_score: 0..100; None when it could never be judged.
        best_s: the moment of the best score (of the middle without one).
    """

    asana: str
    side: Side | None
    start_s: float
    end_s: float
    best_score: float | None
    mean_score: float | None
    best_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class HoldNow:
    """The hold that goes on.

    Attributes:
        held_s: since it began.
        counted: whether it is long enough to count already.
        best_score: so far.
    """

    asana: str
    side: Side | None
    start_s: float
    held_s: float
    counted: bool
    best_score: float | None


@dataclass
class _Open:
    asana: str
    start_s: float
    last_s: float
    moments: list[tuple[float, Side | None, float | None]] = field(default_factory=list)

    def side(self) -> Side | None:
        sides = [side for _, side, _ in self.moments if side is not None]
        if not sides:
            return None
        return "left" if sides.count("left") * 2 >= len(sides) else "right"


class HoldFinder:
    """Watches one body. Times are seconds of the stream and must grow.

    Attributes:
        holds: those that have ended and count, in order of time.
    """

    def __init__(self, settings: HoldSettings | None = None) -> None:
        self.settings = settings or HoldSettings()
        self.holds: list[Hold] = []
        self._recent: deque[tuple[float, FloatArray]] = deque()
        self._open: _Open | None = None

    def smoothed(self, time_s: float, probabilities: FloatArray) -> FloatArray:
        """Take the newest probabilities (12,) in and return their mean over ``smoothing_s``."""
        self._recent.append((time_s, probabilities))
        while time_s - self._recent[0][0] > self.settings.smoothing_s:
            self._recent.popleft()
        return np.asarray(np.mean([p for _, p in self._recent], axis=0), np.float32)

    def update(self, time_s: float, coaching: Coaching | None) -> HoldNow | None:
        """One moment.

        Args:
            time_s: later than at the call before.
            coaching: of this moment, with `smoothed` probabilities; None = nobody is seen.

        Returns:
            The hold that goes on, if any.
        """
        going = self._open
        if going is not None and time_s - going.last_s > self.settings.max_gap_s:
            self._close()
        if coaching is None:
            return self._now(time_s)
        best = int(np.argmax(coaching.probabilities[:NO_ASANA]))
        name, probability = _NAMES[best], float(coaching.probabilities[best])
        going = self._open
        if going is not None and (going.asana != name or probability < self.settings.exit):
            self._close()
        if self._open is None and probability >= self.settings.enter:
            self._open = _Open(name, time_s, time_s)
        if self._open is not None:
            side = coaching.side
            if side is not None and self._other_side(side, time_s):
                self._close()
                self._open = _Open(name, time_s, time_s)
            self._open.last_s = time_s
            self._open.moments.append((time_s, side, coaching.score))
        return self._now(time_s)

    def finish(self) -> None:
        """The stream ends: what goes on is a hold, too."""
        self._close()
        self._recent.clear()

    def _other_side(self, side: Side, time_s: float) -> bool:
        """Whether the body has changed sides for good, and not for a frame or two."""
        assert self._open is not None
        since_s = time_s - max(self.settings.smoothing_s, 0.3)
        if not self._open.moments or self._open.moments[0][0] > since_s:
            return False
        late = [s for t, s, _ in self._open.moments if t > since_s]
        return self._open.side() not in (None, side) and all(s == side for s in late)

    def _close(self) -> None:
        hold, self._open = self._open, None
        if hold is None or hold.last_s - hold.start_s < self.settings.min_hold_s:
            return
        scored = [(score, t) for t, _, score in hold.moments if score is not None]
        middle_s = (hold.start_s + hold.last_s) / 2
        best_score, best_s = max(scored, default=(None, middle_s))
        mean = float(np.mean([score for score, _ in scored])) if scored else None
        self.holds.append(
            Hold(hold.asana, hold.side(), hold.start_s, hold.last_s, best_score, mean, best_s)
        )

    def _now(self, time_s: float) -> HoldNow | None:
        hold = self._open
        if hold is None:
            return None
        scores = [score for _, _, score in hold.moments if score is not None]
        held_s = time_s - hold.start_s
        return HoldNow(
            hold.asana,
            hold.side(),
            hold.start_s,
            held_s,
            held_s >= self.settings.min_hold_s,
            max(scores, default=None),
        )
