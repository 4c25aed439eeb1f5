"""Poses as other people, other bodies, cameras and pose engines would give them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import LEFT_SHOULDER, RIGHT_SHOULDER
from harec.training.yoga.data import NONE
from harec.yoga.recognition.asanas import PHOTO_ASANAS
from harec.yoga.recognition.features import body_scale, mirrored, turned

Rng = np.random.Generator

#: Deviation of the camera's tilt; at most two and a half times that.
_TILT_DEG: Final = 9.0
#: Asanas whose arms are held in many ways; those of the second warrior and of everyday life too.
_ANY_ARMS: Final = tuple(PHOTO_ASANAS.index(n) for n in ("utkata_konasana", "vrikshasana"))
_ARMS_TOO: Final = (PHOTO_ASANAS.index("virabhadrasana_ii"), NONE)
#: Bones that `disturb` turns about their first joint, with everything that hangs on them.
_LIMBS: Final = (
    (5, (7, 9)),
    (6, (8, 10)),
    (7, (9,)),
    (8, (10,)),
    (11, (13, 15)),
    (12, (14, 16)),
    (13, (15,)),
    (14, (16,)),
)


def disturb(rng: Rng, keypoints_xyc: FloatArray) -> FloatArray:
    """Poses (N, 17, 3) as other bodies, cameras and engines would give them.

    Limbs turned by some degrees (no person practises like the photo), of other length, an image
    seen a little from the side, or from behind, jitter, missed keypoints, whole arms or legs
    hidden, the mirror image.
    """
    out = keypoints_xyc.astype(np.float32).copy()
    n = len(out)
    extent = 3 * body_scale(out.astype(np.float64), np.full(n, np.nan))
    sloppy = rng.choice([0.0, 5.0, 12.0], n, p=[0.3, 0.4, 0.3])
    for joint, parts in _LIMBS:
        angle = np.radians(rng.normal(0, 1, n) * sloppy)
        length = rng.normal(1, 0.05, n)
        cos, sin = (np.cos(angle) * length)[:, None], (np.sin(angle) * length)[:, None]
        arm = out[:, parts, :2] - out[:, [joint], :2]
        bent = np.stack(
            [cos * arm[..., 0] - sin * arm[..., 1], sin * arm[..., 0] + cos * arm[..., 1]], axis=-1
        )
        out[:, parts, :2] = out[:, [joint], :2] + bent
    out[..., 0] *= rng.uniform(0.82, 1.2, n)[:, None]
    jitter = rng.choice([0.004, 0.01, 0.02], n) * extent
    out[..., :2] += rng.normal(0, 1, (n, 17, 2)) * jitter[:, None, None]
    missed = rng.random((n, 17)) < rng.choice([0.0, 0.03, 0.12], n, p=[0.5, 0.3, 0.2])[:, None]
    for limb in ((7, 9), (8, 10), (15,), (16,), (13, 15), (14, 16)):
        missed[:, limb] |= (rng.random(n) < 0.03)[:, None]
    missed |= keypoints_xyc[..., 2] <= 0
    out[missed] = 0
    flip = rng.random(n) < 0.5
    out[flip] = mirrored(out[flip])
    # From behind a flat pose looks as in a mirror, but left stays left.
    out[rng.random(n) < 0.3, :, 0] *= -1
    return out


def other_arms(rng: Rng, keypoints_xyc: FloatArray, targets: NDArray[np.int64]) -> FloatArray:
    """Poses (N, 17, 3), some goddesses and trees with the arms of others: any will do for them."""
    out = keypoints_xyc.copy()
    takers = np.flatnonzero(np.isin(targets, _ANY_ARMS) & (rng.random(len(out)) < 0.3))
    givers = np.flatnonzero(np.isin(targets, (*_ANY_ARMS, *_ARMS_TOO)))
    if not len(takers):
        return out
    givers = rng.choice(givers, len(takers))
    scale = body_scale(out.astype(np.float64), np.full(len(out), np.nan))
    ratio = (scale[takers] / scale[givers])[:, None]
    for shoulder, arm in ((LEFT_SHOULDER, (7, 9)), (RIGHT_SHOULDER, (8, 10))):
        known = np.minimum(*(keypoints_xyc[who, shoulder, 2] for who in (takers, givers))) > 0
        for joint in arm:
            given = keypoints_xyc[givers, joint]
            from_shoulder = ratio * (given[:, :2] - keypoints_xyc[givers, shoulder, :2])
            moved = np.concatenate(
                [keypoints_xyc[takers, shoulder, :2] + from_shoulder, given[:, 2:]], axis=1
            )
            out[takers, joint] = np.where(known[:, None], moved, out[takers, joint])
    return out


def tilted(
    rng: Rng, keypoints_xyc: FloatArray, targets: NDArray[np.int64]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Poses (N, 17, 3) in pictures tilted by some degrees, some turned by quarters; which are not.

    What is none of them is none of them in every turn.
    """
    n = len(targets)
    tilt = rng.normal(0, _TILT_DEG, n).clip(-2.5 * _TILT_DEG, 2.5 * _TILT_DEG)
    turns = 90.0 * rng.integers(1, 4, n)
    aside = rng.random(n) < np.where(targets == NONE, 0.25, 0.1)
    return turned(keypoints_xyc, tilt + np.where(aside, turns, 0)), ~aside
