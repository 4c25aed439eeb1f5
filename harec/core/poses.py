"""The people found in one frame, before and after tracking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harec.core import supervision as adapter
from harec.core.camera_view import STILL, CameraView
from harec.core.skeleton import NUM_KEYPOINTS

if TYPE_CHECKING:
    import supervision

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Poses:
    """N people in one frame, most prominent first.

    Attributes:
        keypoints_xyc: float32 (N, 17, 3): x, y in pixels of the full frame (y down), score 0..1.
        scores: float32 (N,): how sure the estimator is that this is a person, 0..1.
        camera: where the camera looked; without being told, it stands still.
        followed: int64 (N,): numbers of an engine that follows people from frame to frame, equal
            where it takes them for the same person; None = the engine looks at each frame alone.
    """

    keypoints_xyc: FloatArray
    scores: FloatArray
    camera: CameraView = STILL
    followed: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        keypoints = np.asarray(self.keypoints_xyc, dtype=np.float32)
        scores = np.asarray(self.scores, dtype=np.float32)
        if keypoints.ndim != 3 or keypoints.shape[1:] != (NUM_KEYPOINTS, 3):
            raise ValueError(f"keypoints_xyc must be (N, 17, 3), got {keypoints.shape}")
        if scores.shape != (len(keypoints),):
            raise ValueError(f"scores must be ({len(keypoints)},), got {scores.shape}")
        if not (np.isfinite(keypoints).all() and np.isfinite(scores).all()):
            raise ValueError("keypoints and scores must be finite")
        if self.followed is not None:
            followed = np.asarray(self.followed, dtype=np.int64)
            if followed.shape != scores.shape:
                raise ValueError(f"followed must be ({len(scores)},), got {followed.shape}")
            object.__setattr__(self, "followed", followed)
        object.__setattr__(self, "keypoints_xyc", keypoints)
        object.__setattr__(self, "scores", scores)

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def empty(cls) -> Poses:
        """Nobody in the frame."""
        return cls(np.zeros((0, NUM_KEYPOINTS, 3), np.float32), np.zeros(0, np.float32))

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Poses:
        """The people picked by a mask or by indices."""
        return replace(
            self,
            keypoints_xyc=self.keypoints_xyc[keep],
            scores=self.scores[keep],
            followed=None if self.followed is None else self.followed[keep],
        )

    def above(self, person_threshold: float, keypoint_threshold: float) -> Poses:
        """The people who score at least the first; keypoints below the second are not seen (0)."""
        kept = self.select(self.scores >= person_threshold)
        keypoints = kept.keypoints_xyc.copy()
        keypoints[keypoints[..., 2] < keypoint_threshold] = 0
        return replace(kept, keypoints_xyc=keypoints)

    def to_supervision(self) -> supervision.KeyPoints:
        """For roboflow's ``supervision``: all of class 0, and invisible what is not seen.

        Raises:
            InputError: supervision is not installed.
        """
        return adapter.to_key_points(self)

    @classmethod
    def from_supervision(cls, key_points: Any) -> Poses:
        """The people of a ``supervision.KeyPoints`` with COCO's 17 keypoints.

        Without confidences of the keypoints all count as seen, without those of the people the
        mean of their keypoints' is taken.

        Raises:
            InputError: they are not 17 keypoints a person.
        """
        return cls(*adapter.from_key_points(key_points))


@dataclass(frozen=True, eq=False)
class TrackedPerson:
    """One person in one frame, with the id that stays the same over the video.

    Attributes:
        id: positive, never used again for another person.
        keypoints_xyc: float32 (17, 3): x, y in pixels, score 0..1 (0 = not seen).
        score: 0..1, the estimator's person score.
        camera: where the camera looked.
    """

    id: int
    keypoints_xyc: FloatArray
    score: float
    camera: CameraView = STILL

    @property
    def steady_xyc(self) -> FloatArray:
        """float32 (17, 3): the keypoints as a camera that stands still would have seen them."""
        return self.camera.steady(self.keypoints_xyc)

    def __post_init__(self) -> None:
        if self.id < 1:
            raise ValueError(f"id must be positive, got {self.id}")
        if self.keypoints_xyc.shape != (NUM_KEYPOINTS, 3):
            raise ValueError(f"keypoints_xyc must be (17, 3), got {self.keypoints_xyc.shape}")
