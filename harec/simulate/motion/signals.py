"""Signals, mimes and greetings that come near a wave, a jack or a punch and are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from harec.simulate.body.kinematics import Array, rotate, unit
from harec.simulate.motion.actor import BOTH, Actor
from harec.simulate.motion.desk import shake, spot, visits
from harec.simulate.motion.everyday import gait
from harec.simulate.motion.exercise import ladder, swimming
from harec.simulate.motion.noise import keyed, spline, swing
from harec.simulate.motion.strokes import named_pose


def one_arc(a: Actor) -> None:
    """ONE_ARC: both arms (or one) rise to overhead and fall, once or after a long rest again.

    Through the side or the front, slowly or fast; between two arcs there are 1.3 s at least.
    """
    up_s, down_s = a.tempo(0.3, 2.0, 0.8), a.tempo(0.3, 2.0, 0.8)
    stay = a.between(0.0, 2.0, 0.3)
    times, values = [-9.0], [0.0]
    t = a.between(-1.0, 1.2, 0.4)
    while t < a.t[-1]:
        times += list(t + np.cumsum([0, up_s, stay + 0.01, down_s]))
        values += [0.0, 1.0, 1.0, 0.0]
        t = times[-1] + a.rng.uniform(1.3, 3.0)
    w = np.clip(keyed(a.t, times, values), 0, 1)
    low, top = named_pose(a, "down", 0.06), named_pose(a, a.pick(("up", "vee", "crown")), 0.08)
    between = named_pose(a, a.pick(("tee", "fwd"), (0.75, 0.25)), 0.08)
    only = a.some_side() if a.chance(0.2) else None
    for side in BOTH:
        if only is not None and side != only:
            a.resting(side)
            continue
        own = [unit(p + a.rng.normal(0, 0.03, (2, 3))) for p in (low, between, top)]
        a.arms[:, side] = a.through(own, w) + a.noises(0.02, 0.5, 2, 3)
    if a.chance(0.3):  # breathing in: the body rises a little, on the toes
        rise = a.between(0.0, 0.05) * w * a.scale
        a.pelvis[:, 1] += rise
        a.ankles[:, :, 1] += rise[:, None]
    if a.chance(0.2):
        a.lean += a.between(-0.15, 0.1) * w


def beckoning(a: Actor) -> None:
    """BECKONING: the forearm or the hand comes up to the body again and again: come here."""
    a.maybe_sit(0.2)
    side = a.some_side()
    a.resting(1 - side)
    base = named_pose(a, a.pick(("beckon_out", "fwd_low", "fwd", "fwd_high", "wave_high")), 0.12)
    angle = np.deg2rad(a.between(20, 95, 60))
    hz = min(a.tempo(0.5, 2.6, 1.2), 9.0 / (2 * np.pi * angle / 2))
    w = swing(a.beats(hz), a.between(0.8, 1.8)) * a.strength()
    times = a.between(0.0, 1.0), a.between(1.5, 9.0)  # begins, lasts
    active = keyed(a.t, [times[0] - 0.5, times[0], sum(times), sum(times) + 0.6], [0, 1, 1, 0])
    towards = unit(np.array([1.0, a.between(-0.25, 0.25), a.between(-0.15, 0.15)]))
    fore = rotate(np.broadcast_to(base[1], (a.n, 3)), towards, -angle * w)
    upper = rotate(np.broadcast_to(base[0], (a.n, 3)), towards, -a.between(0.0, 0.25) * angle * w)
    rest = unit(a.arms[:, 1 - side])
    moving = np.stack([upper, fore], axis=1) + a.noises(0.025, 0.7, 2, 3)
    a.arms[:, side] = a.mix(rest, unit(moving), active)
    a.nod += a.between(0.0, 0.15) * w
    if a.chance(0.2):  # with both hands
        a.arms[:, 1 - side] = a.arms[:, side] + a.noises(0.03, 0.7, 2, 3)


_BEATS: Final = {  # x outwards, y: where the hand turns
    "two": [(0.0, -1.0), (0.35, 0.6)],
    "three": [(0.0, -1.0), (0.8, -0.2), (0.2, 0.9)],
    "four": [(0.0, -1.0), (-0.7, -0.3), (0.8, -0.2), (0.2, 0.9)],
}


def conducting(a: Actor) -> None:
    """CONDUCTING: two, three or four beats, one hand or both, large or small."""
    pattern = np.array(_BEATS[a.pick(("four", "three", "two"))])
    phase = a.beats(a.tempo(0.7, 2.2, 1.3) / len(pattern), 0.08) % 1
    size = np.array([a.between(0.06, 0.2), a.between(0.08, 0.24)])
    points = np.concatenate([pattern, pattern[:1]]) * size
    xy = spline(points, phase)
    ahead = np.full((a.n, 1), a.between(0.25, 0.42))
    middle = np.array([a.between(0.05, 0.22), a.between(-0.25, 0.12), 0.0])
    path = np.concatenate([xy, ahead], axis=1) + middle
    side = a.some_side()
    a.resting(1 - side)
    for each in BOTH if a.chance(0.5) else (side,):
        own = path * a.strength()[:, None] if each == side else path
        a.reach(each, (own + a.noises(0.02, 0.7, 3)) * a.scale)
    a.nod += 0.05 * np.sin(2 * np.pi * phase * len(pattern))


def flying(a: Actor) -> None:
    """FLYING: a bird that beats its wings at shoulder height, an aeroplane that tilts."""
    if a.chance(0.45):
        for side in BOTH:
            a.hold(side, named_pose(a, "tee", 0.1), 0.04)
        a.tilt += a.noise(a.between(0.05, 0.28), a.between(0.2, 0.6))
        a.turn += a.noise(a.between(0.0, 0.5), 0.3)
        if a.chance(0.4):
            gait(a, a.tempo(0.7, 1.4), a.between(0.2, 0.5) * a.body.leg)
        return
    phase = a.beats(a.tempo(0.4, 2.0, 0.9), 0.06)
    low, high = np.deg2rad(a.between(-75, -20, -45)), np.deg2rad(a.between(5, 35, 20))
    bend = np.deg2rad(a.between(0, 35))
    for side in BOTH:
        upper = low + (high - low) * swing(phase)
        fore = low + (high - low) * swing(phase - a.between(0.04, 0.12)) - bend * (swing(phase) - 1)
        angle = np.stack([upper, fore], axis=1)
        ahead = np.full_like(angle, a.between(-0.1, 0.3))
        arm = np.stack([np.cos(angle), np.sin(angle), ahead], axis=-1)
        a.arms[:, side] = unit(arm) + a.noises(0.02, 0.6, 2, 3)
    a.bounce(phase, a.between(0.0, 0.06))


def handshake(a: Actor) -> None:
    """HANDSHAKE: the hand is given, shaken up and down a few times, and taken back."""
    side = a.some_side()
    a.resting(1 - side)
    path, w = _given(a, (a.between(0.0, 0.15), a.between(-0.35, -0.15), a.between(0.34, 0.5)))
    size = a.between(0.01, 0.09)
    shaken = np.sin(2 * np.pi * a.beats(a.tempo(1.2, 4.0, 2.5))) * (w > 0.97)
    path[:, 1] += size * np.convolve(np.pad(shaken, 2, mode="edge"), np.ones(5) / 5, "valid")
    a.reach(side, (path + a.noises(0.008, 0.7, 3)) * a.scale)
    a.lean += a.between(0.0, 0.2) * w
    a.face(a.between(-1.6, 1.6, 0.0))


def fist_bump(a: Actor) -> None:
    """FIST_BUMP: the fist comes forward, touches another one, stays, and goes back: no punch."""
    side = a.some_side()
    a.resting(1 - side)
    path, w = _given(a, (a.between(-0.05, 0.18), a.between(-0.25, 0.12), a.between(0.36, 0.54)))
    if a.chance(0.3):  # and opens like a rocket
        path[:, 1] += a.between(0.0, 0.3) * w**4
    a.reach(side, (path + a.noises(0.008, 0.7, 3)) * a.scale)
    a.face(a.between(-1.6, 1.6, 0.0))


def _given(a: Actor, where: tuple[float, float, float]) -> tuple[Array, Array]:
    """A hand goes there from hanging, stays and comes back: (n, 3), and how far it is (n,)."""
    home = np.array([0.06, -0.53, 0.05]) + a.rng.normal(0, 0.02, 3)
    times, values = [-9.0], [0.0]
    t = a.between(-1.0, 1.0, 0.3)
    while t < a.t[-1]:
        steps = a.rng.uniform((0.0, 0.35, 0.3, 0.35), (0.01, 0.9, 2.0, 0.9))
        times += list(t + np.cumsum(steps))
        values += [0.0, 1.0, 1.0, 0.0]
        t = times[-1] + a.rng.uniform(0.6, 2.5)
    w = keyed(a.t, times, values)
    return home + (np.array(where) - home) * w[:, None], w


def standing_signs(a: Actor) -> None:
    """SIGNING: signs of one hand or both, one after the other, on one's feet."""
    side = a.some_side()
    places = ("chest", "before_face", "beside_head", "chin", "brow", "cheek", "shoulder", "joined")
    names = [a.pick(places) for _ in range(2 if a.plain else int(a.rng.integers(1, 5)))]
    path, w = visits(a, [(name, (0.1, 1.5)) for name in names], home="hang", begin=(-2.0, 0.8))
    if a.chance(0.3):
        path = path + shake(a, w, (0.01, 0.03), (1.5, 4.0))
    both = a.chance(0.4)
    a.resting(1 - side)
    a.reach(side, path * a.scale)
    if both:
        a.reach(1 - side, (path + a.noises(0.02, 0.5, 3)) * a.scale)


def standing_talk(a: Actor) -> None:
    """EXPLAINING: large gestures of someone who explains, each of them once."""
    side = a.some_side()
    times = np.cumsum(a.rng.uniform(0.3, 1.3, 24)) - 2.0
    for each in BOTH:
        names = ("chest", "aside", "before_face", "edge", "joined", "beside_head", "screen")
        spots = [spot(a, a.pick(names, (4, 2, 1, 4, 2, 1, 1))) for _ in times]
        path = keyed(a.t, times, spots)
        if each != side and a.chance(0.4):
            a.resting(each)
            continue
        a.reach(each, (path + a.noises(0.02, 1.0, 3)) * a.scale)
    a.look += a.noise(0.2, 0.5)
    a.turn += a.noise(0.15, 0.3)


SIGNALS: Final[dict[str, Callable[[Actor], None]]] = {
    "ONE_ARC": one_arc,
    "COME_HERE": beckoning,
    "CONDUCTING": conducting,
    "FLYING": flying,
    "HANDSHAKE": handshake,
    "FIST_BUMP": fist_bump,
    "SIGNING": standing_signs,
    "EXPLAINING": standing_talk,
    "SWIMMING": swimming,
    "CLIMBING": ladder,
}
