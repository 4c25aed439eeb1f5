"""Single gestures as short scripts: arm poses, trunk and timing, played from rest to rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, POSES, RIGHT, Actor
from harec.simulate.motion.noise import keyed

Direction = tuple[float, float, float]

#: Arm poses that only gestures need, as in `actor.POSES`.
GESTURE_POSES: Final[dict[str, tuple[Direction, Direction]]] = {
    "across": ((-0.15, -0.35, 0.95), (-0.85, 0.1, 0.55)),
    "across_high": ((-0.1, 0.1, 1), (-0.85, 0.35, 0.5)),
    "across_low": ((0.0, -0.85, 0.55), (-0.75, -0.5, 0.5)),
    "aside": ((0.75, -0.35, 0.5), (0.75, 0.25, 0.65)),
    "load": ((0.85, 0.15, -0.35), (0.05, 0.95, -0.3)),  # hand behind the shoulder
    "load_high": ((0.75, 0.65, -0.2), (-0.3, 0.4, -0.85)),  # racket behind the back
    "back_low": ((0.3, -0.75, -0.6), (0.25, -0.85, -0.5)),
    "release": ((0.15, 0.45, 0.9), (0.0, 0.35, 0.95)),
    "strike_high": ((0.2, 0.95, 0.35), (0.0, 1, 0.25)),
    "underarm": ((0.05, -0.6, 0.8), (0.0, -0.25, 0.95)),
    "chest": ((0.4, -0.8, 0.1), (-0.45, 0.35, 0.8)),
    "palm_chest": ((0.3, -0.85, 0.15), (-0.2, 0.75, 0.6)),
    "salute": ((0.8, 0.1, 0.45), (-0.85, 0.45, 0.05)),
    "watch": ((0.35, -0.55, 0.75), (-0.95, 0.2, 0.25)),
    "face": ((0.35, -0.65, 0.6), (-0.35, 0.92, 0.1)),
    "hair": ((0.75, 0.35, 0.35), (-0.65, 0.7, -0.35)),
    "ear": ((0.55, -0.55, 0.45), (-0.25, 0.95, -0.05)),
    "shoulder": ((0.1, -0.2, 0.95), (-0.9, 0.4, 0.1)),  # hand on the other shoulder
    "cross": ((0.0, -0.6, 0.75), (-0.85, 0.5, 0.35)),
    "knock_in": ((0.25, -0.55, 0.75), (0.0, 0.45, 0.9)),
    "knock_out": ((0.25, -0.6, 0.7), (0.0, 0.85, 0.5)),
    "hammer_up": ((0.4, -0.15, 0.75), (0.0, 0.95, -0.1)),
    "hammer_down": ((0.15, -0.65, 0.8), (0.0, -0.2, 1)),
    "beckon_in": ((0.2, -0.75, 0.6), (0.0, 0.75, 0.6)),
    "beckon_out": ((0.2, -0.7, 0.65), (0.05, 0.1, 1)),
    "floor": ((0.05, -0.35, 0.9), (-0.05, -0.5, 0.9)),
    "curl": ((0.12, -0.98, 0.1), (0.05, 0.9, 0.45)),
    "press": ((0.6, -0.6, 0.2), (-0.05, 1, 0.15)),
    "shoot": ((0.15, 0.05, 0.95), (-0.1, 0.95, -0.1)),
}


@dataclass(frozen=True)
class Step:
    """One station of a gesture, for a right-handed person.

    ``arm`` and ``other`` name arm poses (``other`` None: stays at rest); ``seconds`` is the way
    there; trunk angles in radians (``twist`` > 0 brings the right shoulder forward), ``dip`` in
    leg lengths, ``step`` moves the weight forward in leg lengths.
    """

    arm: str
    seconds: tuple[float, float] = (0.3, 0.7)
    other: str | None = None
    twist: float = 0.0
    lean: float = 0.0
    dip: float = 0.0
    step: float = 0.0


def named_pose(a: Actor, name: str, jitter: float = 0.1) -> Array:
    """A pose of either table, jittered."""
    pose = GESTURE_POSES.get(name) or POSES[name]
    jitter *= 0.35 if a.plain else 1
    return unit(np.array(pose) + a.rng.normal(0, jitter, (2, 3)))


def play(
    a: Actor,
    steps: Sequence[Step],
    *,
    seated: float = 0.1,
    again: tuple[float, float] = (0.4, 2.5),
) -> None:
    """Plays a gesture from rest to rest, again after a rest of ``again`` seconds while time lasts.

    Arms, trunk and knees share the timing; the forearm follows the upper arm.
    """
    if not any(s.dip or s.step for s in steps):
        a.maybe_sit(seated)
    rng = a.rng
    side = a.some_side()
    for each in BOTH:
        a.resting(each, ready=True)
    rests = [unit(a.arms[0, each]) for each in BOTH]
    poses = {name: named_pose(a, name) for s in steps for name in (s.arm, s.other) if name}
    size, speed = a.between(0.6, 1.25, 1.0), a.between(0.75, 1.35, 1.0)
    times, arm, other = [-9.0], [rests[side]], [rests[1 - side]]
    trunk = [np.zeros(4)]

    def station(t: float, one: Array, two: Array, body: Array) -> None:
        times.append(t)
        arm.append(unit(one + rng.normal(0, 0.04, (2, 3))))
        other.append(unit(two + rng.normal(0, 0.02, (2, 3))))
        trunk.append(body)

    t = a.between(-0.5, 0.8, 0.3)
    while t < a.t[-1]:
        station(t, rests[side], rests[1 - side], np.zeros(4))
        for s in steps:
            t += speed * rng.uniform(*s.seconds)
            two = rests[1 - side] if s.other is None else poses[s.other]
            station(t, poses[s.arm], two, size * np.array([s.twist, s.lean, s.dip, s.step]))
        t += rng.uniform(0.35, 0.8)
        station(t, rests[side], rests[1 - side], np.zeros(4))
        t += rng.uniform(*again)
    a.keyed_arm(side, times, arm, rng.uniform(0.02, 0.09))
    a.keyed_arm(1 - side, times, other, rng.uniform(0.02, 0.09))
    move_trunk(a, keyed(a.t, times, trunk), 1 if side == RIGHT else -1)


def move_trunk(a: Actor, trunk: Array, sign: int) -> None:
    """Adds twist, lean, dip and weight shift (n, 4) to the body."""
    a.twist += 0.7 * sign * trunk[:, 0]
    a.lean += trunk[:, 1]
    a.look -= 0.5 * sign * trunk[:, 0]
    if a.seated:
        return
    a.turn += 0.3 * sign * trunk[:, 0]
    a.pelvis[:, 1] -= a.body.leg * trunk[:, 2]
    a.pelvis[:, 2] += a.body.leg * (trunk[:, 3] - 0.25 * np.maximum(trunk[:, 1], 0))
    if np.abs(trunk[:, 3]).max() > 0.12:  # more than a shift of weight: a foot goes along
        foot = 0 if sign > 0 else 1
        forth = 1.4 * a.body.leg * trunk[:, 3]
        a.ankles[:, foot, 2] += forth
        a.ankles[:, foot, 1] += 0.04 * a.scale * np.minimum(np.abs(np.gradient(forth)) * 30, 2)
