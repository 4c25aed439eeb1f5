"""Motion of a procedural person: every action by its name, and scripts of several actions.

The motion is drawn from a random generator, so the same generator state gives the same motion.
It serves as training data (style "rich": as diverse as people are) and as the demo's and the
tests' performer (style "plain": clear and typical).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS
from harec.actions.repetitions import COUNTED
from harec.core.errors import InputError
from harec.simulate.body.body import Body
from harec.simulate.body.kinematics import (
    Track,
    joints_of,
    mix_directions,
)
from harec.simulate.motion import (
    everyday,
    exercise,
    floor,
    gestures,
    seated,
    signals,
    tasks,
)
from harec.simulate.motion.actor import PREVAILS, RATE_HZ, Actor
from harec.simulate.motion.boxing import boxing
from harec.simulate.motion.clapping import clapping
from harec.simulate.motion.jacks import jumping_jacks
from harec.simulate.motion.jumping import jumping, one_jump
from harec.simulate.motion.noise import minimum_jerk
from harec.simulate.motion.waving import waving_both_hands, waving_one_hand
from harec.simulate.truth import TrueSegment

__all__ = [
    "EVERYDAY",
    "GESTURES",
    "MOTIONS",
    "PERFORMED",
    "RATE_HZ",
    "SEATED",
    "STYLES",
    "make_motion",
    "make_single_jump",
    "perform",
]

STYLES: Final = ("rich", "plain")
BLEND_S: Final = 0.4
Joints = NDArray[np.float32]

_ACTIONS: Final[dict[str, Callable[[Actor], None]]] = {
    "JUMPING": jumping,
    "JUMPING_JACKS": jumping_jacks,
    "BOXING": boxing,
    "WAVING_2HANDS": waving_both_hands,
    "WAVING_1HAND": waving_one_hand,
    "CLAPPING_HANDS": clapping,
}
_EVERYDAY: Final[dict[str, Callable[[Actor], None]]] = {
    "STANDING": everyday.standing,
    "WALKING": everyday.walking,
    "RUNNING": everyday.running,
    "HIGH_KNEES": everyday.high_knees,
    "SQUAT": everyday.squat,
    "LUNGES": everyday.lunges,
    "SITTING": everyday.sitting,
    "SITTING_DOWN": everyday.sitting_down,
    "BENDING": everyday.bending,
    "SIDE_STEP": everyday.side_step,
    "TURNING": everyday.turning,
    "TWISTING": everyday.twisting,
    "KICKING": everyday.kicking,
    "STRETCHING": everyday.stretching,
    "STAIRS": exercise.stairs,
    "STEP_UPS": exercise.step_ups,
    "SWEEPING": tasks.sweeping,
    "CARRYING": tasks.carrying,
    "DRINKING": tasks.at_the_mouth,
    "DANCING": tasks.dancing,
    "SWINGING": tasks.bat_swing,
    "WEIGHTS": tasks.weights,
    "PULL_UPS": tasks.pull_ups,
    "MUSIC": tasks.music,
    "YOGA": floor.yoga,
    "ON_THE_FLOOR": floor.on_the_floor,
    "PUSH_UPS": floor.push_ups,
    "SIT_UPS": floor.sit_ups,
    "BENCH_PRESS": floor.bench_press,
}
_GESTURES: Final[dict[str, Callable[[Actor], None]]] = {
    **gestures.GESTURES,
    **signals.SIGNALS,
}
_SEATED: Final[dict[str, Callable[[Actor], None]]] = dict(seated.SEATED)
#: What is performed for who asks, and not learnt from: `MOTIONS` is what networks are trained on.
_ASKED_FOR: Final[dict[str, Callable[[Actor], None]]] = {"BICEPS_CURLS": gestures.biceps_curls}
_PERFORMERS: Final = {**_ACTIONS, **_EVERYDAY, **_GESTURES, **_SEATED, **_ASKED_FOR}

EVERYDAY: Final[tuple[str, ...]] = tuple(_EVERYDAY)
GESTURES: Final[tuple[str, ...]] = tuple(_GESTURES)
SEATED: Final[tuple[str, ...]] = tuple(_SEATED)
MOTIONS: Final[tuple[str, ...]] = (*ACTIONS, *EVERYDAY, *GESTURES, *SEATED)
PERFORMED: Final[tuple[str, ...]] = tuple(_PERFORMERS)


def make_motion(
    label: str,
    duration_s: float,
    rng: np.random.Generator,
    body: Body | None = None,
    *,
    style: str = "rich",
) -> Joints:
    """One person who does one thing.

    Returns joints (T, 17, 3) in metres, COCO-17 order, at `RATE_HZ`: right-handed, y up, floor
    y = 0, the person about the origin and (but for turns and views in the rich style) facing +z,
    +x to the person's left. T is ``duration_s * RATE_HZ``, rounded, at least 1.

    Raises InputError for an unknown label or style, or a duration that is not positive.
    """
    n = _frames(duration_s)
    if body is None:  # for training, also as far from the average as data sets label people
        body = Body.random(rng, spread=1.6 if style == "rich" else 0.5)
    return joints_of(body, _track(label, n, rng, body, style)).astype(np.float32)


def make_single_jump(
    duration_s: float, rng: np.random.Generator, body: Body | None = None, *, style: str = "rich"
) -> tuple[Joints, float]:
    """One person who stands, jumps once, with both feet, and stands again.

    Returns joints as `make_motion` does, and the seconds at which the jump is highest.

    Raises InputError for an unknown style, or a duration under 1.5 s, too short for a jump.
    """
    if style not in STYLES:
        raise InputError(f"No motion style {style!r}; the styles are {', '.join(STYLES)}.")
    if not duration_s >= 1.5:
        raise InputError(f"A jump takes 1.5 seconds or more, not {duration_s}.")
    if body is None:
        body = Body.random(rng, spread=1.6 if style == "rich" else 0.5)
    actor = Actor(rng, _frames(duration_s), body, plain=style == "plain")
    one_jump(actor)
    track = actor.track()
    (highest,) = np.flatnonzero(track.repetitions)
    return joints_of(body, track).astype(np.float32), float(highest) / RATE_HZ


def perform(
    script: Sequence[tuple[str, float]],
    rng: np.random.Generator,
    body: Body | None = None,
    *,
    style: str = "plain",
) -> tuple[Joints, list[TrueSegment]]:
    """One person who does one thing after the other, as in [("JUMPING", 4.0), ("STANDING", 2.0)].

    Returns the joints as `make_motion` does, and the truth of each entry.
    The way from one action to the next takes about 0.4 s; half of it belongs to either side.
    """
    if not script:
        raise InputError("A script needs at least one action, like JUMPING:4.")
    body = Body.random(rng, spread=0.5) if body is None else body
    bounds = np.concatenate([[0.0], np.cumsum([_positive(s) for _, s in script])])
    frames = np.round(bounds * RATE_HZ).astype(int)
    frames[1:] = np.maximum(frames[1:], 1)
    whole: Track | None = None
    for i, (label, _) in enumerate(script):
        length = int(frames[i + 1] - frames[i])
        half = _half_blend(frames, i)
        after = _half_blend(frames, i + 1)
        track = _track(label, max(half + length + after, 1), rng, body, style)
        whole = track if whole is None else _join(whole, track, 2 * half)
    assert whole is not None
    spans = [
        TrueSegment(
            label,
            float(bounds[i]),
            float(bounds[i + 1]),
            _repetitions_s(whole, frames[i], frames[i + 1]) if label in COUNTED else (),
        )
        for i, (label, _) in enumerate(script)
    ]
    return joints_of(body, whole).astype(np.float32), spans


def _repetitions_s(track: Track, start: int, stop: int) -> tuple[float, ...]:
    marked = start + np.flatnonzero(track.repetitions[start:stop])
    return tuple(round(int(frame) / RATE_HZ, 4) for frame in marked)


def _half_blend(frames: NDArray[np.int_], cut: int) -> int:
    """Frames of blend on either side of the cut before entry ``cut``; 0 at both ends."""
    if cut in (0, len(frames) - 1):
        return 0
    room = min(frames[cut] - frames[cut - 1], frames[cut + 1] - frames[cut])
    return int(min(round(BLEND_S / 2 * RATE_HZ), room // 2))


def _track(label: str, n: int, rng: np.random.Generator, body: Body, style: str) -> Track:
    if style not in STYLES:
        raise InputError(f"No motion style {style!r}; the styles are {', '.join(STYLES)}.")
    if label not in _PERFORMERS:
        raise InputError(f"No action {label!r}; choose from {', '.join(PERFORMED)}.")
    actor = Actor(rng, max(n, 2), body, plain=style == "plain")  # speeds need two frames
    _PERFORMERS[label](actor)
    if label in ACTIONS and label != "BOXING" and actor.chance(0.12):
        actor.face(rng.uniform(-np.pi, np.pi))  # boxers turn by themselves
    return actor.track().cut(0, n)


def _frames(duration_s: float) -> int:
    return max(1, round(_positive(duration_s) * RATE_HZ))


def _positive(duration_s: float) -> float:
    if not (np.isfinite(duration_s) and duration_s > 0):
        raise InputError(f"A duration must be more than 0 seconds, not {duration_s}.")
    return float(duration_s)


def _join(first: Track, second: Track, overlap: int) -> Track:
    """Crossfades the last ``overlap`` frames of one track into the first of the next.

    The second track is moved to where the first one ended up, so that no person slides; feet that
    must change place are lifted.
    """
    second = _continue(first, second)
    if not overlap:
        return _concatenate(first, second)
    head, tail = first.cut(0, len(first) - overlap), first.cut(len(first) - overlap, len(first))
    lead, rest = second.cut(0, overlap), second.cut(overlap, len(second))
    u = (np.arange(overlap) + 0.5) / overlap
    w = minimum_jerk(u)
    blended: dict[str, NDArray[Any]] = {}
    for field in fields(Track):
        a, b = getattr(tail, field.name), getattr(lead, field.name)
        if a.dtype == bool:
            blended[field.name] = _as_seen(a[::-1], w)[::-1] | _as_seen(b, w)
            continue
        wf = w.reshape(-1, *([1] * (a.ndim - 1)))
        blended[field.name] = mix_directions(a, b, wf) if field.name == "arms" else a + (b - a) * wf
    for side in (0, 1):  # one foot after the other
        step = minimum_jerk((u - 0.35 * side) / 0.65)
        a, b = tail.ankles[:, side], lead.ankles[:, side]
        way = np.linalg.norm((b - a)[:, [0, 2]], axis=1)
        foot = a + (b - a) * step[:, None]
        foot[:, 1] += np.minimum(0.5 * way, 0.08) * 4 * step * (1 - step)
        blended["ankles"][:, side] = foot
    return _concatenate(_concatenate(head, Track(**blended)), rest)


def _as_seen(marks: NDArray[np.bool_], w: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Repetitions of a motion that fades in by ``w``: where they look largest, if large enough."""
    at = np.flatnonzero(marks)
    seen = np.zeros(len(w), bool)
    for i, mark in enumerate(at):
        cycle = at[i + 1] - mark if i + 1 < len(at) else RATE_HZ
        off = np.minimum(np.abs(np.arange(len(w)) - mark) / cycle, 0.5)
        size = w * (0.5 + 0.5 * np.cos(2 * np.pi * off))
        seen[np.argmax(size)] |= size.max() >= PREVAILS
    return seen


def _continue(first: Track, second: Track) -> Track:
    """The second track at the place of the first's end, its heading within half a turn."""
    offset = first.ankles[-1].mean(0) - second.ankles[0].mean(0)
    offset[1] = 0.0
    turns = 2 * np.pi * np.round((first.turn[-1] - second.turn[0]) / (2 * np.pi))
    moved = second.cut(0, len(second))
    moved.pelvis = second.pelvis + offset
    moved.ankles = second.ankles + offset
    moved.turn = second.turn + turns
    return moved


def _concatenate(a: Track, b: Track) -> Track:
    return Track(
        **{f.name: np.concatenate([getattr(a, f.name), getattr(b, f.name)]) for f in fields(Track)}
    )
