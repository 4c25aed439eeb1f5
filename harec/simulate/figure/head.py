"""The mesh of a head: skull, face, ears, hair. Frame: between the ears, x left, y up, z forward."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from harec.simulate.body.rig import Bone, Measures
from harec.simulate.figure.looks import (
    Look,
    blend,
    shade,
)
from harec.simulate.figure.mesh import (
    FloatArray,
    MeshBuilder,
    Surface,
    bent_tube,
    ring_angles,
    smooth_curve,
    tube,
)

# y, half width, front, back of the skull of an adult in metres, chin to crown
_SKULL = np.array(
    [
        (-0.116, 0.010, 0.078, 0.052),
        (-0.111, 0.026, 0.089, 0.030),
        (-0.098, 0.042, 0.0935, 0.000),
        (-0.076, 0.0545, 0.092, -0.036),
        (-0.048, 0.0625, 0.0905, -0.064),
        (-0.018, 0.0680, 0.0905, -0.082),
        (0.014, 0.0720, 0.0895, -0.093),
        (0.045, 0.0745, 0.0905, -0.098),
        (0.076, 0.0715, 0.0815, -0.093),
        (0.102, 0.0580, 0.0580, -0.075),
        (0.120, 0.0370, 0.0280, -0.046),
        (0.128, 0.0040, -0.005, -0.013),
    ],
    np.float32,
)
_LAYER_M = 0.022  # details must win from the skull's quads, which are up to 2 cm long


class HeadBuilder:
    """Adds a head that fits the measured face points to a mesh."""

    def __init__(self, builder: MeshBuilder, look: Look, measures: Measures, detail: int) -> None:
        self.builder, self.look, self.measures = builder, look, measures
        self.scale = 0.5 * (measures.ear_x / 0.074 + measures.eye[2] / 0.0865)
        self.detail = detail
        self.rows = smooth_curve(_SKULL, detail + 2) * self.scale
        self.rng = np.random.default_rng(look.seed)

    def add(self) -> None:
        """All of it."""
        self._skull()
        self._ears()
        self._eyes()
        self._nose()
        self._mouth()
        self._hair()

    # ---- helpers

    def _stations(self, grow: float = 0.0, top: float = 0.0) -> FloatArray:
        """Stations of the skull, thickened by ``grow`` metres and by ``top`` at the crown."""
        y, wide, front, back = self.rows.T
        up = np.clip(y / (0.128 * self.scale), 0, 1) ** 2
        extra = grow + top * up
        return np.stack(
            [y + extra * up, wide + extra, (front - back) / 2 + extra, 0 * y, (front + back) / 2],
            axis=1,
        )

    def _on_face(self, x: ArrayLike, y: ArrayLike, lift: float = 0.0) -> FloatArray:
        """Points (K, 3) on the front of the skull at x, y (metres)."""
        across, height = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
        rows = self.rows[:, 0]
        wide, front, back = (np.interp(height, rows, self.rows[:, k]) for k in (1, 2, 3))
        round_ = np.sqrt(np.clip(1 - (across / wide) ** 2, 0.02, 1))
        z = (front + back) / 2 + (front - back) / 2 * round_
        return np.stack([across, height, z + lift], axis=-1).astype(np.float32)

    def _spot(
        self, x: float, y: float, rx: float, ry: float, surface: Surface, *, flat: float = 0.0
    ) -> None:
        """An ellipse painted on the face; ``flat`` cuts its upper part off (0..1)."""
        share = np.cos(np.linspace(np.pi, 0, max(5, self.detail // 3)))
        half = ry * np.sqrt(np.clip(1 - share**2, 0, 1))
        top = np.minimum(half, ry * (1 - flat))
        self.builder.add_patch(
            Bone.HEAD,
            self._on_face(x + rx * share, y + top),
            self._on_face(x + rx * share, y - half),
            surface,
        )

    def _stroke(self, x: ArrayLike, y: ArrayLike, thickness: ArrayLike, surface: Surface) -> None:
        """A line painted on the face."""
        half = np.asarray(thickness) / 2
        self.builder.add_patch(
            Bone.HEAD,
            self._on_face(x, np.asarray(y) + half),
            self._on_face(x, np.asarray(y) - half),
            surface,
        )

    def _layer(self, rgb: tuple[float, float, float], level: int, **more: object) -> Surface:
        bias = (_LAYER_M + 0.004 * level) * self.scale
        return Surface(rgb, bias_m=bias, **more)  # type: ignore[arg-type]

    # ---- parts

    def _skull(self) -> None:
        sides = 2 * (self.detail + 4)
        grid = tube(self._stations(), sides)
        centre = (grid[:-1] + grid[1:]) / 2
        y, z = centre[..., 1] / self.scale, centre[..., 2] / self.scale
        x = np.abs(centre[..., 0]) / self.scale
        tint = np.ones((*y.shape, 3), np.float32)
        # a little blood in the cheeks
        cheeks = np.exp(-(((x - 0.043) / 0.018) ** 2) - ((y + 0.025) / 0.02) ** 2) * (z > 0.02)
        tint -= cheeks[..., None] * np.array([0.0, 0.06, 0.06], np.float32)
        if self.look.beard:
            jaw = (y < -0.040 + 0.035 * np.clip((0.07 - z) / 0.05, 0, 1)) & (z > -0.012)
            lips = (x < 0.026) & (np.abs(y + 0.064) < 0.009)
            covered = (jaw & ~lips)[..., None] * self.look.beard * 0.85
            skin = np.asarray(self.look.skin, np.float32)
            tint = tint * (1 - covered) + covered * np.asarray(self.look.hair) / skin
        if self.look.hair_style in ("bald", "buzz"):
            tint[y > 0.075] *= 1.02
        self.builder.add_grid(Bone.HEAD, grid, Surface(self.look.skin, gloss=0.12), tint=tint)

    def _ears(self) -> None:
        s, sides = self.scale, max(8, self.detail)
        for side in (1, -1):
            cap = smooth_curve(
                [(-0.034, 0.002, 0.003), (-0.026, 0.008, 0.010), (-0.004, 0.010, 0.015),
                 (0.016, 0.011, 0.019), (0.029, 0.007, 0.012), (0.033, 0.001, 0.002)],
                max(6, self.detail // 2),
            ) * s  # fmt: skip
            centre_x = np.full(len(cap), side * 0.0745 * s)
            leaned = -0.012 * s + 0.25 * cap[:, 0] * -1
            rows = np.stack([cap[:, 0], cap[:, 1], cap[:, 2], centre_x, leaned], axis=1)
            surface = Surface(blend(self.look.skin, (200, 90, 80), 0.10), gloss=0.1, bias_m=0.006)
            self.builder.add_grid(Bone.HEAD, tube(rows, sides), surface)

    def _eyes(self) -> None:
        s, (ex, ey, _) = self.scale, self.measures.eye
        lid = shade(self.look.skin, 0.62)
        lash = shade(self.look.hair, 0.6)
        for side in (1, -1):
            x = side * ex
            wide, high = 0.0165 * s, 0.0092 * s
            socket = blend(self.look.skin, (150, 90, 80), 0.22)
            self._spot(x, ey + 0.001 * s, wide * 1.28, high * 1.5, self._layer(socket, -1))
            eye = "eyes open"
            white = self._layer((246, 246, 244), 0, gloss=0.3, variant=eye)
            self._spot(x, ey, wide, high, white)
            iris = self._layer(self.look.iris, 1, gloss=0.3, variant=eye)
            self._spot(x, ey + 0.0004 * s, 0.0086 * s, 0.0086 * s, iris)
            pupil = self._layer((18, 16, 18), 2, variant=eye)
            self._spot(x, ey + 0.0004 * s, 0.0046 * s, 0.0046 * s, pupil)
            spark = self._layer((255, 255, 255), 3, open_sky=2.2, variant=eye)
            self._spot(x + 0.003 * s, ey + 0.0036 * s, 0.0018 * s, 0.0018 * s, spark)
            at = np.linspace(-1, 1, 7)
            arc = ey + high * np.sqrt(np.clip(1.04 - at**2, 0, 1))
            upper = self._layer(lash, 4, variant=eye)
            self._stroke(x + wide * 1.06 * at, arc, 0.0042 * s, upper)
            closed = self._layer(lid, 1, variant="eyes closed")
            self._stroke(x + wide * at, ey - 0.3 * high * (1 - at**2), 0.0045 * s, closed)
            brow = self._layer(shade(self.look.hair, 0.9), 2)
            from_nose = at * side
            lifted = ey + (0.0225 + 0.0045 * (1 - from_nose**2) - 0.002 * from_nose) * s
            thick = np.interp(from_nose, [-1, -0.4, 1], [0.0062, 0.0068, 0.0025]) * s
            self._stroke(x + side * 0.002 * s + 0.0205 * s * at, lifted, thick, brow)

    def _nose(self) -> None:
        s, (ny, nz) = self.scale, self.measures.nose
        bridge = 0.026 * s
        knots = [
            (bridge, 0.006 * s, 0.006 * s, 0, self._front(bridge) - 0.005 * s),
            (ny + 0.018 * s, 0.0095 * s, 0.011 * s, 0, self._front(0.0) - 0.001 * s),
            (ny + 0.004 * s, 0.0135 * s, 0.015 * s, 0, nz - 0.0165 * s),
            (ny - 0.005 * s, 0.0165 * s, 0.0155 * s, 0, nz - 0.0165 * s),
            (ny - 0.012 * s, 0.0125 * s, 0.011 * s, 0, nz - 0.019 * s),
            (ny - 0.015 * s, 0.003 * s, 0.004 * s, 0, nz - 0.021 * s),
        ]
        rows = smooth_curve(knots, max(7, self.detail // 2))
        surface = Surface(
            blend(self.look.skin, (205, 95, 80), 0.10), gloss=0.2, bias_m=0.012 * s, open_sky=0.97
        )
        self.builder.add_grid(Bone.HEAD, tube(rows, max(8, self.detail)), surface)
        nostril = Surface(shade(self.look.skin, 0.5), bias_m=0.03 * s)
        for side in (1, -1):
            at = np.linspace(-1, 1, 4)
            lower = np.stack(
                [side * 0.0072 * s + 0.0042 * s * at, np.full(4, ny - 0.0125 * s),
                 np.full(4, nz - 0.008 * s)], axis=1,
            )  # fmt: skip
            upper = lower + np.array([0, 0.0028, 0.0006]) * s * (1 - at[:, None] ** 2)
            self.builder.add_patch(Bone.HEAD, upper, lower, nostril)

    def _front(self, y: float) -> float:
        return float(np.interp(y, self.rows[:, 0], self.rows[:, 2]))

    def _mouth(self) -> None:
        s, skin = self.scale, self.look.skin
        lip = blend(shade(skin, 0.86), (176, 62, 70), 0.42)
        at = np.linspace(-1, 1, 9)
        half, y = 0.0235 * s, self.measures.nose[0] - 0.0475 * s
        smile = 0.0055 * s * at**2
        thin = np.clip(1 - at**2, 0, 1)
        lower = self._layer(lip, 0, gloss=0.3)
        self._stroke(
            half * at, y + smile - 0.0036 * s * thin, 0.0088 * s * thin + 0.0008 * s, lower
        )
        bow = 0.0014 * s * np.cos(at * 4.5)
        upper = self._layer(shade(lip, 0.9), 0, gloss=0.2)
        self._stroke(
            half * at, y + smile + 0.0026 * s * thin - bow * thin, 0.0056 * s * thin, upper
        )
        gap = self._layer(shade(lip, 0.45), 1)
        self._stroke(half * 1.04 * at, y + smile, 0.0022 * s, gap)

    def _hair(self) -> None:
        style, s = self.look.hair_style, self.scale
        if style == "bald":
            return
        grow, top = {
            "buzz": (0.0022, 0.002),
            "short": (0.008, 0.014),
            "side": (0.009, 0.022),
            "curly": (0.024, 0.026),
        }.get(style, (0.010, 0.010))
        sides = 2 * (self.detail + 6)
        grid = tube(self._stations(grow * s, top * s), sides)
        if style == "curly":
            turn, climb = ring_angles(sides), np.linspace(0, np.pi, len(grid))[:, None]
            curls = np.sin(7 * turn + 2 * np.sin(5 * climb)) * np.sin(8 * climb + np.sin(3 * turn))
            grid *= (1 + 0.035 * curls)[..., None]
        if style == "side":  # a quiff: fuller on one side at the front
            full = np.clip(grid[..., 1] / (0.12 * s), 0, 1) ** 2 * np.clip(
                grid[..., 2] / s + 0.05, 0, 1
            )
            grid[..., 1] += 0.16 * s * full * (0.6 + 3 * np.clip(grid[..., 0] / s, -0.1, 0.1))
        nape = -0.075 if style not in ("bob", "long") else -0.2
        y, z = grid[..., 1] / s, grid[..., 2] / s
        # the hairline: low at the back, down before the ears, high on the forehead
        line = np.interp(z, [-0.09, -0.035, -0.008, 0.010, 0.030, 0.055, 0.08],
                         [nape, nape + 0.02, 0.022, -0.004, 0.046, 0.074, 0.083])  # fmt: skip
        if style in ("bob", "long"):
            line = np.interp(z, [-0.02, 0.012, 0.055, 0.08], [-0.2, -0.02, 0.062, 0.080])
        # thin where it starts, so that it grows from the skin instead of sitting on it like a cap
        skull = tube(self._stations(-0.003 * s), sides)
        full = np.clip((y - line) / (0.020 if style == "curly" else 0.034), 0, 1)
        full = np.sqrt(full * (2 - full))[..., None]
        close = skull + (grid - skull) * (0.35 + 0.65 * full)
        grid = _cut_below(close.astype(np.float32), y - line, skull)
        tint = 1 + 0.10 * self.rng.standard_normal(sides)[None] * np.ones((len(grid) - 1, 1))
        surface = Surface(self.look.hair, gloss=0.35, bias_m=0.010 * s)
        self.builder.add_grid(Bone.HEAD, grid, surface, tint=np.clip(tint, 0.75, 1.3))
        self._hair_lengths(surface)

    def _hair_lengths(self, surface: Surface) -> None:
        """What hangs below or stands off the cap of hair."""
        style, s = self.look.hair_style, self.scale
        sides = max(10, self.detail)
        if style in ("bob", "long"):
            end = -0.125 if style == "bob" else -0.235
            knots = [
                (0.05, 0.082, 0.060, 0, -0.040),
                (-0.02, 0.085, 0.058, 0, -0.046),
                (-0.085, 0.087, 0.052, 0, -0.052),
                (end, 0.080 if style == "bob" else 0.088, 0.040, 0, -0.060),
                (end - 0.018, 0.060, 0.022, 0, -0.062),
            ]
            rows = smooth_curve(knots, self.detail)
            tint = np.clip(1 + 0.1 * self.rng.standard_normal(2 * sides), 0.75, 1.3)
            self.builder.add_grid(
                Bone.HEAD,
                tube(rows * s, 2 * sides, cap_end=True),
                Surface(surface.rgb, gloss=0.35),
                tint=np.ones((len(rows) + 3, 1)) * tint,
            )
        elif style == "ponytail":
            path = np.array(
                [(0, 0.062, -0.085), (0, 0.064, -0.120), (0, 0.030, -0.148), (0, -0.03, -0.150),
                 (0, -0.09, -0.138), (0, -0.13, -0.130)]
            )  # fmt: skip
            curve = smooth_curve(path * s, self.detail)
            radius = np.interp(np.linspace(0, 1, self.detail), [0, 0.15, 0.5, 1], [14, 17, 24, 8])
            self.builder.add_grid(
                Bone.HEAD, bent_tube(curve, radius * 0.001 * s, sides, (1.0, 0, 0)), surface
            )
        elif style == "bun":
            rows = np.array([(0.118, 0.030, 0.030, 0, -0.055), (0.145, 0.036, 0.036, 0, -0.058)])
            knot = tube(rows * s, sides, cap_start=True, cap_end=True)
            self.builder.add_grid(Bone.HEAD, knot, Surface(surface.rgb, gloss=0.35))


def _cut_below(grid: FloatArray, above: FloatArray, inner: FloatArray) -> FloatArray:
    """A grid (R, S, 3) of rings from the chin to the crown that ends where ``above`` (R, S) is 0.

    What is below collapses onto the cut, on the ``inner`` surface, which closes the rim.
    """
    out = grid.copy()
    for column in range(grid.shape[1]):
        below = np.flatnonzero(above[:, column] <= 0)
        if not len(below) or below[-1] + 1 >= len(grid):
            continue
        last = int(below[-1])
        low, high = above[last, column], above[last + 1, column]
        share = float(-low / max(high - low, 1e-9))
        edge = grid[last, column] * (1 - share) + grid[last + 1, column] * share
        out[: last + 1, column] = edge
        out[:last, column] = inner[last, column] * (1 - share) + inner[last + 1, column] * share
    return out
