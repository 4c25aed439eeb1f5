"""Simulated people who cross, hide, leave and come back, as a pose engine would see them.

Keypoints directly, without pictures: who moves how is known, and what an engine makes of it is
drawn at random: jitter, slow errors, low scores for what is hidden, keypoints and people that are
missed for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.geometry import oks, torso_length
from harec.core.poses import FloatArray, Poses
from harec.simulate.camera import Camera
from harec.simulate.motion.motion import RATE_HZ, perform

SIZE_WH: Final = (640, 480)
#: A person of whom fewer keypoints are in sight is not there.
LEAST_KEYPOINTS: Final = 4
#: Jitter and slow error of a keypoint (deviation, in torsos), see `harec.training.augment`.
JITTER, SLOW_ERROR = 0.03, 0.03
#: Shares of the time in which a keypoint, or a person, is missed, and for how long each time.
KEYPOINT_MISSED, PERSON_MISSED, MISSED_S = 0.1, 0.02, 0.25

#: What hides a keypoint that lies at pixels (17, 2), at a time: bool (17,).
Hiding = Callable[[NDArray[np.floating], float], NDArray[np.bool_]]


@dataclass(frozen=True)
class Person:
    """Who does what where.

    Attributes:
        script: as of `harec.simulate.motion.motion.perform`.
        path: (time in s, x and z in metres) in order of time; between them they walk straight.
    """

    script: tuple[tuple[str, float], ...]
    path: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Scene:
    """Several people before a camera.

    Attributes:
        hiding: what stands before everybody.
        distance_m: of the camera.
    """

    name: str
    people: tuple[Person, ...]
    hiding: Hiding | None = None
    distance_m: float = 5.0

    @property
    def duration_s(self) -> float:
        return max(sum(seconds for _, seconds in person.script) for person in self.people)


@dataclass(frozen=True, eq=False)
class SceneFrame:
    """One frame.

    Attributes:
        true_ids: (N,) of those in sight. Who was out of sight for longer than the tracker waits
            comes back as somebody else, as in MOT's data.
        true_xyc: (N, 17, 3) where their joints are; score 1 = in sight, 0 = hidden.
        poses: what the engine says, in any order.
    """

    time_s: float
    true_ids: NDArray[np.intp]
    true_xyc: FloatArray
    poses: Poses

    def similarity(self, found_xyc: FloatArray) -> NDArray[np.float64]:
        """OKS (N, M) of those in sight and people (M, 17, 3)."""
        rows = [[oks(true, found) for found in found_xyc] for true in self.true_xyc]
        return np.array(rows, float).reshape(len(self.true_xyc), len(found_xyc))


def scene_frames(
    scene: Scene, rate: float, seed: int, gone_after_s: float = 1.2
) -> Iterator[SceneFrame]:
    """What an engine sees, ``rate`` times a second.

    Args:
        gone_after_s: who is out of sight for longer is somebody else.
    """
    rng = np.random.default_rng(seed)
    times = np.arange(0, scene.duration_s, 1 / rate)
    camera = Camera(SIZE_WH, target=(0, 0.9, 0), distance=scene.distance_m, pitch=0.06)
    projected = [camera.project(_joints(p, times, rng)) for p in scene.people]
    engines = [_Engine(np.random.default_rng((seed, i))) for i in range(len(projected))]
    ids = list(range(len(projected)))
    in_sight_s = [0.0] * len(projected)
    highest = len(ids)
    for index, time_s in enumerate(times):
        points = [pixels[index].astype(np.float64) for pixels, _ in projected]
        depths = [float(depth[index].mean()) for _, depth in projected]
        true_ids, true, answers = [], [], []
        for who, xy in enumerate(points):
            hidden = ((xy < 0) | (xy >= SIZE_WH)).any(axis=1)
            if scene.hiding is not None:
                hidden |= scene.hiding(xy, float(time_s))
            for other, nearer in enumerate(points):
                if depths[other] < depths[who]:
                    hidden |= _behind(xy, nearer)
            answer = engines[who](xy, hidden, float(time_s))
            if (~hidden).sum() < LEAST_KEYPOINTS:
                continue
            if time_s - in_sight_s[who] > gone_after_s:
                ids[who], highest = highest, highest + 1
            in_sight_s[who] = float(time_s)
            true_ids.append(ids[who])
            true.append(np.column_stack([xy, ~hidden]))
            if answer is not None:
                answers.append(answer)
        rng.shuffle(answers)
        yield SceneFrame(
            float(time_s),
            np.array(true_ids, np.intp),
            np.array(true, np.float32).reshape(-1, 17, 3),
            _poses(answers),
        )


class _Engine:
    """A pose engine's errors on one person, the same at any frame rate."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.bias = rng.normal(0, SLOW_ERROR, (17, 2))
        self.missed_until_s = np.zeros(17)
        self.gone_until_s = self.last_s = 0.0

    def __call__(
        self, xy: NDArray[np.float64], hidden: NDArray[np.bool_], time_s: float
    ) -> FloatArray | None:
        """Keypoints (17, 3), or None: the person is missed."""
        rng, elapsed = self.rng, time_s - self.last_s
        self.last_s = time_s
        begins = rng.random(17) < elapsed * KEYPOINT_MISSED / MISSED_S
        self.missed_until_s[begins] = time_s + rng.exponential(MISSED_S, int(begins.sum()))
        if rng.random() < elapsed * PERSON_MISSED / MISSED_S:
            self.gone_until_s = time_s + rng.exponential(MISSED_S)
        self.bias += rng.normal(0, SLOW_ERROR, (17, 2)) * np.sqrt(min(2 * elapsed, 1.0))
        self.bias *= np.exp(-min(elapsed, 1.0))
        if time_s < self.gone_until_s and time_s > 0:
            return None
        torso = max(float(torso_length(xy)), 5.0)
        unseen = hidden | (time_s < self.missed_until_s)
        # what is hidden is guessed, with a low score and further off
        off = np.where(unseen, 3.0, 1.0)[:, None]
        points = xy + torso * off * (self.bias + rng.normal(0, JITTER, (17, 2)))
        scores = np.where(unseen, rng.normal(0.1, 0.05, 17), rng.normal(0.7, 0.12, 17))
        return np.column_stack([points, scores.clip(0, 1)]).astype(np.float32)


def _poses(answers: list[FloatArray]) -> Poses:
    if not answers:
        return Poses.empty()
    stacked = np.stack(answers)
    # as MoveNet's: the best eight of twelve keypoints
    scores = np.sort(stacked[:, 5:, 2], axis=1)[:, -8:].mean(axis=1)
    return Poses(stacked, scores)


def _behind(xy: NDArray[np.float64], nearer: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(17,) which points lie behind the head, trunk and thighs of a nearer person."""
    outline = cv2.convexHull(nearer[[0, 3, 4, 5, 6, 11, 12, 13, 14]].astype(np.float32))
    at = [(float(x), float(y)) for x, y in xy]
    return np.array([cv2.pointPolygonTest(outline, point, False) >= 0 for point in at])


def _joints(
    person: Person, times: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.floating]:
    """Joints (T, 17, 3) in the world: they look into the camera, or where they walk."""
    joints, _ = perform(person.script, rng)
    joints = joints[np.minimum((times * RATE_HZ).astype(int), len(joints) - 1)].astype(np.float64)
    keys = np.array(person.path)
    x, z = (np.interp(times, keys[:, 0], keys[:, i]) for i in (1, 2))
    walking = np.hypot(np.gradient(x, times), np.gradient(z, times)) > 0.1
    heading = np.where(walking, np.arctan2(np.gradient(x, times), np.gradient(z, times)), 0.0)
    cos, sin = np.cos(heading)[:, None], np.sin(heading)[:, None]
    turned = joints.copy()
    turned[..., 0] = cos * joints[..., 0] + sin * joints[..., 2] + x[:, None]
    turned[..., 2] = cos * joints[..., 2] - sin * joints[..., 0] + z[:, None]
    return turned


# ---- the scenes


def _walker(start_x: float, end_x: float, z: float, seconds: float, from_s: float = 0.0) -> Person:
    path = ((from_s, start_x, z), (from_s + seconds, end_x, z))
    stands = (("STANDING", from_s),) if from_s else ()
    return Person((*stands, ("WALKING", seconds)), path)


def _stander(label: str, x: float, z: float = 0.0, seconds: float = 8.0) -> Person:
    return Person(((label, seconds),), ((0.0, x, z),))


def _desk(xy: NDArray[np.floating], time_s: float) -> NDArray[np.bool_]:
    """Below a line that is knee-high to chest-high: it comes and goes."""
    return xy[:, 1] > (SIZE_WH[1] * (0.72 if time_s % 3 < 1.5 else 0.46))


def _blind(xy: NDArray[np.floating], time_s: float) -> NDArray[np.bool_]:
    """From above, down to the chest."""
    return xy[:, 1] < (0 if time_s % 3 < 1.5 else SIZE_WH[1] * 0.38)


def _posts(xy: NDArray[np.floating], time_s: float) -> NDArray[np.bool_]:
    """Two posts of a third of a body's width."""
    return ((xy[:, 0] > 200) & (xy[:, 0] < 230)) | ((xy[:, 0] > 420) & (xy[:, 0] < 470))


SCENES: Final = (
    Scene("one at a desk", (_stander("WAVING_1HAND", 0.0),), _desk),
    Scene("two at a desk", (_stander("BOXING", -0.7), _stander("DRINKING", 0.7)), _desk),
    Scene("three behind a blind", tuple(_stander("STANDING", x) for x in (-1.2, 0.0, 1.2)), _blind),
    Scene("sits down, turns, bends", tuple(
        _stander(label, x)
        for label, x in (("SITTING_DOWN", -1.2), ("TURNING", 0.0), ("BENDING", 1.2))
    )),
    Scene("past two posts", (_walker(-2.6, 2.6, 0.0, 6.0), _walker(2.6, -2.6, -1.2, 8.0)), _posts),
    Scene("two cross", (_walker(-1.6, 1.6, 0.3, 5.0), _walker(1.6, -1.6, -0.5, 5.0))),
    Scene("two cross, quickly", (_walker(-2, 2, 0.3, 3.0), _walker(2, -2, -0.5, 3.0))),
    Scene("one before another", (
        _stander("WAVING_2HANDS", 0.2, -0.6),
        Person((("WALKING", 2.0), ("STANDING", 4.0), ("WALKING", 2.0)),
               ((0, -1.8, 0.6), (2, 0.0, 0.6), (6, 0.0, 0.6), (8, 1.8, 0.6))),
    )),
    Scene("leaves and returns", (
        _stander("CLAPPING_HANDS", -0.6),
        Person((("WALKING", 8.0),),
               ((0, 0.6, 0), (2, 2.8, 0), (4, 2.8, 0), (6, 0.6, 0), (8, 0, -1))),
    )),
    Scene("half out of the frame", (
        Person((("BOXING", 8.0),), ((0, -1.4, 0), (2, -2.2, 0), (4, -1.4, 0), (6, -2.2, 0))),
        Person((("STANDING", 8.0),), ((0, 1.5, 0), (3, 2.1, 0), (5, 1.5, 0))),
    )),
    Scene("four cross", (
        _walker(-2.2, 2.2, 0.5, 7.0), _walker(2.2, -2.2, 0.0, 7.0),
        _walker(-1.2, 3.0, -0.8, 7.0), _stander("JUMPING_JACKS", 0.0, -1.6, 7.0),
    ), distance_m=6.0),
    Scene("six people", (
        _stander("BOXING", -2.2, -1.0), _stander("WAVING_1HAND", 2.2, -1.0),
        _walker(-3.0, 3.0, 0.5, 8.0), _walker(3.0, -3.0, 0.0, 8.0),
        _stander("STANDING", 0.6, -2.0), _stander("CLAPPING_HANDS", -0.8, -2.2),
    ), distance_m=7.0),
)  # fmt: skip
