"""Actor: one person on an empty stage, moved by the functions that know the actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from harec.simulate.body.body import Body
from harec.simulate.body.kinematics import (
    Array,
    Track,
    mix_directions,
    solve_arms,
    unit,
)
from harec.simulate.motion import noise

RATE_HZ: Final = 30
GRAVITY: Final = 9.81
#: Half blended into something else a repetition is none: it takes this share of the motion.
PREVAILS: Final = 0.8
LEFT, RIGHT = 0, 1
BOTH: Final = (LEFT, RIGHT)

#: Arm poses: (upper arm, forearm) with x outwards, y up, z forward.
POSES: Final[dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]]] = {
    "down": ((0.13, -1, 0.03), (0.08, -1, 0.18)),
    "back": ((0.2, -1, -0.25), (-0.45, -0.75, -0.5)),  # hands behind the back
    "hips": ((0.70, -0.7, -0.25), (-0.55, -0.6, 0.45)),
    "pocket": ((0.25, -0.95, -0.18), (-0.05, -0.9, 0.4)),
    "bent": ((0.15, -0.95, -0.15), (0.05, 0.10, 1)),
    "clasp": ((0.15, -0.95, 0.2), (-0.75, -0.5, 0.6)),  # hands before the belly
    "fold": ((0.22, -0.9, 0.38), (-0.95, 0.15, 0.4)),
    "lap": ((0.2, -0.95, 0.25), (-0.25, -0.35, 0.9)),
    "table": ((0.25, -0.8, 0.5), (-0.25, 0.05, 1)),
    "tee": ((1, 0.02, 0.05), (1, 0.05, 0.1)),
    "side_low": ((0.7, -0.7, 0.1), (0.75, -0.6, 0.2)),
    "up": ((0.3, 1, 0.05), (-0.05, 1, 0.08)),
    "vee": ((0.7, 0.8, 0.05), (0.5, 1, 0.08)),
    "crown": ((0.65, 0.75, 0.05), (-0.55, 0.8, 0.1)),
    "fwd": ((0.05, 0, 1), (0.0, 0.02, 1)),
    "fwd_low": ((0.1, -0.7, 0.7), (0.05, -0.45, 0.9)),
    "fwd_high": ((0.1, 0.55, 0.85), (0.05, 0.7, 0.75)),
    "wave": ((0.65, -0.65, 0.3), (0.2, 1, 0.25)),  # hand beside the head, elbow low
    "wave_high": ((0.85, 0.2, 0.25), (0.15, 1, 0.15)),  # upper arm level
    "wave_low": ((0.25, -0.95, 0.05), (0.35, 0.55, 0.75)),  # elbow at the side
    "guard": ((0.18, -0.88, 0.35), (-0.28, 0.85, 0.5)),
    "chest_fists": ((0.35, -0.85, 0.1), (-0.3, 0.35, 0.85)),
    "wing_fists": ((0.68, -0.68, -0.05), (-0.35, 0.35, 0.85)),  # elbows out, fists ahead
    "hip_fists": ((0.3, -0.85, -0.55), (0.0, 0.02, 1)),
    "phone": ((0.4, -0.88, 0.25), (-0.35, 1, 0.1)),
    "mouth": ((0.25, -0.75, 0.5), (-0.55, 0.85, 0.15)),
    "head": ((0.65, 0.2, 0.45), (-0.75, 0.65, -0.1)),
    "point": ((0.35, -0.05, 0.9), (0.25, 0.05, 0.95)),
}
#: Arms at rest, the first ones more often.
RESTS: Final = ("down", "down", "down", "down", "hips", "pocket", "clasp", "back", "bent", "fold")
FRONT_RESTS: Final = tuple(name for name in RESTS if name != "back")


class Actor:
    """Builds a `Track` of ``n`` frames: stands at the origin facing +z until changed.

    ``plain`` asks for the clear, typical way of doing things. ``scale`` converts lengths of an
    adult to this body. Arrays are changed in place; `track` collects them.
    """

    def __init__(self, rng: np.random.Generator, n: int, body: Body, *, plain: bool) -> None:
        self.rng, self.n, self.body, self.plain = rng, n, body, plain
        self.scale = body.scale
        self.t = np.arange(n) / RATE_HZ
        self.pelvis = np.zeros((n, 3))
        self.pelvis[:, 1] = body.hip_height
        zeros = np.zeros((7, n))
        self.turn, self.lean, self.tilt, self.twist, self.hip_tilt, self.look, self.nod = zeros
        self.ankles = np.zeros((n, 2, 3))
        stance = 1.25 * body.hip_half if plain else body.hip_half * rng.uniform(0.7, 2.4)
        self.ankles[:, 0, 0], self.ankles[:, 1, 0] = stance, -stance
        self.ankles[:, :, 1] = body.ankle
        if not plain:
            self.ankles[:, :, 2] += rng.normal(0, 0.03, 2) * self.scale
        self.knees = np.tile(np.array([0.25, 0.0, 1.0]), (n, 2, 1))
        self.arms = np.zeros((n, 2, 2, 3))
        self.seated = False
        self.repetitions = np.zeros(n, bool)
        for side in BOTH:
            self.hold(side, self.pose("down"))
        self._sway()

    # Chance ----------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """True with ``probability`` in the rich style, never in the plain one."""
        return not self.plain and bool(self.rng.random() < probability)

    def between(self, low: float, high: float, typical: float | None = None) -> float:
        """A value of the range; in the plain style one near ``typical`` (or the middle)."""
        if not self.plain:
            return float(self.rng.uniform(low, high))
        middle = 0.5 * (low + high) if typical is None else typical
        return float(np.clip(middle + 0.08 * (high - low) * self.rng.normal(), low, high))

    def tempo(self, low: float, high: float, typical: float | None = None) -> float:
        """Like `between`, evenly over octaves."""
        middle = None if typical is None else float(np.log(typical))
        return float(np.exp(self.between(float(np.log(low)), float(np.log(high)), middle)))

    def pick(self, options: Sequence[str], weights: Sequence[float] | None = None) -> str:
        """One of the options; in the plain style the first."""
        if self.plain:
            return options[0]
        p = None if weights is None else np.asarray(weights) / np.sum(weights)
        return str(options[int(self.rng.choice(len(options), p=p))])

    def some_side(self) -> int:
        """Which hand; most people are right-handed."""
        return int(self.rng.random() < 0.65)

    # Signals ---------------------------------------------------------------------------------

    def noise(self, deviation: float, hz: float = 0.6) -> Array:
        return deviation * noise.smooth_noise(self.rng, self.n, RATE_HZ, hz)[:, 0]

    def noises(self, deviation: float, hz: float, *shape: int) -> Array:
        """Independent smooth noise (n, *shape)."""
        flat = noise.smooth_noise(self.rng, self.n, RATE_HZ, hz, int(np.prod(shape)))
        return deviation * flat.reshape(self.n, *shape)

    def beats(self, hz: float, irregular: float = 0.06) -> Array:
        return noise.beats(self.rng, self.n, RATE_HZ, hz, 0.02 if self.plain else irregular)

    def strength(self, low: float = 0.75) -> Array:
        """Slowly varying amplitude factor (n,), with a trend: warming up or tiring."""
        if self.plain:
            return np.ones(self.n) + self.noise(0.03, 0.5)
        trend = self.rng.normal(0, 0.12) * np.linspace(-1, 1, self.n)
        return np.clip(1 + trend + self.noise(0.08, 0.5), low, 1.25)

    # Arms ------------------------------------------------------------------------------------

    def pose(self, name: str, jitter: float = 0.12) -> Array:
        """An arm pose (2, 3), a little different every time."""
        jitter *= 0.35 if self.plain else 1
        return unit(np.array(POSES[name]) + self.rng.normal(0, jitter, (2, 3)))

    def rest(self) -> Array:
        return self.pose("down" if self.plain else str(self.rng.choice(RESTS)))

    def front_rest(self) -> Array:
        """A rest that an arm can leave for a gesture without passing through the trunk."""
        return self.pose("down" if self.plain else str(self.rng.choice(FRONT_RESTS)))

    def resting(self, side: int, *, ready: bool = False) -> None:
        """An arm at rest; ``ready`` to move from there to elsewhere."""
        if self.seated:
            pose = self.pose(self.pick(("lap", "table")))
        else:
            pose = self.front_rest() if ready else self.rest()
        self.hold(side, pose)

    def start_and_stop(self, sides: Sequence[int], probability: float) -> None:
        """In some clips the arms first come up from rest, or go back to rest at the end."""
        if self.chance(probability):
            length = self.rng.uniform(0.3, 0.8)
            self._fade_to_rest(sides, (self.t - self.rng.uniform(-0.3, 0.4)) / length)
        if self.chance(probability):
            length = self.rng.uniform(0.3, 0.8)
            self._fade_to_rest(sides, (self.t[-1] - self.t + self.rng.uniform(-0.4, 0.2)) / length)

    def _fade_to_rest(self, sides: Sequence[int], u: Array) -> None:
        rest = self.pose(self.pick(("lap", "table"))) if self.seated else self.front_rest()
        active = noise.minimum_jerk(u)
        self.repetitions &= active >= PREVAILS
        for side in sides:
            own = unit(rest + self.rng.normal(0, 0.05, (2, 3)))
            self.arms[:, side] = self.mix(own, unit(self.arms[:, side]), active)

    def hold(self, side: int, pose: Array, wobble: float = 0.03) -> None:
        """Keeps a pose, as still as a living arm is."""
        self.arms[:, side] = unit(pose) + self.noises(wobble, 0.5, 2, 3)

    def mix(self, a: Array, b: Array, w: Array) -> Array:
        """Between two poses (..., 2, 3) by w (n,) or, forearm apart from upper arm, (n, 2)."""
        w = w[:, None, None] if w.ndim == 1 else w[:, :, None]
        return mix_directions(a, b, w)

    def through(self, poses: Sequence[Array], w: Array) -> Array:
        """Along several poses: 0 is the first, 1 the last."""
        return unit(noise.spline(unit(np.array(poses)), w))

    def keyed_arm(
        self, side: int, times: Sequence[float], poses: Sequence[Array], lag: float = 0.05
    ) -> None:
        """Moves the arm from pose to pose; the forearm follows ``lag`` seconds later."""
        keys = unit(np.array(poses))
        for part, late in ((0, 0.0), (1, lag)):
            t = self.t - late
            i = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2)
            begin, end = np.asarray(times)[i], np.asarray(times)[i + 1]
            w = noise.minimum_jerk((t - begin) / np.maximum(end - begin, 1e-6))
            self.arms[:, side, part] = mix_directions(
                keys[i, part], keys[i + 1, part], w[:, None]
            ) + self.noises(0.02, 0.6, 3)

    def reach(self, side: int, wrist: Array, hint: ArrayLike = (0.8, -1.0, -0.4)) -> None:
        """Leads the wrist along chest-frame points (n, 3): metres from mid-shoulder, x outwards."""
        both = np.stack([wrist, wrist], axis=1)
        self.arms[:, side] = solve_arms(self.body, both, np.asarray(hint, float))[:, side]

    # Repetitions -----------------------------------------------------------------------------

    def mark_cycles(self, phase: Array, at: float) -> None:
        """One repetition for every cycle of ``phase`` (n,), where it passes ``at`` (0..1)."""
        self.repetitions[1:] |= np.diff(np.floor(phase - at)) > 0

    def mark_flights(self, air: Array) -> None:
        """One repetition for every flight, at its highest; ``air`` (n,) is 0 on the floor.

        What the clip's ends cut off counts where the highest moment is seen.
        """
        edges = np.flatnonzero(np.diff(np.concatenate([[False], air > 0, [False]])))
        for start, stop in edges.reshape(-1, 2):
            top = start + int(np.argmax(air[start:stop]))
            self.repetitions[top] |= 0 < top < self.n - 1

    # Whole body ------------------------------------------------------------------------------

    def shift(self, dx: Array | float = 0.0, dz: Array | float = 0.0) -> None:
        """Moves pelvis and feet together over the floor."""
        self.pelvis[:, 0] += dx
        self.pelvis[:, 2] += dz
        self.ankles[:, :, 0] += np.broadcast_to(dx, self.n)[:, None]
        self.ankles[:, :, 2] += np.broadcast_to(dz, self.n)[:, None]

    def face(self, angle: float) -> None:
        """Turns the whole performance about the vertical through the origin (radians, left)."""
        c, s = np.cos(angle), np.sin(angle)
        for points in (self.pelvis, self.ankles):
            x, z = points[..., 0].copy(), points[..., 2].copy()
            points[..., 0], points[..., 2] = c * x + s * z, -s * x + c * z
        self.turn += angle

    def seat_depth(self) -> float:
        """How far the mid-hip goes down to a chair."""
        adult_chair = 0.52  # hip joint of someone on a 45 cm chair
        seat = np.clip(adult_chair, 0.75, 1.25 * (self.body.shank + self.body.ankle))
        return float(self.body.hip_height - min(seat, 1.2 * (self.body.shank + self.body.ankle)))

    def sit(self) -> None:
        """On a chair, for the whole clip."""
        body, rng = self.body, self.rng
        self.seated = True
        knee = body.shank + body.ankle
        self.pelvis[:, 1] = knee * self.between(0.92, 1.15, 1.0)
        self.ankles[:, :, 0] *= 1.0 if self.plain else rng.uniform(0.6, 1.6)
        ahead = body.thigh * self.between(0.75, 1.15, 0.97)
        self.ankles[:, :, 2] += ahead * np.array([1.0, 1.0 if self.plain else rng.uniform(0.8, 1)])
        self.lean += self.between(-0.2, 0.25, 0.0)
        self.knees[..., 0] = self.between(0.05, 0.5)
        self.knees[..., 1] = 0.6
        for side in BOTH:
            self.resting(side)

    def maybe_sit(self, probability: float) -> bool:
        if self.chance(probability):
            self.sit()
        return self.seated

    def bounce(self, phase: Array, depth: float) -> None:
        """Goes with the rhythm in the knees (or, seated, in the trunk)."""
        down = depth * (0.5 - 0.5 * np.cos(2 * np.pi * phase))
        if self.seated:
            self.lean += down
        else:
            self.pelvis[:, 1] -= down * self.scale

    def _sway(self) -> None:
        calm = 0.5 if self.plain else self.rng.uniform(0.4, 1.6)
        drift = self.noises(1.0, 0.4, 8)
        self.pelvis[:, 0] += 0.012 * calm * drift[:, 0] * self.scale
        self.pelvis[:, 2] += 0.010 * calm * drift[:, 1] * self.scale
        self.tilt += 0.015 * calm * drift[:, 2]
        self.lean += 0.015 * calm * drift[:, 3] + (
            0.02 if self.plain else self.rng.normal(0.03, 0.05)
        )
        self.twist += 0.03 * calm * drift[:, 4]
        self.look += 0.10 * calm * drift[:, 5]
        self.nod += 0.06 * calm * drift[:, 6]
        if not self.plain:
            self.tilt += self.rng.normal(0, 0.02)
            self.nod += self.rng.normal(0.05, 0.12)
            self.look += self.rng.normal(0, 0.2)

    def track(self) -> Track:
        """The result; feet are on or above the floor and the hips no higher than legs reach."""
        body = self.body
        ankles = self.ankles.copy()
        ankles[..., 1] = np.maximum(ankles[..., 1], 0.6 * body.ankle)
        pelvis = self.pelvis.copy()
        pelvis[:, 1] = np.maximum(pelvis[:, 1], 0.09 * body.height)
        return Track(
            pelvis,
            self.turn,
            self.lean,
            self.tilt,
            self.twist,
            self.hip_tilt + 0.25 * self.tilt,
            self.look,
            self.nod,
            unit(self.arms),
            ankles,
            self.knees,
            self.repetitions,
        )
