"""Light, and the drawing of shaded quads with smooth edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.simulate.figure.looks import RGB
from harec.simulate.figure.mesh import FloatArray, IntArray

Image = NDArray[np.uint8]
_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Light:
    """One soft lamp or sun, the sky (or ceiling) above and what the floor throws back.

    Attributes:
        direction: (3,) unit vector in the world towards the lamp.
        key, sky, ground: RGB factors of the colour that a surface shows under each; around 1.
        softness: 0 = hard sun, 1 = lamp as wide as the sky.
        shadow: how dark the cast shadow is, 0..1.
    """

    direction: tuple[float, float, float] = (0.45, 0.75, 0.5)
    key: RGB = (0.62, 0.60, 0.56)
    sky: RGB = (0.50, 0.52, 0.56)
    ground: RGB = (0.30, 0.27, 0.25)
    softness: float = 0.4
    shadow: float = 0.45

    @classmethod
    def random(cls, rng: np.random.Generator, *, outdoors: bool = False) -> Light:
        """From the front or a side, above; warm or cool."""
        around, high = rng.uniform(-1.3, 1.3), rng.uniform(0.6, 1.1)
        warm, level = rng.uniform(-0.05, 0.07), rng.uniform(0.85, 1.1)
        key = rng.uniform(0.5, 0.72)
        sky = (1.12 - key) * level
        cool = 0.05 if outdoors else 0.0
        return cls(
            direction=(
                math.sin(around) * math.cos(high),
                math.sin(high),
                math.cos(around) * math.cos(high),
            ),
            key=(key * level * (1 + warm), key * level, key * level * (1 - warm)),
            sky=(sky * (1 - cool), sky, sky * (1 + cool)),
            ground=(0.58 * sky, 0.55 * sky, 0.52 * sky),
            softness=float(rng.uniform(0.1, 0.3) if outdoors else rng.uniform(0.3, 0.7)),
            shadow=float(rng.uniform(0.4, 0.55) if outdoors else rng.uniform(0.25, 0.45)),
        )

    def shade(
        self,
        albedo: FloatArray,
        normals: FloatArray,
        to_viewer: FloatArray,
        gloss: FloatArray,
        open_sky: FloatArray,
    ) -> FloatArray:
        """RGB 0..255 (F, 3) of quads with unit normals (F, 3), seen along ``to_viewer`` (F, 3)."""
        lamp = np.asarray(self.direction, np.float32)
        facing = normals @ lamp
        wrap = self.softness
        lit = np.clip((facing + wrap) / (1 + wrap), 0, 1) ** (1 + 0.5 * wrap)
        upward = (0.5 + 0.5 * normals[:, 1])[:, None]
        ambient = np.asarray(self.ground, np.float32) * (1 - upward)
        ambient = ambient + np.asarray(self.sky, np.float32) * upward
        light = ambient * open_sky[:, None] + np.asarray(self.key, np.float32) * lit[:, None]
        edge = 1 - np.clip(np.einsum("fi,fi->f", normals, to_viewer), 0, 1)
        # surfaces that turn away darken a little, which rounds the body; a thin rim stays bright
        rounding = 1 - 0.16 * edge**2
        half = lamp + to_viewer
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        shine = np.clip(np.einsum("fi,fi->f", normals, half), 0, 1) ** 24 * gloss
        colour = albedo * (light * rounding[:, None])
        return np.clip(colour + (120 * shine + 16 * edge**4)[:, None], 0, 255)


def quad_normals(corners: FloatArray) -> FloatArray:
    """Unit normals (F, 3) of quads (F, 4, 3) that are counter-clockwise seen from outside."""
    ax, ay, az = (corners[:, 2] - corners[:, 0]).T
    bx, by, bz = (corners[:, 3] - corners[:, 1]).T
    normals = np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=1)
    length = np.sqrt(np.einsum("fi,fi->f", normals, normals))
    return np.asarray(normals / np.maximum(length, 1e-12)[:, None], np.float32)


def draw_quads(
    image: Image,
    corners_px: FloatArray,
    quads: IntArray,
    colours: FloatArray,
    supersampling: int = 2,
) -> None:
    """Draws opaque quads over the image (H, W, 3) in place, with smooth edges.

    Args:
        corners_px: (N, 2) pixels.
        quads: (F, 4) indices of corners, the far ones first.
        colours: (F, 3) 0..255 in the image's channel order.
        supersampling: the drawing is made this many times larger, then averaged.
    """
    if not len(quads):
        return
    height, width = image.shape[:2]
    used = corners_px[quads.ravel()]
    x0, y0 = np.clip(np.floor(used.min(axis=0)) - 2, 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(used.max(axis=0)) + 3, 0, (width, height)).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    k = supersampling
    canvas = np.zeros(((y1 - y0) * k, (x1 - x0) * k, 4), np.uint8)
    # OpenCV counts from the middle of the first pixel, cameras from its edge
    placed = (corners_px - (x0, y0)) * k - 0.5
    fixed = np.round(placed * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    paint = np.concatenate([colours, np.full((len(colours), 1), 255.0)], axis=1).tolist()
    fill, bits = cv2.fillConvexPoly, _SUBPIXEL_BITS
    for polygon, colour in zip(fixed[quads], paint, strict=True):
        fill(canvas, polygon, colour, 8, bits)
    # one blur smooths edges and the steps between quads; then the average of k x k
    canvas = cv2.GaussianBlur(canvas, (3, 3), 0)
    small = cv2.resize(canvas, (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_AREA)
    # quads are flat: this melts the small steps between neighbours and keeps real edges
    rgb = cv2.bilateralFilter(np.ascontiguousarray(small[..., :3]), 5, 11, 2.2)
    area = image[y0:y1, x0:x1]
    free = 255 - cv2.merge([small[..., 3]] * 3)
    area[:] = cv2.add(rgb, cv2.multiply(area, free, scale=1 / 255))
