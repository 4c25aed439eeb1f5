"""Clapping: small and quick, wide, overhead, slow in rhythm, seated."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, Actor


def clapping(a: Actor) -> None:
    """CLAPPING_HANDS in all its kinds. Wrists stay apart by the hands between them."""
    a.maybe_sit(0.3)
    kind = a.pick(
        ("applause", "hinge", "chest", "wide", "sweep", "overhead", "face", "belly", "ahead",
         "beside"),
        (0.18, 0.2, 0.14, 0.1, 0.08, 0.1, 0.07, 0.08, 0.03, 0.02),
    )  # fmt: skip
    if kind == "hinge":
        _hinge_claps(a)
        return
    low, high, depth = {  # where hands meet: height over the shoulders and in front, adult metres
        "applause": (-0.30, -0.08, (0.20, 0.34)),
        "chest": (-0.24, -0.05, (0.22, 0.36)),
        "wide": (-0.25, 0.08, (0.25, 0.45)),
        "sweep": (-0.25, 0.15, (0.35, 0.52)),
        "overhead": (0.35, 0.52, (0.02, 0.22)),
        "face": (0.0, 0.22, (0.24, 0.40)),
        "belly": (-0.54, -0.28, (0.16, 0.34)),
        "ahead": (-0.20, 0.05, (0.38, 0.50)),
        "beside": (-0.15, 0.2, (0.15, 0.3)),
    }[kind]
    hz = {"applause": (2.2, 4.6, 3), "wide": (0.5, 2.2, 1), "sweep": (0.35, 1.0, 0.6)}.get(
        kind, (0.55, 3.8, 1.8)
    )
    phase = a.beats(a.tempo(*hz), 0.07)
    a.mark_cycles(phase, 0.0)  # the hands meet
    tempo = max(float(np.ptp(phase)) / max(float(np.ptp(a.t)), 0.1), 0.3)
    wide = {"wide": a.between(0.5, 1.25), "sweep": a.between(1.0, 1.6)}
    gap = min(wide.get(kind, a.between(0.12, 0.75, 0.35)), 2.2 / tempo) * a.strength()
    height = a.between(low, high) + a.noise(0.012)
    forth = a.between(*depth)
    _claps(a, phase, gap, height, forth, kind)
    if a.chance(0.3):
        slow = a.rng.choice([0.5, 1.0])
        a.bounce(phase * slow, a.rng.uniform(0.01, 0.05))
        a.tilt += a.rng.uniform(0, 0.06) * np.sin(np.pi * phase)


def _claps(a: Actor, phase: Array, gap: Array, height: Array, forth: float,
           kind: str) -> None:  # fmt: skip
    """Leads both wrists to the meeting point and apart again."""
    rng = a.rng
    sharp = a.between(0.9, 1.6, 1.0)
    apart = np.abs(np.sin(np.pi * phase)) ** sharp  # 0 where the hands meet
    together = 0.5 * a.between(0.05, 0.14, 0.09)  # palms, between the wrists
    off = (
        a.rng.uniform(0.1, 0.3) * rng.choice([-1, 1])
        if kind == "beside"
        else a.between(-0.06, 0.06, 0)
    )
    share = np.array([1.0, 1.0])  # of the stroke; one hand may just be struck
    if kind not in ("wide", "sweep") and a.chance(0.2):
        share = np.array([0.25, 1.4])[:: int(rng.choice([1, -1]))]
    turned = a.chance(0.25)  # palms up and down instead of upright: the stroke is partly vertical
    rise, back = a.between(-0.5, 0.35, -0.1), a.between(0.0, 0.7, 0.25)
    if kind == "overhead":
        rise = a.between(-0.9, -0.1, -0.4)
    if kind == "sweep":  # from arms hanging or spread; they stay nearly straight
        rise, back = a.between(-1.3, 0.3), a.between(0.5, 0.8)
    hint = np.array([a.between(0.5, 1.4), a.between(-1.3, -0.4), a.between(-0.8, 0.1)])
    if kind == "overhead":
        hint = np.array([1.0, 0.3, -0.1])
    tired = a.noise(0.015, 0.4)
    for side, sign in zip(BOTH, (1, -1), strict=True):
        reach = 0.5 * gap * apart * share[side]
        out = together + reach + sign * off
        up = height + tired + 0.5 * rise * reach
        if turned:
            up = up + sign * 0.7 * reach
        ahead = forth - back * reach + a.noise(0.01)
        wrist = np.stack([out, up + sign * rng.normal(0, 0.012), ahead], axis=1)
        a.reach(side, (wrist + a.noises(0.006, 1.0, 3)) * a.scale, hint)
    a.start_and_stop(BOTH, 0.35 if kind in ("wide", "sweep") else 0.2)


def _hinge_claps(a: Actor) -> None:
    """Elbows stay at the sides; the forearms open and close like doors."""
    phase = a.beats(a.tempo(0.6, 3.6), 0.07)
    a.mark_cycles(phase, 0.0)
    open_ = np.abs(np.sin(np.pi * phase)) ** a.between(0.9, 1.5) * a.strength()
    elbow = unit(np.array([a.between(0.1, 0.6), -0.9, a.between(-0.15, 0.45)]))
    rise = a.between(-0.35, 0.9)
    widest = np.deg2rad(a.between(-10, 70))
    across = a.body.shoulder_half + a.body.upper_arm * elbow[0] - a.between(0.03, 0.07) * a.scale
    level = np.sqrt(1 + rise**2)  # the forearm is not level, so it reaches less far inwards
    closed = -np.arcsin(np.clip(across * level / a.body.forearm, 0, 0.95))
    # The slower the wider: people clap at a speed of the hands that is comfortable.
    widest = closed + min(widest - closed, 7.0 / (np.ptp(phase) / max(float(np.ptp(a.t)), 0.1)))
    give, lift = a.between(0.0, 0.2), a.between(-0.2, 0.3)
    for side in BOTH:
        own = a.rng.uniform(0.85, 1.1)
        angle = closed + (widest - closed) * open_ * own
        fore = np.stack([np.sin(angle), rise + lift * open_, np.cos(angle)], axis=1)
        upper = elbow + np.stack([give * open_, 0 * open_, -0.5 * give * open_], axis=1)
        a.arms[:, side] = np.stack([unit(upper), unit(fore)], axis=1) + a.noises(0.02, 0.7, 2, 3)
    a.start_and_stop(BOTH, 0.35)
    if a.chance(0.3):
        a.bounce(phase * a.rng.choice([0.5, 1.0]), a.rng.uniform(0.01, 0.05))
