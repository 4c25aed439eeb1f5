"""A drawn person: joints in, pixels out."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from harec.core import skeleton as sk
from harec.core.geometry import torso_length
from harec.simulate.body.rig import (
    Bone,
    Measures,
    bone_frames,
)
from harec.simulate.camera import Camera
from harec.simulate.figure.cloth import ADULT_TORSO_M
from harec.simulate.figure.limbs import FLAT_HAND, HANDS
from harec.simulate.figure.looks import Look
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.figure.person_mesh import make_mesh
from harec.simulate.figure.shading import (
    Image,
    Light,
    draw_quads,
    quad_normals,
)

_BLINK_EVERY_S, _BLINK_S = 3.4, 0.14


def detail_for(height_px: float) -> int:
    """How fine the mesh of a person of that height must be to look round."""
    return int(np.clip(7 + height_px / 55, 8, 24))


class Figure:
    """One person with a look, drawn from 17 joints a frame.

    Args:
        look: skin, hair, clothes, build.
        joints: (T, 17, 3) metres, a stretch of the person's motion: the body is built to fit it.
        detail: vertices around an arm, see `detail_for`.
    """

    def __init__(self, look: Look, joints: FloatArray, detail: int = 12) -> None:
        self.look = look
        self.measures = Measures.of(np.asarray(joints, np.float32))
        self.mesh = make_mesh(look, self.measures, detail)
        self._subsets = {
            (hand, eyes): self.mesh.subset((hand, eyes))
            for hand in (*HANDS, FLAT_HAND)
            for eyes in ("eyes open", "eyes closed")
        }
        self._blink_at = np.random.default_rng(look.seed).uniform(0, _BLINK_EVERY_S)

    def draw(
        self,
        image: Image,
        joints: FloatArray,
        camera: Camera,
        light: Light,
        *,
        hands: str = "relaxed",
        time_s: float | None = None,
        known_axes: Mapping[int, FloatArray] | None = None,
    ) -> None:
        """Draws the person over an RGB image (H, W, 3) in place.

        Args:
            joints: (17, 3) metres in the world.
            hands: "open", "relaxed" or "fist"; "flat" too with a `yoga` look.
            time_s: for blinking; None keeps the eyes open.
            known_axes: of hands and feet, see `bone_frames`.
        """
        mesh = self.mesh
        blinking = time_s is not None and (time_s + self._blink_at) % _BLINK_EVERY_S < _BLINK_S
        chosen = self._subsets[hands, "eyes closed" if blinking else "eyes open"]
        frames = bone_frames(np.asarray(joints, np.float32), self.measures, known_axes)
        points = mesh.posed(*frames)
        pixels, depth = camera.project(points)
        if depth.min() <= 0:
            return  # partly behind the camera: nothing sensible to draw
        quads = mesh.faces[chosen]
        flat = pixels[quads]
        diagonal, other = flat[:, 2] - flat[:, 0], flat[:, 3] - flat[:, 1]
        # counter-clockwise from outside, with y down: the front has a negative cross product
        front = diagonal[:, 0] * other[:, 1] - diagonal[:, 1] * other[:, 0] < 0
        chosen, quads = chosen[front], quads[front]
        corners = points[quads]
        normals = quad_normals(corners)
        to_viewer = camera.position - corners.mean(axis=1)
        to_viewer /= np.linalg.norm(to_viewer, axis=1, keepdims=True)
        colours = light.shade(
            mesh.albedo[chosen], normals, to_viewer, mesh.gloss[chosen], mesh.open_sky[chosen]
        )
        order = np.argsort(mesh.bias_m[chosen] - depth[quads].mean(axis=1), kind="stable")
        tall = np.ptp(pixels[:, 1])
        draw_quads(image, pixels, quads[order], colours[order], 4 if tall < 260 else 2)


#: Capsules of the cast shadow: joints, radius in metres for an adult.
_SHADOW_PARTS = (
    (sk.LEFT_SHOULDER, sk.LEFT_ELBOW, 0.05),
    (sk.LEFT_ELBOW, sk.LEFT_WRIST, 0.04),
    (sk.LEFT_HIP, sk.LEFT_KNEE, 0.075),
    (sk.LEFT_KNEE, sk.LEFT_ANKLE, 0.05),
)


def shadow_mask(
    size_wh: tuple[int, int],
    joints: FloatArray,
    camera: Camera,
    light: Light,
    toes: FloatArray,
) -> Image:
    """How much light a person takes from the floor, uint8 (h, w), at a quarter of the size.

    Args:
        joints: (17, 3) metres.
        toes: (2, 2, 3) heel and toe of either foot, metres: where the contact shadow is.
    """
    width, height = (max(1, -(-side // 4)) for side in size_wh)
    mask = np.zeros((height, width), np.uint8)
    direction = np.asarray(light.direction, np.float32)

    def on_floor(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        along = points[..., 1:2] / max(float(direction[1]), 0.2)
        pixels, depth = camera.project(points * [1, 0, 1] - along * direction * [1, 0, 1])
        return pixels / 4, depth

    scale = float(torso_length(joints)) / ADULT_TORSO_M
    head = joints[3:5].mean(axis=0)
    parts = [(joints[5:7].mean(axis=0), joints[11:13].mean(axis=0), 0.15), (head, head, 0.1)]
    parts += [
        (joints[a + side], joints[b + side], radius)
        for a, b, radius in _SHADOW_PARTS
        for side in (0, 1)
    ]
    for start, end, radius in parts:
        pixels, depth = on_floor(np.stack([start, end]))
        if depth.min() <= 0:
            continue
        thick = max(1, round(1.6 * radius * scale * camera.focal_px / float(depth.mean()) / 4))
        a, b = (tuple(int(v) for v in np.clip(p, -4000, 4000)) for p in pixels)
        cv2.line(mask, a, b, 150, thick, cv2.LINE_AA)
    soft = 1 + 2 * int(2 + light.softness * height / 40)
    cv2.GaussianBlur(mask, (soft, soft), 0, dst=mask)
    for foot in toes:
        gap = max(float(foot[:, 1].min()), 0.0)
        dark = 235 * float(np.exp(-gap / 0.10))
        pixels, depth = camera.project(foot * [1, 0, 1])
        if depth.min() <= 0 or dark < 10:
            continue
        thick = max(1, round(0.10 * scale * (1 + 2 * gap) * camera.focal_px / depth.mean() / 4))
        contact = np.zeros_like(mask)
        a, b = (tuple(int(v) for v in np.clip(p / 4, -4000, 4000)) for p in pixels)
        cv2.line(contact, a, b, dark, thick, cv2.LINE_AA)
        np.maximum(mask, cv2.GaussianBlur(contact, (5, 5), 0), out=mask)
    return mask


def foot_ends(
    joints: FloatArray, measures: Measures, known_axes: Mapping[int, FloatArray] | None = None
) -> FloatArray:
    """Heel and toe on the sole of either foot (2, 2, 3), metres."""
    origins, axes = bone_frames(joints, measures, known_axes)
    scale = measures.torso / ADULT_TORSO_M
    sole = np.array([[0, -measures.ankle_height, -0.03], [0, -measures.ankle_height, 0.13]])
    sole[:, 2] *= scale
    feet = [origins[Bone.FOOT + s] + sole @ axes[Bone.FOOT + s] for s in (0, 1)]
    return np.stack(feet).astype(np.float32)
