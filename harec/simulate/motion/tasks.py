"""Work, sport and leisure on one's feet: things in the hands, swings, weights, music, dance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, LEFT, RIGHT, Actor
from harec.simulate.motion.exercise import dancing_with_arms
from harec.simulate.motion.noise import keyed, swing
from harec.simulate.motion.strokes import named_pose


def two_handed(a: Actor, path: Array, grip: float) -> None:
    """Both hands on one handle: chest-frame path (n, 3) in adult metres, x to the person's left."""
    raised = np.clip(path[:, 1] / 0.3 + 0.5, 0, 1)[:, None]  # elbows then point ahead
    hint = np.array([1.0, -0.8, -0.5]) * (1 - raised) + np.array([0.8, -0.3, 0.9]) * raised
    for side, sign in zip(BOTH, (1, -1), strict=True):
        wrist = path * np.array([sign, 1, 1]) + np.array([0.02, -0.5 * grip * sign, 0])
        a.reach(side, wrist * a.scale, hint[:, None])


def _keyed_swing(
    a: Actor, stations: Sequence[tuple[float, ...]], rest_s: tuple[float, float]
) -> None:
    """A two-handed swing through stations (seconds, x, y, z, twist, lean), from address to finish.

    Written for a right-handed person; half of the left-handed are mirrored.
    """
    sign = -1.0 if a.chance(0.15) else 1.0
    times, points, trunk = [-9.0], [np.array(stations[0][1:4])], [np.zeros(2)]
    t = a.between(-0.6, 0.8, 0.4)
    size, pace = a.between(0.8, 1.1, 1.0), a.between(0.8, 1.4, 1.0)
    while t < a.t[-1]:
        for seconds, *where in stations:
            t += seconds * pace * a.rng.uniform(0.8, 1.25)
            times.append(t)
            points.append(np.array(where[:3]) + a.rng.normal(0, 0.02, 3))
            trunk.append(np.array(where[3:]) * size)
        t += a.rng.uniform(*rest_s)
    mirror = np.array([sign, 1, 1])
    two_handed(a, keyed(a.t, times, points) * mirror + a.noises(0.008, 0.8, 3), 0.1)
    turn = keyed(a.t, times, trunk)
    a.twist += 0.7 * sign * turn[:, 0]
    a.turn += 0.3 * sign * turn[:, 0]
    a.look -= 0.8 * sign * turn[:, 0]
    a.lean += turn[:, 1]
    a.pelvis[:, 2] -= 0.2 * turn[:, 1] * a.scale
    a.pelvis[:, 1] -= a.between(0.01, 0.06) * a.body.height
    a.ankles[:, :, 0] *= a.between(1.2, 2.0)


def bat_swing(a: Actor) -> None:
    """SWINGING: golf, baseball, an axe; seen from anywhere."""
    kind = a.pick(("golf", "baseball", "axe"), (0.45, 0.35, 0.2))
    # seconds, hands x (left), y (up from the shoulders), z (ahead), twist, lean
    stations = {
        "golf": [
            (0.5, 0.0, -0.55, 0.35, 0.0, 0.5),
            (0.8, -0.45, 0.1, 0.15, -0.9, 0.45),
            (0.4, 0.0, -0.55, 0.38, 0.1, 0.5),
            (0.35, 0.45, 0.1, 0.15, 1.0, 0.1),
            (0.6, 0.4, 0.15, 0.05, 1.1, 0.0),
        ],
        "baseball": [
            (0.5, -0.25, 0.0, 0.2, -0.5, 0.1),
            (0.4, -0.32, 0.02, 0.1, -0.8, 0.1),
            (0.3, 0.05, -0.2, 0.5, 0.3, 0.15),
            (0.35, 0.4, 0.0, 0.2, 1.0, 0.1),
            (0.4, 0.35, 0.1, 0.1, 1.0, 0.0),
        ],
        "axe": [
            (0.5, 0.0, -0.4, 0.35, 0.0, 0.2),
            (0.6, -0.1, 0.4, 0.05, -0.2, -0.15),
            (0.25, -0.05, 0.25, 0.45, 0.0, 0.1),
            (0.3, 0.0, -0.4, 0.45, 0.1, 0.7),
            (0.3, 0.0, -0.45, 0.4, 0.1, 0.6),
        ],
    }[kind]
    _keyed_swing(a, stations, (0.2, 1.5))
    if not a.plain:
        a.face(a.rng.uniform(-np.pi, np.pi))


def sweeping(a: Actor) -> None:
    """SWEEPING: broom, mop, vacuum cleaner, rake, shovel; walking a little."""
    s = np.sin(2 * np.pi * a.beats(a.tempo(0.4, 1.2, 0.7)))
    sideways, forth = a.between(0.0, 0.22), a.between(0.05, 0.2)
    path = np.array([a.between(-0.15, 0.15, 0), a.between(-0.42, -0.25), a.between(0.3, 0.42)])
    path = path + np.stack([sideways * s, 0.03 * s, forth * s], 1) + a.noises(0.012, 0.6, 3)
    two_handed(a, path, a.between(0.25, 0.55))
    a.lean += a.between(0.15, 0.7) + 0.06 * s
    a.twist += a.between(0.0, 0.3) * s
    a.nod += 0.3
    if a.chance(0.5):
        a.shift(a.noise(0.12, 0.3), a.noise(0.12, 0.3))


def carrying(a: Actor) -> None:
    """CARRYING and LIFTING something with both hands, up to the belly, the chest or a shelf."""
    heights = [(-0.55, 0.3, 0.8), (-0.35, 0.32, 0.05), (a.between(-0.2, 0.35), 0.4, 0.0)]
    stay = a.chance(0.35)
    times = np.cumsum([a.between(-0.5, 0.6), *a.rng.uniform(0.7, 1.6, 3)])
    order = [1, 0, 1, 2] if a.chance(0.5) else [0, 1, 2, 1]
    values = np.array([heights[1 if stay else k] for k in order])
    course = keyed(a.t, times, values)
    width = a.between(0.1, 0.28, 0.18)
    for side in BOTH:
        wrist = np.stack([np.full(a.n, width), course[:, 0], course[:, 1]], 1)
        a.reach(side, (wrist + a.noises(0.01, 0.6, 3)) * a.scale, (0.9, -0.9, -0.3))
    bend = course[:, 2]
    legs = a.between(0.1, 0.45)
    a.lean += a.between(0.7, 1.2) * bend
    a.pelvis[:, 1] -= legs * a.body.leg * bend
    a.pelvis[:, 2] -= 0.2 * a.body.leg * bend


def at_the_mouth(a: Actor) -> None:
    """PHONE, DRINKING, EATING: a hand at the ear, or to the mouth and back."""
    a.maybe_sit(0.4)
    side = a.some_side()
    a.resting(1 - side)
    if a.chance(0.4):
        a.hold(side, a.pose("phone"), 0.04)
        a.nod += a.noise(0.06, 1.0)
        return
    w = swing(a.beats(a.tempo(0.15, 0.6, 0.3)), a.between(1.0, 2.0))
    low = a.pose("table" if a.seated else "bent")
    a.arms[:, side] = a.mix(low, a.pose("mouth"), w) + a.noises(0.02, 0.6, 2, 3)
    a.nod -= 0.2 * w * a.rng.choice([-1, 0, 1])


def dancing(a: Actor) -> None:
    """DANCING: hips and weight from side to side, arms low; or arms in poses, with steps."""
    if a.chance(0.55):
        dancing_with_arms(a)
        return
    phase = a.beats(a.tempo(0.4, 1.2, 0.8))
    s = np.sin(2 * np.pi * phase)
    a.pelvis[:, 0] += a.between(0.03, 0.1) * s * a.scale
    a.tilt += a.between(-0.12, 0.12) * s
    a.hip_tilt += a.between(0.0, 0.15) * s
    a.twist += a.between(0.0, 0.35) * np.sin(2 * np.pi * (phase + a.rng.uniform()))
    a.bounce(2 * phase, a.between(0.01, 0.05))
    base, top = a.pose(a.pick(("bent", "down", "side_low"))), a.pose(a.pick(("bent", "clasp")))
    for side in BOTH:
        w = swing(phase + 0.5 * side + a.rng.normal(0, 0.05)) * a.between(0.2, 0.8)
        a.arms[:, side] = a.mix(base, top, w) + a.noises(0.05, 0.8, 2, 3)
        lift = np.maximum(np.sin(2 * np.pi * phase + np.pi * side), 0) * a.between(0, 0.06)
        a.ankles[:, side, 1] += lift * a.scale


def weights(a: Actor) -> None:
    """WEIGHTS: deadlift, clean and overhead press, arms together on a bar."""
    kind = a.pick(("clean", "press", "deadlift"), (0.45, 0.3, 0.25))
    a.ankles[:, :, 0] *= a.between(1.2, 1.9)
    floor, hang = named_pose(a, "floor", 0.05), named_pose(a, "down", 0.05)
    rack, top = named_pose(a, "press", 0.08), named_pose(a, "up", 0.06)
    course: dict[str, tuple[list[Array], list[float], list[float]]] = {
        "clean": ([floor, hang, rack, rack, top, top, hang], [1, 0.1, 0.35, 0, 0.15, 0, 0],
                  [1.0, 0.6, 0.4, 0.8, 0.5, 1.0, 0.7]),
        "press": ([rack, rack, top, top, rack, top, rack], [0, 0.1, 0, 0, 0.05, 0, 0],
                  [0.5, 0.3, 0.6, 0.5, 0.7, 0.7, 0.7]),
        "deadlift": ([hang, floor, hang, hang, floor, hang, hang], [0, 1, 0, 0, 1, 0, 0],
                     [0.5, 1.0, 1.0, 0.6, 1.0, 1.0, 0.6]),
    }  # fmt: skip
    poses, bend, seconds = course[kind]
    pace = a.rng.uniform(0.7, 1.3)
    times = np.cumsum([s * pace * a.rng.uniform(0.8, 1.2) for s in seconds])
    times -= a.between(0.0, float(times[3]), 0.2)
    for side in BOTH:
        own = [unit(p + a.rng.normal(0, 0.02, (2, 3))) for p in poses]
        a.keyed_arm(side, list(times), own, 0.02)
    w = keyed(a.t, times, bend)
    a.lean += a.between(0.6, 1.1) * w
    a.pelvis[:, 1] -= a.between(0.2, 0.5) * a.body.leg * w
    a.pelvis[:, 2] -= 0.15 * a.body.leg * w


def pull_ups(a: Actor) -> None:
    """PULL_UPS: hanging from a bar, chin up to it and down again."""
    w = swing(a.beats(a.tempo(0.2, 0.7, 0.4)), a.between(0.8, 1.6))
    hang = a.body.hip_height + a.between(0.05, 0.3) * a.scale
    pull = a.between(0.5, 0.95, 0.8) * a.body.arm
    a.pelvis[:, 1] = hang + pull * w
    legs = a.between(0.75, 0.98) * a.body.leg
    swing_back = a.between(0.0, 0.3) * a.body.leg
    a.ankles[:, :, 1] = (hang + pull * w - legs)[:, None]
    a.ankles[:, :, 2] = -swing_back + a.noise(0.03, 0.6)[:, None]
    a.ankles[:, :, 0] *= 0.5
    grip = a.between(0.02, 0.2) * a.scale
    for side in BOTH:
        wrist = np.stack(
            [np.full(a.n, a.body.shoulder_half + grip), a.body.arm * 0.99 - pull * w,
             np.full(a.n, 0.05)], 1)  # fmt: skip
        a.reach(side, wrist, (1.0, -0.4, 0.2))


def music(a: Actor) -> None:
    """MUSIC: guitar, violin, piano: one hand holds, the other one strums, bows or plays."""
    kind = a.pick(("guitar", "violin", "piano"), (0.5, 0.3, 0.2))
    a.maybe_sit(0.4)
    if kind == "piano":
        for side in BOTH:
            a.hold(side, a.pose("table", 0.1), 0.04)
            a.arms[:, side] += a.noises(0.08, 1.6, 2, 3)
        return
    s = np.sin(2 * np.pi * a.beats(a.tempo(0.8, 4.0) if kind == "guitar" else a.tempo(0.3, 2)))
    if kind == "guitar":
        neck = np.array([0.42, -0.12, 0.3]) + a.noises(0.02, 0.5, 3)
        strum = np.array([-0.02, -0.38, 0.22]) + np.stack([0.01 * s, 0.07 * s, 0 * s], 1)
    else:
        neck = np.array([0.28, 0.08, 0.38]) + a.noises(0.01, 0.5, 3)
        strum = np.array([0.1, -0.02, 0.35]) + np.stack([-0.14 * s, -0.1 * s, 0.06 * s], 1)
        a.look += 0.4
        a.tilt += 0.1
    strum = strum * np.array([-1, 1, 1]) * a.between(0.9, 1.1)
    left_handed = a.chance(0.1)
    hold, play = (RIGHT, LEFT) if left_handed else (LEFT, RIGHT)
    a.reach(hold, neck * a.scale)
    a.reach(play, (strum + a.noises(0.012, 0.6, 3)) * a.scale)
    if a.chance(0.4):
        a.pelvis[:, 0] += a.noise(0.03, 0.8)
