"""From 17 joints to the frames of the bones that carry the figure's surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from harec.core import skeleton as sk
from harec.core.geometry import torso_length

FloatArray = NDArray[np.floating]
SIDES = (0, 1)  # left, right: offsets of the COCO indices


class Bone(IntEnum):
    """Bones; of a pair the left one is named, the right one follows it."""

    PELVIS = 0
    CHEST = 1
    HEAD = 2
    UPPER_ARM = 3
    FOREARM = 5
    HAND = 7
    THIGH = 9
    SHANK = 11
    FOOT = 13


NUM_BONES = 15
_LIMBS = (
    (Bone.UPPER_ARM, sk.LEFT_SHOULDER, sk.LEFT_ELBOW),
    (Bone.FOREARM, sk.LEFT_ELBOW, sk.LEFT_WRIST),
    (Bone.THIGH, sk.LEFT_HIP, sk.LEFT_KNEE),
    (Bone.SHANK, sk.LEFT_KNEE, sk.LEFT_ANKLE),
)


def unit(vector: NDArray[np.floating]) -> FloatArray:
    """Vectors (..., 3) with length 1; a zero vector stays zero."""
    norm = np.linalg.norm(vector, axis=-1, keepdims=True)
    return (vector / np.maximum(norm, 1e-9)).astype(np.float32)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross product of two vectors (3,); numpy's own is 20 times slower on so few numbers."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], np.float32)


def swing(axes: FloatArray, direction: FloatArray) -> FloatArray:
    """Axes (3, 3; rows) turned by the smallest rotation that brings the y row to ``direction``."""
    end = unit(direction)
    dot = float(axes[1] @ end)
    if dot < -0.9999:  # opposite: any half turn will do
        return np.stack([axes[0], -axes[1], -axes[2]])
    # Rodrigues' formula for the rotation that takes the y row to the end
    x, y, z = cross(axes[1], end).tolist()
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], np.float32)
    turn = np.eye(3, dtype=np.float32) + skew + skew @ skew / (1 + dot)
    return np.asarray(axes @ turn.T, np.float32)


@dataclass(frozen=True)
class Measures:
    """Lengths of one body in metres, from its joints; what the mesh is built to fit.

    The head's points are in the head's frame: origin between the ears, x to the left, y up,
    z forward.
    """

    torso: float
    half_shoulders: float
    half_hips: float
    upper_arm: float
    forearm: float
    thigh: float
    shank: float
    ear_x: float
    eye: tuple[float, float, float]
    nose: tuple[float, float]
    neck: float
    ankle_height: float

    @classmethod
    def of(cls, joints: FloatArray) -> Measures:
        """Medians over the frames of joints (T, 17, 3)."""

        def length(a: int, b: int) -> float:
            return float(np.median(np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)))

        def both(a: int, b: int) -> float:
            return (length(a, b) + length(a + 1, b + 1)) / 2

        shoulders = joints[:, [sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER]].mean(axis=1)
        face = []
        for frame in joints[:: max(1, len(joints) // 8)]:
            axes = head_axes(frame)
            face.append((frame[:5] - frame[3:5].mean(axis=0)) @ axes.T)
        nose, left_eye, right_eye = np.median(np.stack(face), axis=0)[:3]
        eye = (left_eye + right_eye * np.array([-1, 1, 1])) / 2
        ears = joints[:, [sk.LEFT_EAR, sk.RIGHT_EAR]].mean(axis=1)
        return cls(
            torso=float(np.median(torso_length(joints))),
            half_shoulders=length(sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER) / 2,
            half_hips=length(sk.LEFT_HIP, sk.RIGHT_HIP) / 2,
            upper_arm=both(sk.LEFT_SHOULDER, sk.LEFT_ELBOW),
            forearm=both(sk.LEFT_ELBOW, sk.LEFT_WRIST),
            thigh=both(sk.LEFT_HIP, sk.LEFT_KNEE),
            shank=both(sk.LEFT_KNEE, sk.LEFT_ANKLE),
            ear_x=length(sk.LEFT_EAR, sk.RIGHT_EAR) / 2,
            eye=(float(eye[0]), float(eye[1]), float(eye[2])),
            nose=(float(nose[1]), float(nose[2])),
            neck=float(np.median(np.linalg.norm(ears - shoulders, axis=-1))),
            ankle_height=float(
                np.percentile(joints[:, [sk.LEFT_ANKLE, sk.RIGHT_ANKLE], 1].min(axis=1), 10)
            ),
        )


def head_axes(joints: FloatArray) -> FloatArray:
    """Axes (3, 3; rows: left, up, forward) of the head, from the face points of joints (17, 3)."""
    left = unit(joints[sk.LEFT_EAR] - joints[sk.RIGHT_EAR])
    ears = joints[[sk.LEFT_EAR, sk.RIGHT_EAR]].mean(axis=0)
    eyes = joints[[sk.LEFT_EYE, sk.RIGHT_EYE]].mean(axis=0)
    # the eyes are a little above the ears, the nose a little below: their middle is straight ahead
    ahead = (eyes + joints[sk.NOSE]) / 2 - ears
    forward = unit(ahead - left * (ahead @ left))
    return np.stack([left, cross(forward, left), forward]).astype(np.float32)


def trunk_axes(across: FloatArray, upward: FloatArray) -> FloatArray:
    """Axes (rows: left, up, forward) with x along ``across`` and y as near ``upward`` as can be."""
    left = unit(across)
    up = unit(upward - left * (upward @ left))
    return np.stack([left, up, cross(left, up)]).astype(np.float32)


def bone_frames(
    joints: FloatArray, measures: Measures, known_axes: Mapping[int, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Frames of all bones of one pose (17, 3): origins (15, 3) and axes (15, 3, 3; rows).

    Limb bones have y along the bone (stretched when the joints are further apart than the body
    is built for), z to the front and, with the arms down, x to the person's right.

    Args:
        known_axes: axes (3, 3) of hands and feet that are held otherwise than mostly, by `Bone`.
    """
    origins = np.zeros((NUM_BONES, 3), np.float32)
    axes = np.zeros((NUM_BONES, 3, 3), np.float32)
    hips = joints[[sk.LEFT_HIP, sk.RIGHT_HIP]].mean(axis=0)
    shoulders = joints[[sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER]].mean(axis=0)
    spine = unit(shoulders - hips)
    # a pelvis leans less than the back does
    lean = 0.75 * spine + np.array([0, 0.25, 0], np.float32)
    origins[Bone.PELVIS], origins[Bone.CHEST] = hips, shoulders
    axes[Bone.PELVIS] = trunk_axes(joints[sk.LEFT_HIP] - joints[sk.RIGHT_HIP], lean)
    axes[Bone.CHEST] = trunk_axes(joints[sk.LEFT_SHOULDER] - joints[sk.RIGHT_SHOULDER], spine)
    origins[Bone.HEAD] = joints[[sk.LEFT_EAR, sk.RIGHT_EAR]].mean(axis=0)
    axes[Bone.HEAD] = head_axes(joints)

    built = (measures.upper_arm, measures.forearm, measures.thigh, measures.shank)
    turned = np.array([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], np.float32)  # y points down the limb
    for side in SIDES:
        outward = 1.0 if side == 0 else -1.0
        frame = turned
        chest = turned @ axes[Bone.CHEST]
        out_and_down = unit(outward * axes[Bone.CHEST][0] - axes[Bone.CHEST][1])
        parents = {
            # by way of "out and down", so that the awkward opposite is where no arm goes
            Bone.UPPER_ARM: swing(chest, out_and_down),
            Bone.THIGH: turned @ axes[Bone.PELVIS],
        }
        for (bone, start, end), length in zip(_LIMBS, built, strict=True):
            a, b = joints[start + side], joints[end + side]
            frame = swing(parents.get(bone, frame), b - a)
            origins[bone + side] = a
            axes[bone + side] = frame
            stretch = float(np.linalg.norm(b - a)) / max(length, 1e-6)
            axes[bone + side, 1] *= stretch
            if bone == Bone.FOREARM:
                origins[Bone.HAND + side] = b
                axes[Bone.HAND + side] = _hand_axes(frame[1], axes[Bone.CHEST], outward)
            elif bone == Bone.SHANK:
                origins[Bone.FOOT + side] = b
                axes[Bone.FOOT + side] = _foot_axes(
                    b, frame, axes[Bone.PELVIS][2], outward * axes[Bone.PELVIS][0], measures
                )
    for index, known in (known_axes or {}).items():
        axes[index] = known
    return origins, axes


def _hand_axes(along: FloatArray, chest: FloatArray, outward: float) -> FloatArray:
    """Axes of a hand: y to the fingers, z out of the palm.

    The joints don't say how the forearm is rolled, so it is as people mostly hold it: palms
    inwards with the arm down or ahead, forwards with the forearm up, down with the arm outwards.
    """
    inward = -outward * chest[0]
    raised = max(float(along @ chest[1]), 0.0)
    sideways = max(float(along @ chest[0]) * outward, 0.0)
    palm = inward * max(1.2 - raised - sideways, 0.05)
    palm = palm + chest[2] * (raised + 0.45 * sideways) - chest[1] * 0.7 * sideways
    palm = unit(palm - along * (palm @ along))
    return np.stack([cross(along, palm), along, palm]).astype(np.float32)


def _foot_axes(
    ankle: FloatArray,
    shank: FloatArray,
    forward: FloatArray,
    outward: FloatArray,
    measures: Measures,
) -> FloatArray:
    """Axes of a foot: z to the toes, y up.

    On the floor it is flat; a raised ankle lets the toes hang to reach for the floor; high up
    the foot follows the shank.
    """
    level = np.array([1, 0, 1], np.float32)
    ahead = unit((forward + 0.22 * outward) * level)
    height = max(float(ankle[1]) - measures.ankle_height, 0.0)
    drop = min(height / 0.18, 0.75)
    toes = unit(ahead - np.array([0, drop, 0], np.float32))
    free = float(np.clip((height - 0.25) / 0.3, 0, 1))
    toes = unit(toes * (1 - free) + free * unit(shank[2] + 0.5 * shank[1]))
    up = np.array([0, 1, 0], np.float32) * (1 - free) - free * shank[1]
    up = unit(up - toes * (up @ toes))
    return np.stack([cross(up, toes), up, toes]).astype(np.float32)
