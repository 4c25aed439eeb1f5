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
    bodies = np.asarray(keypoints_xyc, np.float64)
    shoulders = _mean(bodies, (LEFT_SHOULDER, RIGHT_SHOULDER))
    hips = _mean(bodies, (LEFT_HIP, RIGHT_HIP))
    knees = _mean(bodies, (LEFT_KNEE, RIGHT_KNEE))
    ankles = _mean(bodies, (LEFT_ANKLE, RIGHT_ANKLE))
    head = _mean(bodies, tuple(range(NOSE, RIGHT_EAR + 1)), least=1)
    # Each points to the head; what is not seen is nan, and all comparisons with it are false.
    turns = np.stack([_turns_of(part) for part in (shoulders - hips, hips - knees, knees - ankles)])
    trunk = shoulders - hips
    torso = np.hypot(*trunk.T)
    up = trunk / np.where(torso > 0, torso, np.nan)[:, None]
    straight = (turns == turns[0]).all(axis=0)
    told = straight & (((head - shoulders) * up).sum(axis=1) >= _HEAD_BEYOND * torso)
    upright = turns[0] == 0
    wrists = bodies[:, (LEFT_WRIST, RIGHT_WRIST)]
    offs = np.where(wrists[..., 2:] > 0, wrists[..., :2] - shoulders[:, None], np.nan)
    along = (offs * up[:, None]).sum(axis=2)
    # signed: which side of the axis
    beside = (offs[..., 0] * up[:, None, 1] - offs[..., 1] * up[:, None, 0]) / torso[:, None]
    with_hands = np.isfinite(along).any(axis=1)
    beyond = (along > _HANDS_BEYOND * torso[:, None]).any(axis=1)
    one_side = _all_seen(beside > _HANDS_BESIDE, beside) | _all_seen(
        beside < -_HANDS_BESIDE, beside
    )
    bears = beyond | ((turns[0] != 180) & one_side)
    return np.where(told & (upright | (with_hands & ~bears)), turns[0], -1).astype(int)


def _all_seen(holds: NDArray[np.bool_], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether something holds for all of a row's values that are not nan."""
    return np.asarray((holds | np.isnan(values)).all(axis=1))


def _turns_of(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turns that make directions (N, 2) point up, to the nearest of the four; nan stays."""
    clockwise = np.degrees(np.arctan2(up[:, 0], -up[:, 1]))  # from straight up
    return np.round(-clockwise / 90) * 90 % 360


def _mean(bodies: NDArray[np.float64], which: Sequence[int], least: int = 2) -> NDArray[np.float64]:
    """Of the keypoints that are seen: (N, 2), nan where they are fewer than ``least``."""
    seen = bodies[:, which, 2] > 0
    count = seen.sum(axis=1)
    total = np.where(seen[..., None], bodies[:, which, :2], 0).sum(axis=1)
    return total / np.where(count >= least, count, np.nan)[:, None]


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
        """One person (F, 17, 3) over all of a file; nothing is forgotten meanwhile."""
        turns = turns_needed(keypoints_xyc)
        steps_s = np.minimum(np.diff(times_s, prepend=times_s[:1]), _LONGEST_STEP_S)
        places = np.where(turns < 0, len(_DIRECTIONS_DEG), turns // 90)
        self._seen_s += np.bincount(places, steps_s, len(self._seen_s))

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
