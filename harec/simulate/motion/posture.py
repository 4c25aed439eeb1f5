"""A body in any posture: directions of its bones, its joints, how it stands on the floor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from harec.simulate.body.body import Body
from harec.simulate.body.kinematics import (
    SIDES,
    mix_directions,
    unit,
)
from harec.simulate.body.rig import Bone

Array = NDArray[np.float64]


class Part(IntEnum):
    """Parts of the body that have a frame; of a pair the left one is named."""

    PELVIS = 0
    CHEST = 1
    HEAD = 2
    HAND = 3
    FOOT = 5


#: Columns of `Posture.limbs`.
UPPER_ARM, FOREARM, THIGH, SHANK = range(4)
#: How far from the floor joints stay, metres for an adult of 1.7 m: half the thickness there.
_ELBOW_M, _HIP_M, _KNEE_M, _HEAD_M = 0.035, 0.11, 0.05, 0.13
#: Points of a foot (x to its left, y from the sole, z from the ankle) and of a hand that can touch
#: the floor, for an adult.
_SOLE_M = np.array(
    [[x, y, z] for x, z in ((0.035, -0.05), (-0.035, -0.05), (0.035, 0.13), (-0.035, 0.13))
     for y in (0.0, 0.03)]
)  # fmt: skip
_HAND_M = np.array([[0.0, 0.0, -0.025], [0.0, 0.0, 0.025], [0.0, 0.15, 0.012], [0.0, 0.15, -0.01]])


@dataclass(frozen=True, eq=False)
class Posture:
    """Directions of all bones.

    Attributes:
        frames: (7, 3, 3) axes in rows, in the world, by `Part`. Pelvis, chest and head: left, up,
            forward. Hands: y to the fingers, z out of the palm. Feet: y away from the sole, z to
            the toes.
        limbs: (2 sides, 4, 3) unit directions of upper arm, forearm (in the chest's frame), thigh,
            shank (in the pelvis' frame); x outwards, so that both sides have the same numbers.
        ground: (2,) x, z of the middle of the hips over the point of the floor that is stood on.
    """

    frames: Array
    limbs: Array
    ground: Array

    def mirrored(self) -> Posture:
        """The posture in a mirror: left and right swapped."""
        frames = self.frames[[0, 1, 2, 4, 3, 6, 5]] * [-1.0, 1.0, 1.0]
        frames[:, 0] *= -1  # the first axis still points to the left
        return Posture(frames, self.limbs[::-1].copy(), self.ground * [-1.0, 1.0])

    def turned(self, angle: float) -> Posture:
        """Turned about the vertical by radians; positive to the person's left."""
        about = Rotation.from_rotvec([0.0, angle, 0.0])
        x, _, z = about.apply([self.ground[0], 0.0, self.ground[1]])
        return replace(self, frames=self.frames @ about.as_matrix().T, ground=np.array([x, z]))

    def swayed(self, whole: Array, limbs: Array) -> Posture:
        """Leant as a whole by a rotation vector (3,), with limbs (2, 4, 3) moved a little."""
        about = Rotation.from_rotvec(whole).as_matrix()
        return replace(self, frames=self.frames @ about.T, limbs=unit(self.limbs + limbs))

    def bone_axes(self) -> dict[int, NDArray[np.float32]]:
        """Axes of hands and feet as `harec.simulate.figure.figure.Figure.draw` takes them."""
        pairs = ((Bone.HAND, Part.HAND), (Bone.FOOT, Part.FOOT))
        return {
            bone + side: self.frames[part + side].astype(np.float32)
            for bone, part in pairs
            for side in (0, 1)
        }


def mix(a: Posture, b: Posture, share: float) -> Posture:
    """From ``a`` to ``b``: frames and bones turn, nothing is stretched."""
    start, end = Rotation.from_matrix(a.frames), Rotation.from_matrix(b.frames)
    way = (end * start.inv()).as_rotvec()
    frames = (Rotation.from_rotvec(share * way) * start).as_matrix()
    limbs = mix_directions(a.limbs, b.limbs, np.array(share))
    return Posture(frames, limbs, a.ground + share * (b.ground - a.ground))


def joints_of_posture(body: Body, posture: Posture) -> Array:
    """COCO-17 joints (17, 3) in metres, the middle of the hips at the origin."""
    pelvis, chest, head = posture.frames[: Part.HAND]
    out = np.empty((17, 3))
    middle = body.trunk * chest[1]
    raised = np.clip(posture.limbs[:, UPPER_ARM, 1] + 0.2, 0, None)
    for side in (0, 1):
        arm, leg = posture.limbs[side] * SIDES[side] @ chest, posture.limbs[side] * SIDES[side]
        leg = leg @ pelvis
        # shoulders rise and close in when an arm goes up
        aside = (body.shoulder_half - 0.024 * body.height * raised[side]) * SIDES[side, 0]
        out[5 + side] = middle + aside * chest[0] + 0.024 * body.height * raised[side] * chest[1]
        out[7 + side] = out[5 + side] + body.upper_arm * arm[UPPER_ARM]
        out[9 + side] = out[7 + side] + body.forearm * arm[FOREARM]
        out[11 + side] = body.hip_half * SIDES[side, 0] * pelvis[0]
        out[13 + side] = out[11 + side] + body.thigh * leg[THIGH]
        out[15 + side] = out[13 + side] + body.shank * leg[SHANK]
    h = body.head
    face = np.array(
        [
            [0, 0.36, 0.52],
            [0.15, 0.50, 0.42],
            [-0.15, 0.50, 0.42],
            [0.34, 0.42, 0.02],
            [-0.34, 0.42, 0.02],
        ]
    )
    out[:5] = middle + body.neck * unit(chest[1] + 0.6 * head[1]) + h * face @ head
    return out


def placed(body: Body, posture: Posture) -> Array:
    """Joints (17, 3) of a body that touches the floor (y = 0) with its lowest part."""
    joints = joints_of_posture(body, posture)
    joints[:, 1] -= lowest(body, posture, joints)
    joints[:, [0, 2]] += posture.ground * body.scale
    return joints


def lowest(body: Body, posture: Posture, joints: Array) -> float:
    """Height of the lowest part of a body: soles, hands, seat, knees, elbows, head."""
    s = body.scale
    lows = [
        joints[7:9, 1].min() - _ELBOW_M * s,
        joints[11:13, 1].min() - _HIP_M * s,
        joints[13:15, 1].min() - _KNEE_M * s,
        joints[3:5, 1].mean() - _HEAD_M * s,
    ]
    sole = _SOLE_M * s - [0.0, body.ankle, 0.0]
    for side in (0, 1):
        foot, hand = posture.frames[Part.FOOT + side], posture.frames[Part.HAND + side]
        lows.append(joints[15 + side, 1] + (sole @ foot)[:, 1].min())
        lows.append(joints[9 + side, 1] + (s * _HAND_M @ hand)[:, 1].min())
    return float(min(lows))
