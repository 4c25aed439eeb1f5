"""Keypoints of hours of video, kept close together: a few objects instead of a million."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, overload

import numpy as np

from harec.core.camera_view import CameraView
from harec.core.poses import FloatArray, Poses
from harec.core.skeleton import NUM_KEYPOINTS

_FIRST_ROOM: Final = 64


class KeypointBuffer:
    """Keypoints (17, 3) one after the other; 204 bytes each."""

    def __init__(self) -> None:
        self._rows = np.empty((_FIRST_ROOM, NUM_KEYPOINTS, 3), np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, joints_xyc: FloatArray) -> None:
        """Add a copy of keypoints (17, 3)."""
        if self._count == len(self._rows):
            more = np.empty((len(self._rows) * 3 // 2, NUM_KEYPOINTS, 3), np.float32)
            more[: self._count] = self._rows
            self._rows = more
        self._rows[self._count] = joints_xyc
        self._count += 1

    def rows(self, first: int = 0, end: int | None = None) -> FloatArray:
        """float32 (N, 17, 3): a view that later keypoints don't change; not to be written to."""
        rows = self._rows[: self._count][first:end]
        rows.flags.writeable = False
        return rows


class PoseBuffer(Sequence[Poses]):
    """The people of one frame after the other."""

    def __init__(self) -> None:
        self._joints = KeypointBuffer()
        self._scores = array("f")
        self._followed = array("q")  # numbers of the engine's, 0 where there are none
        self._numbered = array("b")  # whether a frame's people have them
        self._ends = array("l")
        self._cameras: list[CameraView] = []  # one object for as long as the camera stands still

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> Poses: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Poses, ...]: ...
    def __getitem__(self, index: int | slice) -> Poses | tuple[Poses, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        end = self._ends[index]  # raises IndexError
        place = index % len(self._ends)
        first = self._ends[place - 1] if place else 0
        scores = np.array(self._scores[first:end], np.float32)
        numbered = self._numbered[place]
        followed = np.array(self._followed[first:end], np.int64) if numbered else None
        return Poses(self._joints.rows(first, end), scores, self._cameras[place], followed)

    def append(self, poses: Poses) -> None:
        """Add a frame's people."""
        for joints_xyc, score in zip(poses.keypoints_xyc, poses.scores, strict=True):
            self._joints.append(joints_xyc)
            self._scores.append(score)
        followed = poses.followed
        self._followed.extend([0] * len(poses) if followed is None else followed.tolist())
        self._numbered.append(followed is not None)
        self._ends.append(len(self._joints))
        last = self._cameras[-1] if self._cameras else None
        self._cameras.append(last if last is not None and last.same(poses.camera) else poses.camera)
