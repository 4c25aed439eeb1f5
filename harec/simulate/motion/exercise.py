"""Legs and whole bodies at work: stairs, ladders, steps, dances with the arms, shadow swimming."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, RATE_HZ, Actor
from harec.simulate.motion.everyday import swing_in_step
from harec.simulate.motion.noise import keyed, smoothstep, swing
from harec.simulate.motion.strokes import named_pose


def _any_direction(a: Actor) -> None:
    if not a.plain:
        a.face(a.rng.uniform(-np.pi, np.pi))


def stairs(a: Actor) -> None:
    """STAIRS, up and down, in any direction; a hand on the rail, arms that swing or carry."""
    up = 1.0 if a.plain or a.chance(0.6) else -1.0
    rise = up * a.between(0.12, 0.2, 0.16) * a.scale
    tread = a.between(0.2, 0.32, 0.27) * a.scale
    phase = a.beats(a.tempo(0.45, 1.3, 0.8), 0.04)
    phase -= phase[a.n // 2]
    feet = np.zeros((a.n, 2))
    for side in BOTH:
        q = phase + 0.5 * side
        s = smoothstep((q % 1 - 0.55) / 0.45)
        feet[:, side] = np.floor(q) + s - 0.5 * side
        a.ankles[:, side, 1] += (a.between(0.05, 0.12) + abs(rise)) * np.sin(np.pi * s) * a.scale
    a.ankles[:, :, 2] += 2 * tread * feet
    a.ankles[:, :, 1] += 2 * rise * feet
    lower = np.minimum(feet[:, 0] * rise, feet[:, 1] * rise) * 2
    a.pelvis[:, 1] += uniform_filter1d(lower, max(1, int(0.35 * RATE_HZ))) - 0.03 * a.scale
    a.pelvis[:, 2] += uniform_filter1d(feet.mean(axis=1) * 2 * tread, max(1, int(0.3 * RATE_HZ)))
    a.pelvis[:, 2] += (0.04 if up > 0 else -0.02) * a.scale
    floor = float((a.ankles[:, :, 1]).min()) - a.body.ankle
    a.ankles[:, :, 1] -= floor
    a.pelvis[:, 1] -= floor
    a.lean += a.between(0.05, 0.35) if up > 0 else a.between(-0.05, 0.12)
    a.nod += a.between(0.0, 0.4)
    _arms_on_the_way(a, phase)
    _any_direction(a)


def _arms_on_the_way(a: Actor, phase: Array) -> None:
    kind = a.pick(("swing", "rail", "carry", "rest"), (0.55, 0.2, 0.15, 0.1))
    if kind in ("swing", "rail"):
        swing_in_step(a, phase, a.pick(("down", "bent")), a.between(0.05, 0.45, 0.3))
        if kind == "rail":
            a.hold(a.some_side(), named_pose(a, a.pick(("side_low", "fwd_low", "aside"))), 0.06)
        return
    pose = a.pose(a.pick(("bent", "clasp", "fold")) if kind == "carry" else "pocket")
    for side in BOTH:
        a.hold(side, unit(pose + a.rng.normal(0, 0.05, (2, 3))), 0.05)


def ladder(a: Actor) -> None:
    """CLIMBING: rung by rung up a ladder, a wall or a rope, really or as a mime on the spot."""
    phase = a.beats(a.tempo(0.3, 1.4, 0.6), 0.08)
    together = a.chance(0.15)  # both hands at once: a rope
    high = np.array([a.between(0.0, 0.2), a.between(0.15, 0.48), a.between(0.2, 0.45)])
    low = np.array([a.between(0.0, 0.2), a.between(-0.25, 0.1), a.between(0.22, 0.42)])
    lift = a.between(0.0, 0.32) * a.body.leg
    for side in BOTH:
        own = phase + (0.0 if together else 0.5 * side)
        w = swing(own, a.between(1.0, 2.0))
        reach_out = 0.06 * np.maximum(np.sin(2 * np.pi * own), 0)  # off the rung, on its way up
        path = low + (high - low) * w[:, None]
        path[:, 2] -= reach_out
        a.reach(side, (path + a.noises(0.012, 0.6, 3)) * a.scale, (1.0, -0.9, 0.0))
        foot = np.maximum(np.sin(2 * np.pi * (phase + 0.5 * side + 0.2)), 0)
        a.ankles[:, side, 1] += lift * foot
        a.ankles[:, side, 2] += 0.3 * lift * foot
    if a.chance(0.4):  # a real ladder
        rise = a.between(0.1, 0.3) * a.scale * (phase - phase[0]) * (1 if a.chance(0.7) else -1)
        rise -= rise.min()
        a.pelvis[:, 1] += rise
        a.ankles[:, :, 1] += rise[:, None]
    a.nod -= a.between(0.0, 0.4)
    a.pelvis[:, 0] += a.between(0.0, 0.04) * np.sin(2 * np.pi * phase) * a.scale
    if a.chance(0.6):
        _any_direction(a)


def step_ups(a: Actor) -> None:
    """STEP_UPS: up with one foot, the other, down again: step aerobics, box steps."""
    cycle = a.beats(a.tempo(0.3, 0.75, 0.5), 0.03) % 1
    box = a.between(0.1, 0.35, 0.2) * a.scale
    ahead = a.between(0.2, 0.4) * a.scale
    lead = int(a.rng.integers(2))
    for side in BOTH:
        first = side == lead
        on = keyed(cycle, (0.0, 0.2, 0.5, 0.7) if first else (0.25, 0.45, 0.75, 0.95), [0, 1, 1, 0])
        a.ankles[:, side, 1] += box * on + 0.35 * box * 4 * on * (1 - on)
        a.ankles[:, side, 2] += ahead * on
    body = keyed(cycle, [0.12, 0.42, 0.55, 0.9], [0, 1, 1, 0])
    a.pelvis[:, 1] += box * body - 0.02 * a.scale
    a.pelvis[:, 2] += ahead * keyed(cycle, [0.0, 0.45, 0.5, 0.95], [0, 1, 1, 0])
    a.lean += a.between(0.0, 0.2)
    kind = a.pick(("swing", "curl", "rest"), (0.5, 0.25, 0.25))
    if kind == "swing":
        swing_in_step(a, cycle * 2, a.pick(("bent", "down")), a.between(0.1, 0.6))
    elif kind == "curl":
        base, top = named_pose(a, "down"), named_pose(a, a.pick(("curl", "tee", "fwd")))
        for side in BOTH:
            a.arms[:, side] = a.mix(base, top, swing(2 * cycle)) + a.noises(0.03, 0.6, 2, 3)
    else:
        for side in BOTH:
            a.hold(side, a.pose(a.pick(("hips", "down", "bent"))), 0.05)
    if a.chance(0.6):
        _any_direction(a)


_DANCE: Final = (
    "down", "bent", "hips", "tee", "vee", "up", "crown", "wave_high", "side_low", "fwd", "head",
    "chest_fists", "guard", "fwd_high", "clasp", "wave",
)  # fmt: skip


def dancing_with_arms(a: Actor) -> None:
    """Dancing whose arms go from pose to pose on the beat, overhead too; steps, turns, bounces."""
    hz = a.tempo(0.7, 2.2, 1.2)
    phase = a.beats(hz, 0.02)
    s = np.sin(np.pi * phase)
    a.pelvis[:, 0] += a.between(0.02, 0.15) * s * a.scale
    a.tilt += a.between(-0.15, 0.15) * s
    a.hip_tilt += a.between(0.0, 0.18) * s
    a.twist += a.between(0.0, 0.5) * np.sin(np.pi * (phase + a.rng.uniform()))
    a.bounce(phase, a.between(0.01, 0.07))
    if a.chance(0.3):
        a.turn += a.noise(a.between(0.2, 0.9), 0.4)
    for side in BOTH:
        step = np.maximum(np.sin(np.pi * phase + np.pi * side), 0)
        a.ankles[:, side, 1] += a.between(0.0, 0.12) * step * a.scale
        a.ankles[:, side, 0] += a.between(-0.05, 0.25) * step * a.scale * (1, -1)[side]
    a.pelvis[:, 1] -= a.between(0.0, 0.05) * a.scale
    # A pose lasts a beat or several; poses come back, but never the same two in turn for long.
    count = int(a.t[-1] * hz) + 4
    lengths = a.rng.choice([0.5, 1.0, 1.0, 2.0, 3.0], count) / hz
    times = np.cumsum(lengths) - a.rng.uniform(0, 2 / hz)
    named = [str(a.rng.choice(_DANCE)) for _ in range(count)]
    same = a.rng.random() < 0.6  # both arms do the same
    for side in BOTH:
        names = named if same else [str(a.rng.choice(_DANCE)) for _ in range(count)]
        keys = np.repeat(np.arange(count), 2)
        reach_s = np.minimum(0.6 * lengths, a.between(0.2, 0.5))
        at = np.stack([times, times + lengths - reach_s], 1).ravel()
        a.keyed_arm(side, list(at), [named_pose(a, names[k], 0.05) for k in keys])
    a.arms += a.noises(0.03, 1.0, 2, 2, 3)
    a.nod += 0.08 * np.sin(2 * np.pi * phase)


def swimming(a: Actor) -> None:
    """SWIMMING on dry land: crawl, back stroke, breast stroke, butterfly, paddling."""
    kind = a.pick(("breast", "crawl", "back", "butterfly", "paddle"), (3, 3, 1.5, 1, 1))
    phase = a.beats(a.tempo(0.3, 1.2, 0.6), 0.06)
    a.lean += a.between(0.0, 0.6) if kind != "back" else a.between(-0.1, 0.05)
    if kind == "breast":
        stations = np.array(
            [[0.03, -0.22, 0.2], [0.03, -0.08, 0.5], [0.3, -0.1, 0.38], [0.32, -0.25, 0.15]]
        )
        stations = stations + a.rng.normal(0, 0.03, (4, 3))
        path = keyed(phase % 1, [0.0, 0.35, 0.65, 0.85, 1.0], [*stations, stations[0]])
        for side in BOTH:
            a.reach(side, (path + a.noises(0.012, 0.7, 3)) * a.scale, (1.0, -0.6, 0.0))
        return
    direction = -1.0 if kind == "back" else 1.0
    big = 0.16 if kind == "paddle" else a.between(0.3, 0.5)
    middle = np.array([a.between(0.02, 0.18), -0.12 if kind == "paddle" else 0.0, 0.15])
    middle[2] += 0.1 if kind == "paddle" else 0.0
    for side in BOTH:
        turn = 2 * np.pi * (phase + (0.0 if kind == "butterfly" else 0.5 * side)) * direction
        ring = np.stack([0 * turn, np.cos(turn), np.sin(turn)], 1) * big
        ring[:, 0] = a.between(0.0, 0.12) * np.cos(turn)
        path = middle + ring + a.noises(0.012, 0.6, 3)
        a.reach(side, path * a.scale, (1.0, -0.2, -0.1))
    a.twist += a.between(0.0, 0.35) * np.sin(2 * np.pi * phase) * (kind in ("crawl", "back"))
