"""On the floor, on a mat, and held poses: push-ups, sit-ups, lying, sitting, yoga."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, Actor
from harec.simulate.motion.noise import keyed, swing


def _seen_from_anywhere(a: Actor) -> None:
    if not a.plain:
        a.face(a.rng.uniform(-np.pi, np.pi))


def _lie_on_back(a: Actor, height: float, *, feet: float, bent: bool) -> None:
    """Trunk level, head towards -z; feet on the floor (or the bench's sides) at z = ``feet``."""
    a.pelvis[:, 1] = height
    a.lean += -np.pi / 2
    a.ankles[:, :, 2] = feet
    a.knees[...] = [0.2, 1.0, 0.3] if bent else [0.1, 1.0, 0.0]


def push_ups(a: Actor) -> None:
    """PUSH_UPS and planks: a straight body between hands and toes."""
    body = a.body
    w = swing(a.beats(a.tempo(0.25, 1.1, 0.6)), 1.0)
    if a.chance(0.25):
        w = 0.05 + np.abs(a.noise(0.02, 0.4))  # a plank
    high, low = 0.97 * body.arm, a.between(0.3, 0.6) * body.arm
    shoulder = high + (low - high) * w
    rise = np.arcsin(np.clip((shoulder - body.ankle) / (body.leg + body.trunk), -0.9, 0.9))
    a.pelvis[:, 1] = body.ankle + body.leg * np.sin(rise) + a.between(-0.03, 0.06) * body.leg
    toes = -body.leg * np.cos(rise[0])
    a.pelvis[:, 2] = toes + body.leg * np.cos(rise)
    a.ankles[:, :, 2] = toes
    a.lean[:] = np.pi / 2 - rise + 0.1 * a.lean
    a.nod -= a.between(0.0, 0.7)
    a.knees[...] = [0.1, -1.0, 0.3]
    wide = body.shoulder_half * a.between(1.0, 1.7, 1.2)
    up, ahead = np.sin(rise), np.cos(rise)
    drop = -(shoulder - 0.03)
    for side in BOTH:
        wrist = np.stack([np.full(a.n, wide), drop * up, -drop * ahead], 1)
        a.reach(side, wrist, (1.0, -0.9, -0.5))
    _seen_from_anywhere(a)


def sit_ups(a: Actor) -> None:
    """SIT_UPS: from lying on the back to sitting, knees bent; crunches go half-way."""
    _lie_on_back(a, 0.075 * a.body.height, feet=a.between(0.5, 0.8) * a.body.leg, bent=True)
    w = swing(a.beats(a.tempo(0.25, 0.9, 0.5)), a.between(0.8, 1.4))
    a.lean += (np.pi / 2 + a.between(0.0, 0.45)) * w * a.between(0.35, 1.0, 0.9)
    a.nod += 0.3
    pose = a.pose(a.pick(("head", "fold", "fwd")))
    for side in BOTH:
        a.hold(side, unit(pose + a.rng.normal(0, 0.05, (2, 3))))
    _seen_from_anywhere(a)


def bench_press(a: Actor) -> None:
    """BENCH_PRESS: lying on a bench, a bar up and down over the chest."""
    seat = 0.26 * a.body.height
    _lie_on_back(a, seat, feet=a.between(0.2, 0.45) * a.body.leg, bent=False)
    a.knees[...] = [0.4, 0.6, 1.0]
    a.ankles[:, :, 0] *= a.between(1.2, 2.2)
    w = swing(a.beats(a.tempo(0.2, 0.8, 0.4)), a.between(0.8, 1.6))
    for side in BOTH:
        wide = a.body.shoulder_half * 1.35
        wrist = np.stack([wide + 0 * w, -0.05 + 0 * w, a.body.arm * (0.25 + 0.7 * w)], 1)
        a.reach(side, wrist, (1.0, -0.6, -0.5))
    _seen_from_anywhere(a)


def on_the_floor(a: Actor) -> None:
    """ON_THE_FLOOR: lying on the back or the side, sitting with legs out or crossed, kneeling."""
    kind = a.pick(("sit", "cross", "lie", "kneel", "prone"))
    body = a.body
    low = 0.075 * body.height
    if kind == "lie":
        bent = a.chance(0.4)
        _lie_on_back(a, low, feet=body.leg * (0.6 if bent else 0.97), bent=bent)
    elif kind == "prone":
        a.pelvis[:, 1] = low
        a.lean += np.pi / 2 - a.between(0.0, 0.5)
        a.ankles[:, :, 2] = -0.97 * body.leg
        a.nod -= 0.5
    elif kind == "kneel":
        a.pelvis[:, 1] = body.ankle + body.thigh * a.between(0.5, 0.98)
        a.pelvis[:, 0::2] = 0.0  # knees stay where they are
        knee = np.sqrt(body.thigh**2 - (a.pelvis[:, 1] - body.ankle) ** 2)
        a.ankles[:, :, 2] = (knee - body.shank)[:, None]
        a.knees[...] = [0.0, -0.6, 1.0]
    else:
        a.pelvis[:, 1] = low
        a.lean += a.between(-0.35, 0.4)
        crossed = kind == "cross"
        a.ankles[:, :, 2] = body.leg * (0.3 if crossed else a.between(0.6, 0.95))
        a.ankles[:, :, 0] *= -0.6 if crossed else a.between(0.8, 2.5)
        a.knees[...] = [1.0, 0.35, 0.3] if crossed else [0.2, 1.0, 0.2]
    hands = ("lap", "down", "clasp", "table", "fold", "fwd_low")
    pose = a.pose(a.pick(("crown", "up") if kind == "prone" else hands))
    for side in BOTH:
        a.hold(side, unit(pose + a.rng.normal(0, 0.1, (2, 3))), 0.05)
    _seen_from_anywhere(a)


def yoga(a: Actor) -> None:
    """YOGA: poses held; the way into them in some clips."""
    poses = {
        "warrior": _warrior, "tree": _tree, "fold": _fold, "dog": _dog, "chair": _chair,
        "seated_fold": _seated_fold, "triangle": _triangle, "reach": _reach,
    }  # fmt: skip
    w = keyed(a.t, [0.2, a.between(1.0, 2.2)], [0.0, 1.0]) if a.chance(0.3) else np.ones(a.n)
    rests = [unit(a.arms[0, side]) for side in BOTH]
    poses[a.pick(tuple(poses))](a, w)
    for side in BOTH:
        a.arms[:, side] = a.mix(rests[side], a.arms[:, side], w)
    if not a.plain and a.chance(0.6):
        a.face(a.rng.uniform(-np.pi, np.pi))


def _arms(a: Actor, *names: str) -> None:
    pose = a.pose(a.pick(names))
    for side in BOTH:
        a.hold(side, unit(pose + a.rng.normal(0, 0.05, (2, 3))), 0.02)


def _stride(a: Actor, w: Array, length: float, *, aside: bool) -> None:
    axis = 0 if aside else 2
    for side, sign in zip(BOTH, (1, -1), strict=True):
        a.ankles[:, side, axis] += sign * 0.5 * length * w


def _warrior(a: Actor, w: Array) -> None:
    length = a.between(0.7, 1.15) * a.body.leg
    aside = a.chance(0.5)
    _stride(a, w, length, aside=aside)
    a.pelvis[:, 1] -= a.between(0.12, 0.3) * a.body.leg * w
    a.pelvis[:, 0 if aside else 2] += 0.22 * length * w
    a.knees[..., 0] += 0.6 * aside
    _arms(a, "tee", "up", "vee", "crown")


def _triangle(a: Actor, w: Array) -> None:
    _stride(a, w, a.between(0.7, 1.1) * a.body.leg, aside=True)
    a.pelvis[:, 1] -= 0.14 * a.body.leg * w
    a.tilt += a.between(0.7, 1.3) * w * a.rng.choice([-1, 1])
    _arms(a, "tee")


def _tree(a: Actor, w: Array) -> None:
    side = int(a.rng.integers(2))
    sign = (1, -1)[side]
    a.ankles[:, side, 1] += a.between(0.2, 0.75) * a.body.shank * w
    a.ankles[:, side, 0] -= 0.7 * w * a.ankles[:, side, 0]
    a.knees[:, side] = [1.0, 0.0, 0.3]
    a.pelvis[:, 0] -= sign * 0.05 * a.scale * w
    _arms(a, "crown", "up", "clasp", "guard", "tee")


def _fold(a: Actor, w: Array) -> None:
    a.lean += a.between(1.3, 2.5) * w
    a.pelvis[:, 2] -= 0.15 * a.scale * w
    _arms(a, "fwd_high", "up", "fwd")


def _dog(a: Actor, w: Array) -> None:
    a.lean += a.between(1.9, 2.35) * w
    a.pelvis[:, 1] -= 0.2 * a.body.leg * w
    a.ankles[:, :, 2] -= 0.5 * a.body.leg * w[:, None]
    a.nod += 0.4 * w
    _arms(a, "up")


def _chair(a: Actor, w: Array) -> None:
    a.pelvis[:, 1] -= a.between(0.15, 0.35) * a.body.leg * w
    a.pelvis[:, 2] -= 0.2 * a.body.leg * w
    a.lean += a.between(0.3, 0.6) * w
    _arms(a, "up", "fwd_high", "fwd", "clasp")


def _seated_fold(a: Actor, w: Array) -> None:
    a.pelvis[:, 1] = 0.075 * a.body.height
    a.ankles[:, :, 2] = 0.96 * a.body.leg
    a.knees[...] = [0.1, 1.0, 0.1]
    a.lean += a.between(0.2, 1.4) * w
    _arms(a, "fwd", "fwd_high", "fwd_low")


def _reach(a: Actor, w: Array) -> None:
    a.lean -= a.between(0.0, 0.3) * w
    a.tilt += a.between(-0.4, 0.4, 0) * w
    _arms(a, "up", "crown", "vee", "tee", "fwd_high")
