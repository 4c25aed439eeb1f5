"""Which shot each frame belongs to, and how the camera moved in it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.camera_view import STILL, CameraView
from harec.core.images import thumbnail
from harec.core.poses import Poses
from harec.video.camera_motion import CameraMotion, background_mask
from harec.video.cuts import CutDetector


class CameraFollower:
    """Follows the camera of one stream, one frame after the other, at any rate::

        camera = CameraFollower()
        for time_s, image in frames:
            poses = camera.follow(time_s, image, estimator(image, time_s))
            people = tracker.update(time_s, poses)

    The tracker and the recogniser then take out the camera's own motion and end everything at a
    cut, as `harec.analyze` does.

    Attributes:
        view: of the newest frame.
    """

    def __init__(self) -> None:
        self._cuts, self._motion = CutDetector(), CameraMotion()
        self.view = STILL

    def reset(self) -> None:
        """The stream does not follow on: what comes next is another shot."""
        self._cuts.reset()
        self._begin_shot()

    def _begin_shot(self) -> None:
        self._motion.reset()
        self.view = CameraView(self.view.shot + 1)

    def follow(
        self,
        time_s: float,
        rgb: NDArray[np.uint8],
        people: Poses,
        size_wh: tuple[int, int] | None = None,
    ) -> Poses:
        """The people with where the camera looked in this frame; see `update`."""
        return replace(people, camera=self.update(time_s, rgb, people, size_wh))

    def update(
        self,
        time_s: float,
        rgb: NDArray[np.uint8],
        people: Poses,
        size_wh: tuple[int, int] | None = None,
    ) -> CameraView:
        """Where the camera looks in the next frame.

        Args:
            time_s: later than at the call before.
            rgb: uint8 (H, W, 3).
            people: of the frame before, or of this one: they are not background. In pixels of the
                full frame.
            size_wh: of the full frame, where ``rgb`` is smaller; the view is in its pixels.
        """
        small = thumbnail(rgb)
        gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        wide, high = size_wh or (rgb.shape[1], rgb.shape[0])
        scale = np.array([small.shape[1] / wide, small.shape[0] / high])

        @cache
        def background() -> NDArray[np.uint8]:
            placed = people.keypoints_xyc * np.array([*scale, 1], np.float32)
            return background_mask(placed, (small.shape[1], small.shape[0]))

        to_shot = self._motion.update(time_s, gray, background)
        if self._is_cut(time_s, small):
            self._begin_shot()
            to_shot = self._motion.update(time_s, gray, background)
        linear = to_shot[:, :2] * (scale[None] / scale[:, None])
        in_pixels = np.hstack([linear, to_shot[:, 2:] / scale[:, None]])
        view = CameraView(self.view.shot, in_pixels, self._motion.known)
        if not view.same(self.view):
            self.view = view
        return self.view

    def _is_cut(self, time_s: float, small: NDArray[np.uint8]) -> bool:
        """Asks whether the shot ended, where the background does not say that it goes on."""
        if self._motion.certain and not self._cuts.in_doubt:
            self._cuts.goes_on(time_s, small)
            return False
        return self._cuts.update(time_s, small)
