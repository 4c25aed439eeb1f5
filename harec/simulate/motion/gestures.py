"""Gestures that are none of the six actions, though their hands go to the same places.

Left out on purpose, because people would not agree on the label: a single punch, the toddler's
bye-bye with the fingers. More of them are in ``signals``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, Actor
from harec.simulate.motion.noise import (
    minimum_jerk,
    smoothstep,
    swing,
)
from harec.simulate.motion.strokes import (
    Step,
    named_pose,
    play,
)

Performer = Callable[[Actor], None]


def _variants(*scripts: Sequence[Step], weights: Sequence[float] | None = None) -> Performer:
    """A performer that plays one of the scripts."""

    def perform(a: Actor) -> None:
        names = [str(i) for i in range(len(scripts))]
        play(a, scripts[int(a.pick(names, weights))])

    return perform


def _hold(
    pose: str, *, other: str | None = None, stay: tuple[float, float] = (0.3, 2)
) -> list[Step]:
    return [Step(pose, (0.35, 0.9), other), Step(pose, stay, other)]


def _repeat(first: str, second: str, times: int, seconds: tuple[float, float]) -> list[Step]:
    return [
        Step(second, (0.3, 0.7)),
        *[Step(p, seconds) for _ in range(times) for p in (first, second)],
    ]


_raise = _variants(
    *[_hold(p) for p in ("up", "vee", "fwd_high", "wave", "wave_high", "crown", "tee")],
    *[_hold(p, other=p) for p in ("up", "vee", "tee", "wave_high", "fwd_high", "crown", "fwd")],
)
_point = _variants(
    *[_hold(p) for p in ("point", "tee", "fwd", "fwd_high", "fwd_low", "aside", "side_low")]
)
_knock = _variants(
    _repeat("knock_in", "knock_out", 2, (0.1, 0.22)),
    _repeat("knock_in", "knock_out", 4, (0.1, 0.2)),
    _repeat("hammer_down", "hammer_up", 1, (0.2, 0.5)),
    _repeat("hammer_down", "hammer_up", 3, (0.2, 0.45)),
)
_swipe = _variants(
    [Step("aside", (0.4, 0.8)), Step("across", (0.2, 0.5), twist=0.3)],
    [Step("across", (0.4, 0.8), twist=0.2), Step("aside", (0.2, 0.5))],
    [Step("fwd_high", (0.4, 0.8)), Step("fwd_low", (0.25, 0.5))],
    [Step("fwd_low", (0.4, 0.8)), Step("fwd_high", (0.25, 0.5))],
    [Step("tee", (0.4, 0.8)), Step("across_high", (0.25, 0.6), twist=0.3)],
)
_push = _variants(
    [Step("chest", (0.3, 0.7), "chest"), Step("fwd", (0.4, 0.9), "fwd", lean=0.15, step=0.05)],
    [Step("palm_chest", (0.3, 0.7), "palm_chest"), Step("fwd", (0.4, 1.0), "fwd"),
     Step("fwd", (0.2, 1.2), "fwd")],
    [Step("palm_chest", (0.4, 0.8)), Step("fwd", (0.5, 1.0), twist=0.2)],
    [Step("fwd", (0.4, 0.9), "fwd"), Step("chest", (0.4, 1.0), "chest", lean=-0.1)],
)  # fmt: skip
_catch = _variants(
    [Step("fwd", (0.25, 0.5), "fwd"), Step("chest", (0.2, 0.4), "chest"),
     Step("chest", (0.2, 1.0), "chest")],
    [Step("fwd_high", (0.25, 0.5), "fwd_high"), Step("bent", (0.3, 0.6), "bent")],
    [Step("fwd_high", (0.25, 0.5)), Step("bent", (0.2, 0.5))],
    [Step("aside", (0.25, 0.5)), Step("bent", (0.3, 0.6))],
    [Step("wave_high", (0.25, 0.5)), Step("vee", (0.15, 0.4)), Step("vee", (0.1, 0.6))],
    [Step("fwd_high", (0.25, 0.5)), Step("up", (0.15, 0.4)), Step("bent", (0.3, 0.6))],
)  # fmt: skip
_throw = _variants(
    [Step("load", (0.35, 0.8), twist=-0.6, lean=-0.1), Step("release", (0.14, 0.3), twist=0.3),
     Step("across_low", (0.2, 0.4), twist=0.5, lean=0.25)],
    [Step("load", (0.35, 0.8), "fwd", twist=-0.6), Step("release", (0.15, 0.3), "bent", twist=0.3),
     Step("across_low", (0.2, 0.4), twist=0.5, lean=0.3, step=0.15)],
    [Step("back_low", (0.4, 0.8), twist=-0.3), Step("underarm", (0.2, 0.4), twist=0.3, lean=0.3),
     Step("fwd", (0.15, 0.3), twist=0.3)],
    [Step("floor", (0.5, 1.0), lean=1.1, dip=0.2), Step("load", (0.5, 0.9), twist=-0.5),
     Step("release", (0.15, 0.35), twist=0.3), Step("across_low", (0.2, 0.4), twist=0.4, lean=0.2)],
    [Step("chest", (0.3, 0.6), "chest"), Step("shoot", (0.3, 0.5), "shoot"),
     Step("up", (0.15, 0.4), "up"), Step("fwd_high", (0.2, 0.6), "fwd_high")],
    [Step("chest", (0.3, 0.6), "chest", dip=0.08), Step("shoot", (0.2, 0.4), "shoot"),
     Step("fwd_high", (0.15, 0.35), "fwd_high", lean=-0.05), Step("fwd_high", (0.1, 0.6), "up")],
    [Step("back_low", (0.5, 0.9), twist=-0.4, lean=0.3, dip=0.1),
     Step("underarm", (0.3, 0.5), twist=0.4, lean=0.6, dip=0.25, step=0.3),
     Step("fwd_high", (0.2, 0.5), twist=0.5, lean=0.5, dip=0.2, step=0.3)],
)  # fmt: skip
_racket = _variants(
    [Step("aside", (0.4, 0.8), "fwd_low", twist=-0.7), Step("fwd", (0.2, 0.4), twist=0.2),
     Step("shoulder", (0.2, 0.45), twist=0.7)],
    [Step("across_low", (0.4, 0.8), twist=0.8), Step("fwd", (0.2, 0.4), twist=0.1),
     Step("aside", (0.2, 0.45), twist=-0.4)],
    [Step("load", (0.5, 0.9), "up", twist=-0.7, lean=-0.25, dip=0.1, step=0.05),
     Step("load_high", (0.15, 0.3), "vee", twist=-0.4, lean=-0.2, dip=0.05),
     Step("strike_high", (0.12, 0.25), "bent", twist=0.3, step=0.15),
     Step("across_low", (0.25, 0.45), "bent", twist=0.7, lean=0.5, step=0.25)],
    [Step("bent", (0.4, 0.9), "fwd"), Step("load", (0.4, 0.7), "up", twist=-0.5, lean=-0.15),
     Step("load_high", (0.1, 0.25), "fwd_high", twist=-0.3),
     Step("strike_high", (0.1, 0.25), "bent", twist=0.3),
     Step("across_low", (0.25, 0.45), "bent", twist=0.6, lean=0.4)],
)  # fmt: skip
_touch = _variants(
    *[_hold(p) for p in ("face", "head", "hair", "ear", "shoulder", "mouth", "watch", "salute")],
    _repeat("head", "hair", 2, (0.15, 0.4)),
    _repeat("face", "ear", 1, (0.2, 0.6)),
    [Step("face", (0.4, 0.8), "face"), Step("face", (0.3, 1.0), "face")],
    [Step("hair", (0.4, 0.8), "hair"), Step("head", (0.3, 1.0), "head")],
    [Step("watch", (0.4, 0.7), "clasp"), Step("watch", (0.5, 1.5), "clasp", lean=0.1)],
)
_cross = _variants(
    [Step("fold", (0.5, 0.9), "fold"), Step("fold", (0.5, 2.5), "fold")],
    [Step("tee", (0.4, 0.8), "tee"), Step("cross", (0.35, 0.7), "shoulder"),
     Step("cross", (0.3, 0.8), "shoulder")],
    [Step("cross", (0.5, 0.9), "shoulder"), Step("cross", (0.4, 2.0), "shoulder")],
)  # fmt: skip
_high_five = _variants(
    # Slower than a punch, and the arm stays up for a moment: the other hand has to come.
    [
        Step("wave_high", (0.35, 0.7)),
        Step("release", (0.3, 0.5), twist=0.2, step=0.03),
        Step("release", (0.1, 0.4)),
    ],
    [Step("wave_high", (0.35, 0.7)), Step("fwd_high", (0.3, 0.5)), Step("fwd_high", (0.2, 0.6))],
    [Step("fwd_low", (0.4, 0.8), lean=0.1), Step("fwd_low", (0.4, 1.2), lean=0.1)],  # handshake
)
_beckon = _variants(
    _repeat("beckon_in", "beckon_out", 1, (0.25, 0.5)),
    _repeat("beckon_in", "beckon_out", 2, (0.2, 0.45)),
)


def _curls(a: Actor) -> None:
    """Repeated lateral or front raises to shoulder height, curls, presses, at a calm tempo."""
    kind = a.pick(("lateral", "front", "curl", "press"))
    low = named_pose(a, "press" if kind == "press" else "down")
    high = named_pose(a, {"lateral": "tee", "front": "fwd", "curl": "curl", "press": "up"}[kind])
    w = swing(a.beats(a.tempo(0.2, 0.85, 0.4)), a.between(1.0, 1.8))
    idle = a.some_side() if a.chance(0.3) else None
    other = 1 - w if a.chance(0.25) else w  # one after the other
    for side in BOTH:
        if side == idle:
            a.resting(side)
            continue
        own = unit(np.stack([low, high]) + a.rng.normal(0, 0.04, (2, 2, 3)))
        a.arms[:, side] = a.mix(own[0], own[1], (w, other)[side]) + a.noises(0.02, 0.5, 2, 3)


def biceps_curls(a: Actor) -> None:
    """BICEPS_CURLS: both forearms up and down, the elbows at the sides."""
    w = swing(a.beats(a.tempo(0.3, 0.8, 0.5)), a.between(1.0, 1.6)) * a.strength()
    low, high = named_pose(a, "down"), named_pose(a, "curl")
    for side in BOTH:
        a.arms[:, side] = a.mix(low, high, w) + a.noises(0.02, 0.5, 2, 3)


def _circles(a: Actor) -> None:
    """Circles of stretched arms: small at shoulder height, or large about the shoulders' axis."""
    large = a.chance(0.4)
    turn = 2 * np.pi * a.beats(a.tempo(0.2, 1.5 if large else 2.4)) * a.rng.choice([-1, 1])
    radius = a.between(0.6, 1.5) if large else a.between(0.12, 0.45)
    base = a.pose("tee", 0.08)
    only = a.some_side() if a.chance(0.3) else None
    crawl = np.pi if large and a.chance(0.5) else 0.0
    for side in BOTH:
        if only is not None and side != only:
            a.resting(side)
            continue
        angle = turn + crawl * side
        ring = np.stack([0 * angle, np.sin(angle), np.cos(angle)], 1) * radius
        arm = base * np.array([1.0 if not large else 0.45, 1, 1])
        a.arms[:, side] = arm + np.stack([ring, 1.1 * ring], 1) + a.noises(0.02, 0.6, 2, 3)


_CORNERS: Final = {
    "cross": [(-1, 1), (1, -1), (1, 1), (-1, -1)],
    "tick": [(-1, 0.2), (-0.3, -1), (1, 1)],
    "triangle": [(0, 1), (1, -1), (-1, -1), (0, 1)],
    "line": [(-1, 0), (1, 0)],
}


def _draw(a: Actor) -> None:
    """In the air before the body, once: circle, cross, tick, triangle, line, eight."""
    a.maybe_sit(0.1)
    side = a.some_side()
    for s in BOTH:
        a.resting(s, ready=True)
    rest = unit(a.arms[0, side])
    length = a.between(0.7, 2.6, 1.6)
    begin = a.between(0.3, max(0.35, float(a.t[-1]) - length - 0.5), 0.7)
    shape = a.pick(("circle", "cross", "tick", "triangle", "line", "eight"))
    xy = _outline(shape, np.clip((a.t - begin) / length, 0, 1), a.rng.choice([-1.0, 1.0]))
    xy *= np.array([a.between(0.10, 0.42, 0.22), a.between(0.10, 0.40, 0.22)])
    centre = [a.between(-0.05, 0.3, 0.1), a.between(-0.25, 0.25, 0), a.between(0.28, 0.46, 0.4)]
    path = np.concatenate([xy, np.zeros((a.n, 1))], 1) + centre + a.noises(0.01, 0.8, 3)
    a.reach(side, path * a.scale)
    up = minimum_jerk((a.t - begin + 0.7) / 0.65) - minimum_jerk((a.t - begin - length) / 0.7)
    a.arms[:, side] = a.mix(rest, a.arms[:, side], up)
    a.twist += a.between(0.0, 0.2) * xy[:, 0] * (1 if side else -1)


def _outline(shape: str, u: Array, direction: float) -> Array:
    """Points (n, 2) of a shape within +-1, drawn while u goes from 0 to 1."""
    if shape in _CORNERS:
        points = np.array(_CORNERS[shape], float) * [direction, 1]
        x = u * (len(points) - 1)
        i = np.minimum(x.astype(int), len(points) - 2)
        f = smoothstep(x - i)[:, None]
        return points[i] * (1 - f) + points[i + 1] * f
    turn = 2 * np.pi * smoothstep(u) * direction
    return np.stack([np.sin(turn if shape == "circle" else 2 * turn), np.cos(turn)], 1)


def _talk(a: Actor) -> None:
    """Hands underline what is said, aperiodically, between the belly and the shoulders."""
    a.maybe_sit(0.35)
    base = a.pose(a.pick(("bent", "clasp", "table")), 0.15)
    active = np.clip(a.noise(0.6, 0.5) + 0.6, 0, 1)[:, None, None]
    for side in BOTH:
        own = unit(base + a.rng.normal(0, 0.1, (2, 3)))
        a.arms[:, side] = own + active * a.noises(a.between(0.1, 0.3), a.between(0.6, 1.5), 2, 3)
        if a.chance(0.3):
            a.resting(side)
    a.nod += a.noise(0.08, 1.2)
    a.look += a.noise(0.2, 0.6)


def _bow(a: Actor) -> None:
    """Hands at the sides, in front or pressed together."""
    w = swing(np.clip((a.t - a.between(0, 1.0)) * a.tempo(0.25, 0.7), 0, 1), 1.8)
    a.lean += a.between(0.3, 1.3, 0.8) * w
    a.pelvis[:, 2] -= 0.15 * w * a.scale
    pose = a.pose(a.pick(("down", "clasp", "guard", "back")))
    for side in BOTH:
        a.hold(side, unit(pose + a.rng.normal(0, 0.04, (2, 3))))


def _rub(a: Actor) -> None:
    """Hands stay in touch: rubbing, wringing, washing, winding a thread."""
    a.maybe_sit(0.25)
    turn = 2 * np.pi * a.beats(a.tempo(0.6, 3.0, 1.5))
    size = a.between(0.015, 0.05)
    at = np.array([a.between(0.03, 0.06), a.between(-0.42, -0.1), a.between(0.2, 0.38)])
    for side, sign in zip(BOTH, (1, -1), strict=True):
        move = np.stack([0 * turn, size * np.sin(turn), size * np.cos(turn) * 1.2], 1) * sign
        a.reach(side, (at + move + a.noises(0.008, 0.6, 3)) * a.scale, (1.0, -1.0, -0.3))


GESTURES: Final[dict[str, Performer]] = {
    "RAISING_ARM": _raise,
    "POINTING": _point,
    "ARM_RAISES": _curls,
    "ARM_CIRCLES": _circles,
    "DRAWING": _draw,
    "KNOCKING": _knock,
    "SWIPING": _swipe,
    "PUSHING": _push,
    "CATCHING": _catch,
    "THROWING": _throw,
    "RACKET": _racket,
    "TOUCHING_HEAD": _touch,
    "CROSSING_ARMS": _cross,
    "HIGH_FIVE": _high_five,
    "BECKONING": _beckon,
    "TALKING": _talk,
    "BOWING": _bow,
    "RUBBING_HANDS": _rub,
}
