"""Turning points of a noisy signal in the plane."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

Point = tuple[float, float]

#: The signal is averaged over this long: at 30 frames a second three frames.
SMOOTH_S: Final = 0.075
#: After a rest of this length the size of the earlier motions says nothing.
_REST_S: Final = 3.0
#: A signal that does not turn for this long, and for three times as long as usual, is at rest.
_SHORTEST_REST_S: Final = 0.8


@dataclass(frozen=True, slots=True)
class Turn:
    """A signal turned back.

    Attributes:
        time_s, at: when and where.
        way: unit vector of the way it had gone.
        before_s, came_from: the turn before (or the start).
        carried, carried_before: what was carried along, at both turns.
    """

    time_s: float
    at: Point
    way: Point
    before_s: float
    came_from: Point
    carried: float
    carried_before: float


class TurningPoints:
    """Turning points of a signal in the plane, one at a time.

    A point is dragged along on a string; what is shorter than the string doesn't move it, so jitter
    doesn't turn it. The string is a share of the signal's own recent motions, with a floor; two
    strings are the shortest motion to and fro that is seen. A turn is revealed when the point is
    dragged back. In one dimension this is the play of a gear; two let a hand that rises and then
    waves across turn only where it waves.

    Attributes:
        count: turns so far; the caller may set it back.
        now: the smoothed signal.
    """

    def __init__(self, floor: float, share: float) -> None:
        """``floor``: the shortest motion there is, in torso lengths; ``share``: of the recent
        motions' length that a motion must have."""
        self.count = 0
        self.now: Point = (0.0, 0.0)
        self._floor, self._share = floor, share
        self._recent: deque[tuple[float, float, float, float]] = deque()  # within the smoothing
        self._legs: deque[tuple[float, float]] = deque(maxlen=4)  # length, seconds
        self._rest_s = math.inf  # when a turn is overdue
        self._string = 0.5 * floor
        self._dragged: Point | None = None
        self._way: Point | None = None
        # time, place and load of the last pull, and of the last turn
        self._far = self._turned = (-math.inf, 0.0, 0.0, 0.0)

    def add(self, time_s: float, x: float, y: float, carried: float = 0.0) -> Turn | None:
        """The next value; the turn that it reveals, if any."""
        recent = self._recent
        recent.append((time_s, x, y, carried))
        while time_s - recent[0][0] > SMOOTH_S:
            recent.popleft()
        n = len(recent)
        if n > 1:
            time_s, x, y, carried = (sum(column) / n for column in zip(*recent, strict=True))
        self.now = (x, y)
        if time_s > self._rest_s:
            # What was usual is no more: after jumping jacks a person may clap, ten times as small.
            self._legs.clear()
            self._string, self._rest_s = 0.5 * self._floor, math.inf
        if self._dragged is None:
            self._dragged, self._turned = (x, y), (time_s, x, y, carried)
            return None
        dx, dy = x - self._dragged[0], y - self._dragged[1]
        length = math.hypot(dx, dy)
        if length < self._string:
            return None
        ux, uy = dx / length, dy / length
        turn = None
        if self._way is not None and ux * self._way[0] + uy * self._way[1] < -0.2:
            turn = self._turn(self._way)
        self._dragged = (x - ux * self._string, y - uy * self._string)
        self._way, self._far = (ux, uy), (time_s, x, y, carried)
        return turn

    def _turn(self, way: Point) -> Turn:
        (time_s, *at, carried), (before_s, *came_from, carried_before) = self._far, self._turned
        turn = Turn(
            time_s, (at[0], at[1]), way, before_s, (came_from[0], came_from[1]), carried,
            carried_before,
        )  # fmt: skip
        if time_s - before_s > _REST_S:
            self._legs.clear()
        self._legs.append((math.dist(turn.at, turn.came_from), time_s - before_s))
        lengths, times_s = (sorted(values) for values in zip(*self._legs, strict=True))
        typical = lengths[len(lengths) // 2] if len(lengths) > 2 else 0.0
        self._rest_s = time_s + max(_SHORTEST_REST_S, 3 * times_s[len(times_s) // 2])
        self._string = 0.5 * max(self._floor, self._share * typical)
        self._turned = self._far
        self.count += 1
        return turn
