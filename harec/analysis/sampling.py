"""How often the pose engine looks: at which frames, and at which people in them.

Actions are told by motion, so who moves fast is seen often and who stands is not. `AutoSampler`
gives each person a rate of their own, from where their keypoints were at the last few looks: as
often as needed for the pose between two looks to lie where it would be drawn between them. The
rates were measured: see docs/benchmarks.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from harec.core.geometry import full_body_size, keypoints_box_xyxy
from harec.core.poses import FloatArray, Poses
from harec.core.skeleton import LEFT_WRIST, RIGHT_WRIST

Gray = NDArray[np.uint8]
#: Frames left out between two that the engine sees, or as few looks as the labels need.
Skip = int | Literal["auto"]

#: Looks a second at a person who moves, who moves their hands fast, and who stands.
USUAL_HZ: Final = 15.0
QUICK_HZ: Final = 30.0
STILL_HZ: Final = 7.5
_USUAL_S: Final = 1 / USUAL_HZ
#: A hand turns where its way bends by more than this, torso lengths, and by this share of itself,
#: from one usual step to the next. Where it turns twice within these times it is quick, and its
#: owner for so long: claps, waves and punches are, jacks and steps are not.
_BEND: Final = 0.2
_SHARP: Final = 0.8
_TURNS_S: Final = (0.1, 0.3)
_QUICK_S: Final = 0.6
#: Who moved no keypoint by so many torso lengths from one usual look to the next, for so long,
#: stands.
_MOVED: Final = 0.05
_STILL_S: Final = 0.6
#: Torso length over a whole body's size, see `harec.core.geometry.full_body_size`.
_TORSO: Final = 0.335
#: Keypoints below this score say nothing about motion.
_SEEN: Final = 0.3
#: A change of brightness (0..255) that is motion in a frame of about a hundred pixels; bodies that
#: sway as they stand stay below.
_CHANGE: Final = 40
#: Frames come a little early; times in a container are rounded to a millisecond.
_EARLY_S: Final = 1.5e-3
_HANDS: Final = [LEFT_WRIST, RIGHT_WRIST]


@dataclass(frozen=True)
class Look:
    """What the engine is to look at in a frame.

    Attributes:
        only: the people, by the engine's own numbers (`Poses.followed`); None = the whole frame.
    """

    only: frozenset[int] | None = None


EVERYBODY: Final = Look()


class Sampler(Protocol):
    """Decides frame by frame; one instance for one stream.

    Attributes:
        ahead: whether it decides by index and time alone, and so may be asked before the frames
            that come earlier were seen.
    """

    ahead: bool

    def look(self, index: int, time_s: float, gray: Callable[[], Gray | None]) -> Look | None:
        """What to look at in a frame; None = nothing.

        Args:
            index: of the frame, from 0.
            time_s: later than at the call before.
            gray: makes a small image of its brightness, if it can.
        """
        ...

    def saw(self, time_s: float, poses: Poses, gray: Callable[[], Gray | None]) -> None:
        """What the engine found in the frame that was looked at."""
        ...


class EveryNth:
    """Every frame, or every second, ...

    Args:
        skip: frames left out between two.
    """

    ahead = True

    def __init__(self, skip: int) -> None:
        self._every = skip + 1

    def look(self, index: int, time_s: float, gray: Callable[[], Gray | None]) -> Look | None:
        return EVERYBODY if index % self._every == 0 else None

    def saw(self, time_s: float, poses: Poses, gray: Callable[[], Gray | None]) -> None:
        """Changes nothing."""


class EvenSampler:
    """So many frames a second, whatever is in them."""

    ahead = True

    def __init__(self, rate_hz: float) -> None:
        self._step_s, self._due_s = 1 / rate_hz, 0.0

    def look(self, index: int, time_s: float, gray: Callable[[], Gray | None]) -> Look | None:
        if time_s < self._due_s - _EARLY_S:
            return None
        self._due_s = _next_due_s(self._due_s, time_s, self._step_s)
        return EVERYBODY

    def saw(self, time_s: float, poses: Poses, gray: Callable[[], Gray | None]) -> None:
        """Changes nothing."""


@dataclass
class _Person:
    """Somebody whom the engine follows.

    Attributes:
        due_s: when to look at them again.
        looks: times of the last looks, and where the keypoints (17, 3) were, the camera's own
            motion taken out.
        quick_until_s: until when their hands count as quick.
        turned_s: when each hand turned last.
        moved_s: when a keypoint moved last.
        box_xyxy: in pixels of the frame; None = no keypoint is seen.
        gray: the frame when they stood at the last look; None = they did not.
    """

    due_s: float
    moved_s: float
    looks: deque[tuple[float, FloatArray]] = field(default_factory=deque)
    quick_until_s: float = -np.inf
    turned_s: list[float] = field(default_factory=lambda: [-np.inf] * len(_HANDS))
    box_xyxy: FloatArray | None = None
    gray: Gray | None = None

    def step_s(self, time_s: float) -> float:
        """How long not to look at them."""
        if time_s < self.quick_until_s:
            return 1 / QUICK_HZ
        return 1 / STILL_HZ if time_s - self.moved_s >= _STILL_S else _USUAL_S

    def see(self, time_s: float, steady_xyc: FloatArray) -> None:
        """Keypoints (17, 3) of another look."""
        self.looks.append((time_s, steady_xyc))
        while len(self.looks) > 3 and self.looks[1][0] < time_s - 2.6 * _USUAL_S:
            self.looks.popleft()
        torso = _TORSO * full_body_size(steady_xyc)
        before = self._look_before(time_s)
        if before is None or _farthest(steady_xyc, before[1]) > _MOVED * torso:
            self.moved_s = time_s
        if before is None or (first := self._look_before(before[0])) is None:
            return
        for hand, turns in enumerate(_turning(first[1], before[1], steady_xyc, _BEND * torso)):
            since_s = before[0] - self.turned_s[hand]
            if turns and since_s >= _TURNS_S[0]:
                self.turned_s[hand] = before[0]
                if since_s <= _TURNS_S[1]:
                    self.quick_until_s = time_s + _QUICK_S

    def _look_before(self, time_s: float) -> tuple[float, FloatArray] | None:
        """The newest one that is about a usual step earlier: nearer ones show only noise."""
        until_s = time_s - 0.9 * _USUAL_S
        return next((look for look in reversed(self.looks) if look[0] <= until_s), None)


class AutoSampler:
    """As few looks as the labels need; looks again at once when something moves.

    With an engine that does not number the people whom it follows, `USUAL_HZ` frames a second.

    Args:
        size_wh: of the full frame, in whose pixels people are.
    """

    ahead = False

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self._size_wh = size_wh
        self._people: dict[int, _Person] = {}
        self._due_s = 0.0
        self._asked: frozenset[int] = frozenset()

    def look(self, index: int, time_s: float, gray: Callable[[], Gray | None]) -> Look | None:
        people = self._people
        due = {i for i, person in people.items() if time_s >= person.due_s - _EARLY_S}
        still = {i: p for i, p in people.items() if p.gray is not None and i not in due}
        usual = {i for i, p in still.items() if time_s >= p.looks[-1][0] + _USUAL_S - _EARLY_S}
        if usual and (now := gray()) is not None:
            others = self._outside([p for i, p in people.items() if i not in still], now)
            due |= {i for i in usual if _changed(still[i].gray, now, others)}
        if not people and time_s >= self._due_s - _EARLY_S:
            self._due_s = _next_due_s(self._due_s, time_s, _USUAL_S)
            return EVERYBODY
        self._asked = frozenset(due)
        if not due:
            return None
        return EVERYBODY if len(due) == len(people) else Look(self._asked)

    def saw(self, time_s: float, poses: Poses, gray: Callable[[], Gray | None]) -> None:
        for gone in self._asked - set(() if poses.followed is None else poses.followed.tolist()):
            self._people.pop(gone, None)
        self._asked = frozenset()
        if poses.followed is None:
            return
        small: Gray | None = None
        for number, keypoints in zip(poses.followed.tolist(), poses.keypoints_xyc, strict=True):
            person = self._people.setdefault(number, _Person(time_s, time_s))
            person.see(time_s, poses.camera.steady(keypoints))
            step_s = person.step_s(time_s)
            person.due_s = _next_due_s(person.due_s, time_s, step_s)
            person.box_xyxy = keypoints_box_xyxy(keypoints, _SEEN)
            if step_s <= _USUAL_S:
                person.gray = None
                continue
            small = gray() if small is None else small
            person.gray = small
            if small is None:  # nothing would tell when they move
                person.due_s = _next_due_s(time_s, time_s, _USUAL_S)
        if not self._people:
            self._due_s = _next_due_s(self._due_s, time_s, _USUAL_S)

    def _outside(self, moving: list[_Person], gray: Gray) -> NDArray[np.bool_]:
        """Which pixels of a small image show none of the people who move, with room around them."""
        outside = np.ones(gray.shape, bool)
        scale = np.tile([gray.shape[1] / self._size_wh[0], gray.shape[0] / self._size_wh[1]], 2)
        for person in moving:
            if person.box_xyxy is not None:
                x0, y0, x1, y1 = person.box_xyxy * scale
                room = 0.2 * max(x1 - x0, y1 - y0) + 1
                rows = slice(max(int(y0 - room), 0), max(int(y1 + room) + 1, 0))
                outside[rows, max(int(x0 - room), 0) : max(int(x1 + room) + 1, 0)] = False
        return outside


def _changed(before: Gray | None, now: Gray, where: NDArray[np.bool_]) -> bool:
    """Whether something moved there; not when all of it became brighter or darker."""
    if before is None or before.shape != now.shape or not where.any():
        return before is None or before.shape != now.shape
    change = (now.astype(np.int16) - before)[where]
    return bool(np.abs(change - np.median(change)).max() > _CHANGE)


def _farthest(a_xyc: FloatArray, b_xyc: FloatArray) -> float:
    """The longest way that a keypoint seen in both went, pixels."""
    both = (a_xyc[:, 2] > _SEEN) & (b_xyc[:, 2] > _SEEN)
    ways = np.linalg.norm(a_xyc[both, :2] - b_xyc[both, :2], axis=1)
    return float(ways.max(initial=0.0))


def _turning(a_xyc: FloatArray, b_xyc: FloatArray, c_xyc: FloatArray, px: float) -> list[bool]:
    """Whether each hand turns sharply at the second of three looks, by more than so many pixels."""
    a, b, c = a_xyc[_HANDS], b_xyc[_HANDS], c_xyc[_HANDS]
    seen = np.minimum(np.minimum(a[:, 2], b[:, 2]), c[:, 2]) > _SEEN / 1.5
    come, go = b[:, :2] - a[:, :2], c[:, :2] - b[:, :2]
    bend = np.linalg.norm(go - come, axis=1)
    way = np.linalg.norm(come, axis=1) + np.linalg.norm(go, axis=1)
    turns: list[bool] = (seen & (bend > px) & (bend > _SHARP * way)).tolist()
    return turns


def _next_due_s(due_s: float, time_s: float, step_s: float) -> float:
    """On an even grid, as long as frames come in time."""
    return max(due_s + step_s, time_s + step_s / 2)
