"""Boxing: stances, punches and combinations, guard, footwork, the bag."""

from __future__ import annotations

from typing import Final

import numpy as np

from harec.simulate.body.kinematics import (
    Array,
    rotate,
    unit,
)
from harec.simulate.motion.actor import BOTH, LEFT, RIGHT, Actor
from harec.simulate.motion.noise import smoothstep

#: Arm poses on the way out, after the guard: (upper arm, forearm), x outwards.
PUNCHES: Final[dict[str, list[tuple[tuple[float, ...], tuple[float, ...]]]]] = {
    "straight": [((-0.05, 0.02, 1), (-0.14, 0.03, 1))],
    "body": [((-0.02, -0.4, 0.95), (-0.12, -0.35, 1))],
    "hook": [((0.85, -0.2, 0.35), (-0.1, 0.3, 1)), ((0.55, 0.0, 0.8), (-1.0, 0.08, 0.35))],
    "uppercut": [((0.2, -0.95, 0.1), (0.0, -0.1, 1)), ((0.05, -0.35, 0.9), (-0.15, 0.95, 0.4))],
    "overhand": [((0.5, 0.35, 0.6), (-0.1, 0.7, 0.7)), ((0.0, 0.1, 1), (-0.2, -0.15, 1))],
    "high": [((0.0, 0.35, 0.95), (-0.1, 0.4, 0.95))],
}


def boxing(a: Actor) -> None:
    """BOXING in all its kinds."""
    sitting = a.maybe_sit(0.07)
    kind = a.pick(("shadow", "square", "karate", "single"), (0.55, 0.27, 0.09, 0.09))
    lead = LEFT if a.plain or a.rng.random() < 0.75 else RIGHT
    guards = _guards(a, kind, lead)
    if kind in ("shadow", "single") and not sitting:
        _stance(a, lead)
        _footwork(a)
    elif not sitting:
        a.pelvis[:, 1] -= a.between(0.0, 0.05) * a.body.height
        a.ankles[:, :, 0] *= a.between(1.0, 2.0)
        if kind == "karate" and a.chance(0.5):
            a.pelvis[:, 1] -= a.rng.uniform(0.02, 0.14) * a.body.height
            a.ankles[:, :, 0] *= 1.6
    for side in BOTH:
        a.hold(side, guards[side], 0.05)
    turn = a.between(0.08, 0.6, 0.35) * {"square": 0.6, "single": 2.0}.get(kind, 1.0)
    hips = 0.0 if sitting else a.between(0.0, 0.35, 0.15)
    extension = np.zeros((2, a.n))
    aim = np.zeros(3) if a.plain else a.rng.normal(0, (0.2, 0.13, 0.0))
    ways = [_ways(a, side, aim, turn * (1 + hips)) for side in BOTH]
    for begin, side, name, length, size in _plan(a, kind, lead):
        _punch(a, side, guards[side], ways[side][name], begin, length, size, extension)
    _follow_with_trunk(a, extension, turn, hips)
    a.start_and_stop(BOTH, 0.2)
    if not a.plain:
        if kind == "shadow" and a.chance(0.35):
            _weave(a)
        # A boxer is seen from everywhere; the opponent is rarely the camera.
        a.face(a.rng.uniform(-np.pi, np.pi) if a.chance(0.45) else a.rng.normal(0, 0.35))


def _guards(a: Actor, kind: str, lead: int) -> list[Array]:
    name = {
        "karate": "hip_fists",
        "square": a.pick(("chest_fists", "wing_fists", "guard", "bent"), (4, 4, 2, 1)),
        "single": a.pick(("down", "bent", "chest_fists", "guard")),
    }
    pose = a.pose(name.get(kind, "guard"), 0.14)
    if kind == "shadow" and a.chance(0.2):  # relaxed, low hands
        pose = a.pose("bent", 0.2)
    pair = [unit(pose + a.rng.normal(0, 0.03 if a.plain else 0.12, (2, 3))) for _ in BOTH]
    if kind == "single" and a.chance(0.5):
        pair[1 - lead] = a.pose("down")
    if kind == "karate" and a.chance(0.4):
        pair[int(a.rng.integers(2))] = a.pose(a.pick(("guard", "bent", "down")))
    return pair


def _stance(a: Actor, lead: int) -> None:
    """One foot ahead, trunk turned so that the rear shoulder is back, knees soft."""
    depth = a.between(0.03, 0.14, 0.09) * a.body.height
    a.ankles[:, lead, 2] += depth
    a.ankles[:, 1 - lead, 2] -= depth
    a.ankles[:, :, 0] *= a.between(0.8, 1.5)
    a.pelvis[:, 1] -= a.between(0.01, 0.07, 0.03) * a.body.height
    turn = a.between(0.1, 0.8, 0.4)
    a.twist += turn * (1 if lead == RIGHT else -1) * 0.5
    a.turn += turn * (1 if lead == RIGHT else -1) * 0.5
    a.look -= turn * (1 if lead == RIGHT else -1)
    a.lean += a.between(0.0, 0.2, 0.08)
    a.nod += a.between(0.0, 0.25)


def _footwork(a: Actor) -> None:
    bob = a.beats(a.tempo(1.2, 2.6))
    size = a.between(0.0, 0.03, 0.012) * a.scale
    a.pelvis[:, 1] += size * np.cos(2 * np.pi * bob)
    if a.plain:
        return
    roam = a.rng.choice([0.0, 0.04, 0.25])
    path = a.noises(roam * a.scale, 0.35, 2)
    a.pelvis[:, 0] += path[:, 0]
    a.pelvis[:, 2] += path[:, 1]
    if roam:
        lift = 0.035 * a.scale * smoothstep(np.abs(np.gradient(path[:, 0])) * 60)
        for side in BOTH:  # feet shuffle after the hips, in turn
            late = 0.08 + 0.12 * side
            for axis in (0, 1):
                own = np.interp(a.t - late, a.t, path[:, axis])
                a.ankles[:, side, 2 * axis] += own
            a.ankles[:, side, 1] += lift * np.maximum(np.sin(2 * np.pi * bob + np.pi * side), 0)


def _plan(a: Actor, kind: str, lead: int) -> list[tuple[float, int, str, float, float]]:
    """Punches as (start s, side, name, length s, size): combinations and pauses in guard."""
    rng = a.rng
    rate = a.tempo(0.55, 1.1) if kind == "single" else a.tempo(0.7, 4.0, 1.6)
    names, weights = ["straight", "hook", "uppercut", "body", "overhand", "high"], [
        (0.58, 0.17, 0.1, 0.08, 0.04, 0.03),
        (0.75, 0.03, 0.02, 0.04, 0.0, 0.16),
    ][kind != "shadow"]  # fmt: skip
    shares = (0.3, 0.2, 0.5) if kind == "single" else (0.57, 0.33, 0.1)
    mode = a.pick(("alternate", "free", "one"), shares)
    repertoire = rng.dirichlet(np.array(weights) * 6 + 0.01) if not a.plain else np.array([1.0])
    pauses = kind == "shadow" and a.chance(0.5)
    out = []
    t, side, combo = float(rng.uniform(-0.6, 0.2)), lead, int(rng.integers(2, 6))
    while t < a.t[-1]:
        step = 1 / rate * float(rng.uniform(0.85, 1.2))
        length = float(
            np.clip(
                step * rng.uniform(0.8, 1.35),
                0.42 if kind == "karate" else 0.3,
                1.1 if kind == "single" else 0.75,
            )
        )
        name = str(rng.choice(names, p=repertoire)) if not a.plain else "straight"
        out.append((t, side, name, length, float(rng.uniform(0.8, 1.0))))
        t += step
        combo -= 1
        if pauses and combo <= 0:
            t += float(rng.uniform(0.3, 1.3))
            combo = int(rng.integers(1, 6))
        if mode != "one":
            side = 1 - side if mode == "alternate" else int(rng.integers(2))
    return out


def _ways(a: Actor, side: int, aim: Array, turn: float) -> dict[str, Array]:
    """Arm poses of the punches of one hand (K, 2, 3), kept on target while the trunk turns."""
    yaw = float(np.mean(a.turn + a.twist)) + (turn if side == RIGHT else -turn)
    angle = np.clip(0.85 * yaw, -1.0, 1.0) * (1 if side == RIGHT else -1)
    up = np.array([0.0, 1.0, 0.0])
    return {
        name: unit(rotate(np.array(way) + aim, up, np.full((len(way), 2), angle)))
        for name, way in PUNCHES.items()
    }


def _punch(
    a: Actor,
    side: int,
    guard: Array,
    way: Array,
    begin: float,
    length: float,
    size: float,
    extension: Array,
) -> None:
    """Out along the punch's poses, back to the guard the short way; out is the quicker half."""
    u = (a.t - begin) / length
    m = (u > 0) & (u < 1)
    if not m.any():
        return
    u = u[m]
    peak = float(a.rng.uniform(0.4, 0.52))
    way = unit(way + a.rng.normal(0, 0.07, way.shape))
    out = smoothstep(np.minimum(u / peak, 1)) ** 1.2
    back = 1 - smoothstep(np.clip((u - peak) / (1 - peak), 0, 1))
    reached = unit(guard * (1 - size) + way[-1] * size)
    path_out = a.through([guard, *way[:-1], reached], out)
    path_back = a.mix(guard, reached, back)
    now = np.where((u < peak)[:, None, None], path_out, path_back)
    wobble = a.arms[m, side] - guard
    a.arms[m, side] = now + wobble
    extension[side, m] = np.maximum(extension[side, m], np.where(u < peak, out, back))


def _follow_with_trunk(a: Actor, extension: Array, turn: float, hips: float) -> None:
    """Shoulders, hips and weight go with the punching side."""
    difference = extension[RIGHT] - extension[LEFT]
    a.twist += turn * difference
    if not a.seated:
        a.turn += hips * turn * difference
        a.pelvis[:, 2] += a.between(0.0, 0.06) * extension.sum(0) * a.scale
    a.look -= turn * difference
    a.lean += a.between(0.0, 0.14) * extension.sum(0)


def _weave(a: Actor) -> None:
    """Slips and ducks between the punches."""
    dip = np.clip(a.noise(1.0, 0.8) - 0.6, 0, 1.5)
    a.pelvis[:, 1] -= dip * a.rng.uniform(0.03, 0.12) * a.scale
    slip = a.noise(a.rng.uniform(0.05, 0.25), 0.9)
    a.tilt += slip
    a.lean += dip * 0.15
