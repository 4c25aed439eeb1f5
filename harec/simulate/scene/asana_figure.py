"""Drawn figures of asanas: a person in yoga clothes on a mat, in front of a plain wall."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from harec.core.errors import InputError
from harec.simulate.body.body import Body
from harec.simulate.body.rig import bone_frames
from harec.simulate.camera import Camera
from harec.simulate.figure.figure import Figure, detail_for
from harec.simulate.figure.looks import (
    RGB,
    SKIN_TONES,
    Look,
    blend,
    shade,
)
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.figure.shading import Image, Light
from harec.simulate.motion.asanas import asana_posture, camera_yaw
from harec.simulate.motion.posture import placed
from harec.simulate.scene.backdrop import BACKDROPS
from harec.simulate.scene.scene import Scene
from harec.yoga.recognition.asanas import Side

#: Walls, and mats that go with them.
BACKGROUND: Final[RGB] = (238, 233, 226)
MAT: Final[RGB] = (126, 158, 158)
_MAT_HALF_M: Final = 0.36
_LIGHT: Final = Light(
    direction=(0.38, 0.78, 0.5),
    key=(0.60, 0.585, 0.56),
    sky=(0.50, 0.51, 0.53),
    ground=(0.34, 0.32, 0.30),
    softness=0.5,
    shadow=0.28,
)
#: Skin tone, hair, shirt, legs, hair style of people in yoga clothes. Legs are neither dark nor
#: like the mat: pose networks mistake limbs without visible shading for one another.
_WARDROBE: Final[tuple[tuple[int, RGB, RGB, RGB, str], ...]] = (
    (2, (58, 42, 34), (238, 118, 88), (136, 92, 128), "bun"),
    (5, (38, 30, 28), (240, 196, 92), (96, 118, 92), "bun"),
    (1, (150, 74, 42), (84, 156, 150), (78, 94, 138), "bun"),
    (3, (38, 30, 28), (222, 96, 118), (60, 116, 116), "bun"),
)


def yoga_look(seed: int = 0) -> Look:
    """A person barefoot in a tank top and leggings; the first four seeds are different people."""
    tone, hair, shirt, legs, style = _WARDROBE[seed % len(_WARDROBE)]
    return Look(
        skin=SKIN_TONES[tone],
        hair=hair,
        shirt=shirt,
        accent=shade(shirt, 0.8),
        legs=legs,
        build=0.94,
        curves=0.75,
        hair_style=style,
        sleeves="none",
        legwear="leggings",
        yoga=True,
        seed=seed,
    )


def yoga_figure(look: Look, body: Body, height_px: float) -> Figure:
    """The figure of a body, measured where it stands upright on the floor."""
    standing = placed(body, asana_posture("standing", None, None, body))
    # a third finer than a distant passer-by: plain leggings show every facet
    detail = round(1.33 * detail_for(height_px))
    return Figure(look, standing[None].astype(np.float32), detail)


def draw_asana(
    name: str,
    side: Side | None,
    *,
    size_wh: tuple[int, int] = (480, 480),
    look: Look | None = None,
    background: RGB = BACKGROUND,
    mat: RGB | None = MAT,
    angles_deg: Mapping[str, float] | None = None,
    camera_yaw_deg: float | None = None,
    seed: int = 0,
) -> Image:
    """A reference figure, uint8 RGB (H, W, 3). The same arguments give the same image.

    Args:
        name, side, angles_deg: see `harec.simulate.motion.asanas.asana_joints`.
        look: None for one of a few people in yoga clothes, by the seed.
        background: colour of the wall.
        mat: colour of the mat; None for a bare floor.
        camera_yaw_deg: None for where the angles are seen.

    Raises:
        InputError: no such asana or angle.
    """
    image, _ = draw_asana_truth(
        name, side, size_wh=size_wh, look=look, background=background, mat=mat,
        angles_deg=angles_deg, camera_yaw_deg=camera_yaw_deg, seed=seed,
    )  # fmt: skip
    return image


def draw_asana_truth(
    name: str,
    side: Side | None,
    *,
    size_wh: tuple[int, int] = (480, 480),
    look: Look | None = None,
    background: RGB = BACKGROUND,
    mat: RGB | None = MAT,
    angles_deg: Mapping[str, float] | None = None,
    camera_yaw_deg: float | None = None,
    seed: int = 0,
    body: Body | None = None,
) -> tuple[Image, FloatArray]:
    """The image of `draw_asana` and where its joints are: float32 (17, 3), pixels and 1."""
    body = body or Body.average()
    posture = asana_posture(name, side, angles_deg, body)
    yaw = camera_yaw(name, side) if camera_yaw_deg is None else math.radians(camera_yaw_deg)
    # drawn twice as large and averaged: the edges of thin fingers stay clean
    large = (2 * size_wh[0], 2 * size_wh[1])
    figure = yoga_figure(look or yoga_look(seed), body, 0.8 * large[1])
    joints = placed(body, posture).astype(np.float32)
    known = posture.bone_axes()
    camera = _camera(large, figure, joints, known, yaw)
    points = figure.mesh.posed(*bone_frames(joints, figure.measures, known))
    scene = plain_scene(camera, figure, points, background, mat)
    rgb = scene.render(joints[None], hands=["flat"], known_axes=[known])
    image = cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA)
    pixels, _ = camera.project(joints)
    keypoints = np.concatenate([pixels / 2, np.ones((17, 1))], axis=1).astype(np.float32)
    return np.asarray(image, np.uint8), keypoints


def _camera(
    size_wh: tuple[int, int],
    figure: Figure,
    joints: FloatArray,
    known_axes: Mapping[int, FloatArray],
    yaw: float,
) -> Camera:
    """A long lens that sees all of the figure, and small figures not too large."""
    points = figure.mesh.posed(*bone_frames(joints, figure.measures, known_axes))
    camera = Camera(size_wh, yaw=yaw, pitch=math.radians(5), fov=math.radians(26))
    front = points.mean(axis=0) * [1, 0, 1] + _MAT_HALF_M * camera.axes[2] * [1, 0, 1]
    points = np.concatenate([points, front[None]])
    nearest = 0.5 * 1.5 / math.tan(camera.fov / 2)
    fitted = camera.framing(points, 0.07)
    if fitted.distance < nearest:  # a little room above, the floor below
        x, y, z = fitted.target
        fitted = replace(fitted, target=(x, y + 0.05, z), distance=nearest)
    return fitted


def plain_scene(
    camera: Camera,
    figure: Figure,
    over: FloatArray,
    background: RGB,
    mat: RGB | None,
    grain: float = 0.0,
) -> Scene:
    """A scene with a wall of one colour, a floor, and a mat under the points ``over`` (N, 3)."""
    lamp = replace(_LIGHT, direction=_about_y(_LIGHT.direction, camera.yaw))
    rng = np.random.default_rng(0)
    place = _wall_and_mat(camera, over, background, mat)
    return Scene(camera, [figure], place, lamp, rng, wall_z=-60.0, grain=grain)


def _wall_and_mat(camera: Camera, over: FloatArray, wall: RGB, mat: RGB | None) -> Image:
    """The empty image: the wall flows into the floor, lighter where the figure is."""
    width, height = camera.size_wh
    rays, eye, (right, _, back) = camera.pixel_rays(), camera.position, camera.axes
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    glow = np.exp(-(((x / width - 0.5) / 0.55) ** 2) - ((y / height - 0.45) / 0.6) ** 2)
    image = np.asarray(wall, np.float32) * (0.955 + 0.06 * glow[..., None])
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays[..., 1] < -1e-4, -eye[1] / rays[..., 1], np.inf)
    on_floor = np.isfinite(reach)
    point = eye + rays * np.minimum(reach, 100.0)[..., None]
    level = np.array([back[0], 0, back[2]]) / math.hypot(float(back[0]), float(back[2]))
    # metres to the right and towards the camera from the middle of what is above the floor
    edges = over @ right
    across = point @ right - 0.5 * (edges.min() + edges.max())
    depth = over[over[:, 1] < 0.25] @ level
    near = point @ level - 0.5 * float(depth.min() + depth.max())
    fade = np.clip((2.2 + near) / 1.6, 0, 1) * on_floor
    tone = np.asarray(blend(shade(wall, 0.93), (196, 180, 160), 0.25), np.float32)
    image += (tone - image) * (fade * fade * (3 - 2 * fade))[..., None]
    if mat is not None:
        half = float(np.clip(0.42 * np.ptp(edges) + 0.15, 0.62, 0.9))
        inside = np.minimum(half - np.abs(across), _MAT_HALF_M - np.abs(near))
        pixel = np.where(on_floor, reach, 1.0) / camera.focal_px * 2.0
        share = np.clip(inside / pixel + 0.5, 0, 1) * on_floor
        rim = 1 - 0.10 * (inside < 0.02)
        image += (np.asarray(mat, np.float32) * rim[..., None] - image) * share[..., None]
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _about_y(vector: tuple[float, float, float], angle: float) -> tuple[float, float, float]:
    """Turned about the vertical as a camera's yaw turns: the lamp stays beside the camera."""
    x, y, z = vector
    c, s = math.cos(angle), math.sin(angle)
    return (c * x + s * z, y, c * z - s * x)


def practice_scene(
    camera: Camera,
    joints: FloatArray,
    body: Body,
    look: Look | None = None,
    backdrop: str | None = None,
    seed: int = 0,
) -> Scene:
    """The scene of a practice video.

    Args:
        joints: (T, 17, 3) metres, what is seen of the practice: the mat lies under it.
        look: None for a person in yoga clothes, by the seed.
        backdrop: one of `harec.simulate.BACKDROPS`; None for a plain wall and a mat.
    """
    tall = 1.1 * body.height * camera.focal_px / camera.distance
    figure = yoga_figure(look or yoga_look(seed), body, tall)
    if backdrop is None:
        return plain_scene(camera, figure, joints.reshape(-1, 3), BACKGROUND, MAT, grain=1.5)
    if backdrop not in BACKDROPS:
        raise InputError(f"No backdrop {backdrop!r}; choose from {', '.join(BACKDROPS)}.")
    rng = np.random.default_rng((seed, 3))
    light = Light.random(rng, outdoors=backdrop == "park")
    wall = float(joints[..., 2].min()) - 1.2
    return Scene(camera, [figure], backdrop, light, rng, wall_z=wall)
