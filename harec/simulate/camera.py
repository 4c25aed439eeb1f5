"""A pinhole camera that looks at the simulated people."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
#: Nearer than this (metres) a point counts as behind the camera.
NEAR_M = 0.05


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and what it sees. World: metres, right-handed, y up, floor y = 0.

    At yaw 0 the camera stands on the +z side and looks along -z, so that a person who faces +z
    looks into it and their left (+x) is on the right of the frame.

    Attributes:
        size_wh: frame in pixels.
        target: the point (x, y, z) in the middle of the frame, metres.
        distance: metres from the camera to the target.
        yaw: radians around the vertical; positive moves the camera to the person's left.
        pitch: radians; positive raises the camera, which then looks down.
        roll: radians; positive turns the frame clockwise.
        fov: vertical angle of view in radians.
    """

    size_wh: tuple[int, int]
    target: tuple[float, float, float] = (0.0, 0.95, 0.0)
    distance: float = 4.5
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    fov: float = math.radians(42)

    def __post_init__(self) -> None:
        if min(self.size_wh) < 1:
            raise ValueError(f"size_wh must be positive, got {self.size_wh}")
        if self.distance <= NEAR_M:
            raise ValueError(f"distance must be more than {NEAR_M} m, got {self.distance}")
        if not 0 < self.fov < math.pi:
            raise ValueError(f"fov must be between 0 and pi, got {self.fov}")

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.size_wh[1] / 2 / math.tan(self.fov / 2)

    @cached_property
    def axes(self) -> FloatArray:
        """(3, 3): the unit vectors right, up and backward of the camera, in the world."""
        cy, sy = math.cos(self.yaw), math.sin(self.yaw)
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        back = np.array([sy * cp, sp, cy * cp])
        right = np.array([cy, 0.0, -sy])
        up = np.cross(back, right)
        cr, sr = math.cos(self.roll), math.sin(self.roll)
        # a frame that turns clockwise comes from a camera that turns counter-clockwise
        return np.stack([cr * right + sr * up, cr * up - sr * right, back]).astype(np.float32)

    @cached_property
    def position(self) -> FloatArray:
        """(3,): where the camera is, metres."""
        return (np.asarray(self.target) + self.distance * self.axes[2]).astype(np.float32)

    def project(self, points: NDArray[np.floating]) -> tuple[FloatArray, FloatArray]:
        """World points (..., 3) to pixels (..., 2; x right, y down) and depth (...) in metres.

        Depth is along the viewing direction. Points behind the camera get a depth of at most 0;
        their pixels mean nothing.
        """
        local = (np.asarray(points, dtype=np.float32) - self.position) @ self.axes.T
        depth = -local[..., 2]
        scale = self.focal_px / np.maximum(depth, NEAR_M)
        width, height = self.size_wh
        xy = np.stack(
            [width / 2 + local[..., 0] * scale, height / 2 - local[..., 1] * scale], axis=-1
        )
        return xy.astype(np.float32), np.where(depth > NEAR_M, depth, np.minimum(depth, 0.0))

    def pixel_rays(self) -> FloatArray:
        """Viewing direction of each pixel's centre in the world, (H, W, 3), not normalised."""
        width, height = self.size_wh
        x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / self.focal_px
        y = (height / 2 - np.arange(height, dtype=np.float32) - 0.5) / self.focal_px
        right, up, back = self.axes
        return x[None, :, None] * right + y[:, None, None] * up - back

    def framing(self, points: NDArray[np.floating], margin: float = 0.06) -> Camera:
        """The same view, aimed and moved back or forth so that all points (..., 3) just fit.

        Args:
            margin: free share of the width and height at each side.
        """
        flat = np.asarray(points, dtype=np.float32).reshape(-1, 3)
        width, height = self.size_wh
        half = np.array([width, height], dtype=np.float32) * (0.5 - margin) / self.focal_px
        local = (flat - flat.mean(axis=0)) @ self.axes.T
        # A point fits when |across - shift| <= half * (distance - toward): two lines per side,
        # so for each axis of the frame the tightest pair gives distance and shift in closed form.
        toward = local[:, 2]
        needed, shift = 0.0, [0.0, 0.0]
        for axis in (0, 1):
            high = (local[:, axis] + half[axis] * toward).max()
            low = (local[:, axis] - half[axis] * toward).min()
            needed = max(needed, float(high - low) / (2 * float(half[axis])))
            shift[axis] = float(high + low) / 2
        distance = max(needed, float(toward.max()) + 10 * NEAR_M)
        right, up, _ = self.axes
        target = flat.mean(axis=0) + shift[0] * right + shift[1] * up
        x, y, z = (float(v) for v in target)
        return replace(self, target=(x, y, z), distance=distance)
