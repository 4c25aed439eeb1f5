"""Several people in one place: background, light, shadows, occlusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from harec.simulate.camera import Camera
from harec.simulate.figure.figure import (
    Figure,
    foot_ends,
    shadow_mask,
)
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.figure.shading import Image, Light
from harec.simulate.scene.backdrop import make_backdrop

_NOISE_TILES = 5


class Scene:
    """A camera's view of people, drawn frame by frame.

    Args:
        camera: does not move.
        backdrop: one of `harec.simulate.scene.backdrop.BACKDROPS`, or a picture of the empty place.
        wall_z: where the back wall stands, metres.
        grain: deviation of the camera's noise, 0..255; 0 = none.
    """

    def __init__(
        self,
        camera: Camera,
        figures: Sequence[Figure],
        backdrop: str | Image,
        light: Light,
        rng: np.random.Generator,
        *,
        wall_z: float = -2.0,
        grain: float = 2.0,
    ) -> None:
        self.camera, self.figures, self.light = camera, tuple(figures), light
        if isinstance(backdrop, str):
            backdrop = make_backdrop(backdrop, camera, light, rng, wall_z)
        self.background = backdrop
        self._floor = _floor_mask(camera, wall_z)
        width, height = camera.size_wh
        self._noise = [
            np.clip(rng.normal(0, grain, (height, width, 1)).round(), -127, 127).astype(np.int8)
            for _ in range(_NOISE_TILES if grain else 0)
        ]
        self._noise_rgb = [np.repeat(tile, 3, axis=2) for tile in self._noise]

    def render(
        self,
        joints: FloatArray,
        *,
        hands: Sequence[str] | None = None,
        time_s: float | None = None,
        frame: int = 0,
        known_axes: Sequence[Mapping[int, FloatArray] | None] | None = None,
    ) -> Image:
        """One frame, uint8 RGB (H, W, 3).

        Args:
            joints: (P, 17, 3) metres in the world, one per figure.
            hands: shape of all people's hands, see `Figure.draw`.
            time_s: for blinking.
            frame: picks the camera's noise.
            known_axes: of all people's hands and feet, see `harec.simulate.body.rig.bone_frames`.
        """
        image = self.background.copy()
        known = known_axes or [None] * len(self.figures)
        self._cast_shadows(image, joints, known)
        shapes = hands or ["relaxed"] * len(self.figures)
        _, depth = self.camera.project(joints[:, 11:13].mean(axis=1))
        for index in np.argsort(-depth):
            self.figures[index].draw(
                image,
                joints[index],
                self.camera,
                self.light,
                hands=shapes[index],
                time_s=time_s,
                known_axes=known[index],
            )
        if self._noise_rgb:
            # another tile every frame, in an order that does not repeat at once
            tile = self._noise_rgb[(frame * 2 + frame // _NOISE_TILES) % _NOISE_TILES]
            cv2.add(image, tile, dst=image, dtype=cv2.CV_8U)
        return image

    def _cast_shadows(
        self,
        image: Image,
        joints: FloatArray,
        known_axes: Sequence[Mapping[int, FloatArray] | None],
    ) -> None:
        """Darkens the floor (in place) where people keep the light away."""
        total = np.zeros_like(self._floor)
        for figure, pose, known in zip(self.figures, joints, known_axes, strict=True):
            feet = foot_ends(pose, figure.measures, known)
            mask = shadow_mask(self.camera.size_wh, pose, self.camera, self.light, feet)
            np.maximum(total, mask, out=total)
        cv2.multiply(total, self._floor, dst=total, scale=self.light.shadow / 255)
        x, y, wide, high = (int(v) for v in cv2.boundingRect(total))
        if not wide:
            return
        width, height = self.camera.size_wh
        rows = slice(y * 4, min((y + high) * 4, height))
        columns = slice(x * 4, min((x + wide) * 4, width))
        grown = np.asarray(cv2.resize(total, (total.shape[1] * 4, total.shape[0] * 4)))
        keep = cv2.cvtColor(255 - grown[rows, columns], cv2.COLOR_GRAY2RGB)
        image[rows, columns] = cv2.multiply(image[rows, columns], keep, scale=1 / 255)


def _floor_mask(camera: Camera, wall_z: float) -> Image:
    """255 where the floor is, 0 on the wall, at a quarter of the size."""
    rays = camera.pixel_rays()[::4, ::4]
    eye = camera.position
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(rays[..., 1] < -1e-4, -eye[1] / rays[..., 1], np.inf)
        far = eye[2] + rays[..., 2] * distance
        # shadows fade before the wall, which takes none
        return (255 * np.clip((far - wall_z) / 0.7, 0, 1)).astype(np.uint8)
