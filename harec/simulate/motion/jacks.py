"""Jumping jacks: full, half, seal and step jacks, star jumps."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, GRAVITY, Actor
from harec.simulate.motion.jumping import flight_s, single_jumps
from harec.simulate.motion.noise import swing


def jumping_jacks(a: Actor) -> None:
    """JUMPING_JACKS in all their kinds."""
    kind = a.pick(("full", "half", "seal", "step", "star"), (0.55, 0.13, 0.07, 0.1, 0.15))
    if kind == "star":
        _star_jumps(a)
        return
    hz = a.tempo(0.55, 1.7, 1.0) if kind != "step" else a.tempo(0.35, 1.0)
    phase = a.beats(hz, 0.05)
    a.mark_cycles(phase, 0.5)  # wide open
    dwell = a.between(1.0, 2.0 if hz < 1.1 else 1.25, 1.2)
    _spread_legs(a, swing(phase, dwell), a.between(0.08, 0.23, 0.18))
    if kind == "step":
        _step_out(a, phase, hz)
    else:
        offset, air = _hops_between(a, phase, hz)
        a.pelvis[:, 1] += offset
        a.ankles[:, :, 1] += air[:, None]
    _swing_arms(a, phase, kind, dwell)


def _hops_between(a: Actor, phase: Array, hz: float) -> tuple[Array, Array]:
    """Hip offset and flight of the two hops of a cycle: the feet fly between closed and open."""
    height = min(a.between(0.015, 0.09, 0.05) * a.scale, GRAVITY * (0.32 / hz) ** 2 / 8)
    share = flight_s(height) * 2 * hz  # of half a cycle
    u = (2 * phase + 0.5 * (1 - share)) % 1 - (1 - share)  # flight from 0, centred half-way
    s = np.clip(u / share, 0, 1)
    air = 4 * height * s * (1 - s)
    contact = np.clip((u + 1 - share) / (1 - share), 0, 1)
    depth = min(GRAVITY * flight_s(height) / 2 * (1 - share) / (2 * hz) / np.pi, 0.12 * a.scale)
    return air - depth * np.sin(np.pi * contact) * (u < 0), air


def _spread_legs(a: Actor, w: Array, reach: float) -> None:
    """Feet apart by ``reach`` body heights at w = 1; the hips sink as the legs open."""
    reach *= a.body.height
    lag = a.rng.normal(0, 0.01, 2)
    for side, sign in zip(BOTH, (1, -1), strict=True):
        own = np.interp(a.t - lag[side], a.t, w)
        closed = np.abs(a.ankles[:, side, 0]) * 0.8
        a.ankles[:, side, 0] = sign * (closed + reach * own)
    leg, out = a.body.leg, np.abs(a.ankles[:, 0, 0]) - a.body.hip_half
    a.pelvis[:, 1] -= leg - np.sqrt(np.maximum(leg**2 - np.maximum(out, 0) ** 2, 0.2 * leg**2))
    a.knees[..., 0] += 0.5


def _step_out(a: Actor, phase: Array, hz: float) -> None:
    """One foot at a time: every cycle another leg steps out; the other one stays."""
    del hz
    turn = np.floor(phase).astype(int) % 2
    for side in BOTH:
        mine = turn == side
        centre = np.sign(a.ankles[:, side, 0]) * a.body.hip_half * 0.9
        out = np.where(mine, a.ankles[:, side, 0], centre)
        a.ankles[:, side, 0] = out
        a.ankles[:, side, 1] += np.where(mine, 0.06 * np.abs(np.sin(2 * np.pi * phase)), 0)
    a.pelvis[:, 0] += 0.25 * (a.ankles[:, 0, 0] + a.ankles[:, 1, 0])


def _swing_arms(a: Actor, phase: Array, kind: str, dwell: float) -> None:
    low = a.pose("down")
    middle = a.pose("tee", 0.1)
    if kind == "seal":
        low, middle, top = a.pose("fwd", 0.08), unit(a.pose("fwd") + a.pose("tee")), a.pose("tee")
    elif kind == "half":
        top = unit(middle + np.array([[0, 0.2, 0], [0, a.between(-0.1, 0.5), 0]]))
        middle = unit(low + top + [[0.3, 0, 0], [0.3, 0, 0.1]])
    else:
        top = a.pose(a.pick(("up", "vee", "crown"), (0.55, 0.3, 0.15)), 0.1)
    bend = a.between(0.0, 0.9, 0.1) ** 1.5  # lazy arms bend at the elbow
    low, middle, top = (
        unit(pose + bend * np.array([[0.0, 0.0, 0.0], way]))
        for pose, way in ((low, (0.2, 0.6, 0.6)), (middle, (-0.6, 0.8, 0.3)), (top, (-0.5, 0.2, 0)))
    )
    lead, follow = a.between(-0.03, 0.05, 0), a.between(0.0, 0.05, 0.03)
    size = a.between(0.8, 1.0, 1.0) * np.clip(a.strength(), 0.8, 1.1)
    sloppy = 0.0 if a.plain else abs(a.rng.normal(0, 0.08))
    reached = np.array([size, size * (1 - sloppy)])
    reached = reached[:: int(a.rng.choice([1, -1]))]
    for side in BOTH:
        own = [unit(p + a.rng.normal(0, 0.04, (2, 3))) for p in (low, middle, top)]
        late = a.rng.normal(0, 0.012)
        upper = swing(phase + lead + late, dwell) * reached[side]
        fore = swing(phase + lead + late - follow, dwell) * reached[side]
        path = a.through(own, upper)
        path[:, 1] = a.through(own, fore)[:, 1]
        a.arms[:, side] = path + a.noises(0.025, 0.8, 2, 3)
    if a.chance(0.3):
        a.lean += a.rng.uniform(-0.1, 0.15) * swing(phase)


def _star_jumps(a: Actor) -> None:
    """Crouch, leap with arms and legs flung out, land together; short rests between."""
    pause = (0.0, 0.3) if a.chance(0.6) else (0.2, 0.9)
    offset, air, arms, effort = single_jumps(a, pause)
    a.mark_flights(air)
    a.pelvis[:, 1] += offset
    width = 9 + 2 * int(a.rng.integers(4))  # arms take a third of a second to fly open
    open_ = np.convolve(
        np.pad(np.maximum(arms, 0), width // 2, mode="edge"), np.ones(width) / width
    )
    open_ = open_[width - 1 : width - 1 + a.n]
    open_ /= max(float(open_.max()), 0.5)
    air_share = np.clip(air / max(float(air.max()), 1e-6), 0, 1) ** 0.5
    reach = a.between(0.10, 0.24) * a.body.height
    for side, sign in zip(BOTH, (1, -1), strict=True):
        a.ankles[:, side, 0] += sign * reach * air_share
        a.ankles[:, side, 1] += air
    a.lean += a.between(0.5, 1.6) * np.clip(-offset, 0, 1) / a.scale
    a.knees[..., 0] += 0.5 * effort[:, None]
    start = a.pose(a.pick(("down", "clasp", "fwd_low")))
    top, middle = a.pose(a.pick(("vee", "up"))), a.pose("tee", 0.15)
    for side in BOTH:
        own = [unit(p + a.rng.normal(0, 0.05, (2, 3))) for p in (start, middle, top)]
        a.arms[:, side] = a.through(own, open_ * a.between(0.8, 1)) + a.noises(0.03, 0.6, 2, 3)
