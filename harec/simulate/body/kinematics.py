"""From a track of body parameters to joints: forward kinematics with two-bone limbs.

Axes: right-handed, metres, y up, floor y = 0, the person faces +z and +x is the person's left.
Arms are unit directions in the chest's frame with x *outwards* (mirrored for the right arm), so
the same numbers mean the same gesture on either side.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from harec.simulate.body.body import Body

Array = NDArray[np.float64]

#: x outwards -> x of the world, for the left and the right side.
SIDES = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
MAX_FLEXION = np.deg2rad(150)  # elbow; a forearm folds no further onto the upper arm
_VIA = np.array([0.45, 0.0, 0.55])  # arms going from down to up pass outwards and in front


@dataclass
class Track:
    """Parameters of a moving body, one row a frame (n frames); angles in radians."""

    pelvis: Array  # (n, 3) mid-hip
    turn: Array  # (n,) heading about the vertical; positive turns to the person's left
    lean: Array  # (n,) trunk forward
    tilt: Array  # (n,) trunk to the person's left
    twist: Array  # (n,) chest against the pelvis; positive brings the right shoulder forward
    hip_tilt: Array  # (n,) the line of the hips; positive lowers the left hip
    look: Array  # (n,) head turned to the left
    nod: Array  # (n,) head forward
    arms: Array  # (n, 2 sides, upper arm and forearm, 3) directions in the chest's frame
    ankles: Array  # (n, 2 sides, 3) world
    knees: Array  # (n, 2 sides, 3) where knees point, in the frame of the heading, x outwards
    repetitions: NDArray[np.bool_]  # (n,) True where a repetition of the action is at its middle

    def __len__(self) -> int:
        return len(self.pelvis)

    def cut(self, start: int, stop: int) -> Track:
        return Track(**{f.name: getattr(self, f.name)[start:stop] for f in fields(self)})


def unit(v: Array) -> Array:
    """Vectors (..., 3) scaled to length 1."""
    return v / np.maximum(np.sqrt(np.einsum("...i,...i->...", v, v))[..., None], 1e-9)


def mix_directions(a: Array, b: Array, w: Array) -> Array:
    """From directions ``a`` to ``b`` (..., 3) by ``w`` (broadcastable to (..., 1)).

    Opposite directions have no shortest way; an arm then swings through the side and the front.
    """
    a, b = unit(a), unit(b)
    apart = 0.5 - 0.5 * np.einsum("...i,...i->...", a, b)[..., None]
    return unit(a * (1 - w) + b * w + np.clip(w * (1 - w), 0, 1) * 2 * apart**2 * _VIA)


def rotate(v: Array, axis: Array, angle: Array) -> Array:
    """Rotates (..., 3) about unit ``axis`` (3,) by ``angle`` (...) (Rodrigues)."""
    c, s = np.cos(angle)[..., None], np.sin(angle)[..., None]
    return v * c + np.cross(axis, v) * s + axis * (v @ axis)[..., None] * (1 - c)


def two_bone(start: Array, target: Array, first: float, second: float, hint: Array) -> Array:
    """Joint and end (..., 2, 3) of a two-bone limb that reaches from ``start`` to ``target``.

    The middle joint points to ``hint``; a target out of reach is approached along its direction.
    """
    d = target - start
    distance = np.maximum(np.sqrt(np.einsum("...i,...i->...", d, d))[..., None], 1e-6)
    u = d / distance
    reach = np.clip(distance, abs(first - second) + 0.12 * first, (first + second) * 0.999)
    along = (first**2 - second**2 + reach**2) / (2 * reach)
    off = np.sqrt(np.maximum(first**2 - along**2, 0))
    aside = unit(hint - np.einsum("...i,...i->...", hint, u)[..., None] * u)
    return np.stack([start + u * along + aside * off, start + u * reach], axis=-2)


def joints_of(body: Body, track: Track) -> Array:
    """COCO-17 joints (n, 17, 3) in metres."""
    n = len(track)
    out = np.empty((n, 17, 3))
    heading = _about_y(track.turn)
    chest = heading @ _about_z(-track.tilt) @ _about_x(track.lean) @ _about_y(track.twist)
    hips = heading @ _about_z(-track.hip_tilt)
    arms, shoulders = _settle_arms(body, track.arms)
    top = np.array([0.0, body.trunk, 0.0])
    local = np.empty((n, 2, 3, 3))  # shoulder, elbow, wrist around the middle of the chest
    local[:, :, 0] = shoulders
    local[:, :, 1] = local[:, :, 0] + body.upper_arm * arms[:, :, 0]
    local[:, :, 2] = local[:, :, 1] + body.forearm * arms[:, :, 1]
    local = local * SIDES[:, None] + top
    world = track.pelvis[:, None, None] + np.einsum("nij,nskj->nski", chest, local)
    _lift_hands_off_floor(body, world)
    out[:, 5:11] = world.transpose(0, 2, 1, 3).reshape(n, 6, 3)
    out[:, 0:5] = _face(body, track, chest)
    offset = np.array([body.hip_half, 0, 0]) * SIDES
    hip = track.pelvis[:, None] + np.einsum("nij,sj->nsi", hips, offset)
    hint = np.einsum("nij,nsj->nsi", heading, track.knees * SIDES)
    leg = two_bone(hip, track.ankles, body.thigh, body.shank, hint)
    out[:, 11:13], out[:, 13:15], out[:, 15:17] = hip, leg[:, :, 0], leg[:, :, 1]
    return out


def _lift_hands_off_floor(body: Body, arms: Array) -> None:
    """Bends arms (n, 2, shoulder-elbow-wrist, 3; world) in place so that they stay above y = 0."""
    lowest = 0.015 * body.height
    under = arms[:, :, 1:, 1].min(axis=2) < lowest
    if not under.any():
        return
    shoulder, elbow, target = arms[under][:, 0], arms[under][:, 1], arms[under][:, 2].copy()
    target[:, 1] = np.maximum(target[:, 1], lowest)
    hint = elbow - shoulder
    hint[:, 1] = np.abs(hint[:, 1]) + 0.3 * body.upper_arm
    arms[under, 1:] = two_bone(shoulder, target, body.upper_arm, body.forearm, hint)


def solve_arms(body: Body, wrists: Array, hint: Array) -> Array:
    """Arm directions (n, 2, 2, 3) that bring the wrists to chest-frame points (n, 2, 3).

    Points are relative to the middle between the shoulders, x outwards; ``hint`` (..., 3) says
    where the elbows point.
    """
    shoulder = np.array([body.shoulder_half, 0.0, 0.0])
    joint = two_bone(np.broadcast_to(shoulder, wrists.shape), wrists, body.upper_arm,
                     body.forearm, np.broadcast_to(hint, wrists.shape))  # fmt: skip
    upper = (joint[..., 0, :] - shoulder) / body.upper_arm
    return np.stack([upper, (joint[..., 1, :] - joint[..., 0, :]) / body.forearm], axis=-2)


def _settle_arms(body: Body, arms: Array) -> tuple[Array, Array]:
    """Arms within joint limits and outside the trunk, and the shoulders (n, 2, 3) they hang on."""
    arms = unit(arms)
    upper, fore = arms[:, :, 0], arms[:, :, 1]
    fold = np.einsum("nsi,nsi->ns", upper, fore)[..., None]
    limit = np.cos(MAX_FLEXION)
    side = unit(fore - fold * upper)
    fore = np.where(fold < limit, upper * limit + side * np.sqrt(1 - limit**2), fore)
    # Shoulders rise and close in when an arm goes up, and come forward when it reaches out.
    raised, ahead = np.clip(upper[..., 1] + 0.2, 0, None), np.clip(upper[..., 2], 0, None)
    shoulder = np.stack(
        [
            body.shoulder_half - 0.012 * body.height * raised,
            0.028 * body.height * raised,
            0.014 * body.height * ahead,
        ],
        axis=-1,
    )
    elbow = shoulder + body.upper_arm * upper
    wrist = elbow + body.forearm * fore
    wanted = _outside_trunk(body, wrist)
    if wanted is not wrist:
        solved = two_bone(shoulder, wanted, body.upper_arm, body.forearm, elbow - shoulder)
        upper = (solved[..., 0, :] - shoulder) / body.upper_arm
        fore = (solved[..., 1, :] - solved[..., 0, :]) / body.forearm
    return np.stack([upper, fore], axis=2), shoulder


def trunk_half_depth(body: Body) -> float:
    """Half of the trunk's thickness, front to back."""
    return 0.058 * body.height


def _outside_trunk(body: Body, wrist: Array) -> Array:
    """Wrists (n, 2, 3) moved to the surface of the trunk and the head where they are inside."""
    x, y, z = wrist[..., 0], wrist[..., 1], wrist[..., 2]
    wide, deep = 0.95 * body.shoulder_half, trunk_half_depth(body)
    inside = (y < 0.1 * body.trunk) & (y > -1.1 * body.trunk)
    inside &= (x / wide) ** 2 + (z / deep) ** 2 < 1
    skull = np.array([0.0, body.neck + 0.45 * body.head, 0.02 * body.height])
    radius = 0.55 * body.head
    from_skull = wrist - skull
    in_head = np.einsum("nsi,nsi->ns", from_skull, from_skull) < radius**2
    if not (inside.any() or in_head.any()):
        return wrist
    moved = wrist.copy()
    surface = deep * np.sqrt(np.clip(1 - (x / wide) ** 2, 0.0, 1))
    moved[..., 2] = np.where(inside, np.where(z > -0.35 * deep, surface, -surface), z)
    return np.where(in_head[..., None], skull + radius * unit(from_skull), moved)


def _face(body: Body, track: Track, chest: Array) -> Array:
    """Nose, eyes, ears (n, 5, 3)."""
    head = chest @ _about_y(track.look) @ _about_x(track.nod)
    h = body.head
    base = np.array([0.0, body.trunk + body.neck, 0.0])
    points = np.array(
        [
            [0, 0.36 * h, 0.52 * h],
            [0.15 * h, 0.50 * h, 0.42 * h],
            [-0.15 * h, 0.50 * h, 0.42 * h],
            [0.34 * h, 0.42 * h, 0.02 * h],
            [-0.34 * h, 0.42 * h, 0.02 * h],
        ]
    )
    at = track.pelvis[:, None] + (chest @ base)[:, None]
    return np.asarray(at + np.einsum("nij,kj->nki", head, points))


def _rotation(angle: Array, i: int, j: int) -> Array:
    out = np.zeros((len(angle), 3, 3))
    out[:, [0, 1, 2], [0, 1, 2]] = 1.0
    c, s = np.cos(angle), np.sin(angle)
    out[:, i, i], out[:, j, j], out[:, i, j], out[:, j, i] = c, c, -s, s
    return out


def _about_x(angle: Array) -> Array:
    return _rotation(angle, 1, 2)


def _about_y(angle: Array) -> Array:
    return _rotation(angle, 2, 0)


def _about_z(angle: Array) -> Array:
    return _rotation(angle, 0, 1)
