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

#: Cells on the picture's longer side, a point each.
_CELLS: Final = 9
#: The smaller eigenvalue of OpenCV's cornerMinEigenVal, after a little blur; noise of one and a
#: half grey levels stays below.
_LEAST_CORNER: Final = 1e-5
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
#: What the median edge seems to have moved by the noise of sensors and codecs alone.
_SAME_PX: Final = 0.15
#: A key frame is replaced after this, or as soon as less of it is left.
_KEY_S: Final = 2.0
_LEFT_SHARE: Final = 0.6
#: The agreeing points must spread over so much of the picture's width and height: a mirror, a
#: moving curtain, what sticks out of a person's box is smaller.
_SPREAD: Final = (0.4, 0.25)
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
        self._points = _spread_corners(gray, boxes_xyxy)
        self._find_edges()
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
        if self._stands_still(gray, visible):
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
        before = points[found]
        after = np.asarray(places.reshape(-1, 2)[found], np.float32)
        if len(before) < _FEWEST_POINTS:
            return None
        moved, agree = _fit(before, after, gray.shape)
        if moved is None:
            return None
        self._places = (self._points @ moved[:, :2].T + moved[:, 2]).astype(np.float32)
        self.is_worn = agree < _LEFT_SHARE * len(self._points)
        return moved

    def _stands_still(self, gray: NDArray[np.uint8], visible: NDArray[np.bool_]) -> bool:
        """Whether the picture is as it was at most of the edges: no flow need be searched."""
        x, y = self._edges[visible].T
        difference = np.abs(gray[y, x].astype(np.float32) - self.gray[y, x])
        moved_px = difference / self._slopes[visible]
        return bool(np.median(moved_px) <= _SAME_PX) and bool((moved_px < 1).mean() >= 0.7)

    def _find_edges(self) -> None:
        """Where, beside each point, the picture is steepest, and how steep: levels a pixel."""
        slope = np.hypot(
            cv2.Sobel(self.gray, cv2.CV_32F, 1, 0, scale=1 / 8),
            cv2.Sobel(self.gray, cv2.CV_32F, 0, 1, scale=1 / 8),
        )
        height, width = self.gray.shape
        reach = np.arange(-3, 4)
        x = (self._points[:, :1].round().astype(np.intp) + reach).clip(0, width - 1)
        y = (self._points[:, 1:].round().astype(np.intp) + reach).clip(0, height - 1)
        around = slope[y[:, :, None], x[:, None, :]].reshape(-1, len(reach) ** 2)
        best = around.argmax(axis=1)
        every = np.arange(len(best))
        self._edges = np.stack([x[every, best % len(reach)], y[every, best // len(reach)]], axis=1)
        self._slopes = np.maximum(around[every, best], 1.0)


def _spread_corners(
    gray: NDArray[np.uint8], boxes_xyxy: NDArray[np.floating]
) -> NDArray[np.float32]:
    """The best corner of each cell of a grid, (N, 2), outside the boxes.

    Of the whole picture's best ones a person whom nobody found, in sharp clothes before a soft
    background, would have most.
    """
    strength = cv2.cornerMinEigenVal(cv2.GaussianBlur(gray, (5, 5), 1.2), 3)
    for x0, y0, x1, y1 in boxes_xyxy.round().astype(int).tolist():
        strength[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = 0
    side = max(round(max(gray.shape) / _CELLS), 4)
    rows, columns = gray.shape[0] // side, gray.shape[1] // side
    cells = strength[: rows * side, : columns * side]
    cells = cells.reshape(rows, side, columns, side).transpose(0, 2, 1, 3).reshape(-1, side * side)
    best = cells.argmax(axis=1)
    cell = np.flatnonzero(cells.max(axis=1) > _LEAST_CORNER)
    x = (cell % columns) * side + best[cell] % side
    y = (cell // columns) * side + best[cell] // side
    return np.stack([x, y], axis=1).astype(np.float32)


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
    if count < max(_FEWEST_POINTS, _AGREEING * len(before)) or (spread < _SPREAD).any():
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
