"""Gestures that are none of the six actions, though their hands go to the same places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from harec.simulate.actor import BOTH, LEFT, RIGHT, Actor
from harec.simulate.kinematics import unit
from harec.simulate.noise import swing


def _reach_and_return(
    a: Actor, poses: tuple[str, ...], *, both: float = 0.0, stay: tuple[float, float] = (0.2, 1.5)
) -> None:
    """From rest to one of the poses and back, perhaps again after a while; one arm or both."""
    a.maybe_sit(0.12)
    sides = BOTH if a.chance(both) else (a.some_side(),)
    for side in BOTH:
        a.resting(side)
    pose = a.pick(poses)
    rest, target = a.rest(), a.pose(pose)
    times, keys = [-9.0], [rest]
    t = a.between(-0.4, 1.0, 0.4)
    while t < a.t[-1]:
        go, hold, back = a.between(0.3, 0.9), a.between(*stay), a.between(0.35, 0.9)
        again = unit(target + a.rng.normal(0, 0.05, (2, 3)))
        times += [t, t + go, t + go + hold, t + go + hold + back]
        keys += [rest, again, again, rest]
        t = times[-1] + a.between(0.4, 2.5)
    for side in sides:
        own = [unit(k + a.rng.normal(0, 0.03, (2, 3))) for k in keys]
        a.keyed_arm(side, times, own)


def raising_arm(a: Actor) -> None:
    """RAISING_ARM: up, held, down; one or both."""
    _reach_and_return(a, ("up", "vee", "fwd_high", "wave", "wave_high", "crown"), both=0.35)


def pointing(a: Actor) -> None:
    """POINTING somewhere."""
    _reach_and_return(a, ("point", "tee", "fwd", "fwd_high", "fwd_low", "side_low"))
    a.look += a.between(-0.4, 0.4, 0)


def arm_raises(a: Actor) -> None:
    """ARM_RAISES: repeated lateral or front raises to shoulder height, curls, at a calm tempo."""
    low, high = a.pose("down"), a.pose(a.pick(("tee", "fwd", "bent", "chest_fists")))
    w = swing(a.beats(a.tempo(0.2, 0.7, 0.4)), a.between(1.0, 1.8))
    idle = a.some_side() if a.chance(0.35) else None
    for side in BOTH:
        if side == idle:
            a.resting(side)
        else:
            own = unit(np.stack([low, high]) + a.rng.normal(0, 0.04, (2, 2, 3)))
            a.arms[:, side] = a.mix(own[0], own[1], w) + a.noises(0.02, 0.5, 2, 3)


def drawing(a: Actor) -> None:
    """DRAWING in the air before the body: circle, cross, tick, triangle."""
    a.maybe_sit(0.1)
    side = a.some_side()
    a.resting(1 - side)
    shape = a.pick(("circle", "cross", "tick", "triangle", "eight"))
    size = a.between(0.10, 0.32, 0.22)
    hz = a.tempo(0.25, 0.8, 0.45)
    u = np.clip((a.t - a.between(0.2, 0.9)) * hz, 0, a.rng.choice([1.0, 1.0, 2.0]))
    corners = {
        "cross": [(-1, 1), (1, -1), (1, 1), (-1, -1)],
        "tick": [(-1, 0.2), (-0.3, -1), (1, 1)],
        "triangle": [(0, 1), (1, -1), (-1, -1), (0, 1)],
    }
    if shape in corners:
        points = np.array(corners[shape], float)
        x = (u % 1.0001) * (len(points) - 1)
        i = np.minimum(x.astype(int), len(points) - 2)
        f = swing((x - i) / 2)[:, None]
        xy = points[i] * (1 - f) + points[i + 1] * f
    else:
        turn = 2 * np.pi * u * float(a.rng.choice([-1, 1]))
        xy = np.stack([np.sin(turn * (1 if shape == "circle" else 0.5)), np.cos(turn)], 1)
    centre = np.array([a.between(-0.05, 0.25), a.between(-0.2, 0.15), a.between(0.32, 0.46)])
    path = centre + np.concatenate([size * xy, np.zeros((a.n, 1))], 1) + a.noises(0.01, 0.8, 3)
    a.reach(side, path * a.scale)
    drawn = a.arms[:, side].copy()
    begin, end = 0.15, float(a.t[-1]) - 0.6
    w = swing(np.clip((a.t - begin) / 0.8, 0, 0.5)) * (
        1 - swing(np.clip((a.t - end) / 0.8, 0, 0.5))
    )
    a.arms[:, side] = a.mix(a.rest(), drawn, w)


def talking(a: Actor) -> None:
    """TALKING: hands underline what is said, aperiodically."""
    a.maybe_sit(0.35)
    base = a.pose(a.pick(("bent", "clasp", "table")), 0.15)
    for side in BOTH:
        own = unit(base + a.rng.normal(0, 0.1, (2, 3)))
        a.arms[:, side] = own + a.noises(a.between(0.08, 0.25), a.between(0.6, 1.4), 2, 3)
        if a.chance(0.3):
            a.resting(side)
    a.nod += a.noise(0.08, 1.2)
    a.look += a.noise(0.2, 0.6)


def bowing(a: Actor) -> None:
    """BOWING, hands at the sides, in front or pressed together."""
    w = swing(np.clip((a.t - a.between(0, 1.0)) * a.tempo(0.25, 0.7), 0, 1), 1.8)
    a.lean += a.between(0.3, 1.3, 0.8) * w
    a.pelvis[:, 2] -= 0.15 * w * a.scale
    pose = a.pose(a.pick(("down", "clasp", "guard", "back")))
    for side in (LEFT, RIGHT):
        a.hold(side, unit(pose + a.rng.normal(0, 0.04, (2, 3))))


GESTURES: Final[dict[str, Callable[[Actor], None]]] = {
    "RAISING_ARM": raising_arm,
    "POINTING": pointing,
    "ARM_RAISES": arm_raises,
    "DRAWING": drawing,
    "TALKING": talking,
    "BOWING": bowing,
}
