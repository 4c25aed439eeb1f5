"""Which shot each frame belongs to, and how the camera moved in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.camera_view import STILL, CameraView
from harec.core.images import thumbnail
from harec.core.poses import Poses
from harec.video.camera_motion import CameraMotion, people_boxes
from harec.video.cuts import CutDetector


class CameraFollower:
    """Follows the camera of one stream: one frame after the other, at any rate.

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
        if self._cuts.update(time_s, small):
            self._begin_shot()
        gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        wide, high = size_wh or (rgb.shape[1], rgb.shape[0])
        scale = np.array([small.shape[1] / wide, small.shape[0] / high])
        boxes = people_boxes(people.keypoints_xyc) * np.tile(scale, 2)
        to_shot = self._motion.update(time_s, gray, boxes)
        linear = to_shot[:, :2] * (scale[None] / scale[:, None])
        in_pixels = np.hstack([linear, to_shot[:, 2:] / scale[:, None]])
        view = CameraView(self.view.shot, in_pixels)
        if not view.same(self.view):
            self.view = view
        return self.view
