"""Waving with one hand and with both: from a wiggle of the hand to wide overhead arcs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harec.simulate.body.kinematics import (
    Array,
    rotate,
    unit,
)
from harec.simulate.motion.actor import BOTH, Actor
from harec.simulate.motion.everyday import gait
from harec.simulate.motion.noise import swing

_FORWARD = np.array([0.0, 0.0, 1.0])
_UP = np.array([0.0, 1.0, 0.0])
Wave = Callable[[Array], Array]  # phase (n,) -> arm directions (n, 2, 3)


def waving_one_hand(a: Actor) -> None:
    """WAVING_1HAND; the other arm rests somehow."""
    a.maybe_sit(0.25)
    side = a.some_side()
    kind = a.pick(
        ("forearm", "hand", "straight", "arc", "wipe", "level"), (0.5, 0.12, 0.14, 0.1, 0.07, 0.07)
    )
    hz = _tempo(a, kind)
    phase = a.beats(hz)
    a.mark_cycles(phase, _turning_point(kind))
    _walk_along(a)
    a.resting(1 - side)
    a.arms[:, side] = _wave(a, kind, hz)(phase) + a.noises(0.025, 0.7, 2, 3)
    a.start_and_stop((side,), 0.15)
    a.tilt += a.between(-0.07, 0.07) * (1 if side else -1)
    _sway_along(a, phase)


def waving_both_hands(a: Actor) -> None:
    """WAVING_2HANDS, in phase, in opposite phase (a wiper) or each hand for itself."""
    a.maybe_sit(0.2)
    kind = a.pick(("forearm", "arc", "straight", "wipe", "hand"), (0.38, 0.3, 0.18, 0.08, 0.06))
    _walk_along(a)
    hz = _tempo(a, kind)
    phase = a.beats(hz)
    a.mark_cycles(phase, _turning_point(kind))
    wave = _wave(a, kind, hz)
    together = a.pick(("same", "opposite", "own"), (0.62, 0.28, 0.1))
    offset = {"same": 0.0, "opposite": 0.5, "own": float(a.rng.uniform())}[together]
    offset += float(a.rng.normal(0, 0.01 if a.plain else 0.03))
    second = phase + offset
    if together == "own":
        second = a.beats(hz * a.rng.uniform(0.9, 1.1))
    other = wave if not a.chance(0.15) else _wave(a, kind, hz)
    for side in BOTH:
        a.arms[:, side] = (wave(phase), other(second))[side] + a.noises(0.03, 0.7, 2, 3)
    a.start_and_stop(BOTH, 0.15)
    _sway_along(a, phase)


def _tempo(a: Actor, kind: str) -> float:
    low, high, typical = {
        "forearm": (0.8, 3.8, 1.8),
        "hand": (1.6, 4.0, 2.5),
        "straight": (0.5, 2.2, 1.0),
        "arc": (0.4, 1.5, 0.7),
        "wipe": (0.5, 1.8, 0.8),
        "level": (0.4, 1.8, 0.9),
    }[kind]
    return a.tempo(low, high, typical)


def _turning_point(kind: str) -> float:
    """The phase at which the hand turns back, on one of the two sides."""
    return 0.5 if kind == "arc" else 0.25


def _wave(a: Actor, kind: str, hz: float) -> Wave:
    # A quick wave is a small one: the amplitude gives way where the arm would have to fly.
    typical, limit = {
        "forearm": (0.65, 9.0),
        "hand": (0.2, 9.0),
        "straight": (0.6, 6.5),
        "arc": (1.0, 7.0),
        "wipe": (0.9, 6.5),
        "level": (0.6, 6.5),
    }[kind]  # radians, radians per second
    size = a.strength() * min(1.0, limit / (2 * np.pi * hz * typical))
    if kind in ("forearm", "hand"):
        return _forearm_wave(a, size, small=kind == "hand")
    if kind == "straight":
        return _straight_wave(a, size)
    if kind == "arc":
        return _arc_wave(a, size)
    if kind == "level":
        return _level_wave(a, size)
    return _wipe(a, size)


def _forearm_wave(a: Actor, size: Array, *, small: bool) -> Wave:
    """The forearm tilts about a still elbow; the upper arm gives way a little, later."""
    base = a.pose(
        a.pick(("wave", "wave_high", "wave_low", "up", "guard"), (4, 3, 1.3, 1, 0.7)), 0.16
    )
    angle = np.deg2rad(a.between(8, 16) if small else a.between(16, 58, 32))
    give = a.between(0.0, 0.45, 0.08) * (0.4 if small else 1)
    # About the axis to the front; with a forearm that points forward, partly about the vertical.
    axis = unit(_FORWARD * (0.3 + abs(base[1, 1])) + _UP * max(base[1, 2], 0) * a.between(0, 1.4))
    bias, dwell = a.between(-0.2, 0.2, 0.0), a.between(0.8, 1.8, 1.2)

    def wave(phase: Array) -> Array:
        s = 1 - 2 * swing(phase + 0.25, dwell)
        fore = rotate(np.broadcast_to(base[1], (a.n, 3)), axis, angle * size * s + bias)
        late = np.sin(2 * np.pi * (phase - 0.06))
        upper = rotate(np.broadcast_to(base[0], (a.n, 3)), _FORWARD, angle * give * size * late)
        return np.stack([upper, fore], axis=1)

    return wave


def _straight_wave(a: Actor, size: Array) -> Wave:
    """The whole arm swings overhead like a flag, bent or straight."""
    middle = np.deg2rad(a.between(-30, 40, 10))  # from vertical, outwards
    swing_ = np.deg2rad(a.between(15, 50, 32))
    bend, ahead = np.deg2rad(a.between(-5, 45, 10)), a.between(-0.05, 0.45, 0.1)
    lag = a.between(0.02, 0.1, 0.04)

    def wave(phase: Array) -> Array:
        upper = middle + swing_ * size * np.sin(2 * np.pi * phase)
        fore = middle - bend + swing_ * size * 1.25 * np.sin(2 * np.pi * (phase - lag))
        return _frontal(upper, fore, ahead)

    return wave


def _arc_wave(a: Actor, size: Array) -> Wave:
    """From the side (or hanging) to overhead and back, as in the KTH recordings."""
    low = np.deg2rad(a.between(20, 110, 70))  # from hanging down
    high = np.deg2rad(a.between(140, 190, 172))
    bend, ahead = np.deg2rad(a.between(0, 35, 8)), a.between(-0.05, 0.35, 0.08)
    lag = a.between(0.0, 0.06, 0.03)

    def wave(phase: Array) -> Array:
        up = 0.5 - 0.5 * np.cos(2 * np.pi * phase)
        up_late = 0.5 - 0.5 * np.cos(2 * np.pi * (phase - lag))
        upper = low + (high - low) * up * np.clip(size, 0.5, 1.05)
        fore = low + (high - low) * up_late * np.clip(size, 0.5, 1.05) + bend
        return _frontal(np.pi - upper, np.pi - fore, ahead)

    return wave


def _wipe(a: Actor, size: Array) -> Wave:
    """Wide arm strokes before and above the head: hailing someone far away."""
    middle, swing_ = np.deg2rad(a.between(0, 40, 20)), np.deg2rad(a.between(35, 75, 50))
    ahead, bend = a.between(0.1, 0.6, 0.3), np.deg2rad(a.between(0, 60, 20))

    def wave(phase: Array) -> Array:
        s = np.sin(2 * np.pi * phase)
        upper = middle + 0.7 * swing_ * size * s
        fore = middle - bend + swing_ * size * 1.1 * np.sin(2 * np.pi * (phase - 0.05))
        return _frontal(upper, fore, ahead)

    return wave


def _level_wave(a: Actor, size: Array) -> Wave:
    """The arm is stretched out ahead at the height of the shoulder and sweeps from side to side."""
    middle, swing_ = np.deg2rad(a.between(-10, 50)), np.deg2rad(a.between(20, 50))
    height, bend = a.between(-0.35, 0.4), np.deg2rad(a.between(0, 50))

    def wave(phase: Array) -> Array:
        upper = middle + swing_ * 0.8 * size * np.sin(2 * np.pi * phase)
        fore = middle - 0.5 * bend + swing_ * 1.2 * size * np.sin(2 * np.pi * (phase - 0.05))
        angle = np.stack([upper, fore], axis=1)
        up = np.broadcast_to([height, height + bend], angle.shape)
        return unit(np.stack([np.sin(angle), up, np.cos(angle)], axis=-1))

    return wave


def _frontal(upper: Array, fore: Array, ahead: float) -> Array:
    """Directions at angles from the vertical, outwards, in a plane a little to the front."""
    angle = np.stack([upper, fore], axis=1)
    return unit(np.stack([np.sin(angle), np.cos(angle), np.full_like(angle, ahead)], axis=-1))


def _walk_along(a: Actor) -> None:
    """Some people wave on their way."""
    if not a.seated and a.chance(0.06):
        gait(
            a,
            a.tempo(0.6, 1.0),
            a.rng.uniform(0.2, 0.6) * a.body.leg,
            speed=float(a.rng.integers(2)),
        )


def _sway_along(a: Actor, phase: Array) -> None:
    if not a.chance(0.35):
        return
    slow = a.rng.choice([1.0, 1.0, 0.5])
    s = np.sin(2 * np.pi * (phase * slow + a.rng.uniform()))
    if not a.seated:
        a.pelvis[:, 0] += a.rng.uniform(0, 0.06) * s * a.scale
    a.tilt += a.rng.uniform(0, 0.09) * s
    if a.chance(0.3):
        a.bounce(phase * slow, a.rng.uniform(0.01, 0.05))
