"""Setting the stage of a clip: bodies, clothes, motion, places, walks, camera and light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harec.simulate.camera import Camera
from harec.simulate.figure.figure import Figure, detail_for
from harec.simulate.figure.looks import Look
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.figure.shading import Light
from harec.simulate.motion.motion import RATE_HZ, perform
from harec.simulate.scene.backdrop import BACKDROPS
from harec.simulate.scene.scene import Scene
from harec.simulate.spec import ClipSpec, Script
from harec.simulate.truth import TrueSegment

_WALK_MPS = 0.75  # what the plain gait of an adult covers
WALK_IN_S = 2.5  # walking into or out of the frame
_TURN_S = 0.45  # turning to the side before a walk, and back
_HANDS = {
    "BOXING": "fist",
    "JUMPING_JACKS": "open",
    "WAVING_2HANDS": "open",
    "WAVING_1HAND": "open",
    "CLAPPING_HANDS": "open",
}


@dataclass(frozen=True, eq=False)
class Acting:
    """What people do before a camera.

    Attributes:
        joints: (T, P, 17, 3) metres in the world, at `RATE_HZ`.
        spans: per person what they do, over the whole clip.
    """

    camera: Camera
    joints: FloatArray
    spans: tuple[tuple[TrueSegment, ...], ...]

    def joints_at(self, time_s: float) -> FloatArray:
        """Joints (P, 17, 3) at a time, between the samples of the motion."""
        at = min(max(time_s * RATE_HZ, 0.0), len(self.joints) - 1.0)
        before = min(int(at), max(len(self.joints) - 2, 0))
        after = min(before + 1, len(self.joints) - 1)
        share = np.float32(at - before)
        return self.joints[before] * (1 - share) + self.joints[after] * share

    def hands_at(self, time_s: float) -> list[str]:
        """Shape of all people's hands at a time."""
        labels = [
            next((s.action for s in spans if s.start_s <= time_s < s.end_s), "")
            for spans in self.spans
        ]
        return [_HANDS.get(label, "relaxed") for label in labels]


@dataclass(frozen=True, eq=False)
class Stage(Acting):
    """Everything that a clip needs to be drawn."""

    scene: Scene


def set_stage(spec: ClipSpec) -> Stage:
    """Decides everything about a clip from its spec and seed."""
    acting, rngs = _act(spec)
    joints, camera = acting.joints, acting.camera
    light_rng = np.random.default_rng((spec.seed, 3))
    kind = spec.backdrop or str(light_rng.choice(BACKDROPS))
    light = Light.random(light_rng, outdoors=kind == "park")
    figures = []
    for index in range(len(spec.scripts)):
        tall = _height_px(joints[:, index], camera)
        look = Look.random(rngs[index])
        figures.append(Figure(look, joints[:, index], detail_for(tall)))
    wall = float(joints[..., 2].min()) - light_rng.uniform(0.7, 1.6)
    scene = Scene(camera, figures, kind, light, light_rng, wall_z=wall, grain=spec.grain)
    return Stage(camera, joints, acting.spans, scene)


def act(spec: ClipSpec) -> Acting:
    """What the people of a clip do, without clothes, light or a room: quick."""
    return _act(spec)[0]


def _act(spec: ClipSpec) -> tuple[Acting, list[np.random.Generator]]:
    """The acting, and the people's generators as they are after it."""
    people = len(spec.scripts)
    rngs = np.random.default_rng(spec.seed).spawn(people + 1)
    rng = rngs[-1]
    scripts = _full_scripts(spec)
    acts = [perform(s, r, style=spec.style) for s, r in zip(scripts, rngs[:-1], strict=True)]
    frames = max(len(joints) for joints, _ in acts)
    spans = tuple(tuple(span) for _, span in acts)
    yaw = _yaw(spec, rng)
    own = [
        _turned(_as_long(joints, frames), -yaw + (rng.normal(0, 0.12) if people > 1 else 0.0))
        for joints, _ in acts
    ]
    places = _places(own, rng)
    walks: list[FloatArray] = [np.zeros(frames) for _ in own]  # metres to the right, over time
    headings = list(walks)
    if spec.crossing:
        walked_s = min(_walking_s(span) for span in spans[:2])
        way = max(float(places[1, 0] - places[0, 0]), min(_WALK_MPS * walked_s, 2.8))
        # room between the two for their way; people who stand beside them move aside
        extra = way - float(places[1, 0] - places[0, 0])
        places[0, 0] -= extra / 2
        places[1:, 0] += extra / 2
        # the nearer one passes in front: bodies must not go through each other
        places[:2, 1] = np.array([0.35, -0.55]) * rng.choice([1, -1])
        for index, direction in ((0, 1.0), (1, -1.0)):
            walks[index], headings[index] = _walk(spans[index], frames, direction * way, yaw)
    joints = _placed(own, places, walks, headings)
    calm = _calm_frames(spec, spans[-1], frames)
    camera = _camera(spec, joints, calm, rng)
    if spec.enters or spec.leaves:
        _walk_through_edge(spec, joints, camera, yaw)
    return Acting(camera, joints.astype(np.float32), spans), rngs


# ---- scripts


def _full_scripts(spec: ClipSpec) -> list[Script]:
    """The scripts with the walks that were asked for, all as long as the clip."""
    total = spec.duration_s
    scripts = []
    for script in spec.scripts:
        rest = total - sum(seconds for _, seconds in script)
        scripts.append((*script, ("STANDING", rest)) if rest > 0.05 else script)
    if spec.crossing:
        for index in (0, 1):
            if not any(label == "WALKING" for label, _ in scripts[index]):
                scripts[index] = _with_walk(scripts[index], total / 3, 2 * total / 3)
    way = min(WALK_IN_S, total / 3)
    if spec.enters:
        scripts[-1] = _with_walk(scripts[-1], 0, way)
    if spec.leaves:
        scripts[-1] = _with_walk(scripts[-1], total - way, total)
    return scripts


def _with_walk(script: Script, start_s: float, end_s: float) -> Script:
    """The script with WALKING from start to end instead of what was there."""
    out: list[tuple[str, float]] = []
    at, walked = 0.0, False
    for label, seconds in script:
        end = at + seconds
        before, after = min(end, start_s) - at, end - max(at, end_s)
        if before > 0.05:
            out.append((label, before))
        if not walked and end > start_s:
            out.append(("WALKING", end_s - start_s))
            walked = True
        if after > 0.05:
            out.append((label, after))
        at = end
    return tuple(out)


def _as_long(joints: FloatArray, frames: int) -> FloatArray:
    """The motion with its last pose held."""
    return np.concatenate([joints, np.repeat(joints[-1:], frames - len(joints), axis=0)])


# ---- places


def _turned(joints: FloatArray, angle: float | FloatArray) -> FloatArray:
    """Joints (T, 17, 3) turned about the vertical through the origin; positive to their left."""
    c, s = np.cos(angle), np.sin(angle)
    c, s = np.reshape(c, (-1, 1)), np.reshape(s, (-1, 1))
    x, y, z = joints[..., 0], joints[..., 1], joints[..., 2]
    return np.stack([c * x + s * z, y, c * z - s * x], axis=-1).astype(np.float32)


def _places(own: Sequence[FloatArray], rng: np.random.Generator) -> FloatArray:
    """Where people stand, (P, 2) x and z in metres: side by side, some further back."""
    if len(own) == 1:
        return np.zeros((1, 2), np.float32)
    edges = [np.percentile(j[..., 0], (1, 99)).tolist() for j in own]
    x, places = 0.0, []
    for index, (low, high) in enumerate(edges):
        # hands may come near a neighbour, bodies not
        x += max(0.9 * -low, 0.3)
        back = 0.0 if index % 2 == 0 else -rng.uniform(0.2, 0.6)
        places.append((x, back))
        x += max(0.9 * high, 0.3) + 0.12
    placed = np.array(places, np.float32)
    placed[:, 0] -= placed[:, 0].mean()
    return placed


def _placed(
    own: Sequence[FloatArray],
    places: FloatArray,
    walks: Sequence[FloatArray],
    headings: Sequence[FloatArray],
) -> FloatArray:
    """Joints (T, P, 17, 3) in the world."""
    out = []
    for joints, place, walk, heading in zip(own, places, walks, headings, strict=True):
        moved = _turned(joints, heading)
        moved[..., 0] += place[0] + walk[:, None]
        moved[..., 2] += place[1]
        out.append(moved)
    return np.stack(out, axis=1)


def _smooth(u: FloatArray) -> FloatArray:
    u = np.clip(u, 0, 1)
    return np.asarray(u * u * (3 - 2 * u))


def _walking_s(spans: Sequence[TrueSegment]) -> float:
    return sum(span.end_s - span.start_s for span in spans if span.action == "WALKING")


def _walk(
    spans: Sequence[TrueSegment], frames: int, way_m: float, yaw: float
) -> tuple[FloatArray, FloatArray]:
    """Way to the right (T,) and turn (T,) of a person who walks ``way_m`` while WALKING."""
    t = np.arange(frames) / RATE_HZ
    walking = [(span.start_s, span.end_s) for span in spans if span.action == "WALKING"]
    total = _walking_s(spans)
    way, turn = np.zeros(frames), np.zeros(frames)
    side = math.copysign(math.pi / 2, way_m) + yaw
    for start, end in walking:
        share = (end - start) / total
        moving = np.clip((t - start) / (end - start), 0, 1)
        gentle = 0.7 * moving + 0.3 * _smooth(moving)
        way += way_m * share * gentle
        turn += side * (_smooth((t - start) / _TURN_S) - _smooth((t - end + _TURN_S) / _TURN_S))
    return way, turn


def _calm_frames(spec: ClipSpec, spans: Sequence[TrueSegment], frames: int) -> FloatArray:
    """(T,) False while the last person walks in or out."""
    t = np.arange(frames) / RATE_HZ
    calm = np.ones(frames, bool)
    if spec.enters:
        calm &= t >= spans[0].end_s
    if spec.leaves:
        calm &= t <= spans[-1].start_s
    return calm


def _walk_through_edge(spec: ClipSpec, joints: FloatArray, camera: Camera, yaw: float) -> None:
    """Moves the last person in from, or out to, the right of the frame; in place."""
    frames = len(joints)
    t = np.arange(frames) / RATE_HZ
    width = camera.size_wh[0]
    feet = joints[:, -1, 15:17].mean(axis=1)
    depth = float(camera.project(feet)[1].mean())
    edge = camera.position[0] + 0.5 * width / camera.focal_px * depth
    way = float(edge - feet[:, 0].mean()) + 0.7
    length = min(WALK_IN_S, spec.duration_s / 3)
    shift, turn = np.zeros(frames), np.zeros(frames)
    if spec.enters:
        shift += way * (1 - np.clip(t / length, 0, 1))
        turn += (-math.pi / 2 + yaw) * (1 - _smooth((t - length + _TURN_S) / _TURN_S))
    if spec.leaves:
        start = spec.duration_s - length
        shift += way * np.clip((t - start) / length, 0, 1)
        turn += (math.pi / 2 + yaw) * _smooth((t - start) / _TURN_S)
    centre = joints[:, -1, 11:13].mean(axis=1, keepdims=True) * [1, 0, 1]
    moved = _turned((joints[:, -1] - centre).astype(np.float32), turn) + centre
    moved[..., 0] += shift[:, None]
    joints[:, -1] = moved


# ---- camera


def _yaw(spec: ClipSpec, rng: np.random.Generator) -> float:
    drawn = rng.normal(0, 0.15) if spec.style == "plain" else rng.normal(0, 0.6)
    return float(drawn) if spec.yaw_deg is None else math.radians(spec.yaw_deg)


def _camera(
    spec: ClipSpec, joints: FloatArray, calm: FloatArray, rng: np.random.Generator
) -> Camera:
    plain = spec.style == "plain"
    pitch = rng.uniform(0.03, 0.12) if plain else rng.uniform(-0.05, 0.3)
    fov = math.radians(rng.uniform(34, 44) if plain else rng.uniform(30, 55))
    margin = rng.uniform(0.07, 0.1) if plain else rng.uniform(0.03, 0.2)
    camera = Camera(spec.size_wh, pitch=float(pitch), fov=fov)
    seen = [joints[:, :-1], joints[calm, -1:]] if calm.any() else [joints]
    points = np.concatenate([part.reshape(-1, 3) for part in seen])
    # joints are inside the body: hair, soles and hands need room too
    above, below = np.array([0, 0.14, 0]), np.array([0, -0.09, 0.15])
    points = np.concatenate([points + above, points + below])
    camera = camera.framing(points, float(margin))
    if spec.distance_m is not None:
        camera = replace(camera, distance=spec.distance_m)
    return camera


def _height_px(joints: FloatArray, camera: Camera) -> float:
    """How tall a person (T, 17, 3) is in the frame at most."""
    pixels, _ = camera.project(joints[::10])
    return float(np.ptp(pixels[..., 1], axis=-1).max())
