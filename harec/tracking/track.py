"""One person over time: where each keypoint is, how fast they move, how like a detection they are.

Lengths are in pixels of the frame, times in seconds of the stream.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.geometry import SEEN, body_centre, full_body_size, keypoint_similarity
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS, OKS_SIGMAS, TRUNK

#: Keypoints that two skeletons must both show to be compared one by one.
MIN_SHARED_KEYPOINTS: Final = 4
#: OKS of COCO is made for annotation error (a few pixels); between two frames a person moves much
#: more. The constants are widened by this factor, so that 0.5 stands for "about half a limb away".
OKS_SIGMA_SCALE: Final = 3.0
#: Sizes may differ by this factor between two detections shortly after each other.
SIZE_RATIO: Final = 1.8
#: Keypoints from which a body counts as seen whole: all but the face or an arm.
WHOLE_KEYPOINTS: Final = 12
#: Time constants: how long a hidden keypoint's place is worth something beside those that are seen,
#: and how slowly the size of a person who is partly hidden shrinks.
MEMORY_S: Final = 0.5
SHRINK_TIME_S: Final = 3.0
#: Time constant of the velocity estimate, and the fastest that anyone moves (person sizes per s).
VELOCITY_TIME_S: Final = 0.15
FASTEST: Final = 4.0
#: A moving person does not continue straight for ever: prediction ends after this time.
LONGEST_PREDICTION_S: Final = 0.5
_OF_TRUNK: Final = np.isin(np.arange(NUM_KEYPOINTS), TRUNK)


@dataclass(frozen=True, eq=False)
class Detection:
    """A person in this frame, measured once for all tracks."""

    keypoints_xyc: FloatArray
    seen: NDArray[np.bool_]
    centre: NDArray[np.float64]
    size: float

    @classmethod
    def of(cls, keypoints_xyc: FloatArray) -> Detection:
        return cls(
            keypoints_xyc,
            keypoints_xyc[:, 2] > SEEN,
            body_centre(keypoints_xyc),
            full_body_size(keypoints_xyc),
        )


@dataclass
class Track:
    """One person over time. Lengths in pixels of the frame.

    Attributes:
        body_xyc: (17, 3) where each keypoint is, or would be: those that are hidden now are carried
            along with the rest. Score 1; 0 = never seen so far.
        seen_s: (17,) when each keypoint was last seen.
        size: of the whole body, `full_body_size`; hidden parts don't make it shrink at once.
        velocity: (2,) pixels a second.
        sure_s: when they were last seen as a person without doubt; later than that they are only
            followed through faint detections.
    """

    id: int
    body_xyc: FloatArray
    seen_s: NDArray[np.float64]
    size: float
    last_s: float
    velocity: NDArray[np.float64]
    sure_s: float
    detections: int = 1
    confirmed: bool = False

    @classmethod
    def start(cls, time_s: float, detection: Detection) -> Track:
        body = detection.keypoints_xyc.copy()
        body[:, 2] = detection.seen
        # ids are given on confirmation, so that ghosts leave no holes in the numbering
        return cls(0, body, np.full(len(body), time_s), detection.size, time_s, np.zeros(2), time_s)

    def motion(self, time_s: float) -> NDArray[np.float64]:
        """How far the person should have moved since the last detection."""
        return self.velocity * min(time_s - self.last_s, LONGEST_PREDICTION_S)

    def warp(self, moved: NDArray[np.float64]) -> None:
        """The camera moved: (2, 3) takes where they were seen to where that is now."""
        points = self.body_xyc[:, :2]
        self.body_xyc[:, :2] = points @ moved[:, :2].T + moved[:, 2]
        self.velocity = moved[:, :2] @ self.velocity
        self.size *= float(np.hypot(moved[0, 0], moved[1, 0]))

    def memory(self, time_s: float) -> NDArray[np.float64]:
        """(17,) how much the place of each keypoint says, 0..1; 0 = never seen."""
        fresh = np.exp(-(time_s - self.seen_s) / MEMORY_S)
        return np.where(self.body_xyc[:, 2] > 0, np.maximum(fresh, 1e-3), 0.0)

    def moved_on(self, memory: NDArray[np.float64], other: Detection) -> NDArray[np.float64]:
        """How far the person is from here if they are the detected one, x and y in pixels.

        Measured on the keypoints that both show, so that what is hidden in one of them does not
        count as motion; on the trunk, that arms don't move, where at least two of its are shared.
        """
        weights = memory * other.seen
        trunk = weights * _OF_TRUNK
        if np.count_nonzero(trunk) >= 2:
            weights = trunk
        total = weights.sum()
        if total == 0:
            return other.centre - body_centre(self.body_xyc)
        return weights @ (other.keypoints_xyc[:, :2] - self.body_xyc[:, :2]) / total

    def size_ratio(self, memory: NDArray[np.float64], other: Detection) -> float:
        """Larger over smaller size, at least 1, both of what is seen in both.

        By how far the keypoints are spread, or by the limbs, whichever differs less: an arm that
        moves changes the one, limbs that point at the camera the other. 1 where little is shared: a
        part tells only how large a body is at least.
        """
        weights = memory * other.seen
        both = weights > 0
        if np.count_nonzero(both) < MIN_SHARED_KEYPOINTS:
            return 1.0
        weights /= weights.sum()
        mine, theirs = self.body_xyc, other.keypoints_xyc
        by_spread = _ratio(_spread(mine, weights), _spread(theirs, weights))
        if by_spread < SIZE_RATIO:
            return by_spread
        mine, theirs = (np.where(both[:, None], k, np.float32(0)) for k in (mine, theirs))
        return min(by_spread, _ratio(full_body_size(mine), full_body_size(theirs)))

    def update(self, time_s: float, detection: Detection) -> None:
        elapsed = time_s - self.last_s
        moved = self.moved_on(self.memory(time_s), detection)
        fastest = FASTEST * self.size
        # the same smoothing at any frame rate
        keep = math.exp(-elapsed / VELOCITY_TIME_S)
        measured = (moved / elapsed).clip(-fastest, fastest)
        self.velocity = keep * self.velocity + (1 - keep) * measured
        # limbs that point at the camera look short: parts of a body only tell how large it is at
        # least
        whole = detection.seen.sum() >= WHOLE_KEYPOINTS
        if detection.size < self.size and not whole:
            keep = math.exp(-elapsed / SHRINK_TIME_S)
        self.size = keep * self.size + (1 - keep) * detection.size
        self.body_xyc[:, :2] += moved
        self.body_xyc[detection.seen] = detection.keypoints_xyc[detection.seen]
        self.body_xyc[detection.seen, 2] = 1
        self.seen_s[detection.seen] = time_s
        self.last_s = time_s
        self.detections += 1


def _spread(keypoints_xyc: FloatArray, weights: NDArray[np.float64]) -> float:
    """Deviation in pixels of keypoints (17, 3) from their mean; weights (17,) of sum 1."""
    away = keypoints_xyc[:, :2] - weights @ keypoints_xyc[:, :2]
    return math.sqrt(weights @ (away**2).sum(axis=1))


def _ratio(a: float, b: float) -> float:
    return max(a, b, 1.0) / max(min(a, b), 1.0)


def pose_similarity(
    a_xyc: FloatArray,
    b_xyc: FloatArray,
    size: float,
    weights: NDArray[np.float64] | None = None,
) -> float | None:
    """OKS-like similarity 0..1 of two skeletons (17, 3) of people about ``size`` pixels high.

    COCO's formula with the constants widened for motion between frames. None when fewer than four
    keypoints are seen in both.

    Args:
        weights: (17,) how much each keypoint counts; None = all alike.
    """
    both = (a_xyc[:, 2] > SEEN) & (b_xyc[:, 2] > SEEN)
    if both.sum() < MIN_SHARED_KEYPOINTS:
        return None
    # a standing person's box is about 0.4 x as wide as high
    area = 0.4 * size**2
    sigmas = OKS_SIGMA_SCALE * OKS_SIGMAS[both]
    return keypoint_similarity(
        a_xyc[both], b_xyc[both], sigmas, area, None if weights is None else weights[both]
    )
