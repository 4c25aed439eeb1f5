"""The people of a stream's frames, each frame with where its camera looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray, Poses
from harec.core.progress import StageClock
from harec.pose.base import BatchPoseEngine, PoseEngine, estimate_frame
from harec.video.camera_follower import CameraFollower

Image = NDArray[np.uint8]


class StreamPoses:
    """A pose engine that follows one stream, and its camera.

    The same for files and cameras. At a cut the engine forgets the people that it followed.

    Args:
        engine: follows no other stream meanwhile.
        clock: what the camera takes counts as stage ``camera``, the rest as ``pose``.
    """

    def __init__(self, engine: PoseEngine, clock: StageClock | None = None) -> None:
        self.engine = engine
        self._clock = clock or StageClock()
        self._camera = CameraFollower()
        self._last = Poses.empty()

    def estimate(
        self,
        times_s: Sequence[float],
        frames: Sequence[Image],
        size_wh: tuple[int, int],
        only: frozenset[int] | None = None,
    ) -> list[Poses]:
        """The people of the next frames, in pixels of the full frame.

        Args:
            times_s: of the frames, later than those before.
            frames: uint8 (H, W, 3), of one size; more than one for an engine that takes batches.
            size_wh: of the full frame, where the frames are smaller.
            only: the people to look at, by the engine's numbers (`Poses.followed`), where the
                engine can do so; the others are not among the answers. None = everybody.
        """
        if isinstance(self.engine, BatchPoseEngine):
            with self._clock.stage("pose"):
                found = self.engine.estimate_batch(frames)
            return [
                self._seen(time_s, rgb, _scaled(poses, rgb, size_wh), size_wh)
                for time_s, rgb, poses in zip(times_s, frames, found, strict=True)
            ]
        return [
            self._one(time_s, rgb, size_wh, only)
            for time_s, rgb in zip(times_s, frames, strict=True)
        ]

    def _one(
        self, time_s: float, rgb: Image, size_wh: tuple[int, int], only: frozenset[int] | None
    ) -> Poses:
        shot = self._camera.view.shot
        # before the people of this frame are known, those of the last one stand about there
        seen = self._seen(time_s, rgb, self._last, size_wh)
        if seen.camera.shot != shot:
            self.engine.reset()
            only = None
        with self._clock.stage("pose"):
            found = estimate_frame(self.engine, rgb, time_s, only)
        found = replace(_scaled(found, rgb, size_wh), camera=seen.camera)
        self._last = found if only is None else _with_held(found, self._last, only)
        return found

    def _seen(self, time_s: float, rgb: Image, people: Poses, size_wh: tuple[int, int]) -> Poses:
        with self._clock.stage("camera"):
            return self._camera.follow(time_s, rgb, people, size_wh)

    def reset(self) -> None:
        """Another stream, or one that does not follow on."""
        self.engine.reset()
        self._camera.reset()
        self._last = Poses.empty()


def _scaled(poses: Poses, rgb: Image, size_wh: tuple[int, int]) -> Poses:
    """Keypoints of a frame that is smaller, in pixels of the full frame."""
    height, width = rgb.shape[:2]
    if (width, height) == size_wh or not len(poses):
        return poses
    scale: FloatArray = np.array([size_wh[0] / width, size_wh[1] / height, 1], np.float32)
    return replace(poses, keypoints_xyc=poses.keypoints_xyc * scale)


def _with_held(found: Poses, before: Poses, only: frozenset[int]) -> Poses:
    """Who was found, and who was there before and not looked at."""
    if found.followed is None or before.followed is None:
        return found
    held = ~np.isin(before.followed, [*only, *found.followed.tolist()])
    return replace(
        found,
        keypoints_xyc=np.concatenate([found.keypoints_xyc, before.keypoints_xyc[held]]),
        scores=np.concatenate([found.scores, before.scores[held]]),
        followed=np.concatenate([found.followed, before.followed[held]]),
    )
