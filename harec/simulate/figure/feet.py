"""The mesh of a bare foot."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.rig import Bone
from harec.simulate.figure.cloth import ClothedPart
from harec.simulate.figure.mesh import (
    Surface,
    bent_tube,
    smooth_curve,
    tube,
)

# z, half width, top above the ankle, bottom above the floor: heel to ball, of an adult in metres
_OUTLINE = np.array(
    [
        (-0.064, 0.010, -0.040, 0.012),
        (-0.060, 0.024, -0.014, 0.004),
        (-0.044, 0.031, 0.012, 0.0),
        (-0.012, 0.0335, 0.020, 0.002),
        (0.024, 0.0335, 0.008, 0.006),
        (0.062, 0.038, -0.016, 0.005),
        (0.098, 0.042, -0.036, 0.001),
        (0.124, 0.039, -0.046, 0.001),
        (0.136, 0.031, -0.052, 0.004),
    ],
    np.float32,
)
#: Across from the inner side, start, length, radius of the toes, in metres.
_TOES = (
    (-0.0265, 0.118, 0.052, 0.0125),
    (-0.0065, 0.124, 0.046, 0.0092),
    (0.0095, 0.119, 0.041, 0.0085),
    (0.0225, 0.110, 0.037, 0.0080),
    (0.0335, 0.098, 0.034, 0.0078),
)


def add_bare_foot(part: ClothedPart, side: int) -> None:
    """Adds the left (0) or right (1) foot to the mesh; sole at the height of the floor."""
    s, floor = part.scale, -part.m.ankle_height
    skin = Surface(part.look.skin, gloss=0.1)
    outward = 1.0 if side == 0 else -1.0
    bone = Bone.FOOT + side
    rows = smooth_curve(_OUTLINE, max(10, part.detail)) * s
    low = floor + rows[:, 3]
    half = np.maximum((np.maximum(rows[:, 2], low + 0.012 * s) - low) / 2, 0.004 * s)
    # the arch: the inner edge of the middle of the foot is narrower
    bend = outward * 0.005 * s * np.sin(np.clip((rows[:, 0] / s + 0.05) / 0.19, 0, 1) * np.pi)
    stations = np.stack([rows[:, 0], rows[:, 1], half, bend, low + half], axis=1)
    grid = tube(stations, part.detail + 2, squareness=0.2)[..., [0, 2, 1]]  # along z, not y
    part.builder.add_grid(bone, grid, skin)
    sides = max(6, part.detail // 2 + 1)
    for across, start, length, radius in _TOES:
        path = np.array(
            [
                (outward * across * 0.96, radius + 0.004, start - 0.012),
                (outward * across, radius + 0.005, start + 0.5 * length),
                (outward * across * 1.02, radius + 0.001, start + length),
            ]
        )
        path = path * s + [0, floor, 0]
        radii = np.array([0.95, 1.0, 0.8], np.float32) * radius * s
        part.builder.add_grid(bone, bent_tube(path, radii, sides, (1.0, 0.1, 0.1)), skin)
