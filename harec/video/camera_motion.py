"""The camera's own motion, from the background of one frame after the other.

Points of the background are followed by pyramidal Lucas-Kanade (OpenCV) on a thumbnail, from a key
frame to each frame after it, and one similarity is fitted to most of them (RANSAC): global motion
compensation as trackers of people do it (BoT-SORT, Aharon et al. 2022), here for what the network
sees. Comparing with a key frame rather than with the last frame adds up no errors, and a camera on
a tripod is known by the points standing where they stood, at the price of a difference.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.camera_view import compose, invert

Transform = NDArray[np.float64]

_MOST_POINTS: Final = 48
#: Of the strongest corner; backgrounds are out of focus.
_QUALITY: Final = 0.004
#: Distance of two points, of the longer side.
_APART: Final = 0.045
#: Fewer points of background that agree say nothing: the camera counts as still.
_FEWEST_POINTS: Final = 6
#: Of the points, so many must agree on one motion; the rest are people, leaves, screens.
_AGREEING: Final = 0.45
#: Points within so many pixels of the thumbnail agree.
_TOLERANCE_PX: Final = 0.8
#: A point that moved less stands still. Lucas-Kanade is good to about a twentieth of a pixel.
_STILL_PX: Final = 0.12
#: Where so many of the points stand still, the camera does, whatever the others do.
_STILL_SHARE: Final = 0.5
#: Grey levels (0..255) that sensors and codecs change at a point between two frames.
_SAME_LEVEL: Final = 2.0
#: A key frame is replaced after this, or as soon as less of it is left.
_KEY_S: Final = 2.0
_LEFT_SHARE: Final = 0.6
#: The agreeing points must spread over so much of the picture's width or height: a mirror, a
#: shadow, a moving curtain is smaller.
_SPREAD: Final = 0.35
#: Of a person's size, what is left out around their keypoints: hair, hands, cloth, soles.
_MARGIN: Final = 0.22


class CameraMotion:
    """Follows the background from frame to frame.

    What stands still is taken for background: people (``boxes``) are left out, and the motion must
    be that of points spread over the frame. Where too few points agree (a plain wall, darkness,
    motion blur, a person who fills the frame) the camera counts as standing still.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """A cut or another stream: what comes does not follow on."""
        self._to_shot: Transform = np.eye(2, 3)
        self._key: _KeyFrame | None = None
        self._last: tuple[float, NDArray[np.uint8], NDArray[np.floating]] | None = None

    def update(
        self, time_s: float, gray: NDArray[np.uint8], boxes_xyxy: NDArray[np.floating]
    ) -> Transform:
        """The next frame's place in the shot.

        Args:
            time_s: seconds of the stream.
            gray: uint8 (h, w), a thumbnail of about 160 pixels.
            boxes_xyxy: (P, 4): people, in the thumbnail's pixels.

        Returns:
            float64 (2, 3): from the thumbnail's pixels to those of the shot's first frame.
        """
        last, self._last = self._last, (time_s, gray, boxes_xyxy)
        if last is None or last[1].shape != gray.shape:
            self._key = _KeyFrame(*self._last, self._to_shot)
            return self._to_shot
        assert self._key is not None
        moved = self._key.moved_to(gray, boxes_xyxy)
        if moved is None and self._key.time_s < last[0]:
            # Too little of the key frame is left: the last frame has more in common with this one.
            self._key = _KeyFrame(*last, self._to_shot)
            moved = self._key.moved_to(gray, boxes_xyxy)
        if moved is not None:
            self._to_shot = compose(self._key.to_shot, invert(moved))
        if moved is None or self._key.is_worn or time_s - self._key.time_s > _KEY_S:
            self._key = _KeyFrame(*self._last, self._to_shot)
        return self._to_shot


class _KeyFrame:
    """A frame whose points of background are looked for in those after it.

    Attributes:
        to_shot: of this frame.
        is_worn: many of its points are gone.
    """

    def __init__(
        self,
        time_s: float,
        gray: NDArray[np.uint8],
        boxes_xyxy: NDArray[np.floating],
        to_shot: Transform,
    ) -> None:
        self.time_s, self.gray, self.to_shot = time_s, gray, to_shot
        height, width = gray.shape
        mask = np.full(gray.shape, 255, np.uint8)
        for x0, y0, x1, y1 in boxes_xyxy.round().astype(int).tolist():
            mask[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = 0
        found: Any = cv2.goodFeaturesToTrack(
            gray, _MOST_POINTS, _QUALITY, _APART * max(height, width), mask=mask
        )
        self._points = np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)
        self._places = self._points  # in the newest frame, as far as known
        self.is_worn = False

    def moved_to(
        self, gray: NDArray[np.uint8], boxes_xyxy: NDArray[np.floating]
    ) -> Transform | None:
        """How the background moved from here to a later frame, (2, 3); None where too few of its
        points say so."""
        # people stand before points as they were, and before them as they will be
        visible = _outside(self._places, boxes_xyxy, gray.shape)
        points = self._points[visible]
        if len(points) < _FEWEST_POINTS:
            return None
        if self._stands_still(gray, points):
            self._places = self._points
            return np.eye(2, 3)
        places, status, _ = cv2.calcOpticalFlowPyrLK(
            self.gray,
            gray,
            points.reshape(-1, 1, 2),
            self._places[visible].reshape(-1, 1, 2).copy(),
            winSize=(13, 13),
            maxLevel=2,
            criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.02),
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        found = status.ravel() > 0
        before, after = points[found], places.reshape(-1, 2)[found]
        if len(before) < _FEWEST_POINTS:
            return None
        moved, agree = _fit(before, after, gray.shape)
        if moved is None:
            return None
        self._places = (self._points @ moved[:, :2].T + moved[:, 2]).astype(np.float32)
        self.is_worn = agree < _LEFT_SHARE * len(self._points)
        return moved

    def _stands_still(self, gray: NDArray[np.uint8], points: NDArray[np.float32]) -> bool:
        """Whether the picture is as it was at most of the points: no flow need be searched."""
        x, y = points.round().astype(np.intp).T
        difference = np.abs(gray[y, x].astype(np.int16) - self.gray[y, x])
        return bool(np.median(difference) <= _SAME_LEVEL) and bool(
            (difference <= 2 * _SAME_LEVEL).mean() >= 0.7
        )


def _fit(
    before: NDArray[np.float32], after: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[Transform | None, int]:
    """One motion that most points agree on, as simple as it can be, and how many do."""
    shifts = after - before
    if (np.hypot(*shifts.T) < _STILL_PX).mean() >= _STILL_SHARE:
        return np.eye(2, 3), len(before)
    fitted, inliers = cv2.estimateAffinePartial2D(
        before,
        after,
        method=cv2.RANSAC,
        ransacReprojThreshold=_TOLERANCE_PX,
        maxIters=200,
        confidence=0.99,
        refineIters=5,
    )
    if fitted is None:
        return None, 0
    agree = inliers.ravel() > 0
    count = int(agree.sum())
    spread = np.ptp(before[agree], axis=0) / (shape[1], shape[0]) if count else np.zeros(2)
    if count < max(_FEWEST_POINTS, _AGREEING * len(before)) or spread.max() < _SPREAD:
        return None, 0
    # Few points that lie close together make a turn of what is noise: a shift that explains them
    # as well is the better answer.
    shift = np.median(shifts[agree], axis=0)
    near = np.hypot(*(shifts[agree] - shift).T) < _TOLERANCE_PX / 2
    if near.mean() >= 0.9:
        shift = shifts[agree][near].mean(axis=0)
        if np.hypot(*shift) < _STILL_PX / 2:
            return np.eye(2, 3), count
        return np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64), count
    scale = float(np.hypot(fitted[0, 0], fitted[1, 0]))
    if not 0.5 < scale < 2:
        return None, 0
    return np.asarray(fitted, np.float64), count


def _outside(
    points: NDArray[np.float32], boxes_xyxy: NDArray[np.floating], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Which points (N, 2) lie in the picture and in no box."""
    x, y = points.T
    keep = (x >= 2) & (y >= 2) & (x < shape[1] - 3) & (y < shape[0] - 3)
    for x0, y0, x1, y1 in boxes_xyxy.tolist():
        keep &= (x < x0) | (x > x1) | (y < y0) | (y > y1)
    return np.asarray(keep)


def people_boxes(keypoints_xyc: NDArray[Any], least_score: float = 0.1) -> NDArray[np.float64]:
    """Boxes (P, 4) around people (P, 17, 3) with room for hair, hands, cloth and soles."""
    boxes = []
    for person in keypoints_xyc:
        points = person[person[:, 2] > least_score, :2]
        if len(points) < 3:
            continue
        low, high = points.min(axis=0), points.max(axis=0)
        margin = _MARGIN * float((high - low).max())
        boxes.append([*(low - margin), *(high + margin)])
    return np.array(boxes, np.float64).reshape(-1, 4)
