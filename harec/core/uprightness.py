"""Whether the people in a picture say that the camera was turned.

A headstand, a handstand and somebody who lies down are no turned camera. So a body counts only
where it is straight from head to ankles and its hands are not where they would bear it, and only
what holds for most of the time is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.correction import Correction
from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NOSE,
    RIGHT_ANKLE,
    RIGHT_EAR,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

#: Seconds, growing.
Times = Sequence[float] | NDArray[np.float64]

#: The head's middle is about half a torso beyond the shoulders; less in a shoulder stand.
_HEAD_BEYOND: Final = 0.2
#: Hands this far beyond the shoulders, in torsos, may bear the body.
_HANDS_BEYOND: Final = 0.15
#: Hands this far to one side of a lying body's axis, in torsos, may bear it: plank, push-up.
_HANDS_BESIDE: Final = 0.7
#: Two sampled frames further apart than this don't speak for the time between them.
_LONGEST_STEP_S: Final = 0.5
_WINDOW_S: Final = 30.0
_DIRECTIONS_DEG: Final = (0, 90, 180, 270)


def turns_needed(keypoints_xyc: FloatArray) -> NDArray[np.int_]:
    """The clockwise turn, in degrees, that would set each body on its feet.

    Args:
        keypoints_xyc: (N, 17, 3); score 0 = not seen.

    Returns:
        int (N,): 0, 90, 180 or 270; -1 where a body doesn't tell.
    """
    return np.array([_turn_needed(np.asarray(body, np.float64)) for body in keypoints_xyc], int)


def _turn_needed(body: NDArray[np.float64]) -> int:
    shoulders = _mean(body, (LEFT_SHOULDER, RIGHT_SHOULDER))
    hips = _mean(body, (LEFT_HIP, RIGHT_HIP))
    knees = _mean(body, (LEFT_KNEE, RIGHT_KNEE))
    ankles = _mean(body, (LEFT_ANKLE, RIGHT_ANKLE))
    head = _mean(body, tuple(range(NOSE, RIGHT_EAR + 1)), least=1)
    if shoulders is None or hips is None or knees is None or ankles is None or head is None:
        return -1
    parts = [shoulders - hips, hips - knees, knees - ankles]  # each points to the head
    turns = {_turn_of(part) for part in parts}
    torso = float(np.hypot(*parts[0]))
    if len(turns) > 1 or torso == 0:
        return -1
    turn = turns.pop()
    up = parts[0] / torso
    if (head - shoulders) @ up < _HEAD_BEYOND * torso:
        return -1
    if turn == 0:
        return turn
    wrists = [body[i, :2] for i in (LEFT_WRIST, RIGHT_WRIST) if body[i, 2] > 0]
    if not wrists:
        return -1
    offs = np.array(wrists) - shoulders
    if (offs @ up).max() > _HANDS_BEYOND * torso:
        return -1
    beside = (offs[:, 0] * up[1] - offs[:, 1] * up[0]) / torso  # signed: which side of the axis
    if turn != 180 and (beside.min() > _HANDS_BESIDE or beside.max() < -_HANDS_BESIDE):
        return -1
    return turn


def _turn_of(up: NDArray[np.float64]) -> int:
    """The turn that makes a direction (x, y) point up, to the nearest of the four."""
    clockwise = np.degrees(np.arctan2(up[0], -up[1]))  # from straight up
    return int(round(-clockwise / 90) * 90 % 360)


def _mean(
    body: NDArray[np.float64], which: Sequence[int], least: int = 2
) -> NDArray[np.float64] | None:
    seen = [body[i, :2] for i in which if body[i, 2] > 0]
    return np.mean(seen, axis=0) if len(seen) >= least else None


@dataclass(frozen=True)
class Proof:
    """What it takes before a turn is told.

    Attributes:
        least_s: that bodies must have needed it, in seconds.
        share: of the time in which bodies told anything, 0..1.
    """

    least_s: float
    share: float


#: Of people who do everyday things and sports.
USUAL: Final = Proof(0.7, 0.8)
#: Where people stand on their heads on purpose, and before a camera that runs on.
CAREFUL: Final = Proof(5.0, 0.9)


class UprightCheck:
    """Collects for how long bodies have needed which turn.

    Args:
        forgets: what lies back longer than half a minute hardly counts: for a camera.
    """

    def __init__(self, forgets: bool = False) -> None:
        self._forgets = forgets
        self._last_s: float | None = None
        self._seen_s = np.zeros(len(_DIRECTIONS_DEG) + 1)  # the last one: of those who don't tell

    def add(self, time_s: float, keypoints_xyc: FloatArray) -> None:
        """The bodies (N, 17, 3) of one sampled frame; times grow."""
        step_s = 0.0 if self._last_s is None else time_s - self._last_s
        self._last_s = time_s
        if self._forgets:
            self._seen_s *= np.exp(-max(step_s, 0.0) / _WINDOW_S)
        for turn in turns_needed(keypoints_xyc):
            self._seen_s[turn // 90] += min(step_s, _LONGEST_STEP_S)  # -1 // 90: the last one

    def add_track(self, times_s: Times, keypoints_xyc: FloatArray) -> None:
        """One person (F, 17, 3) over time."""
        self._last_s = None
        for time_s, body in zip(times_s, keypoints_xyc, strict=True):
            self.add(time_s, body[None])

    def turn_deg(self, proof: Proof) -> int:
        """The clockwise turn that would set most bodies on their feet; 0 if that is not sure."""
        told_s = self._seen_s[:-1]
        best = int(told_s.argmax())
        sure = told_s[best] >= max(proof.least_s, proof.share * told_s.sum())
        # Who hardly ever tells may tell it by a mistake of the pose model.
        return _DIRECTIONS_DEG[best] if sure and told_s[best] >= 0.2 * self._seen_s.sum() else 0


def advise_turn(
    correction: Correction,
    tracks: Iterable[tuple[Times, FloatArray]],
    proof: Proof = USUAL,
) -> Iterator[str]:
    """What a user should know of a video: one sentence or none.

    Args:
        correction: of the frames in which people were seen.
        tracks: each person's times (F,) in seconds and keypoints (F, 17, 3).
    """
    check = UprightCheck()
    for times_s, keypoints in tracks:
        check.add_track(times_s, keypoints)
    if needed := check.turn_deg(proof):
        yield turn_hint(correction, needed, "video", " most of the time")


def turn_hint(correction: Correction, needed_deg: int, where: str, often: str = "") -> str:
    """The sentence for the user.

    Args:
        correction: of what is seen.
        needed_deg: that bodies need in what is seen.
        where: such as video, photo, picture.
        often: how often they do, after a space.
    """
    turn = correction.turned_further(needed_deg).turn_deg
    how = "upside down" if needed_deg == 180 else "on their side"
    return (
        f"People are {how} in this {where}{often}. If the camera was turned, set Turn to {turn}° "
        f"(command line: --turn {turn})."
    )
