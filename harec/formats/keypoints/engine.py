"""Keypoints that were read from a file, in the place of a pose engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import Poses

#: A frame within this time of one in the file is that frame, in seconds.
_SAME_S: Final = 0.02


@dataclass(frozen=True, eq=False)
class FramePeople:
    """N people of one frame, as a share of its width and height.

    Attributes:
        keypoints_xyc: float64 (N, 17, 3): x and y 0..1 within the frame, score 0..1 (0 = not seen).
        scores: (N,) 0..1.
        ids: (N,) numbers that people keep from frame to frame; None = the file has none.
    """

    keypoints_xyc: NDArray[np.float64]
    scores: NDArray[np.float64]
    ids: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.keypoints_xyc).all() and np.isfinite(self.scores).all()):
            raise ValueError("a keypoint is no number")


class ReadKeypoints:
    """A `harec.pose.base.FollowingPoseEngine` that answers what a file says, without looking.

    Args:
        frames: people by number of the frame, from 0; a frame that is missing has none.
        every: which frames it is asked about: each, each second, ...
        times_s: (F,) ascending, of the frames 0, 1, ...: frames are then told by their times.

    Attributes:
        used: frames with people that it was asked about.
    """

    name = "keypoints"

    def __init__(
        self,
        frames: Mapping[int, FramePeople],
        every: int = 1,
        times_s: NDArray[np.float64] | None = None,
    ) -> None:
        self._frames, self._every, self._times_s = frames, every, times_s
        self._calls = 0
        self.used = 0

    def reset(self) -> None:
        """It remembers nobody; a cut does not change which frame comes next."""

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """The people of the next frame, in pixels of the one that is shown."""
        frame = self._calls * self._every
        self._calls += 1
        return self._poses(frame, rgb)

    def estimate_at(self, time_s: float, rgb: NDArray[np.uint8]) -> Poses:
        """The people of the frame at a time, where the file says times; else of the next frame."""
        if self._times_s is None:
            return self.estimate(rgb)
        place = int(np.searchsorted(self._times_s, time_s))
        near = [i for i in (place - 1, place) if 0 <= i < len(self._times_s)]
        nearest = min(near, key=lambda i: abs(self._times_s[i] - time_s), default=-1)  # type: ignore[index]
        same = nearest >= 0 and abs(self._times_s[nearest] - time_s) <= _SAME_S
        return self._poses(nearest if same else -1, rgb)

    def _poses(self, frame: int, rgb: NDArray[np.uint8]) -> Poses:
        people = self._frames.get(frame)
        if people is None or not len(people.scores):
            return Poses.empty()
        self.used += 1
        height, width = rgb.shape[:2]
        keypoints = people.keypoints_xyc * [width, height, 1]
        return Poses(
            keypoints.astype(np.float32), people.scores.astype(np.float32), followed=people.ids
        )
