"""Holds: when an asana begins and ends, found while a person is followed.

The same for videos and cameras. An asana begins when its smoothed probability reaches ``enter``
and ends when another asana reaches it, when the body has changed sides, or when its own stayed
below ``exit``, or no person was seen, for longer than ``max_gap_s``: a wobble does not end a hold.
Only a hold of at least ``min_hold_s`` counts.

A mean over the last ``smoothing_s`` holds for the middle of that time; a hold's start and end are
set back by as much.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.yoga.coaching.coach import Coaching
from harec.yoga.recognition.asanas import ASANAS, Side
from harec.yoga.recognition.classifier import NO_ASANA

_NAMES: Final = tuple(ASANAS)
#: A side must be shown for this long to be believed.
_SIDE_S: Final = 0.8
#: Times are sums of fractions: 2 s may read 1.9999999.
ROUNDING_S: Final = 1e-6


@dataclass(frozen=True)
class HoldSettings:
    """What makes a hold.

    Attributes:
        enter: probability from which an asana begins, 0..1.
        exit: below it an asana ends; at most ``enter``.
        min_hold_s: shorter holds don't count.
        smoothing_s: probabilities are averaged over this time.
        max_gap_s: no person seen, or another pose that is not named, for longer ends a hold.
    """

    enter: float = 0.6
    exit: float = 0.4
    min_hold_s: float = 2.0
    smoothing_s: float = 0.5
    max_gap_s: float = 1.0

    @classmethod
    def at(cls, threshold: float, **others: float) -> HoldSettings:
        """Settings whose ``enter`` is a coach's threshold, with an ``exit`` that fits it."""
        return cls(enter=max(threshold, 1e-3), exit=min(cls.exit, threshold * 2 / 3), **others)

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
        best_score, mean_score: 0..100; None when it could never be judged. Only moments on
            ``side`` count, and not those of the way in and out (``smoothing_s`` at either end).
        best_s: the moment of the best score; without one, a moment near the middle.
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
    """The hold that continues.

    Attributes:
        held_s: since it began, until it was seen last: it stands still through a wobble.
        counted: whether it is long enough to count already.
        best_score: so far, on ``side`` and after the way in.
    """

    asana: str
    side: Side | None
    start_s: float
    held_s: float
    counted: bool
    best_score: float | None


@dataclass(frozen=True)
class _Moment:
    time_s: float
    side: Side | None
    score: float | None


@dataclass
class _Open:
    """A hold that continues.

    Attributes:
        fallen_s: None, or a frame since the last moment showed something else; then, how far
            behind the smoothed probabilities were.
        edge_s: the way in takes so long.
        sides: how often each was shown.
        bests: the best score of each side, after the way in (True) and at all (False).
    """

    asana: str
    start_s: float
    edge_s: float
    moments: list[_Moment] = field(default_factory=list)
    fallen_s: float | None = None
    sides: Counter[Side] = field(default_factory=Counter)
    bests: dict[tuple[Side | None, bool], float] = field(default_factory=dict)

    def add(self, moment: _Moment) -> None:
        self.moments.append(moment)
        self.fallen_s = None
        if moment.side is not None:
            self.sides[moment.side] += 1
        if moment.score is not None:
            inner = moment.time_s >= self.start_s + self.edge_s - ROUNDING_S
            for key in {(moment.side, inner), (moment.side, False)}:
                self.bests[key] = max(self.bests.get(key, 0.0), moment.score)

    def split(self, at: int) -> tuple[_Open, _Open]:
        """The hold until the moment with this index, and the one from there on."""
        before = _Open(self.asana, self.start_s, self.edge_s)
        after = _Open(self.asana, self.moments[at].time_s, self.edge_s)
        for i, moment in enumerate(self.moments):
            (before if i < at else after).add(moment)
        return before, after

    @property
    def last_s(self) -> float:
        return self.moments[-1].time_s

    @property
    def end_s(self) -> float:
        return max(self.last_s - (self.fallen_s or 0.0), self.start_s)

    @property
    def side(self) -> Side | None:
        """The one shown most of the time."""
        return self.sides.most_common(1)[0][0] if self.sides else None

    @property
    def best(self) -> float | None:
        """The best score so far on the side that is shown most of the time."""
        of_side = self.bests.get((self.side, False))
        return self.bests.get((self.side, True), of_side)

    def held(self) -> list[_Moment]:
        """The moments until its end."""
        return [m for m in self.moments if m.time_s <= self.end_s + ROUNDING_S] or self.moments

    def judged(self) -> list[tuple[float, float]]:
        """(score, time) of the moments that tell how well it was held."""
        judged = [(m.score, m.time_s, m.side) for m in self.held() if m.score is not None]
        judged = [each for each in judged if each[2] == self.side] or judged
        first_s = self.start_s + self.edge_s - ROUNDING_S
        last_s = self.end_s - self.edge_s + ROUNDING_S
        inner = [each for each in judged if first_s <= each[1] <= last_s]
        return [(score, time_s) for score, time_s, _ in inner or judged]


class HoldFinder:
    """Finds the holds of one person. Times are seconds of the stream and must grow.

    Attributes:
        holds: those that have ended and count, in order of time.
    """

    def __init__(self, settings: HoldSettings | None = None) -> None:
        self.settings = settings or HoldSettings()
        self.holds: list[Hold] = []
        self._recent: deque[tuple[float, FloatArray]] = deque()
        self._open: _Open | None = None
        self._side_s = max(self.settings.smoothing_s, _SIDE_S)
        self._time_s = -np.inf
        self._ended_s = -np.inf  # where the hold before ended, whether it counted or not

    def smoothed(self, time_s: float, probabilities: FloatArray) -> FloatArray:
        """Take the newest probabilities (12,) in and return their mean over ``smoothing_s``."""
        self._recent.append((time_s, probabilities))
        while time_s - self._recent[0][0] > self.settings.smoothing_s + ROUNDING_S:
            self._recent.popleft()
        return np.asarray(np.mean([p for _, p in self._recent], axis=0), np.float32)

    def naming_threshold(self, time_s: float, probabilities: FloatArray) -> float:
        """From which probability the likeliest asana is named: the lower one while it is held.

        Args:
            time_s: of the moment that `update` is given next.
            probabilities: (12,), `smoothed`.
        """
        going, best = self._open, _NAMES[int(np.argmax(probabilities[:NO_ASANA]))]
        held = going is not None and time_s - going.last_s <= self.settings.max_gap_s
        if going is not None and held and going.asana == best:
            return self.settings.exit
        return self.settings.enter

    def update(self, time_s: float, coaching: Coaching | None) -> HoldNow | None:
        """One moment.

        Args:
            time_s: later than at the call before.
            coaching: of this moment, with `smoothed` probabilities; None = no person is seen.

        Returns:
            The hold that continues, if any.

        Raises:
            ValueError: time does not move forward.
        """
        if time_s <= self._time_s:
            raise ValueError(f"time must grow: {time_s} after {self._time_s}")
        self._time_s = time_s
        if self._open is not None and time_s - self._open.last_s > self.settings.max_gap_s:
            self._close()
        if coaching is not None:
            self._add(time_s, coaching)
        return self._now()

    def finish(self) -> None:
        """The stream ends, or breaks off: what continues is a hold, too."""
        self._close()
        self._recent.clear()

    def _add(self, time_s: float, coaching: Coaching) -> None:
        probabilities = coaching.probabilities
        best = int(np.argmax(probabilities[:NO_ASANA]))
        going = self._open
        if going is not None:
            holds = float(probabilities[_NAMES.index(going.asana)]) >= self.settings.exit
            taken_over = going.asana != _NAMES[best] and (
                float(probabilities[best]) >= self.settings.enter
            )
            if holds and not taken_over:
                going.add(_Moment(time_s, *_of(going.asana, coaching)))
                self._split_sides(going)
                return
            if going.fallen_s is None:
                going.fallen_s = self._lag_s(time_s)
            if not taken_over:
                return
            self._close()
        if float(probabilities[best]) >= self.settings.enter:
            start_s = max(time_s - self._lag_s(time_s), self._ended_s)
            self._open = _Open(_NAMES[best], start_s, self.settings.smoothing_s)
            self._open.add(_Moment(time_s, *_of(_NAMES[best], coaching)))

    def _lag_s(self, time_s: float) -> float:
        """How long ago the middle of what was averaged is."""
        if not self._recent or self._recent[-1][0] != time_s:
            return 0.0  # probabilities were not smoothed here
        return time_s - float(np.mean([t for t, _ in self._recent]))

    def _split_sides(self, going: _Open) -> None:
        """A new hold where the body has changed sides for good, and not for a frame or two."""
        moments, last = going.moments, going.moments[-1]
        if last.side in (None, going.side):
            return
        at = len(moments) - 1
        while at > 0 and moments[at - 1].side == last.side:
            at -= 1
        long_enough = last.time_s - moments[at].time_s >= self._side_s - ROUNDING_S
        if at > 0 and long_enough and len(moments) - at > 1:
            self._open, after = going.split(at)
            self._close()
            self._open = after

    def _close(self) -> None:
        hold, self._open = self._open, None
        if hold is None:
            return
        self._ended_s = hold.end_s
        if hold.end_s - hold.start_s < self.settings.min_hold_s - ROUNDING_S:
            return
        judged = hold.judged()
        middle_s = (hold.start_s + hold.end_s) / 2
        near_s = min((m.time_s for m in hold.held()), key=lambda t: abs(t - middle_s))
        best_score, best_s = max(judged, key=lambda each: each[0], default=(None, near_s))
        self.holds.append(
            Hold(
                asana=hold.asana,
                side=hold.side,
                start_s=hold.start_s,
                end_s=hold.end_s,
                best_score=best_score,
                mean_score=float(np.mean([score for score, _ in judged])) if judged else None,
                best_s=best_s,
            )
        )

    def _now(self) -> HoldNow | None:
        hold = self._open
        if hold is None:
            return None
        held_s = hold.last_s - hold.start_s
        return HoldNow(
            asana=hold.asana,
            side=hold.side,
            start_s=hold.start_s,
            held_s=held_s,
            counted=held_s >= self.settings.min_hold_s - ROUNDING_S,
            best_score=hold.best,
        )


def _of(asana: str, coaching: Coaching) -> tuple[Side | None, float | None]:
    """Side and score, where the coach judged the body as this asana."""
    return (coaching.side, coaching.score) if coaching.asana == asana else (None, None)
