"""Repetitions: how often a person jumps, claps or waves, counted by the motion's own cycle.

Each action has a signal in torso lengths: the height of the body, how far arms and legs are open,
the way from hand to hand, the place of a hand. Repetitions are at its turning points.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.segments import Segment
from harec.actions.turning_points import (
    Point,
    Turn,
    TurningPoints,
)
from harec.core.geometry import MIN_TORSO_PER_SHOULDERS, TORSO_PER_SHOULDERS
from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    TRUNK,
)

#: The actions whose repetitions are counted.
COUNTED: Final = ("JUMPING", "JUMPING_JACKS", "CLAPPING_HANDS", "WAVING_2HANDS", "WAVING_1HAND")

#: A person who was not seen for longer starts afresh: what happened meanwhile is unknown.
_MAX_GAP_S: Final = 0.5
_TORSO_S: Final = 1.0  # how quickly the scale follows a person who comes nearer

_FEET: Final = (LEFT_ANKLE, RIGHT_ANKLE)
#: In a jump the feet rise by this share of what the body does from its lowest, less what tells
#: nothing yet, in torso lengths.
_FEET_SHARE: Final = 0.2
_FEET_FREE: Final = 0.02
#: Hands lower than this hang, torso lengths over the shoulders.
_HANGING: Final = -0.65
_DOWN: Final = -0.95  # of both hands on average
#: Wrists of hands that meet are no further apart: two hands, and what is missed between frames.
_MEETING: Final = 0.85
#: The same for hands that hang down, beside which they just sway.
_TOUCHING: Final = 0.5
#: The part of the usual jack that a jack must be: what leads into and out of them is smaller.
_WHOLE_JACK: Final = 0.7
_BOUT_S: Final = 3.0  # a longer rest ends a bout of jacks
#: Turning points further apart don't belong to one wave.
_WAVE_S: Final = 2.0


class RepetitionCounter:
    """Cycles of one person's motion, for every countable action at once, whatever they really do.

    Only moments within a segment of the action mean something: jacks also are jumps.
    """

    def __init__(self) -> None:
        self._moments: dict[str, list[float]] = {action: [] for action in COUNTED}
        self._torso = 0.0
        self._last_s = -math.inf
        self._start()

    def _start(self) -> None:
        """Forgets the motion so far, not the moments."""
        self._points: list[list[float]] = []
        self._height = self._feet = 0.0
        self._feet_lost_s = -math.inf
        self._open = [0.0, 0.0, 0.0]
        self._body = TurningPoints(floor=0.11, share=0.4)
        self._jacks = TurningPoints(floor=0.35, share=_WHOLE_JACK)
        self._jack: tuple[float, float] | None = None  # time and size of the last one
        self._closed = math.inf  # the smallest that arms and legs were since
        self._hands = TurningPoints(floor=0.13, share=0.4)
        self._arms = (TurningPoints(floor=0.13, share=0.4), TurningPoints(floor=0.13, share=0.4))

    def update(self, time_s: float, keypoints_xyc: FloatArray) -> None:
        """The next frame in which the person is seen.

        Args:
            time_s: later than the one before; frames that are not are left out.
            keypoints_xyc: (17, 3): pixels (y down) and score; 0 = keypoint missing.
        """
        if time_s <= self._last_s:
            return
        points = keypoints_xyc.tolist()
        if time_s - self._last_s > _MAX_GAP_S:
            self._start()
            self._torso = 0.0
        step_s, self._last_s = time_s - self._last_s, time_s
        if not self._scale(points, step_s):
            return
        before, self._points = self._points or points, points
        self._follow_body(time_s, before, points)
        self._follow_jacks(time_s, points)
        self._follow_hands(time_s, points)

    def moments(self, action: str) -> list[float]:
        """When repetitions of an action of `COUNTED` were at their middle, ascending seconds."""
        return list(self._moments[action])

    def counted(self, segments: Iterable[Segment]) -> tuple[Segment, ...]:
        """The segments with their repetitions."""
        return with_repetitions(segments, self._moments)

    def count(self, segments: Iterable[Segment]) -> dict[str, int]:
        """Repetitions within segments of their own action, for each countable action there."""
        totals: dict[str, int] = {}
        for segment in self.counted(segments):
            if segment.repetitions is not None:
                totals[segment.action] = totals.get(segment.action, 0) + segment.repetitions
        return totals

    def forget(self, before_s: float) -> None:
        """Drops moments before a time, so that memory stays bounded."""
        for moments in self._moments.values():
            del moments[: bisect_left(moments, before_s)]

    # Signals ---------------------------------------------------------------------------------

    def _scale(self, p: list[list[float]], step_s: float) -> bool:
        """Keeps the torso's length in pixels; False while it was never seen."""
        width = torso = 0.0
        if p[LEFT_SHOULDER][2] > 0 and p[RIGHT_SHOULDER][2] > 0:
            width = math.dist(p[LEFT_SHOULDER][:2], p[RIGHT_SHOULDER][:2])
            if p[LEFT_HIP][2] > 0 and p[RIGHT_HIP][2] > 0:
                torso = 0.5 * math.hypot(
                    p[LEFT_SHOULDER][0] + p[RIGHT_SHOULDER][0] - p[LEFT_HIP][0] - p[RIGHT_HIP][0],
                    p[LEFT_SHOULDER][1] + p[RIGHT_SHOULDER][1] - p[LEFT_HIP][1] - p[RIGHT_HIP][1],
                )
                torso = max(torso, MIN_TORSO_PER_SHOULDERS * width)
            else:
                torso = TORSO_PER_SHOULDERS * width
        if torso > 1e-3:
            if self._torso == 0:
                self._torso = torso
            else:
                self._torso += (torso - self._torso) * min(1.0, step_s / _TORSO_S)
        return self._torso > 0

    def _follow_body(
        self, time_s: float, before: list[list[float]], points: list[list[float]]
    ) -> None:
        """Height of the trunk: by the keypoints seen both times, so that a lost one is no jump."""
        self._height -= (_mean_step(TRUNK, before, points) or 0.0) / self._torso
        feet = _mean_step(_FEET, before, points)
        if feet is None:
            self._feet_lost_s = time_s
        else:
            self._feet -= feet / self._torso
        turn = self._body.add(time_s, 0.0, self._height, self._feet)
        if turn is None or turn.way[1] < 0:
            return
        if self._feet_lost_s < turn.before_s:
            lift, rise = turn.carried - turn.carried_before, turn.at[1] - turn.came_from[1]
            if lift < _FEET_SHARE * rise - _FEET_FREE:
                return  # the person gets up
        self._mark("JUMPING", turn.time_s, 0.2)

    def _follow_jacks(self, time_s: float, p: list[list[float]]) -> None:
        """Raised arms and spread legs together; a part that is hidden stays as it was."""
        torso, parts = self._torso, self._open
        for side, (shoulder, wrist) in enumerate(
            ((LEFT_SHOULDER, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_WRIST))
        ):
            if p[shoulder][2] > 0 and p[wrist][2] > 0:
                parts[side] = 0.5 * (p[shoulder][1] - p[wrist][1]) / torso
        if p[LEFT_ANKLE][2] > 0 and p[RIGHT_ANKLE][2] > 0:
            parts[2] = abs(p[LEFT_ANKLE][0] - p[RIGHT_ANKLE][0]) / torso
        arms = parts[0] + parts[1]
        turn = self._jacks.add(time_s, 0.0, arms + parts[2], arms)
        closed = self._closed = min(self._closed, self._jacks.now[1])
        if turn is None or turn.way[1] < 0:
            return
        self._closed = self._jacks.now[1]
        if turn.carried < _HANGING:
            return
        # Not from where the turn before was noticed: who stood with the feet apart closed them.
        size, moments = turn.at[1] - closed, self._moments["JUMPING_JACKS"]
        if self._jack is not None and moments and moments[-1] == self._jack[0]:
            last_s, last = self._jack
            alone = len(moments) < 2 or last_s - moments[-2] > _BOUT_S
            if alone and turn.time_s - last_s < _BOUT_S and last < _WHOLE_JACK * size:
                moments.pop()  # the arms just came up to begin
        self._mark("JUMPING_JACKS", turn.time_s, 0.35)
        self._jack = turn.time_s, size

    def _follow_hands(self, time_s: float, p: list[list[float]]) -> None:
        """Place of each hand, from between the shoulders, and the way from one to the other."""
        if p[LEFT_SHOULDER][2] <= 0 or p[RIGHT_SHOULDER][2] <= 0:
            return
        x = 0.5 * (p[LEFT_SHOULDER][0] + p[RIGHT_SHOULDER][0])
        y = 0.5 * (p[LEFT_SHOULDER][1] + p[RIGHT_SHOULDER][1])
        places: list[Point] = []
        for turns, wrist in zip(self._arms, (p[LEFT_WRIST], p[RIGHT_WRIST]), strict=True):
            if wrist[2] <= 0:
                continue
            place = (wrist[0] - x) / self._torso, (y - wrist[1]) / self._torso
            places.append(place)
            turn = turns.add(time_s, *place)
            if turn is not None:
                self._wave(turns, turn)
        if len(places) < 2:
            return
        (left_x, left_y), (right_x, right_y) = places
        turn = self._hands.add(time_s, left_x - right_x, left_y - right_y, 0.5 * (left_y + right_y))
        if turn is None:
            return
        apart = math.hypot(*turn.at)
        meeting = _MEETING if turn.carried > _DOWN else _TOUCHING
        if apart < min(meeting, math.hypot(*self._hands.now)):
            self._mark("CLAPPING_HANDS", turn.time_s, 0.14)

    def _wave(self, turns: TurningPoints, turn: Turn) -> None:
        """To and fro is one wave; a hand that just goes up and down again is none."""
        if max(turn.at[1], turn.came_from[1]) < _HANGING:
            turns.count = 0  # hands that swing beside the hips don't wave
            return
        if turn.time_s - turn.before_s > _WAVE_S:
            turns.count = 1
            return
        half_s = turn.time_s - turn.before_s
        if turns.count % 2:
            return
        # Where the hand came up to is on the same side as every second turn; it is none itself.
        for time_s in [turn.time_s - 2 * half_s] * (turns.count == 2) + [turn.time_s]:
            for action in ("WAVING_1HAND", "WAVING_2HANDS"):
                self._mark(action, time_s, 1.2 * half_s)

    def _mark(self, action: str, time_s: float, gap_s: float) -> None:
        """Notes a repetition; no person repeats within ``gap_s``."""
        moments = self._moments[action]
        at = bisect_left(moments, time_s)
        if all(abs(time_s - other) >= gap_s for other in moments[max(at - 1, 0) : at + 1]):
            moments.insert(at, time_s)


def _mean_step(
    keypoints: tuple[int, ...], before: list[list[float]], points: list[list[float]]
) -> float | None:
    """How far down keypoints moved on average, of those seen both times, in pixels."""
    steps = [
        points[j][1] - before[j][1] for j in keypoints if points[j][2] > 0 and before[j][2] > 0
    ]
    return sum(steps) / len(steps) if steps else None


def repetition_moments(
    times_s: NDArray[np.float64], keypoints_xyc: FloatArray
) -> dict[str, NDArray[np.float64]]:
    """Moments of all repetitions of a whole track, by action of `COUNTED`.

    Args:
        times_s: (F,) ascending.
        keypoints_xyc: (F, 17, 3), as in `RepetitionCounter.update`.
    """
    counter = RepetitionCounter()
    for time_s, keypoints in zip(times_s.tolist(), keypoints_xyc, strict=True):
        counter.update(time_s, keypoints)
    return {action: np.array(counter.moments(action)) for action in COUNTED}


def with_repetitions(
    segments: Iterable[Segment], moments: Mapping[str, Sequence[float] | NDArray[np.float64]]
) -> tuple[Segment, ...]:
    """The segments with the number of moments of their own action that each of them holds.

    Args:
        segments: of one person.
        moments: action -> times, ascending. Other actions' repetitions are None.
    """
    return tuple(
        replace(
            segment,
            repetitions=None
            if own is None
            else bisect_left(own, segment.end_s) - bisect_left(own, segment.start_s),
        )
        for segment in segments
        for own in [moments.get(segment.action)]
    )
