"""Someone seated at a desk, whose hands are led from place to place.

Wrists are led along points of the chest's frame (adult metres from mid-shoulder: x outwards, y up,
z to the camera); the hand is some 8 to 15 cm further.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from harec.simulate.body.kinematics import Array
from harec.simulate.motion.actor import Actor
from harec.simulate.motion.noise import keyed

Range = tuple[float, float]
Place = tuple[Range, Range, Range]

#: Where a wrist is for what a hand does, as ranges of x outwards, y up, z to the camera.
PLACES: Final[dict[str, Place]] = {
    "keys": ((0.0, 0.16), (-0.46, -0.28), (0.26, 0.45)),
    "mouse": ((0.1, 0.34), (-0.46, -0.28), (0.26, 0.46)),
    "lap": ((-0.02, 0.14), (-0.58, -0.44), (0.1, 0.3)),
    "edge": ((-0.1, 0.12), (-0.42, -0.25), (0.2, 0.36)),  # hands rest before the body
    "hang": ((0.02, 0.12), (-0.56, -0.5), (0.0, 0.12)),  # standing, at the sides
    "arm_rest": ((0.16, 0.32), (-0.48, -0.36), (0.1, 0.28)),
    "joined": ((-0.02, 0.05), (-0.32, 0.02), (0.22, 0.36)),  # hands in each other
    "chin": ((-0.06, 0.1), (-0.06, 0.08), (0.12, 0.24)),
    "mouth": ((-0.02, 0.14), (-0.02, 0.12), (0.18, 0.28)),
    "cheek": ((0.05, 0.16), (-0.02, 0.1), (0.08, 0.2)),
    "eye": ((0.0, 0.14), (0.06, 0.2), (0.16, 0.26)),
    "brow": ((0.02, 0.16), (0.14, 0.26), (0.12, 0.24)),
    "ear": ((0.1, 0.2), (0.04, 0.18), (-0.02, 0.12)),
    "hair": ((0.04, 0.22), (0.2, 0.36), (-0.06, 0.16)),
    "nape": ((0.06, 0.18), (0.04, 0.2), (-0.14, -0.04)),
    "neck": ((0.0, 0.16), (-0.08, 0.04), (0.06, 0.18)),
    "crossed": ((-0.22, -0.1), (-0.3, -0.18), (0.12, 0.24)),
    "shoulder": ((-0.28, -0.1), (-0.1, 0.02), (0.08, 0.2)),  # of the other side
    "beside_head": ((0.14, 0.42), (-0.1, 0.3), (0.06, 0.36)),
    "high": ((0.1, 0.34), (0.2, 0.52), (0.02, 0.3)),
    "chest": ((-0.05, 0.26), (-0.28, 0.04), (0.2, 0.42)),
    "before_face": ((-0.1, 0.2), (-0.04, 0.22), (0.3, 0.48)),
    "screen": ((-0.15, 0.3), (-0.14, 0.22), (0.44, 0.54)),
    "aside": ((0.3, 0.52), (-0.4, 0.1), (0.1, 0.4)),
    "cup": ((0.12, 0.3), (-0.42, -0.26), (0.3, 0.46)),
    "plate": ((-0.05, 0.14), (-0.4, -0.24), (0.24, 0.38)),
    "phone_ahead": ((-0.06, 0.14), (-0.3, -0.02), (0.22, 0.38)),
    "salute": ((0.12, 0.22), (0.16, 0.28), (0.08, 0.2)),
    "stretched": ((0.02, 0.3), (0.4, 0.56), (-0.1, 0.1)),
    "stretched_ahead": ((-0.02, 0.1), (-0.1, 0.2), (0.46, 0.56)),
    "stretched_aside": ((0.42, 0.56), (-0.1, 0.3), (-0.1, 0.15)),
}
RESTS: Final = ("keys", "edge", "lap", "arm_rest", "mouse", "joined")
Stop = tuple[str, Range]  # a place and how long the hand stays there, seconds


def at_desk(a: Actor) -> None:
    """Seated; leans on the desk or back, rocks a little, looks at the screen and away."""
    a.sit()
    a.lean += a.between(-0.1, 0.2) + a.noise(a.between(0.01, 0.06), 0.25)
    a.tilt += a.noise(a.between(0.01, 0.06), 0.25)
    a.turn += a.between(-0.25, 0.25, 0.0) + a.noise(a.between(0.0, 0.08), 0.2)
    a.pelvis[:, 0] += a.noise(a.between(0.0, 0.03), 0.2) * a.scale
    a.nod += a.between(-0.1, 0.25, 0.05) + a.noise(0.06, 0.4)
    a.look += a.noise(a.between(0.03, 0.25), 0.4)


def spot(a: Actor, place: str) -> Array:
    """A point of a place, adult metres."""
    low, high = np.array(PLACES[place], float).T
    if a.plain:
        return np.asarray(0.5 * (low + high) + 0.1 * (high - low) * a.rng.normal(0, 1, 3))
    return a.rng.uniform(low, high)


def visits(
    a: Actor,
    stops: Sequence[Stop],
    *,
    home: str | None = None,
    rest_s: Range = (0.4, 3.0),
    way_s: Range = (0.3, 0.9),
    begin: Range = (-3.0, 0.9),
) -> tuple[Array, Array]:
    """A hand goes to one place after the other, home again, and after a rest once more.

    Returns:
        Wrist points (n, 3) in adult metres for `lead`, and how much the hand is away (n,), 0..1.
    """
    rest = spot(a, home or a.pick(RESTS, (3, 2, 2, 1, 1, 1)))
    spots = {place: spot(a, place) for place, _ in stops}
    times, points, away = [-99.0], [rest], [0.0]

    def go(t: float, point: Array, w: float) -> None:
        times.append(t)
        points.append(point)
        away.append(w)

    pace = a.between(0.75, 1.4, 1.0)
    t = a.between(*begin, 0.4)
    while t < a.t[-1]:
        go(t, rest, 0.0)
        for place, stay in stops:
            at = spots[place] + a.rng.normal(0, 0.012, 3)
            t += pace * a.rng.uniform(*way_s)
            go(t, at, 1.0)
            t += a.rng.uniform(*stay)
            go(t, at + a.rng.normal(0, 0.008, 3), 1.0)
        t += pace * a.rng.uniform(*way_s)
        go(t, rest, 0.0)
        t += a.rng.uniform(*rest_s)
    path, w = keyed(a.t, times, points), keyed(a.t, times, away)
    # Hands go round what is in the way: a little outwards and to the front.
    path = path + (w * (1 - w))[:, None] * np.array([0.15, 0.0, 0.2]) * a.between(0.0, 1.2)
    return path, w


def lead(a: Actor, side: int, path: Array, wobble: float = 0.006) -> None:
    """Leads a wrist along ``path``; the elbow hangs, is on the desk or sticks out."""
    hint = np.array([a.between(0.3, 1.6, 0.8), a.between(-1.4, -0.5, -1.0), a.between(-0.7, 0.2)])
    a.reach(side, (path + a.noises(wobble, 0.7, 3)) * a.scale, hint)


def idle(a: Actor, side: int, home: str | None = None) -> None:
    """A hand that lies on the desk, in the lap or on the arm rest, or fidgets there."""
    at = spot(a, home or a.pick(RESTS, (3, 2, 3, 2, 1, 1)))
    lead(a, side, at + a.noises(a.between(0.002, 0.02), a.between(0.3, 1.5), 3))


def shake(a: Actor, w: Array, size: Range, hz: Range) -> Array:
    """Small quick motion (n, 3) of a hand that has arrived: scratching, rubbing, tapping."""
    s = np.sin(2 * np.pi * a.beats(a.tempo(*hz), 0.15))
    way = a.rng.normal(0, 1, 3)
    way *= a.rng.uniform(*size) / max(float(np.linalg.norm(way)), 1e-6)
    busy = np.clip(a.noise(1.0, 0.6) + 0.6, 0, 1) * (w > 0.97)
    smooth = np.convolve(np.pad(busy, 3, mode="edge"), np.ones(7) / 7, "valid")
    return (smooth * s)[:, None] * way
