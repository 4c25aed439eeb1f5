"""What people do at a webcam, seated: hands near the picture's middle that mean none of the six."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from harec.simulate.body.kinematics import Array
from harec.simulate.motion.actor import BOTH, Actor
from harec.simulate.motion.desk import RESTS, Stop, at_desk, idle, lead, shake, spot, visits
from harec.simulate.motion.noise import keyed, minimum_jerk


def desk_work(a: Actor) -> None:
    """SEATED_DESK: typing, mouse, writing, reading, hands that rest."""
    at_desk(a)
    kind = a.pick(("type", "mouse", "write", "rest", "joined", "reach"), (4, 3, 2, 2, 2, 2))
    side = a.some_side()
    if kind in ("rest", "joined"):
        at = spot(a, "joined" if kind == "joined" else "edge")
        drift = a.noises(a.between(0.003, 0.02), 0.5, 3)
        for each, sign in zip(BOTH, (1, -1), strict=True):
            lead(a, each, at + drift * np.array([sign, 1, 1]) + a.noises(0.004, 1.0, 3))
        return
    for each in BOTH:
        mine = each == side
        if kind == "type" or (kind == "mouse" and not mine):
            at = spot(a, "keys")
            size, hz = (a.between(0.004, 0.02), a.between(1.5, 4.0))
        elif kind == "write" and not mine:
            idle(a, each)
            continue
        else:
            at = spot(a, "mouse" if kind != "write" else "keys")
            size, hz = (a.between(0.006, 0.05), a.between(0.6, 2.5))
        if kind == "reach" and mine:
            path, _ = visits(a, [("aside", (0.2, 1.2))], home="keys")
            lead(a, each, path)
            continue
        lead(a, each, at + a.noises(size, hz, 3) * np.array([1.0, 0.4, 1.0]))
    a.nod += a.between(0.0, 0.35)


_FACE: Final = ("chin", "mouth", "cheek", "eye", "brow", "ear", "hair", "nape", "neck")


def hands_at_face(a: Actor) -> None:
    """SEATED_HANDS_AT_FACE: chin, cheeks, eyes, glasses, hair, neck; one hand or both."""
    at_desk(a)
    side = a.some_side()
    both = a.chance(0.35)
    places = [a.pick(_FACE) for _ in range(1 if a.plain else int(a.rng.integers(1, 3)))]
    stops: list[Stop] = [(place, (0.2, a.between(0.5, 4.0, 1.5))) for place in places]
    path, w = visits(a, stops)
    busy = a.chance(0.6)
    if busy:
        wiping = a.chance(0.3)
        path = path + shake(a, w, (0.02, 0.08) if wiping else (0.006, 0.035), (0.8, 5.0))
    lead(a, side, path)
    if both:
        other = path + 0.0 if a.chance(0.7) else visits(a, stops)[0]
        lead(a, 1 - side, other + a.noises(0.012, 0.8, 3))
    else:
        idle(a, 1 - side)
    a.nod += a.between(-0.1, 0.4) * w
    a.tilt += a.between(-0.12, 0.12) * w
    a.lean += a.between(-0.1, 0.15) * w


def on_the_phone(a: Actor) -> None:
    """SEATED_PHONE: at the ear, or held ahead and typed on, with one hand or both."""
    at_desk(a)
    side = a.some_side()
    if a.chance(0.5):
        path, w = visits(a, [("ear", (2.0, 9.0))], begin=(-6.0, 1.5))
        lead(a, side, path)
        a.tilt += a.between(-0.1, 0.15) * w * (1 if side else -1)
        if a.chance(0.4):
            lead(a, 1 - side, _speech(a, a.between(0.3, 1.0)))
            return
        idle(a, 1 - side)
        return
    path, w = visits(a, [("phone_ahead", (2.0, 9.0))], begin=(-6.0, 1.0))
    lead(a, side, path + shake(a, w, (0.002, 0.01), (1.5, 4.0)))
    if a.chance(0.5):
        finger = path * np.array([-1, 1, 1]) + np.array([0.06, -0.02, 0.0])
        lead(a, 1 - side, finger + shake(a, w, (0.01, 0.06), (0.5, 3.0)))
    else:
        idle(a, 1 - side)
    a.nod += a.between(0.1, 0.5) * w


def at_the_cup(a: Actor) -> None:
    """SEATED_DRINKING: a cup, a bottle or food to the mouth and back."""
    at_desk(a)
    side = a.some_side()
    eats = a.chance(0.45)
    if eats:
        quick = a.chance(0.4)
        path, w = visits(
            a,
            [("mouth", (0.02, 0.2) if quick else (0.1, 0.8))],
            home=a.pick(("plate", "chest")) if quick else "plate",
            rest_s=(0.05, 0.6) if quick else (0.2, 2.0),
            way_s=(0.2, 0.5) if quick else (0.4, 1.0),
        )
        path = path + shake(a, 1 - w, (0.01, 0.04), (0.8, 2.0))
    else:
        path, w = visits(a, [("cup", (0.1, 0.4)), ("mouth", (0.5, 2.5)), ("cup", (0.1, 0.5))])
    lead(a, side, path)
    if a.chance(0.2):
        lead(a, 1 - side, path + a.noises(0.01, 0.6, 3))  # both hands on the cup
    else:
        idle(a, 1 - side, "plate" if eats else None)
    a.nod -= a.between(-0.15, 0.3) * w


def _speech(a: Actor, size: float) -> Array:
    """Wrist points (n, 3) of a hand that speaks along: strokes, beats and holds, never even."""
    rng = a.rng
    home = spot(a, a.pick(("chest", "edge", "joined"), (3, 3, 1)))
    spread = np.array([0.10, 0.11, 0.07]) * size
    lean_out = np.array([a.between(0.0, 0.1), a.between(-0.02, 0.1), 0.02])
    times, points = [-9.0], [home]
    t = -rng.uniform(0.0, 2.0)
    while t < a.t[-1]:
        if rng.random() < 0.25:  # a pause: the hand sinks home or stays where it is
            t += rng.uniform(0.3, 2.0)
            times.append(t)
            points.append(home + rng.normal(0, 0.01, 3) if rng.random() < 0.6 else points[-1])
            continue
        middle = home + lean_out + rng.normal(0, 1, 3) * spread
        way = rng.normal(0, 1, 3) * np.array([0.8, 1.0, 0.6])
        way *= size * rng.gamma(2.0, 0.035) / max(float(np.linalg.norm(way)), 1e-6)
        beat = rng.uniform(0.12, 0.4)
        for k in range(int(rng.choice([1, 2, 3, 4, 6], p=[0.3, 0.3, 0.2, 0.12, 0.08]))):
            t += beat * rng.uniform(0.7, 1.5)
            times.append(t)
            points.append(middle + (1 if k % 2 else -1) * way + rng.normal(0, 0.012, 3))
    path = keyed(a.t, times, points)
    path[:, 1] = np.minimum(path[:, 1], 0.3)
    return np.asarray(path)


def talking(a: Actor) -> None:
    """SEATED_TALKING: one or both hands underline what is said, from calm to lively."""
    at_desk(a)
    size = a.tempo(0.3, 2.2, 1.0)
    kind = a.pick(("both", "mirrored", "one"), (0.35, 0.35, 0.3))
    side = a.some_side()
    path = _speech(a, size)
    lead(a, side, path)
    if kind == "one":
        idle(a, 1 - side)
    elif kind == "both":
        lead(a, 1 - side, _speech(a, size * a.between(0.5, 1.2)))
    else:  # alike, but neither quite nor always
        alike = np.clip(a.noise(0.5, 0.4) + 0.7, 0, 1)[:, None]
        path = alike * path + (1 - alike) * _speech(a, size)
        path[:, 0] = np.maximum(path[:, 0], -0.02)
        lead(a, 1 - side, path + a.noises(0.02, 0.8, 3))
    a.nod += a.noise(0.09, 1.2)
    a.look += a.noise(0.15, 0.6)
    a.lean += a.noise(0.04, 0.5)
    a.tilt += a.noise(0.04, 0.6)


def hand_up(a: Actor) -> None:
    """SEATED_HAND_UP: asking to speak, stop, salute, thumbs up, peace, OK: up and still.

    A thumb or a palm may be pushed forward once for stress.
    """
    at_desk(a)
    side = a.some_side()
    where = a.pick(("beside_head", "high", "chest", "salute", "before_face"), (4, 2, 2, 1, 1.5))
    stops: list[Stop] = [(where, (0.5, a.between(1.0, 6.0, 3.0)))]
    path, w = visits(a, stops, begin=(-4.0, 1.2), rest_s=(0.6, 3.0))
    if a.chance(0.25):  # pushed forward once
        at = a.between(0.3, 2.5)
        path[:, 2] += a.between(0.03, 0.12) * np.exp(-(((a.t - at) / a.between(0.1, 0.3)) ** 2)) * w
    wobble = a.between(0.002, 0.014)
    lead(a, side, path, wobble)
    if a.chance(0.3):
        lead(a, 1 - side, path + a.noises(0.015, 0.4, 3), wobble)
    else:
        idle(a, 1 - side)
    a.tilt += a.between(-0.08, 0.1) * w * (1 if side else -1)


def once_to_and_fro(a: Actor) -> None:
    """SEATED_ONE_SWAY: the hand comes up, goes to one side (and back) once and sinks: no wave."""
    at_desk(a)
    side = a.some_side()
    where = spot(a, a.pick(("beside_head", "before_face", "chest")))
    sway = a.between(0.05, 0.22) * a.rng.choice([-1.0, 1.0])
    side_on = where + np.array([sway, a.between(-0.05, 0.05), a.between(-0.04, 0.04)])
    home = spot(a, a.pick(RESTS))
    back = a.chance(0.5)
    begin = a.between(-0.8, 1.2, 0.3)
    steps = a.rng.uniform(0.3, 0.8, 4) * np.array([1, 0.7, 0.7, 1])
    stay = a.rng.uniform(0.0, 1.2, 3)
    points = [home, where, where, side_on, side_on, where if back else side_on]
    times = begin + np.cumsum([0, steps[0], stay[0], steps[1], stay[1], steps[2]])
    times = np.append(times, [times[-1] + stay[2] + 0.05, times[-1] + stay[2] + 0.05 + steps[3]])
    path = keyed(a.t, times, [*points, points[-1], home])
    lead(a, side, path)
    idle(a, 1 - side)


def signing(a: Actor) -> None:
    """SEATED_SIGNING: signs of one hand or both that move into place, stay, and change."""
    at_desk(a)
    side = a.some_side()
    places = ("chest", "before_face", "beside_head", "chin", "brow", "cheek", "shoulder", "joined")
    stops: list[Stop] = [
        (a.pick(places), (0.1, a.between(0.3, 2.0, 0.8)))
        for _ in range(2 if a.plain else int(a.rng.integers(1, 5)))
    ]
    path, w = visits(a, stops, begin=(-2.5, 0.8), rest_s=(0.2, 1.5))
    if a.chance(0.3):
        path = path + shake(a, w, (0.01, 0.03), (1.5, 4.0))
    lead(a, side, path)
    kind = a.pick(("idle", "mirror", "own"), (0.45, 0.35, 0.2))
    if kind == "mirror":
        lead(a, 1 - side, path + a.noises(0.02, 0.5, 3))
    elif kind == "own":
        lead(a, 1 - side, visits(a, [(a.pick(places), (0.3, 2.5))])[0])
    else:
        idle(a, 1 - side)


def showing(a: Actor) -> None:
    """SEATED_SHOWING: holds a thing up, points at the screen, mends screen or headset."""
    at_desk(a)
    side = a.some_side()
    kind = a.pick(("thing", "point", "screen", "headset", "camera"), (4, 2, 2, 2, 1))
    where = {"thing": "before_face", "point": "screen", "headset": "ear"}.get(kind, "screen")
    if kind == "camera":  # the hand comes up to the lens
        where = "stretched_ahead"
    path, w = visits(a, [(where, (0.4, a.between(0.8, 5.0, 2.0)))], begin=(-3.0, 1.0))
    if kind == "thing":
        path = path + w[:, None] * a.noises(a.between(0.005, 0.05), a.between(0.3, 1.2), 3)
    elif kind == "point":
        path = path + w[:, None] * a.noises(a.between(0.01, 0.08), a.between(0.4, 1.0), 3)
    else:
        path = path + shake(a, w, (0.004, 0.02), (0.8, 2.5))
    lead(a, side, path)
    if kind in ("screen", "headset") or a.chance(0.25):
        lead(a, 1 - side, path + a.noises(0.015, 0.6, 3))
    else:
        idle(a, 1 - side)
    a.lean += a.between(0.0, 0.3) * w * (kind in ("screen", "camera", "point"))


def loosening(a: Actor) -> None:
    """SEATED_STRETCHING: arms up, out or folded, hands behind the head, shoulders, leaning."""
    at_desk(a)
    kind = a.pick(("up", "out", "fold", "nape", "lean", "look", "circle"), (4, 2, 2, 3, 2, 1, 1))
    place = {"up": "stretched", "fold": "crossed", "nape": "nape"}.get(kind)
    if kind == "out":
        place = a.pick(("stretched_ahead", "stretched_aside"))
    if kind == "circle":  # shoulders and elbows, slowly
        turn = 2 * np.pi * a.beats(a.tempo(0.25, 0.8))
        ring = np.stack([0 * turn, np.sin(turn), np.cos(turn)], 1) * a.between(0.015, 0.05)
        at = spot(a, a.pick(("lap", "edge", "arm_rest")))
        for side in BOTH:
            lead(a, side, at + ring)
        return
    if place is None:
        for side in BOTH:
            idle(a, side)
        w = _slow_steps(a)
        if kind == "lean":
            a.lean += a.between(-0.35, 0.35) * w
            a.pelvis[:, 2] += a.between(-0.06, 0.06) * w * a.scale
        else:
            a.look += a.between(0.3, 1.1) * w * a.rng.choice([-1, 1])
        return
    path, w = visits(a, [(place, (0.5, 5.0))], way_s=(0.6, 1.4), begin=(-3.0, 1.0))
    for side in BOTH:
        lead(a, side, path + a.noises(0.015, 0.5, 3))
    if place != "crossed":
        a.lean -= a.between(0.0, 0.3) * w
        a.tilt += a.between(-0.2, 0.2) * w


def _slow_steps(a: Actor) -> Array:
    """0..1 (n,): to another posture and, after a while, back."""
    begin, length, stay = a.between(0.0, 1.5), a.between(0.5, 1.5), a.between(0.5, 3.0)
    there = minimum_jerk((a.t - begin) / length)
    return there - minimum_jerk((a.t - begin - length - stay) / length)


def counting(a: Actor) -> None:
    """SEATED_COUNTING: a raised hand shows fingers one by one: small jerks, no sway."""
    at_desk(a)
    side = a.some_side()
    path, w = visits(a, [(a.pick(("chest", "beside_head")), (1.5, 5.0))], begin=(-2.5, 0.8))
    times = np.cumsum(a.rng.uniform(0.35, 1.1, 20)) - 2.0
    jerks = keyed(a.t, times, a.rng.normal(0, a.between(0.004, 0.02), (20, 3)))
    lead(a, side, path + w[:, None] * jerks, 0.004)
    if a.chance(0.25):  # the other hand counts them off
        off = path * np.array([-1, 1, 1]) + np.array([0.07, 0.02, 0.0])
        lead(a, 1 - side, off + shake(a, w, (0.01, 0.04), (0.8, 2.0)))
    else:
        idle(a, 1 - side)


def shrugging(a: Actor) -> None:
    """SEATED_SHRUG: both palms turned up and out, once or twice, shoulders up, head aside."""
    at_desk(a)
    low, high = spot(a, "edge"), np.array([0.28, -0.2, 0.25]) + a.rng.normal(0, 0.05, 3)
    times, values = [-9.0], [0.0]
    t = a.between(-0.3, 1.0)
    while t < a.t[-1]:
        go, stay, back = a.rng.uniform(0.2, 0.5), a.rng.uniform(0.1, 1.2), a.rng.uniform(0.3, 0.7)
        times += list(t + np.cumsum([0, go, stay, back]))
        values += [0.0, 1.0, 1.0, 0.0]
        t = times[-1] + a.rng.uniform(0.8, 3.0)
    w = keyed(a.t, times, values)
    for side in BOTH:
        lead(a, side, low + (high - low) * w[:, None] + a.noises(0.01, 0.6, 3))
    a.tilt += a.between(-0.15, 0.15) * w


def rubbing(a: Actor) -> None:
    """SEATED_RUBBING: hands that stay in touch: rubbed, washed, wrung, fingers that play."""
    at_desk(a)
    turn = 2 * np.pi * a.beats(a.tempo(0.5, 3.5, 1.5), 0.12)
    size = a.between(0.01, 0.06)
    at = spot(a, "joined")
    at[0] = a.between(0.02, 0.06)
    active = np.clip(a.noise(0.6, 0.3) + 0.8, 0, 1)
    for side, sign in zip(BOTH, (1, -1), strict=True):
        ring = np.stack([0.15 * np.sin(turn + 1), np.sin(turn), np.cos(turn)], 1) * size * sign
        lead(a, side, at + active[:, None] * ring)


SEATED: Final[dict[str, Callable[[Actor], None]]] = {
    "SEATED_DESK": desk_work,
    "SEATED_HANDS_AT_FACE": hands_at_face,
    "SEATED_PHONE": on_the_phone,
    "SEATED_DRINKING": at_the_cup,
    "SEATED_TALKING": talking,
    "SEATED_HAND_UP": hand_up,
    "SEATED_ONE_SWAY": once_to_and_fro,
    "SEATED_SIGNING": signing,
    "SEATED_SHOWING": showing,
    "SEATED_STRETCHING": loosening,
    "SEATED_COUNTING": counting,
    "SEATED_SHRUG": shrugging,
    "SEATED_RUBBING": rubbing,
}
