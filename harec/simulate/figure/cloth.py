"""What trunk and limbs share: cloth, folds, tubes that taper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from harec.simulate.body.rig import (
    SIDES,
    Bone,
    Measures,
)
from harec.simulate.figure.looks import RGB, Look
from harec.simulate.figure.mesh import (
    FloatArray,
    MeshBuilder,
    Surface,
    ring_angles,
    smooth_curve,
    tube,
)

ADULT_TORSO_M: Final = 0.49  # middle of the hips to middle of the shoulders, at 1.7 m
CLOTH_M: Final = 0.009  # how far clothes stand off the skin


class ClothedPart:
    """Adds dressed parts of one person to a mesh.

    Attributes:
        scale: size relative to an adult of 1.7 m: heights given for an adult are multiplied by it.
        girth: the same for widths, by the build.
        detail: vertices around an arm.
    """

    def __init__(self, builder: MeshBuilder, look: Look, measures: Measures, detail: int) -> None:
        self.builder, self.look, self.m, self.detail = builder, look, measures, detail
        self.scale = measures.torso / ADULT_TORSO_M
        self.girth = self.scale * look.build
        self.rng = np.random.default_rng(look.seed + 1)

    def cloth(self, rgb: RGB, open_sky: float = 1.0) -> Surface:
        return Surface(rgb, gloss=0.03, open_sky=open_sky)

    def folded(self, grid: FloatArray, strength: float, where: FloatArray) -> FloatArray:
        """The grid of a limb with soft folds; ``where`` (R,) is their share along it."""
        rings, sides = grid.shape[:2]
        angle = ring_angles(sides)
        phase = self.rng.uniform(0, 6.28, 3)
        along = np.linspace(0, 1, rings)[:, None]
        wave = np.sin(2 * angle + 9 * along + phase[0]) + np.sin(3 * angle - 14 * along + phase[1])
        wave = wave + 0.7 * np.sin(angle + 26 * along + phase[2])
        centre = grid.mean(axis=1, keepdims=True)
        factor = 1 + strength * wave * np.asarray(where)[:, None]
        return (centre + (grid - centre) * factor[..., None]).astype(np.float32)

    def limb(
        self,
        bone: int,
        knots: Sequence[tuple[float, float, float]],
        surface: Surface,
        *,
        folds: float = 0.0,
        tint: FloatArray | None = None,
        caps: tuple[bool, bool] = (True, True),
        centre: Sequence[tuple[float, float]] | None = None,
        rings: int | None = None,
    ) -> None:
        """A limb from (y, half width, half depth) knots, with optional (x, z) centres of rings."""
        middle = centre or [(0.0, 0.0)] * len(knots)
        rows = [(*knot, *c) for knot, c in zip(knots, middle, strict=True)]
        count = rings or max(6, int(self.detail * 0.9))
        # shoulders are flatter on top than a ball
        flat = 0.5 if bone - Bone.UPPER_ARM in SIDES else 1.0
        stations = smooth_curve(rows, count)
        grid = tube(stations, self.detail, cap_start=caps[0], cap_end=caps[1], flat_start=flat)
        if folds:
            grid = self.folded(grid, folds, np.ones(len(grid)))
        self.builder.add_grid(bone, grid, surface, tint=tint)
