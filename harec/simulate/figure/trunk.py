"""The mesh of trunk, hips and neck, in shirt and trousers."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.rig import Bone
from harec.simulate.figure.cloth import CLOTH_M, ClothedPart
from harec.simulate.figure.mesh import (
    FloatArray,
    Surface,
    smooth_curve,
    tube,
)


class Trunk(ClothedPart):
    """Adds trunk, hips and neck."""

    def add(self) -> None:
        """All of it."""
        self._trunk()
        self._hips()
        self._neck()

    def _trunk_rings(self, knots: FloatArray, count: int, sides: int) -> tuple[FloatArray, ...]:
        """Rings from (share of the torso, half width, half depth, centre z) knots.

        Returns:
            The grid in the pelvis' frame, in the chest's frame, the share of the chest (R,).
        """
        rows = smooth_curve(knots, count)
        share, zero = rows[:, 0], np.zeros(count)
        stations = np.stack(
            [share * self.m.torso, rows[:, 1], rows[:, 2], zero, rows[:, 3]], axis=1
        )
        low = tube(stations, sides, squareness=0.16)
        high = low - np.array([0, self.m.torso, 0], np.float32)
        chest = np.clip(share, 0, 1)
        return low, high, chest * chest * (3 - 2 * chest)

    def _trunk(self) -> None:
        m, g, c, look = self.m, self.girth, self.look.curves, self.look
        shoulders, belly = m.half_shoulders, max(look.build - 1.0, 0) * 0.16
        hip = m.half_hips + (0.050 + 0.008 * c) * g
        waist = (0.131 - 0.015 * c) * g + 0.05 * (shoulders - 0.18)
        off = CLOTH_M * self.scale
        bust = 0.022 * c * g
        knots = np.array(
            [
                (-0.10, hip + 1.7 * off, 0.116 * g + belly * g, -0.006 * g),
                (0.02, hip + 1.1 * off, 0.114 * g + belly * g, 0.3 * belly * g),
                (0.20, waist + 0.018 * g, 0.100 * g + belly * g, 0.006 * g + 0.5 * belly * g),
                (0.38, waist + 0.011 * g, 0.096 * g + 0.7 * belly * g, 0.008 * g),
                (0.58, waist + 0.022 * g, 0.106 * g + 0.4 * bust, 0.008 * g + 0.6 * bust),
                (0.74, shoulders - 0.016 * g, 0.112 * g + 0.5 * bust, 0.004 * g + 0.7 * bust),
                (0.88, shoulders, 0.100 * g, -0.004 * g),
                (0.98, shoulders + 0.006 * g, 0.078 * g, -0.010 * g),
                (1.035, shoulders * 0.98, 0.064 * g, -0.014 * g),
                (1.075, shoulders * 0.76, 0.060 * g, -0.014 * g),
                (1.105, 0.085 * g, 0.058 * g, -0.012 * g),
                (1.12, 0.064 * g, 0.056 * g, -0.009 * g),
                (1.145, 0.057 * g, 0.054 * g, -0.008 * g),
            ],
            np.float32,
        )
        count, sides = int(self.detail * 2.6), 2 * self.detail
        if look.yoga:  # the edges of a tank top are edges of quads
            knots[:2, 1] = hip - 0.022 * g, hip - 0.008 * g
            knots[-2:, 1:3] *= [[0.85], [0.7]]  # no collar: it ends inside the neck
            count, sides = int(self.detail * 4.4), 4 * self.detail
        low, high, chest = self._trunk_rings(knots, count, sides)
        share = np.linspace(0, 1, count)
        around_waist = np.exp(-(((share - 0.28) / 0.2) ** 2))
        fold = self.folded(low, 0.012, around_waist) - low
        self.builder.add_grid(
            Bone.PELVIS,
            low + fold,
            self.cloth(look.shirt),
            second=(Bone.CHEST, high + fold, chest),
            tint=self._shirt_tint(low),
            # the hem hangs over the trousers
            lift=(0.008 if look.yoga else 0.045)
            * self.scale
            * np.clip((0.22 - low[:-1, 0, 1] / m.torso) / 0.15, 0, 1),
        )

    def _shirt_tint(self, grid: FloatArray) -> FloatArray:
        """Factors of the shirt's colour per quad: the pattern and the shade below the arms."""
        look = self.look
        if look.yoga:
            return self._tank_top_tint(grid)
        centre = (grid[:-1] + np.roll(grid[:-1], -1, axis=1) + grid[1:]) / 3
        share = centre[..., 1] / self.m.torso
        front = centre[..., 2] > 0.02
        x = centre[..., 0] / self.scale
        marked = np.zeros(share.shape, bool)
        if look.pattern == "stripes":
            marked = (np.floor(share * 13) % 2 == 0) & (share < 0.95)
        elif look.pattern == "block":
            marked = share < 0.42
        elif look.pattern == "badge":
            row = int(np.argmin(np.abs(share[:, 0] - 0.68)))
            marked = front & (np.abs(x[row]) < 0.065) & (np.abs(share[:, :1] - 0.68) < 0.09)
        marked |= share > 1.125  # the collar
        ratio = np.asarray(look.accent, np.float32) / np.maximum(look.shirt, 8)
        if look.pattern in ("plain", "stripes"):
            collar = share > 1.125
            ratio = np.where(collar[..., None], 0.8, ratio) if look.pattern == "plain" else ratio
        tint = np.where(marked[..., None], ratio, 1.0).astype(np.float32)
        # less light between arm and trunk, and under the chest
        armpit = np.exp(-(((share - 0.70) / 0.18) ** 2)) * (np.abs(x) > 0.13)
        return tint * (1 - 0.16 * armpit)[..., None]

    def _tank_top_tint(self, grid: FloatArray) -> FloatArray:
        """The same where the shirt is a tank top over high leggings: skin above, legs below."""
        look = self.look
        centre = (grid[:-1] + np.roll(grid[:-1], -1, axis=1) + grid[1:]) / 3
        share = centre[..., 1] / self.m.torso
        x, front = np.abs(centre[..., 0]) / self.m.half_shoulders, centre[..., 2] > -0.01
        # a scoop in front, less of one behind, and holes for the arms
        neck = share > np.where(front, 0.84, 0.95) + 0.9 * np.clip(x - 0.12, 0, 1) ** 2
        bare = (neck & (x < 0.45)) | (share > 1.075)
        bare |= (x > 0.66) & (share > 0.80 + 2.2 * np.clip(0.95 - x, 0, 1))
        high = share < 0.13
        tint = np.ones((*share.shape, 3), np.float32)
        shirt = np.maximum(look.shirt, 8)
        tint[bare] = np.asarray(look.skin, np.float32) / shirt
        tint[high] = np.asarray(look.legs, np.float32) / shirt
        tint[(share > 0.13) & (share < 0.15)] *= 0.86  # the hem
        return tint

    def _hips(self) -> None:
        m, g, c = self.m, self.girth, self.look.curves
        hip = m.half_hips + (0.050 + 0.008 * c) * g
        knots = np.array(
            [
                (-0.245, 0.060 * g, 0.060 * g, -0.004 * g),
                (-0.20, 0.118 * g, 0.094 * g, -0.006 * g),
                (-0.12, hip - 0.012 * g, 0.110 * g, -0.010 * g),
                (-0.02, hip, 0.114 * g, -0.010 * g),
                (0.06, hip - 0.008 * g, 0.104 * g, -0.004 * g),
                (0.16, hip - 0.030 * g, 0.092 * g, 0.0),
            ],
            np.float32,
        )
        low, high, chest = self._trunk_rings(knots, self.detail, 2 * self.detail)
        self.builder.add_grid(
            Bone.PELVIS,
            low,
            self.cloth(self.look.legs, open_sky=1.1),
            second=(Bone.CHEST, high, 0.4 * chest),
        )

    def _neck(self) -> None:
        s, m = self.girth, self.m
        thick = 0.052 - 0.007 * self.look.curves
        # from inside the collar to inside the skull; the head carries its upper end
        rings = max(5, self.detail // 2)
        share = np.linspace(0, 1, rings)
        radius = np.interp(share, [0, 0.4, 1], [0.97, 0.97, 0.95]) * thick * s
        zero = np.zeros(rings)

        def stack(y: FloatArray, z: FloatArray) -> FloatArray:
            return tube(np.stack([y, radius, radius, zero, z], axis=1), self.detail + 4)

        base = stack(-0.02 * s + share * m.neck, -0.013 * s + 0.0 * share)
        head = stack((share - 1) * m.neck, -0.026 * s + 0.0 * share)
        tint = np.interp(share[:-1], [0, 0.5, 1], [0.9, 0.82, 0.72])[:, None]
        self.builder.add_grid(
            Bone.CHEST,
            base,
            Surface(self.look.skin, gloss=0.08, open_sky=0.85),
            second=(Bone.HEAD, head, share),
            tint=tint * np.ones((1, self.detail + 4)),
        )
