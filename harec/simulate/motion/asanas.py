"""Bodies that hold asanas with given joint angles.

Asanas are almost flat: seen along the right direction (`harec.yoga.recognition.asanas.Asana.view`)
the bones lie in one plane, where the angles of `harec.yoga.recognition.angles` say how they go.
What the image does not
say is written in a recipe for each asana: to which side a joint bends, what leans towards the
viewer, which way feet, palms and face point, what stands on the floor.

World as everywhere in `harec.simulate`: metres, y up, floor y = 0; a person who stands faces +z and
has +x to their left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from harec.core.errors import InputError
from harec.simulate.body.body import Body
from harec.simulate.body.kinematics import SIDES, unit
from harec.simulate.motion.asana_recipes import RECIPES, Recipe
from harec.simulate.motion.posture import (
    FOREARM,
    SHANK,
    THIGH,
    UPPER_ARM,
    Array,
    Part,
    Posture,
    joints_of_posture,
    placed,
)
from harec.yoga.recognition.angles import ANGLE_NAMES, MIRROR_ANGLES
from harec.yoga.recognition.asanas import ASANAS, Side

#: Weight of an angle that was not asked for where not all three at the hips can be had.
_UNASKED: Final = 0.02
#: From the wrist to the fingertips of an adult.
_FINGERS_M: Final = 0.16
_UP = np.array([0.0, 1.0, 0.0])


def asana_joints(
    name: str,
    side: Side | None,
    angles_deg: Mapping[str, float] | None = None,
    body: Body | None = None,
) -> Array:
    """COCO-17 joints (17, 3), metres, of a body on the floor that holds an asana.

    Args:
        name: one of `harec.yoga.recognition.asanas.ASANAS`.
        side: of a sided asana; None (and any side of an asana without sides) is as "left".
        angles_deg: names of `ANGLE_NAMES` -> degrees, of the real left and right joints of the
            body as it is asked for. Missing ones are typical.
        body: None for an average adult.

    The image of `harec.simulate.camera.Camera` from the right direction (`camera_yaw`)
    shows these angles. The two hips and ``legs`` depend on each other: where they disagree all
    three are missed by a third.

    Raises:
        InputError: no such asana or angle, or an angle that is not within 0..180.
    """
    body = body or Body.average()
    return placed(body, asana_posture(name, side, angles_deg, body))


def camera_yaw(name: str, side: Side | None) -> float:
    """Where the camera stands to see the angles, radians; see `Camera.yaw`."""
    if ASANAS[name].view == "front":
        return 0.0
    return -math.pi / 2 if (side == "right") != _recipe(name).from_right else math.pi / 2


def typical_angles(name: str, side: Side | None) -> dict[str, float]:
    """All nine angles of a person who does it well, degrees by name."""
    values = np.array(_recipe(name).angles_deg, float)
    if side == "right":
        values = values[list(MIRROR_ANGLES)]
    return dict(zip(ANGLE_NAMES, values.tolist(), strict=True))


def asana_posture(
    name: str, side: Side | None, angles_deg: Mapping[str, float] | None, body: Body
) -> Posture:
    """The posture of `asana_joints`; ``name`` may be "standing" too."""
    recipe = _recipe(name)
    asked = dict(angles_deg or {})
    for angle, value in asked.items():
        if angle not in ANGLE_NAMES:
            raise InputError(f"No angle {angle!r}; the angles are {', '.join(ANGLE_NAMES)}.")
        if not 0 <= value <= 180:
            raise InputError(f"The angle {angle} must be between 0 and 180, not {value}.")
    # recipes are for the left side: the right one is its mirror image
    order = MIRROR_ANGLES if side == "right" else range(len(ANGLE_NAMES))
    names = [ANGLE_NAMES[i] for i in order]
    wanted = np.array(
        [asked.get(n, t) for n, t in zip(names, recipe.angles_deg, strict=True)], float
    )
    weights = np.array([1.0 if n in asked or not asked else _UNASKED for n in names])
    posture = _build(recipe, wanted, weights, body)
    return posture.mirrored() if side == "right" else posture


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise InputError(f"No asana {name!r}; choose from {', '.join(ASANAS)}.")
    return RECIPES[name]


# ---- from angles to directions in the plane of the image


class _Plane:
    """The plane of the image: horizontal axis, up, and the depth; angles in degrees."""

    def __init__(self, view: str) -> None:
        x, z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
        self.across, self.deep = (x, z) if view == "front" else (z, x)

    def direction(self, angle: float, depth: float = 0.0) -> Array:
        """Unit vector at an angle from the horizontal axis to up, ``depth`` out of the plane."""
        a, d = math.radians(angle), math.radians(depth)
        flat = math.cos(a) * self.across + math.sin(a) * _UP
        return np.asarray(math.cos(d) * flat + math.sin(d) * self.deep)

    def angle(self, vector: Array) -> float:
        return math.degrees(math.atan2(vector[1], float(vector @ self.across)))


def _build(recipe: Recipe, wanted: Array, weights: Array, body: Body) -> Posture:
    """The posture with its trunk turned in the plane until it stands as the recipe says."""
    posture = _at(recipe, wanted, weights, body, recipe.trunk_deg)
    if recipe.stands == "trunk":
        return _centred(recipe, posture, body)
    turn = recipe.trunk_deg
    for _ in range(3):  # clearances of hands don't turn with the body: once is not exact
        turn += _tilt(recipe, posture, body)
        posture = _at(recipe, wanted, weights, body, turn)
    return _centred(recipe, posture, body)


def _tilt(recipe: Recipe, posture: Posture, body: Body) -> float:
    """Degrees by which a posture has to be turned in the plane to stand as its recipe says."""
    plane, joints = _Plane(recipe.view), joints_of_posture(body, posture)
    if recipe.stands == "leg":
        return recipe.leg_deg - plane.angle(joints[15 + recipe.leg] - joints[11 + recipe.leg]) % 360
    ankles = joints[15:17].mean(axis=0)
    if recipe.stands == "feet":
        line, rise = joints[15] - joints[16], 0.0
    elif recipe.stands == "hands":
        line, rise = joints[9:11].mean(axis=0) - ankles, 0.03 * body.scale - body.ankle
    else:  # the left hand and the left foot
        line, rise = joints[9] - joints[15], recipe.hand_m * body.scale - body.ankle
    length = math.hypot(line[1], float(line @ plane.across))
    level = math.degrees(math.asin(np.clip(rise / length, -1, 1)))
    away = (plane.angle(line) - level + 180) % 360 - 180
    # to the left of a person seen from the front, ahead of a person seen from the side
    if abs(away) > 90:
        away -= math.copysign(180, away)
    turn = -away
    if recipe.stands == "hand":  # the leg stays about upright even if the hand does not reach
        leg = plane.angle(joints[15] - joints[11]) % 360 + turn
        turn += float(np.clip(leg, 258, 286)) - leg
    return turn


def _at(recipe: Recipe, wanted: Array, weights: Array, body: Body, trunk_deg: float) -> Posture:
    """The posture with the trunk in a given direction of the plane."""
    plane = _Plane(recipe.view)
    spine = plane.direction(trunk_deg)
    chest = _trunk_frame(recipe, plane, trunk_deg, recipe.opened_deg)
    pelvis = _trunk_frame(recipe, plane, trunk_deg, 0.4 * recipe.opened_deg)
    frames = np.stack([pelvis, chest, *[np.eye(3)] * 5])
    limbs = np.zeros((2, 4, 3))
    limbs[:, :, 1] = -1.0
    for _ in range(
        4
    ):  # shoulders move with the arms, which changes the lines they are measured from
        posture = Posture(frames, limbs, np.zeros(2))
        joints = joints_of_posture(body, posture)
        lines = np.array([plane.angle(joints[5 + s] - joints[11 + s]) for s in (0, 1)])
        bones = _bone_angles(recipe, wanted, weights, lines)
        world = np.array(
            [
                [plane.direction(bones[s, b], recipe.depth_deg[s][b]) for b in range(4)]
                for s in (0, 1)
            ]
        )
        limbs = np.empty((2, 4, 3))
        for s in (0, 1):
            limbs[s, :THIGH] = world[s, :THIGH] @ chest.T * SIDES[s]
            limbs[s, THIGH:] = world[s, THIGH:] @ pelvis.T * SIDES[s]
    frames[Part.HEAD] = _head(recipe, spine, chest)
    for s in (0, 1):
        frames[Part.HAND + s] = _hand(recipe, s, world[s, FOREARM])
        if recipe.palms_meet:
            middle = (joints[9] + joints[10]) / 2 + _FINGERS_M * body.scale * chest[1]
            palms = joints[10 - s] - joints[9 + s]
            frames[Part.HAND + s] = _facing(unit(middle - joints[9 + s]), palms)
        frames[Part.FOOT + s] = _foot(recipe, s, world[s, SHANK], world[s, THIGH])
    return Posture(frames, limbs, np.zeros(2))


def _bone_angles(recipe: Recipe, wanted: Array, weights: Array, lines: Array) -> Array:
    """Directions (2 sides, 4 bones) in the plane, degrees.

    Args:
        lines: (2,) direction of hip to shoulder on either side.
    """
    elbow, shoulder, hip, knee = wanted[:8].reshape(4, 2)
    hip = hip.copy()
    bends = np.array(recipe.bends, float)  # shoulders, elbows, hips, knees
    thighs = lines + bends[2] * hip
    apart = (thighs[0] - thighs[1] + 180) % 360 - 180
    # hips and legs are three angles with two bones between them: share what is left over
    way = math.copysign(1.0, apart) * bends[2] * [1.0, -1.0]
    give = 1 / weights[[4, 5, 8]]
    hip += way * (wanted[8] - abs(apart)) * give[:2] / give.sum()
    out = np.empty((2, 4))
    out[:, UPPER_ARM] = lines + 180 + bends[0] * shoulder
    out[:, FOREARM] = out[:, UPPER_ARM] + 180 + bends[1] * elbow
    out[:, THIGH] = lines + bends[2] * hip
    out[:, SHANK] = out[:, THIGH] + 180 + bends[3] * knee
    return out


# ---- what the angles don't say


def _trunk_frame(recipe: Recipe, plane: _Plane, trunk_deg: float, opened_deg: float) -> Array:
    """Axes of a trunk; seen from the side it may be opened towards its left."""
    up = plane.direction(trunk_deg)
    if recipe.view == "front":
        left = plane.direction(trunk_deg - 90)
    else:
        back, o = plane.direction(trunk_deg + 90), math.radians(opened_deg)
        left = math.cos(o) * plane.deep + math.sin(o) * back
    return np.stack([left, up, np.cross(left, up)])


def _head(recipe: Recipe, spine: Array, chest: Array) -> Array:
    """Axes of the head: it looks where the recipe says."""
    forward = unit(np.array(recipe.look) @ (chest if recipe.look_of_chest else np.eye(3)))
    up = spine * recipe.head_with_spine + _UP * (1 - recipe.head_with_spine)
    up = unit(up - forward * (up @ forward))
    return np.stack([np.cross(up, forward), up, forward])


def _hand(recipe: Recipe, side: int, forearm: Array) -> Array:
    """Axes of a hand: its palm faces the recipe's way, its fingers too or else as the forearm."""
    fingers, palm = recipe.hands[side]
    along = forearm if fingers is None else unit(np.array(fingers))
    return _facing(along, np.asarray(palm, float))


def _facing(along: Array, palm: Array) -> Array:
    """Axes of a hand with its fingers ``along`` and its palm as near to ``palm`` as can be."""
    out = unit(palm - along * (palm @ along))
    return np.stack([np.cross(along, out), along, out])


def _foot(recipe: Recipe, side: int, shank: Array, thigh: Array) -> Array:
    """Axes of a foot: on the floor, at a right angle to the shank, pointed, or as given."""
    given, how = recipe.feet[side]
    toes = np.asarray(given, float)
    if how == "pointed":
        shin = unit(thigh - shank * (thigh @ shank))  # away from the calf
        toes, up = shank + 0.35 * shin, shin
    elif how == "floor":
        up = _UP
    elif how == "flexed":
        up = -shank
    else:
        up = np.asarray(how, float)
    up = unit(up)
    toes = unit(toes - up * (toes @ up)) if how != "pointed" else unit(toes)
    up = unit(up - toes * (up @ toes))
    return np.stack([np.cross(up, toes), up, toes])


def _centred(recipe: Recipe, posture: Posture, body: Body) -> Posture:
    """The posture with the point of the floor that it stands on at the origin."""
    joints = joints_of_posture(body, posture)
    support = joints[list(recipe.support)].mean(axis=0) / body.scale
    return Posture(posture.frames, posture.limbs, -support[[0, 2]])
