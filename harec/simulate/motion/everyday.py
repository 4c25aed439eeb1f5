"""What people do all day: standing, walking, running, sitting, bending, stepping, stretching."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.kinematics import Array, unit
from harec.simulate.motion.actor import BOTH, FRONT_RESTS, LEFT, RATE_HZ, RIGHT, Actor
from harec.simulate.motion.noise import (
    keyed,
    minimum_jerk,
    smoothstep,
    swing,
)


def standing(a: Actor) -> None:
    """STANDING: weight shifts, looking around, arms at rest; the hands may change place once."""
    a.pelvis[:, 0] += a.noise(a.between(0.005, 0.035), 0.3) * a.scale
    a.look += a.noise(a.between(0.05, 0.6, 0.1), 0.5)
    if a.chance(0.35):  # weight on one leg
        side = a.rng.choice([-1, 1])
        a.pelvis[:, 0] += side * a.rng.uniform(0.02, 0.06) * a.scale
        a.hip_tilt -= side * a.rng.uniform(0.0, 0.12)
        a.tilt -= side * a.rng.uniform(0.0, 0.06)
    pose = a.rest()
    for side in BOTH:
        own = unit(pose + a.rng.normal(0, 0.06, (2, 3))) if not a.chance(0.3) else a.rest()
        a.hold(side, own)
        if a.chance(0.25):  # the hands find another place; behind the back only to stay there
            begin, new = a.rng.uniform(0, max(a.t[-1], 0.1)), a.pose(str(a.rng.choice(FRONT_RESTS)))
            middle = begin + a.rng.uniform(0.3, 0.6)
            a.keyed_arm(
                side, [begin, middle, middle + a.rng.uniform(0.3, 0.8)], [own, a.pose("down"), new]
            )
    if a.chance(0.15):
        a.turn += keyed(a.t, [0.5, 0.5 + a.rng.uniform(0.6, 1.5)], [0, a.rng.normal(0, 0.6)])


def gait(
    a: Actor,
    hz: float,
    stride: float,
    lift: float | None = None,
    bounce: float | None = None,
    *,
    speed: float = 0.0,
) -> Array:
    """Legs of walking or running; travels by ``speed`` (0 is a treadmill). Returns the phase."""
    lift = a.between(0.05, 0.13) * a.scale if lift is None else lift
    bounce = 0.015 * a.scale if bounce is None else bounce
    phase = a.beats(hz, 0.03)
    a.ankles[:, :, 0] *= 0.7
    for side in BOTH:
        q = (phase + 0.5 * side) % 1
        stance = np.clip(q / 0.6, 0, 1)
        flying = np.clip((q - 0.6) / 0.4, 0, 1)
        forth = np.where(q < 0.6, 0.5 - stance, -0.5 + smoothstep(flying)) * stride
        a.ankles[:, side, 2] += forth
        a.ankles[:, side, 1] += lift * np.sin(np.pi * flying) ** 1.5 * (1 - 0.35 * flying)
    a.pelvis[:, 1] += bounce * np.cos(4 * np.pi * (phase - 0.3)) - 0.6 * bounce - 0.06 * stride
    a.pelvis[:, 0] += 0.015 * np.cos(2 * np.pi * (phase - 0.3)) * a.scale
    a.hip_tilt += 0.05 * np.sin(2 * np.pi * phase)
    a.twist += a.between(0.03, 0.2, 0.08) * np.cos(2 * np.pi * phase)
    if speed:
        a.shift(0.0, speed * stride * hz / 0.6 * (a.t - a.t[a.n // 2]))
    return phase


def swing_in_step(a: Actor, phase: Array, pose: str, size: float) -> None:
    """Arms swing against the legs."""
    elbow = 0.35 if pose == "down" else 0.6
    for side in BOTH:
        base = a.pose(pose, 0.08)
        s = np.cos(2 * np.pi * (phase + 0.5 * side + 0.5))
        late = np.cos(2 * np.pi * (phase + 0.5 * side + 0.5 - 0.05))
        move = np.zeros((a.n, 2, 3))
        move[:, 0, 2] = size * s
        move[:, 1, 2] = size * (late + elbow)
        move[:, 1, 1] = 0.5 * size * np.maximum(late, 0)
        a.arms[:, side] = base + move + a.noises(0.02, 0.6, 2, 3)


def walking(a: Actor) -> None:
    """WALKING in any direction, on a curve, on the spot, with hands busy."""
    hz = a.tempo(0.65, 1.15, 0.9)
    stride = a.between(0.35, 0.75, 0.6) * a.body.leg
    phase = gait(a, hz, stride, speed=0 if a.plain or a.chance(0.35) else 1)
    if a.chance(0.2):
        for side in BOTH:
            a.hold(side, a.pose(a.pick(("pocket", "fold", "back", "clasp", "bent"))), 0.05)
    else:
        swing_in_step(a, phase, "down", a.between(0.05, 0.45, 0.3))
        if a.chance(0.2):
            a.hold(a.some_side(), a.pose(a.pick(("bent", "phone", "pocket"))), 0.05)
    if not a.plain:
        a.face(a.rng.uniform(-np.pi, np.pi))


def running(a: Actor) -> None:
    """RUNNING and jogging, in any direction or on the spot."""
    hz = a.tempo(1.05, 1.9, 1.4)
    stride = a.between(0.15, 0.95, 0.5) * a.body.leg
    lift = a.between(0.12, 0.42, 0.25) * a.scale
    travel = not a.plain and not a.chance(0.5)
    phase = gait(a, hz, stride, lift, a.between(0.02, 0.05) * a.scale, speed=travel)
    if a.chance(0.12):
        for side in BOTH:
            a.hold(side, a.pose(a.pick(("bent", "guard", "hips", "clasp", "down"))), 0.07)
    else:
        pose = a.pick(("bent", "guard", "down"), (0.8, 0.12, 0.08))
        swing_in_step(a, phase, pose, a.between(0.1, 0.8, 0.5))
    a.lean += a.between(0.0, 0.3, 0.1)
    if not a.plain:
        a.face(a.rng.uniform(-np.pi, np.pi))


def high_knees(a: Actor) -> None:
    """HIGH_KNEES: marching, climbing stairs, skipping knees up."""
    hz = a.tempo(0.5, 1.7, 1.0)
    phase = gait(a, hz, 0.12 * a.body.leg, 0.0, a.between(0.0, 0.03) * a.scale)
    height = a.between(0.3, 0.62, 0.5) * a.body.leg
    for side in BOTH:
        up = np.maximum(np.sin(2 * np.pi * (phase + 0.5 * side)), 0) ** 0.9
        a.ankles[:, side, 1] += height * up
        a.ankles[:, side, 2] += 0.25 * height * up
    swing_in_step(a, phase, a.pick(("bent", "down", "hips", "guard")), a.between(0.05, 0.6, 0.4))


def squat(a: Actor) -> None:
    """SQUAT: repeated knee bends, arms ahead, crossed, at a bar or hanging."""
    phase = a.beats(a.tempo(0.2, 1.1, 0.45))
    if a.chance(0.35):  # just one
        phase = np.clip((a.t - a.between(0.0, 1.2)) * a.tempo(0.4, 1.0), 0, 1)
    w = swing(phase, a.between(0.8, 1.8, 1.0)) * a.strength()
    depth = a.between(0.2, 0.62, 0.45) * a.body.leg
    a.ankles[:, :, 0] *= a.between(1.0, 1.8, 1.4)
    a.pelvis[:, 1] -= depth * w
    a.pelvis[:, 2] -= 0.35 * depth * w
    a.lean += a.between(0.3, 0.9, 0.5) * w * depth / (0.5 * a.body.leg)
    a.nod -= 0.3 * w
    a.knees[..., 0] += a.between(0.1, 0.6)
    up = a.front_rest()
    down = a.pose(a.pick(("fwd", "fold", "clasp", "down", "guard", "fwd_low", "hips")))
    if a.chance(0.45):
        held = ("fold", "guard", "bent", "hips", "fwd", "head", "tee", "vee", "up", "clasp")
        up = down = a.pose(a.pick(held))
    for side in BOTH:
        own = unit(np.stack([up, down]) + a.rng.normal(0, 0.04, (2, 2, 3)))
        a.arms[:, side] = a.mix(own[0], own[1], w) + a.noises(0.02, 0.5, 2, 3)


def lunges(a: Actor) -> None:
    """LUNGES: a long step ahead or aside, down, and back."""
    hz = a.tempo(0.2, 0.6, 0.4)
    phase = a.beats(hz)
    aside = a.chance(0.3)
    length = a.between(0.5, 0.9, 0.75) * a.body.leg
    for side in BOTH:
        mine = np.floor(phase).astype(int) % 2 == side
        u = np.where(mine, phase % 1, 0)
        out = keyed(u, [0.05, 0.35, 0.65, 0.95], [0, 1, 1, 0])
        axis = 0 if aside else 2
        a.ankles[:, side, axis] += length * out * ((1, -1)[side] if aside else 1)
        a.ankles[:, side, 1] += 0.1 * a.scale * 4 * out * (1 - out)
        down = keyed(u, [0.2, 0.45, 0.55, 0.8], [0, 1, 1, 0])
        a.pelvis[:, 1] -= 0.35 * a.body.leg * down
        a.pelvis[:, axis] += 0.5 * length * out * ((1, -1)[side] if aside else 1)
        a.hold(side, a.pose(a.pick(("hips", "down", "bent", "fwd"))), 0.04)
    a.lean += a.between(0.0, 0.25) * swing(phase)


def sitting(a: Actor) -> None:
    """SITTING: still, typing, writing, turning pages, looking around."""
    a.sit()
    kind = a.pick(("rest", "type", "write", "read"), (0.4, 0.25, 0.2, 0.15))
    a.look += a.noise(a.between(0.05, 0.5, 0.1), 0.4)
    if kind == "rest":
        return
    for side in BOTH:
        base = a.pose("table", 0.1)
        size, hz = {"type": (0.04, 3.0), "write": (0.06, 2.5), "read": (0.03, 0.5)}[kind]
        if kind == "write" and side == LEFT:
            size = 0.02
        a.hold(side, base, size)
        a.arms[:, side, 1] += a.noises(size, hz, 3)
    a.nod += a.rng.uniform(0.1, 0.5)
    a.lean += a.rng.uniform(0.0, 0.3)


def sitting_down(a: Actor) -> None:
    """SITTING_DOWN and standing up again, once or over and over."""
    depth = a.seat_depth()
    begin, go = a.between(0.2, 1.5, 0.6), a.between(0.5, 1.6, 1.1)
    stay, back = a.between(0.1, 2.0, 0.8), a.between(0.5, 1.6, 1.1)
    times = np.cumsum([begin, go, stay, back])
    values = np.array([0.0, 1.0, 1.0, 0.0])
    if a.chance(0.5):
        values = 1 - values
    w = keyed(a.t, times, values)
    moving = 4 * w * (1 - w)
    a.pelvis[:, 1] -= depth * w
    a.pelvis[:, 2] -= 0.85 * a.body.thigh * w
    a.lean += a.between(0.3, 0.8) * moving
    rest, lap = a.front_rest(), a.pose(a.pick(("lap", "table", "fold")))
    on_the_way = a.pose(a.pick(("fwd_low", "lap", "side_low", "down")))
    for side in BOTH:
        a.arms[:, side] = a.through([rest, on_the_way, lap], w) + a.noises(0.03, 0.5, 2, 3)


def bending(a: Actor) -> None:
    """BENDING down and picking something up, with stiff or bent legs."""
    hz = a.tempo(0.15, 0.55, 0.35)
    w = swing(a.beats(hz), a.between(0.8, 1.8))
    legs = a.between(0.0, 0.4, 0.15) * a.body.leg
    a.lean += a.between(0.7, 1.7, 1.2) * w
    a.pelvis[:, 2] -= 0.18 * a.scale * w
    a.pelvis[:, 1] -= legs * w
    a.twist += a.between(-0.4, 0.4, 0) * w
    only = a.some_side() if a.chance(0.5) else None
    rest = a.front_rest()
    for side in BOTH:
        target = (
            a.pose(a.pick(("fwd_low", "fwd", "down"))) if only in (None, side) else a.front_rest()
        )
        a.arms[:, side] = a.mix(rest, target, w) + a.noises(0.03, 0.5, 2, 3)


def side_step(a: Actor) -> None:
    """SIDE_STEP: to one side and back, feet in turn."""
    hz = a.tempo(0.3, 0.8, 0.5)
    reach = a.between(0.2, 0.6, 0.4) * a.scale
    cycle = (a.t * hz + a.rng.uniform()) % 1
    lead = keyed(cycle, [0.0, 0.2, 0.5, 0.7], [0, 1, 1, 0])
    trail = keyed(cycle, [0.22, 0.42, 0.72, 0.95], [0, 1, 1, 0])
    first = cycle < 0.5
    left = np.where(first, lead, trail)
    right = np.where(first, trail, keyed(cycle, [0.5, 0.7], [1, 0]))
    left = np.where(first, left, keyed(cycle, [0.72, 0.95], [1, 0]))
    for side, w in ((LEFT, left), (RIGHT, right)):
        a.ankles[:, side, 0] += reach * w
        speed = np.abs(np.gradient(w)) * RATE_HZ
        a.ankles[:, side, 1] += 0.025 * a.scale * np.minimum(speed, 3)
    a.pelvis[:, 0] += reach * 0.5 * (left + right)
    pose = a.rest()
    for side in BOTH:
        a.hold(side, unit(pose + a.rng.normal(0, 0.05, (2, 3))), 0.06)
    a.shift(-0.5 * reach)


def turning(a: Actor) -> None:
    """TURNING round on the spot with small steps."""
    angle = a.between(0.8, 2 * np.pi, np.pi) * float(a.rng.choice([-1, 1]))
    begin, length = a.between(0.0, 1.0, 0.4), a.between(1.0, 3.0, 2.0)
    heading = angle * minimum_jerk((a.t - begin) / length)
    steps = max(2, int(abs(angle) / 0.6))
    for side in BOTH:
        u = np.clip((a.t - begin) / length, 0, 1) * steps + 0.5 * side
        stepped = (np.floor(u) + smoothstep((u % 1 - 0.4) / 0.5) - 0.5 * side) / steps
        own = angle * np.clip(stepped, 0, 1)
        x, z = a.ankles[:, side, 0].copy(), a.ankles[:, side, 2].copy()
        a.ankles[:, side, 0] = np.cos(own) * x + np.sin(own) * z
        a.ankles[:, side, 2] = -np.sin(own) * x + np.cos(own) * z
        a.ankles[:, side, 1] += 0.02 * a.scale * np.minimum(np.abs(np.gradient(own)) * RATE_HZ, 4)
    a.turn += heading
    rest = a.rest()
    for side in BOTH:
        a.hold(side, unit(rest + a.rng.normal(0, 0.05, (2, 3))), 0.06)


def twisting(a: Actor) -> None:
    """TWISTING the trunk to and fro, arms out, bent or on the hips: warming up."""
    phase = a.beats(a.tempo(0.3, 1.3, 0.6))
    s = np.sin(2 * np.pi * phase)
    a.twist += a.between(0.3, 0.95, 0.6) * s
    a.turn += a.between(0.0, 0.3) * s
    a.look -= a.between(0.0, 0.4) * s
    a.pelvis[:, 0] += a.between(0.0, 0.04) * s * a.scale
    pose = a.pose(a.pick(("tee", "hips", "chest_fists", "fold", "down", "guard", "fwd", "head")))
    for side, sign in ((LEFT, 1), (RIGHT, -1)):
        a.hold(side, unit(pose + a.rng.normal(0, 0.06, (2, 3))), 0.05)
        late = np.sin(2 * np.pi * (phase - 0.1))  # arms swing after the trunk
        a.arms[:, side, 1, 2] -= a.between(0.0, 0.5) * sign * late


def kicking(a: Actor) -> None:
    """KICKING: ahead, aside, a ball, in fighting stance."""
    side = int(a.rng.integers(2))
    w = np.clip(np.sin(2 * np.pi * a.beats(a.tempo(0.25, 1.3, 0.5))), 0, 1) ** 0.8
    height = a.between(0.15, 0.75, 0.45) * a.body.leg
    sign = (1, -1)[side]
    aside = a.between(0.0, 0.7, 0.1)
    a.ankles[:, side, 1] += height * w
    a.ankles[:, side, 2] += (1 - aside) * 0.75 * a.body.leg * w
    a.ankles[:, side, 0] += sign * aside * 0.75 * a.body.leg * w
    a.lean -= 0.3 * w
    a.tilt -= sign * aside * 0.4 * w
    a.pelvis[:, 0] -= sign * 0.06 * a.scale
    pose = a.pose(a.pick(("down", "guard", "bent", "side_low")))
    for arm in BOTH:
        a.hold(arm, unit(pose + a.rng.normal(0, 0.08, (2, 3))))
        a.arms[:, arm, :, 0] += 0.25 * w[:, None]
    if a.chance(0.5):
        a.face(a.rng.uniform(-np.pi, np.pi))


def stretching(a: Actor) -> None:
    """STRETCHING: arms up, to one side, across, circling the trunk; slow and held."""
    begin, go = a.between(0.0, 1.0, 0.4), a.between(0.6, 1.6, 1.0)
    stay = a.between(0.8, 2.5, 1.2)
    w = keyed(a.t, np.cumsum([begin, go, stay, go]), [0, 1, 1, 0])
    if a.chance(0.4):
        w = np.ones(a.n) + a.noise(0.04, 0.3)
    pose = a.pose(a.pick(("up", "crown", "vee", "tee", "fwd", "head", "fwd_high", "back")))
    rest = a.front_rest()
    only = a.some_side() if a.chance(0.3) else None
    for side in BOTH:
        target = unit(pose + a.rng.normal(0, 0.05, (2, 3))) if only in (None, side) else rest
        a.arms[:, side] = a.mix(rest, target, np.clip(w, 0, 1)) + a.noises(0.02, 0.4, 2, 3)
    a.tilt += a.between(-0.5, 0.5, 0) * w
    a.twist += a.between(-0.6, 0.6, 0) * w
    a.lean += a.between(-0.25, 0.3, -0.05) * w
