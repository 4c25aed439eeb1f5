"""Backgrounds: a room, a gym, a park or a photo studio, as the camera sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from harec.simulate.camera import Camera
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.figure.shading import Image, Light

BACKDROPS: Final[tuple[str, ...]] = ("room", "gym", "park", "studio")
_TILE = 512
_FAR_M = 60.0
_PAINTED_PX = 1100  # longest side


def make_backdrop(
    kind: str, camera: Camera, light: Light, rng: np.random.Generator, wall_z: float = -2.0
) -> Image:
    """The empty scene, uint8 RGB (H, W, 3).

    Args:
        kind: one of `BACKDROPS`.
        wall_z: where the back wall stands, metres; behind all people.

    Raises:
        ValueError: unknown kind.
    """
    painters = {"room": _room, "gym": _gym, "park": _park, "studio": _studio}
    if kind not in painters:
        raise ValueError(f"unknown backdrop {kind!r}: one of {', '.join(BACKDROPS)}")
    width, height = camera.size_wh
    # a background is out of focus: large ones are painted smaller
    shrink = min(1.0, _PAINTED_PX / max(width, height))
    painted = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    view = _View(replace(camera, size_wh=painted), wall_z, rng)
    painters[kind](view, light, rng)
    picture = view.finish(light)
    if painted != camera.size_wh:
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC))
    return picture


class _View:
    """What each pixel sees: the floor or the wall, and where. Painters fill ``rgb``."""

    def __init__(self, camera: Camera, wall_z: float, rng: np.random.Generator) -> None:
        self.size_wh = camera.size_wh
        self.wall_z = wall_z
        rays = camera.pixel_rays()
        eye = camera.position
        with np.errstate(divide="ignore", invalid="ignore"):
            to_floor = np.where(rays[..., 1] < -1e-4, -eye[1] / rays[..., 1], np.inf)
            to_wall = np.where(rays[..., 2] < -1e-4, (wall_z - eye[2]) / rays[..., 2], np.inf)
        self.floor = (to_floor < to_wall)[..., None]
        self.distance = np.minimum(np.minimum(to_floor, to_wall), _FAR_M)
        point = eye + rays * self.distance[..., None]
        self.x, self.y, self.z = point[..., 0], point[..., 1], point[..., 2]
        # the outdoors has no wall: the floor continues to the horizon
        open_air = np.minimum(to_floor, _FAR_M)
        self.ground = (to_floor < _FAR_M)[..., None]
        self.far_x = eye[0] + rays[..., 0] * open_air
        self.far_z = eye[2] + rays[..., 2] * open_air
        self.up = rays[..., 1] / np.linalg.norm(rays, axis=-1)
        self.around = np.arctan2(rays[..., 0], -rays[..., 2])
        self.pixel_m = self.distance / camera.focal_px
        self.rgb: FloatArray = np.zeros((*self.x.shape, 3), np.float32)
        self.fine = _tile(rng, 1, 7)
        self.coarse = _tile(rng, 1, 4)

    def noise(self, u: ArrayLike, v: ArrayLike, period: float, fine: bool = True) -> FloatArray:
        """Fractal noise, mean 0 and deviation about 1, at world coordinates; one tile a period."""
        scale = _TILE / period
        map_x = np.mod(np.asarray(u, np.float32) * scale, _TILE - 1).astype(np.float32)
        map_y = np.mod(np.asarray(v, np.float32) * scale, _TILE - 1).astype(np.float32)
        tile = self.fine if fine else self.coarse
        sampled = cv2.remap(tile, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(sampled, np.float32)

    def edge(self, signed_m: NDArray[np.floating], soft: float = 1.0) -> FloatArray:
        """1 where a distance in metres is positive, 0 where negative, smooth over a pixel."""
        share = np.clip(signed_m / (self.pixel_m * soft + 1e-6) + 0.5, 0, 1)
        return np.asarray(share, np.float32)[..., None]

    def box(
        self, u: FloatArray, v: FloatArray, box: tuple[float, float, float, float]
    ) -> FloatArray:
        """1 inside u0 < u < u1, v0 < v < v1 (metres)."""
        u0, u1, v0, v1 = box
        inside = np.minimum(np.minimum(u - u0, u1 - u), np.minimum(v - v0, v1 - v))
        return self.edge(inside)

    def paint(self, mask: FloatArray | NDArray[np.bool_], rgb: ArrayLike) -> None:
        """Covers the image with a colour (or an image) where the mask (H, W, 1) says."""
        share = np.asarray(mask, np.float32)
        self.rgb += (np.asarray(rgb, np.float32) - self.rgb) * share

    def finish(self, light: Light) -> Image:
        """Lamp light, the corners' fall-off, the softness of a background."""
        lamp = np.asarray(light.direction)
        pool = np.exp(-(((self.x - 1.2 * lamp[0]) / 4.5) ** 2) - ((self.z - 0.5) / 5.0) ** 2)
        level = np.asarray(light.key) + np.asarray(light.sky)
        self.rgb *= (0.86 + 0.16 * pool)[..., None] * level / level.mean() * min(level.mean(), 1.08)
        height, width = self.rgb.shape[:2]
        across = np.linspace(-1, 1, width)[None] ** 2 + np.linspace(-1, 1, height)[:, None] ** 2
        self.rgb *= (1.02 - 0.10 * across)[..., None]
        blur = max(0.5, height / 900)
        picture = cv2.GaussianBlur(np.clip(self.rgb, 0, 255), (0, 0), blur)
        return np.asarray(picture + 0.5).astype(np.uint8)


def _tile(rng: np.random.Generator, first: int, last: int) -> FloatArray:
    """Fractal value noise (512, 512) that repeats; octaves of 2**first .. 2**last cells."""
    total = np.zeros((_TILE, _TILE), np.float32)
    for octave in range(first, last + 1):
        cells = 2**octave
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        grid = np.pad(grid, 2, mode="wrap")
        pad = 2 * _TILE // cells
        layer = cv2.resize(grid, (_TILE + 2 * pad, _TILE + 2 * pad), interpolation=cv2.INTER_CUBIC)
        total += layer[pad:-pad, pad:-pad] * 0.72 ** (octave - first)
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def _pick(rng: np.random.Generator, *colours: tuple[float, float, float]) -> FloatArray:
    return np.asarray(colours[int(rng.integers(len(colours)))], np.float32)


def _planks(view: _View, rgb: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A wooden floor (H, W, 3)."""
    wide, long = 0.16, 1.5
    row = np.floor(view.x / wide)
    shifted = view.z + np.mod(row * 0.618, 1) * long
    board = np.floor(shifted / long)
    tone = np.mod(np.sin(row * 12.9898 + board * 78.233) * 43758.5, 1) - 0.5
    fade = np.clip(1.3 - view.distance / 9, 0.25, 1)
    grain = view.noise(view.x * 9, view.z * 0.7 + tone * 3, 2.0)
    gap = np.minimum(np.mod(view.x, wide), wide - np.mod(view.x, wide)) - 0.0025
    seam = 1 - 0.35 * (1 - view.edge(gap)[..., 0]) * fade
    shade = (1 + fade * (0.16 * tone + 0.035 * grain)) * seam
    return np.asarray(rgb * shade[..., None], np.float32)


def _picture(view: _View, rng: np.random.Generator, x: float, y: float) -> None:
    """A framed abstract picture on the wall."""
    wide, high = rng.uniform(0.5, 0.9), rng.uniform(0.5, 0.8)
    wall = 1 - view.floor
    for grow, rgb in ((0.045, _pick(rng, (60, 48, 40), (236, 232, 224), (150, 118, 84))),
                      (0.02, np.array([246, 244, 238]))):  # fmt: skip
        frame = (x - wide / 2 - grow, x + wide / 2 + grow, y - high / 2 - grow, y + high / 2 + grow)
        view.paint(wall * view.box(view.x, view.y, frame), rgb)
    inside = view.box(view.x, view.y, (x - wide / 2, x + wide / 2, y - high / 2, y + high / 2))
    sky, sun = _pick(rng, (232, 196, 160), (168, 196, 208), (214, 206, 190)), rng.uniform(-0.2, 0.2)
    view.paint(wall * inside, sky)
    disc = view.edge(0.17 * high - np.hypot(view.x - x - sun, view.y - y - 0.12))
    view.paint(wall * inside * disc, _pick(rng, (226, 120, 84), (242, 208, 120), (250, 240, 220)))
    for k, hill in enumerate(((110, 140, 140), (70, 96, 110), (48, 62, 80))):
        ridge = y - 0.08 * k - 0.05 + 0.06 * np.sin(view.x * (4 + 2 * k) + 5 * k + 9 * sun)
        view.paint(wall * inside * view.edge(ridge - view.y), hill)


def _plant(view: _View, rng: np.random.Generator, x: float) -> None:
    """A potted plant against the wall."""
    wall_y = view.y
    near = 1 - view.floor
    rgb = _pick(rng, (92, 132, 84), (72, 120, 92), (112, 146, 88))
    for angle in np.linspace(-1.15, 1.15, 9) + rng.normal(0, 0.06, 9):
        length = rng.uniform(0.75, 1.05) * (1.1 - 0.3 * abs(angle))
        tip = np.array([np.sin(angle), np.cos(angle)]) * length
        along = ((view.x - x) * tip[0] + (wall_y - 0.38) * tip[1]) / length
        bow = 0.12 * np.sign(angle) * (along / length) ** 2
        across = (view.x - x) * tip[1] / length - (wall_y - 0.38) * tip[0] / length - bow
        half = 0.055 * np.sqrt(np.clip(along / length * (1 - along / length) * 4, 0, 1))
        inside = np.where((along > 0) & (along < length), half - np.abs(across), -1)
        tone = rng.uniform(0.75, 1.15) * np.where(across > 0, 1.0, 0.86)[..., None]
        view.paint(near * view.edge(inside), rgb * tone)
    taper = 0.15 + 0.06 * np.clip(wall_y / 0.4, 0, 1)
    pot = np.minimum(taper - np.abs(view.x - x), np.minimum(0.42 - wall_y, wall_y + 0.02))
    round_ = 1.05 - 0.9 * np.clip(np.abs(view.x - x), 0, 0.3)
    view.paint(
        near * view.edge(pot), _pick(rng, (196, 120, 88), (226, 222, 212)) * round_[..., None]
    )


def _window(view: _View, x: float) -> None:
    """A window with daylight."""
    wall = 1 - view.floor
    view.paint(wall * view.box(view.x, view.y, (x - 0.72, x + 0.72, 0.78, 2.32)), (238, 236, 230))
    glow = np.clip((view.y - 0.9) / 1.4, 0, 1)[..., None]
    outside = np.array([214, 226, 208]) * (1 - glow) + np.array([190, 218, 242]) * glow
    for left in (x - 0.64, x + 0.03):
        view.paint(wall * view.box(view.x, view.y, (left, left + 0.61, 0.87, 2.24)), outside)
    view.paint(wall * view.box(view.x, view.y, (x - 0.8, x + 0.8, 0.72, 0.79)), (226, 222, 214))


def _room(view: _View, light: Light, rng: np.random.Generator) -> None:
    wall = _pick(rng, (206, 212, 204), (222, 212, 196), (190, 204, 214), (214, 200, 190),
                 (168, 184, 176), (228, 226, 220))  # fmt: skip
    plaster = 1 + 0.010 * view.noise(view.x, view.y, 1.5) + 0.02 * (view.y - 1)
    view.paint(np.ones_like(view.floor), wall * plaster[..., None])
    slots = list(rng.permutation([-2.0, -0.6, 0.9, 2.2]) + rng.normal(0, 0.15, 4))
    if rng.random() < 0.6:
        _window(view, slots.pop())
    for _ in range(int(rng.integers(0, 3))):
        _picture(view, rng, slots.pop(), rng.uniform(1.5, 1.75))
    view.paint((1 - view.floor) * view.edge(0.11 - view.y), wall * 0.4 + 146)
    wood = _pick(rng, (176, 136, 98), (150, 116, 88), (196, 164, 128), (128, 98, 78))
    view.paint(view.floor, _planks(view, wood, rng))
    corner = np.exp(-np.abs(view.z - view.wall_z) / 0.25) * view.floor[..., 0]
    view.rgb *= (1 - 0.28 * corner)[..., None]
    if rng.random() < 0.5:
        rug = 1.25 - np.hypot(view.x / 1.25, (view.z - 0.1) / 0.8)
        rgb = _pick(rng, (196, 186, 170), (150, 160, 170), (176, 140, 124))
        weave = 1 + 0.03 * view.noise(view.x, view.z, 0.4)
        view.paint(view.floor * view.edge(rug), rgb * weave[..., None])
        view.paint(view.floor * view.edge(0.03 - np.abs(rug - 0.08)), rgb * 0.8)
    if rng.random() < 0.7:
        _plant(view, rng, slots.pop())


def _gym(view: _View, light: Light, rng: np.random.Generator) -> None:
    top = _pick(rng, (206, 208, 210), (188, 196, 200), (214, 208, 198))
    accent = _pick(rng, (52, 92, 128), (196, 88, 60), (70, 78, 88), (62, 128, 112))
    row = np.floor(view.y / 0.2)
    brick_x = view.x + 0.2 * np.mod(row, 2)
    joint = np.minimum(np.mod(view.y, 0.2), np.mod(brick_x, 0.4)) - 0.012
    tone = np.mod(np.sin(row * 12.99 + np.floor(brick_x / 0.4) * 78.2) * 43758.5, 1) - 0.5
    wall = (1 + 0.03 * tone + 0.012 * view.noise(view.x, view.y, 1.0))[..., None]
    view.paint(np.ones_like(view.floor), top * wall * (0.93 + 0.07 * view.edge(joint)))
    stripe = rng.uniform(0.9, 1.3)
    view.paint(view.edge(stripe - view.y), accent * (0.97 + 0.05 * wall))
    view.paint(view.edge(0.03 - np.abs(view.y - stripe - 0.06)), accent * 0.5 + 110)
    start = rng.choice([-3.4, 1.5])
    if rng.random() < 0.7:  # wall bars
        for at in (start, start + 0.9, start + 1.8):
            view.paint((1 - view.floor) * view.box(view.x, view.y, (at - 0.05, at + 0.05, 0, 2.5)),
                       (150, 112, 76))  # fmt: skip
        rungs = np.abs(np.mod(view.y, 0.2) - 0.1)
        inside = np.minimum(np.minimum(view.x - start, start + 1.8 - view.x), 2.45 - view.y)
        rung = np.minimum(0.02 - rungs, inside)
        view.paint((1 - view.floor) * view.edge(rung), (196, 156, 110))
    floor = _pick(rng, (74, 78, 84), (184, 142, 98), (92, 110, 122), (112, 78, 66))
    fade = np.clip(1.2 - view.distance / 10, 0.2, 1)
    speck = view.noise(view.x, view.z, 0.7)
    view.paint(view.floor, floor * (1 + 0.05 * fade * speck)[..., None])
    for at, horizontal in ((rng.uniform(-1.2, -0.8), True), (rng.uniform(0.8, 1.8), False)):
        along = view.z if horizontal else view.x
        view.paint(view.floor * view.edge(0.025 - np.abs(along - at)) * 0.85, (232, 228, 214))
    corner = np.exp(-np.abs(view.z - view.wall_z) / 0.3) * view.floor[..., 0]
    view.rgb *= (1 - 0.25 * corner)[..., None]


def _park(view: _View, light: Light, rng: np.random.Generator) -> None:
    high = np.clip(view.up * 2.2, 0, 1)[..., None]
    sky = np.array([222, 232, 238]) * (1 - high) + np.array([128, 178, 224]) * high
    cloud = np.clip(view.noise(view.around, view.up * 2.5, 1.6, fine=False) - 0.3, 0, 1.2)[
        ..., None
    ]
    view.paint(np.ones_like(view.floor), sky + (250 - sky) * 0.65 * np.minimum(cloud, 1))
    for k, (rgb, low) in enumerate((((150, 172, 178), 0.085), ((104, 136, 116), 0.06))):
        ridge = low + 0.03 * view.noise(view.around + k, 0 * view.up + 0.3 * k, 1.4, fine=False)
        view.paint(np.clip((ridge - view.up) / 0.006 + 0.5, 0, 1)[..., None], rgb)
    for at in np.sort(rng.uniform(-0.9, 0.9, 7)):
        _tree(view, rng, float(at))
    grass = _pick(rng, (112, 146, 78), (96, 136, 74), (134, 150, 84))
    fade = np.clip(1.3 - np.sqrt(view.distance) / 5, 0.15, 1)
    blades = view.noise(view.far_x, view.far_z, 0.8) * fade
    patches = view.noise(view.far_x, view.far_z, 9.0, fine=False)
    mown = 0.025 * np.sign(np.sin(view.far_x * 2.2 + 0.6 * view.far_z))
    tone = (1 + 0.07 * blades + 0.06 * patches + mown)[..., None]
    haze = np.clip(-view.far_z / 50, 0, 0.35)[..., None]
    view.paint(view.ground, grass * tone * (1 - haze) + 196 * haze)
    bend = view.far_x - rng.uniform(-1.5, 1.5) * 1.2 - 0.1 * view.far_z
    if rng.random() < 0.6:
        path = 0.8 - np.abs(view.far_z + 2.2 + 0.25 * np.sin(bend))
        gravel = 1 + 0.05 * view.noise(view.far_x, view.far_z, 0.5) * fade
        view.paint(
            view.ground * view.edge(path, 2.5), np.array([204, 190, 164]) * gravel[..., None]
        )


def _tree(view: _View, rng: np.random.Generator, at: float) -> None:
    """A round tree at an angle to the side of straight ahead, far away."""
    size = rng.uniform(0.06, 0.13)
    rgb = _pick(rng, (86, 124, 70), (70, 108, 74), (112, 138, 70), (64, 98, 62))
    trunk = np.minimum(
        0.10 * size - np.abs(view.around - at), np.minimum(view.up + 0.03, size - view.up)
    )
    view.paint(np.clip(trunk / 0.002 + 0.5, 0, 1)[..., None], (96, 78, 60))
    rough = 0.10 * size * view.noise(view.around, view.up, 0.35)
    for _ in range(9):
        x, y = at + rng.normal(0, 0.42 * size), 1.25 * size + rng.normal(0, 0.38 * size)
        radius = size * rng.uniform(0.35, 0.6)
        gap = radius - np.hypot(view.around - x, view.up - y) + rough
        lit = 1 + 0.9 * np.clip((view.up - y) / radius, -0.25, 0.2)
        view.paint(np.clip(gap / 0.004 + 0.5, 0, 1)[..., None], rgb * lit[..., None])


def _studio(view: _View, light: Light, rng: np.random.Generator) -> None:
    paper = _pick(rng, (206, 208, 212), (226, 214, 200), (166, 182, 196), (198, 178, 170),
                  (150, 168, 158), (92, 98, 108))  # fmt: skip
    spot = np.exp(-((view.x / 2.6) ** 2) - ((view.y - 1.2) / 2.2) ** 2)
    near = np.clip(1 - np.abs(view.z - view.wall_z) / 1.6, 0, 1)
    wall = 0.84 + 0.24 * spot
    floor = 0.96 + 0.10 * np.exp(-((view.x / 2.2) ** 2) - (view.z / 1.6) ** 2)
    sweep = near * near * (3 - 2 * near)  # the paper bends from the wall to the floor
    at_corner = 0.84 + 0.24 * np.exp(-((view.x / 2.6) ** 2) - 0.3)
    tone = np.where(view.floor[..., 0], floor * (1 - sweep) + at_corner * sweep, wall)
    view.paint(np.ones_like(view.floor), paper * tone[..., None])
