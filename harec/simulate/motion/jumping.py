"""Jumps on the spot and about: single jumps, hops, rope jumping, squat jumps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, GRAVITY, RATE_HZ, Actor
from harec.simulate.motion.noise import (
    keyed,
    smoothstep,
    swing,
)


def flight_s(height: float) -> float:
    """Time in the air of a jump that lifts the hips by ``height`` metres."""
    return 2 * float(np.sqrt(2 * height / GRAVITY))


def rebounds(
    a: Actor, hz: float, height: float, *, low: float = 0.06
) -> tuple[Array, Array, Array]:
    """Springing at a steady tempo: hip offset, height of the flight (n,), and the phase.

    Flight is ballistic, the ground contact the half sine that carries on its speed.
    """
    height = min(height, GRAVITY * (0.72 / hz) ** 2 / 8)
    share = flight_s(height) * hz
    phase = a.beats(hz, 0.04)
    q = phase % 1
    s = np.clip(q / share, 0, 1)
    air = 4 * height * s * (1 - s) * a.strength()
    contact = np.clip((q - share) / (1 - share), 0, 1)
    depth = min(GRAVITY * flight_s(height) / 2 * (1 - share) / hz / np.pi, low + 0.6 * height)
    return air - depth * np.sin(np.pi * contact), air, phase


@dataclass(frozen=True)
class _Jump:
    """A jump from a countermovement: sink, push, fly, absorb, rise; metres and seconds."""

    height: float
    crouch: float  # how deep the hips go before
    soft: float  # how deep after, as a share of before
    sink_s: float
    rise_s: float

    def ends_s(self) -> Array:
        """Where the parts begin and end (6,); push and landing follow from the speed of flight."""
        fly = flight_s(self.height)
        push = 2 * self.crouch / (GRAVITY * fly / 2)
        return np.cumsum([0, self.sink_s, push, fly, self.soft * push, self.rise_s])

    def write(self, tau: Array, offset: Array, air: Array) -> None:
        """Fills in the hip offset and the flight of a jump that starts at ``tau`` = 0."""
        landing = self.soft * self.crouch
        shapes: list[Callable[[Array], Array]] = [
            lambda u: -self.crouch * smoothstep(u),
            lambda u: -self.crouch * (1 - u * u),
            lambda u: 4 * self.height * u * (1 - u),
            lambda u: -landing * (1 - (1 - u) ** 2),
            lambda u: -landing * (1 - smoothstep(u)),
        ]
        ends = self.ends_s()
        for part, shape in enumerate(shapes):
            m = (tau >= ends[part]) & (tau < ends[part + 1])
            offset[m] = shape((tau[m] - ends[part]) / (ends[part + 1] - ends[part]))
            if part == 2:
                air[m] = offset[m]


def single_jumps(
    a: Actor, pause: tuple[float, float], *, once: bool = False
) -> tuple[Array, Array, Array, Array]:
    """Jumps from a countermovement with rests between: hip offset, flight, arm signal, effort.

    ``once``: there is only one, its flight about the middle of the clip.

    The arm signal is -1 swung back (crouched), +1 thrown up (take-off), 0 at rest.
    """
    rng, t = a.rng, a.t
    offset, air = np.zeros(a.n), np.zeros(a.n)
    height0, crouch0 = a.between(0.1, 0.42, 0.25), a.between(0.14, 0.42, 0.25)
    soft = a.between(0.4, 1.1, 0.7)
    keys: list[tuple[float, float]] = [(-9.0, 0.0)]
    begin = -rng.uniform(0.0, 1.2) if not a.plain else 0.1
    while begin < t[-1]:
        jump = _Jump(
            height=height0 * a.scale * rng.uniform(0.85, 1.1),
            crouch=crouch0 * a.scale * rng.uniform(0.85, 1.1),
            soft=soft,
            sink_s=a.between(0.28, 0.6, 0.4),
            rise_s=a.between(0.25, 0.6, 0.4),
        )
        if once:
            ends = jump.ends_s()
            begin = (0.5 + a.between(-0.08, 0.08, 0.0)) * t[-1] - 0.5 * (ends[2] + ends[3])
        jump.write(t - begin, offset, air)
        _, sunk, off, land, absorbed, end = begin + jump.ends_s()
        keys += [
            (begin, 0.0),
            (begin + 0.65 * (sunk - begin), -1.0),
            (off + 0.55 * (land - off), 1.0),
            (absorbed, -0.25 * soft),
            (end, 0.0),
        ]
        begin = t[-1] if once else end + rng.uniform(*pause)
    arms = keyed(t, [k[0] for k in keys] + [keys[-1][0] + 9], [k[1] for k in keys] + [0.0])
    return offset, air, arms, np.clip(-offset / (crouch0 * a.scale), 0, 1)


def one_jump(a: Actor) -> None:
    """JUMPING once, somewhere about the clip's middle; before and after the person stands."""
    kind = a.pick(("up", "squat", "travel"), (0.55, 0.2, 0.25))
    _jumping_singly(a, deep=kind == "squat", travel=kind == "travel", once=True)
    a.face(a.between(-np.pi, np.pi, 0.0) if a.chance(0.5) else 0.0)


def jumping(a: Actor) -> None:
    """JUMPING in all its kinds."""
    kind = a.pick(("single", "hops", "rope", "squat", "travel"), (0.32, 0.27, 0.22, 0.1, 0.09))
    if kind in ("hops", "rope"):
        _hopping(a, rope=kind == "rope")
    else:
        _jumping_singly(a, deep=kind == "squat", travel=kind == "travel")
    if a.chance(0.25):
        a.turn += a.noise(0.25, 0.4)


def _leave_floor(a: Actor, offset: Array, air: Array, lean: float) -> None:
    a.pelvis[:, 1] += offset
    tuck = a.between(0.8, 1.0, 0.92)
    late = a.rng.normal(0, 0.006 if a.plain else 0.012, 2)  # feet don't land at the same instant
    for side in BOTH:
        a.ankles[:, side, 1] += np.interp(a.t - late[side], a.t, air) * tuck
    bend = np.clip(-offset / a.scale, 0, 1)
    a.lean += lean * bend
    a.pelvis[:, 2] -= 0.35 * lean * bend * a.scale
    a.nod -= 0.6 * lean * bend


def _drift(a: Actor, air: Array, step: float, heading: float) -> None:
    """Moves over the floor while in the air only; ``step`` metres per second of flight."""
    moving = np.cumsum((air > 0.01) * step) / RATE_HZ
    moving -= moving[a.n // 2]
    a.shift(moving * np.sin(heading), moving * np.cos(heading))


def _hopping(a: Actor, *, rope: bool) -> None:
    hz = a.tempo(1.3, 3.1, 2.0)
    height = a.between(0.03, 0.1) if rope else a.between(0.04, 0.22, 0.12)
    offset, air, phase = rebounds(a, hz, height * a.scale, low=a.between(0.03, 0.09))
    if rope and a.chance(0.25):  # a low hop between two turns of the rope
        low = (np.floor(phase).astype(int) % 2).astype(bool)
        offset, air = np.where(low, 0.5 * offset, offset), np.where(low, 0.5 * air, air)
    a.mark_flights(air)
    _leave_floor(a, offset, air, a.between(0.2, 1.0, 0.4))
    if a.chance(0.25):
        _drift(a, air, a.rng.uniform(0.1, 0.7), a.rng.uniform(-np.pi, np.pi))
    if a.chance(0.15):  # skier's jumps: from side to side
        side = np.where(np.floor(phase).astype(int) % 2 == 0, -1.0, 1.0) * a.rng.uniform(0.04, 0.2)
        x = np.convolve(np.pad(side, 3, mode="edge"), np.ones(7) / 7, "valid")
        a.shift(x * a.scale)
    if rope:
        _turn_rope(a, phase)
    else:
        _arms_of_hops(a, phase)


def _turn_rope(a: Actor, phase: Array) -> None:
    wide, size = a.between(0.15, 0.45, 0.28), a.between(0.02, 0.10, 0.05)
    height, ahead = a.between(-0.48, -0.22, -0.36), a.between(0.02, 0.28, 0.14)
    turn = 2 * np.pi * (phase + a.rng.uniform())
    for side in BOTH:
        lag = a.rng.normal(0, 0.1)
        ring = np.stack([np.zeros(a.n), np.cos(turn + lag), np.sin(turn + lag)], 1) * size
        ring[:, 0] = 0.4 * size * np.cos(turn + 1.5)
        centre = np.array([a.body.shoulder_half / a.scale + wide - 0.1, height, ahead])
        path = (centre + ring + a.noises(0.012, 0.7, 3)) * a.scale
        a.reach(side, path, (1.0, -0.5, -0.9))


def _arms_of_hops(a: Actor, phase: Array) -> None:
    kind = a.pick(("loose", "rest", "pump", "up"), (0.45, 0.25, 0.2, 0.1))
    pose = a.rest() if kind == "rest" else a.pose(a.pick(("down", "bent", "side_low")))
    top = a.pose(a.pick(("up", "vee", "tee", "fwd")))
    for side in BOTH:
        mirrored = a.rest() if kind == "rest" and a.chance(0.3) else pose
        mirrored = unit(mirrored + a.rng.normal(0, 0.05, (2, 3)))
        if kind == "rest":
            a.hold(side, mirrored, 0.03)
            continue
        if kind == "up":
            a.hold(side, unit(top + a.rng.normal(0, 0.05, (2, 3))), 0.06)
            continue
        size = a.between(0.05, 0.3, 0.15) if kind == "loose" else a.between(0.3, 0.7)
        target = a.pose("side_low" if kind == "loose" else a.pick(("fwd", "tee", "bent")))
        w = np.stack([swing(phase + 0.25), swing(phase + 0.15)], 1) * size  # hands follow
        a.arms[:, side] = a.mix(mirrored, target, w) + a.noises(0.03, 0.8, 2, 3)


def _jumping_singly(a: Actor, *, deep: bool, travel: bool, once: bool = False) -> None:
    pause = (0.0, 0.35) if a.plain or a.chance(0.5) else (0.2, 1.15)
    offset, air, arms, effort = single_jumps(a, pause, once=once)
    a.mark_flights(air)
    if deep:
        offset = np.where(offset < 0, np.maximum(offset * 1.4, -0.42 * a.body.leg), offset)
    _leave_floor(a, offset, air, a.between(0.6, 2.0, 1.0))
    a.knees[..., 0] += 0.3 * effort[:, None]
    if travel or a.chance(0.12):
        direction = a.rng.choice([0.0, 0.0, np.pi / 2, -np.pi / 2, np.pi]) + a.rng.normal(0, 0.2)
        _drift(a, air, a.rng.uniform(0.5, 2.2) * a.scale, direction)
    kind = a.pick(("swing", "up", "rest", "guard", "front"), (0.45, 0.2, 0.2, 0.05, 0.1))
    usual = {"guard": "clasp", "front": "fwd_low"}.get(kind, "down")
    neutral = a.rest() if kind == "rest" else a.pose(usual)
    back = unit(neutral + np.array([[0.05, 0.1, -0.5], [0.05, 0.1, -0.4]]) * a.between(0.3, 1.4))
    top = a.pose(a.pick(("up", "vee") if kind == "up" else ("fwd", "fwd_high", "up", "bent")))
    reach = a.between(0.5, 1.0, 0.9)
    for side in BOTH:
        if kind == "rest":
            a.hold(side, unit(neutral + a.rng.normal(0, 0.05, (2, 3))))
            continue
        lag = np.interp(a.t - 0.06, a.t, arms)  # the forearm follows the upper arm
        w = np.stack([arms, lag], 1) * reach * (1 if a.plain else a.rng.uniform(0.85, 1.05))
        w = w + a.noises(0.03, 0.6, 2)
        own_top = unit(top + a.rng.normal(0, 0.05, (2, 3)))
        raised = a.mix(neutral, own_top, np.clip(w, 0, 1))
        drawn = a.mix(neutral, back, np.clip(-w, 0, 1))
        a.arms[:, side] = np.where((w > 0)[:, :, None], raised, drawn)
