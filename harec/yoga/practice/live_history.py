"""What a live practice gives: the coach's state at a moment, and all that was held so far."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.yoga.coaching.coach import Coaching
from harec.yoga.practice.holds import (
    Hold,
    HoldFinder,
    HoldNow,
)
from harec.yoga.practice.spoken_cues import Spoken

#: The score curve goes back so far, ...
CURVE_S: Final = 600.0
#: ... with a point at most this often.
CURVE_STEP_S: Final = 0.2
#: More holds than a person does in a day; the oldest go first.
MOST_HOLDS: Final = 2000


@dataclass(frozen=True, eq=False)
class CoachState:
    """What the coach says at one moment.

    Attributes:
        person_id: who is coached; None while that person is not seen.
        others: how many others are.
        coaching: of that person, from the keypoints and probabilities of the last moments.
        hold: the hold that continues.
        cue: a few words for the screen.
    """

    person_id: int | None = None
    others: int = 0
    coaching: Coaching | None = None
    hold: HoldNow | None = None
    cue: Spoken | None = None


@dataclass(frozen=True)
class AsanaTotal:
    """All holds of an asana, both sides together.

    Attributes:
        holds: how many.
        held_s: how long, all together.
        best_score: 0..100; None when it was never judged.
    """

    holds: int
    held_s: float
    best_score: float | None


@dataclass(frozen=True, eq=False)
class LivePractice:
    """A live session so far; N points of the score curve.

    Attributes:
        holds: those that have ended and count, in order of time.
        now: the one that continues, also if it is too short to count.
        times_s: float64 (N,): session time, the last `CURVE_S` at most.
        scores: float64 (N,): 0..100; nan without an asana or a score.
        asanas: (N,) names, None without one.
        time_s: newest session time.
    """

    holds: tuple[Hold, ...] = ()
    now: HoldNow | None = None
    times_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    scores: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    asanas: tuple[str | None, ...] = ()
    time_s: float = 0.0

    def totals(self) -> dict[str, AsanaTotal]:
        """Asana -> all its holds, in the order in which asanas came first."""
        found: dict[str, AsanaTotal] = {}
        for hold in self.holds:
            old = found.get(hold.asana, AsanaTotal(0, 0.0, None))
            scores = [s for s in (old.best_score, hold.best_score) if s is not None]
            found[hold.asana] = AsanaTotal(
                old.holds + 1, old.held_s + hold.duration_s, max(scores, default=None)
            )
        return found


class PracticeHistory:
    """Holds and score curve since the start; one thread adds, any thread reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holds: deque[Hold] = deque(maxlen=MOST_HOLDS)
        self._now: HoldNow | None = None
        self._curve: deque[tuple[float, float, str | None]] = deque()
        self._newest_s = 0.0

    def add(self, time_s: float, coaching: Coaching | None, hold: HoldNow | None) -> None:
        """One moment; without a person there is no coaching."""
        with self._lock:
            self._now, self._newest_s = hold, time_s
            if self._curve and time_s - self._curve[-1][0] < CURVE_STEP_S:
                return
            score = None if coaching is None else coaching.score
            asana = None if coaching is None else coaching.asana
            self._curve.append((time_s, np.nan if score is None else score, asana))
            while self._curve[0][0] < time_s - CURVE_S:
                self._curve.popleft()

    def take(self, finder: HoldFinder, *, ended: bool = False) -> None:
        """Move the holds that a finder has found here; the stream may have ended with them."""
        with self._lock:
            self._holds.extend(finder.holds)
            finder.holds.clear()
            if ended:
                self._now = None

    def totals(self) -> dict[str, int]:
        """Asana -> how many holds."""
        return {name: total.holds for name, total in self.practice().totals().items()}

    def practice(self, last_s: float | None = None) -> LivePractice:
        """All holds, and the score curve of the last so many seconds (None = all that is kept)."""
        with self._lock:
            since_s = -np.inf if last_s is None else self._newest_s - last_s
            curve = [point for point in self._curve if point[0] >= since_s]
            holds, now, newest_s = tuple(self._holds), self._now, self._newest_s
        return LivePractice(
            holds=holds,
            now=now,
            times_s=np.array([time_s for time_s, _, _ in curve], np.float64),
            scores=np.array([score for _, score, _ in curve], np.float64),
            asanas=tuple(asana for _, _, asana in curve),
            time_s=newest_s,
        )
