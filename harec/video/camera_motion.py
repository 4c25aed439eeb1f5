"""The camera's own motion, from the background of one frame after the other.

Points of the background are followed by pyramidal Lucas-Kanade (OpenCV) on a thumbnail, from a key
frame to each frame after it, and one similarity is fitted to most of them (RANSAC): global motion
compensation as trackers of people do it (BoT-SORT, Aharon et al. 2022), here for what the network
sees. Comparing with a key frame rather than with the last frame adds up no errors, and a camera on
a tripod is known by the points standing where they stood, at the price of a difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.camera_view import compose, invert
from harec.core.geometry import SEEN, full_body_size
from harec.core.skeleton import EDGES, NOSE, TRUNK

Image = NDArray[np.uint8]
Mask = Callable[[], Image]
Transform = NDArray[np.float64]

#: Cells on the picture's longer side, a point each.
_CELLS: Final = 8
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
#: Where so many of the points have the same shift, the camera did not turn or zoom.
_SHIFTED: Final = 0.8
#: Where so many of the points agree, the picture is certainly of the same place.
_CERTAIN: Final = 0.6
#: What the median edge seems to have moved by the noise of sensors and codecs alone.
_SAME_PX: Final = 0.15
#: A key frame is replaced after this, or as soon as less of it is left.
_KEY_S: Final = 2.0
_LEFT_SHARE: Final = 0.6
#: Where there is nothing to follow, it is looked for again after this.
_BLIND_S: Final = 0.5
#: The same where what is there can't be followed.
_PAUSE_S: Final = 0.2
#: The agreeing points must spread over so much of the picture's width and height: a mirror, a
#: moving curtain, what sticks out of a person's box is smaller.
_SPREAD: Final = (0.4, 0.25)
#: Of a person's size, what is left out around their limbs: hair, hands, cloth, soles.
_ROOM: Final = 0.1
_TRUNK: Final = list(TRUNK)
_LIMBS: Final = np.array(EDGES)


class CameraMotion:
    """Follows the background from frame to frame.

    People are left out, and the motion must be that of points spread over the frame. Where too few
    points agree (a plain wall, darkness, motion blur, a person who fills the frame) the camera
    counts as standing still.

    Attributes:
        known: the newest frame's background could be followed.
        certain: it shows what the ones before showed, at most of the points.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """A cut or another stream: what comes does not follow on."""
        self.known = self.certain = False
        self._failed = 0  # frames in a row
        self._to_shot: Transform = np.eye(2, 3)
        self._key: _KeyFrame | None = None
        self._last: tuple[float, Image, Mask] | None = None

    def update(self, time_s: float, gray: Image, background: Mask) -> Transform:
        """The next frame's place in the shot.

        Args:
            time_s: seconds of the stream.
            gray: uint8 (h, w), a thumbnail of about 160 pixels.
            background: makes uint8 (h, w): 0 where people are, else 255; see `background_mask`.
                Called where the frame is not just like the ones before.

        Returns:
            float64 (2, 3): from the thumbnail's pixels to those of the shot's first frame.
        """
        last, self._last = self._last, (time_s, gray, background)
        if last is None or last[1].shape != gray.shape:
            self._key = _KeyFrame(*self._last, self._to_shot)
            self.known, self.certain = not self._key.is_blind, False
            return self._to_shot
        assert self._key is not None
        pause_s = _BLIND_S if self._key.is_blind else _PAUSE_S if self._failed >= 3 else 0.0
        if time_s - self._key.time_s < pause_s:
            self.known = self.certain = False
            return self._to_shot
        moved = self._key.moved_to(gray, background)
        if moved is None and self._key.time_s < last[0]:
            # Too little of the key frame is left: the last frame has more in common with this one.
            self._key = _KeyFrame(*last, self._to_shot)
            moved = self._key.moved_to(gray, background)
        self.known = moved is not None
        self.certain = moved is not None and self._key.agreeing >= _CERTAIN
        if moved is not None:
            self._to_shot = compose(self._key.to_shot, invert(moved))
        self._failed = 0 if moved is not None else self._failed + 1
        worn = self._key.agreeing < _LEFT_SHARE
        if moved is None or worn or time_s - self._key.time_s > _KEY_S:
            self._key = _KeyFrame(*self._last, self._to_shot)
        return self._to_shot


class _KeyFrame:
    """A frame whose points of background are looked for in those after it.

    Attributes:
        to_shot: of this frame.
        is_blind: it has too few points.
        agreeing: share of its points that the newest frame shows where its motion puts them.
    """

    def __init__(self, time_s: float, gray: Image, background: Mask, to_shot: Transform) -> None:
        self.time_s, self.gray, self.to_shot = time_s, gray, to_shot
        self._points = _spread_corners(gray, background())
        self.is_blind = len(self._points) < _FEWEST_POINTS
        self._find_edges()
        self._places = self._points  # in the newest frame, as far as known
        self.agreeing = 0.0

    def moved_to(self, gray: Image, background: Mask) -> Transform | None:
        """How the background moved from here to a later frame, (2, 3); None where too few of its
        points say so."""
        if self.is_blind:
            return None
        if self._stands_still(gray):
            self._places, self.agreeing = self._points, 1.0
            return np.eye(2, 3)
        visible = _on(self._places, background())
        for levels in (1, 3):  # how far to search: from where the points were last, or all around
            found = self._found(gray, visible, levels)
            moved, agree = _fit(*found, gray.shape)
            if moved is not None:
                if _is_tiny(moved, gray.shape):
                    moved = np.eye(2, 3)
                self._places = (self._points @ moved[:, :2].T + moved[:, 2]).astype(np.float32)
                self.agreeing = agree / len(self._points)
                return moved
        return None

    def _found(
        self, gray: Image, visible: NDArray[np.bool_], levels: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The visible points, those of them that were found, and where, (N, 2) each."""
        points = self._points[visible]
        if len(points) < _FEWEST_POINTS:
            return points[:0], points[:0]
        places, status, _ = cv2.calcOpticalFlowPyrLK(
            self.gray,
            gray,
            points.reshape(-1, 1, 2),
            self._places[visible].reshape(-1, 1, 2).copy(),
            winSize=(11, 11),
            maxLevel=levels,
            criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.02),
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        found = status.ravel() > 0
        return points[found], np.asarray(places.reshape(-1, 2)[found], np.float32)

    def _stands_still(self, gray: Image) -> bool:
        """Whether the picture is as it was at most of the edges: no flow need be searched."""
        difference = cv2.absdiff(gray.ravel()[self._edges], self._levels).ravel()
        moved_px = np.sort(difference * self._per_level)
        half, most = len(moved_px) // 2, int(0.7 * len(moved_px))
        return bool(moved_px[half] <= _SAME_PX and moved_px[most] < 1)

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
        self._edges = y[every, best // len(reach)] * width + x[every, best % len(reach)]
        self._levels = self.gray.ravel()[self._edges]
        self._per_level = 1 / np.maximum(around[every, best], 1.0)


def _spread_corners(gray: Image, background: Image) -> NDArray[np.float32]:
    """The best corner of each cell of a grid, (N, 2), of the background.

    Of the whole picture's best ones a person whom nobody found, in sharp clothes before a soft
    background, would have most.
    """
    strength = cv2.cornerMinEigenVal(cv2.GaussianBlur(gray, (5, 5), 1.2), 3)
    strength[background == 0] = 0
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
    if len(before) < _FEWEST_POINTS:
        return None, 0
    shifts = after - before
    if np.count_nonzero((shifts * shifts).sum(axis=1) < _STILL_PX**2) >= _STILL_SHARE * len(shifts):
        return np.eye(2, 3), len(before)
    # A shift that explains nearly all is the better answer: few points that lie close together make
    # a turn of what is noise.
    off = shifts - np.sort(shifts, axis=0)[len(shifts) // 2]
    near = (off * off).sum(axis=1) < (_TOLERANCE_PX / 2) ** 2
    if near.mean() >= _SHIFTED and _are_spread(before[near], shape):
        x, y = shifts[near].mean(axis=0)
        return np.array([[1, 0, x], [0, 1, y]], np.float64), int(near.sum())
    fitted, inliers = cv2.estimateAffinePartial2D(
        before,
        after,
        method=cv2.RANSAC,
        ransacReprojThreshold=_TOLERANCE_PX,
        maxIters=100,
        confidence=0.99,
        refineIters=5,
    )
    if fitted is None or not 0.5 < math.hypot(fitted[0, 0], fitted[1, 0]) < 2:
        return None, 0
    agree = inliers.ravel() > 0
    count = int(agree.sum())
    if count < max(_FEWEST_POINTS, _AGREEING * len(before)) or not _are_spread(
        before[agree], shape
    ):
        return None, 0
    return np.asarray(fitted, np.float64), count


def _is_tiny(moved: Transform, shape: tuple[int, ...]) -> bool:
    """Whether nothing in the picture moves by more than what the flow is wrong by."""
    corners = np.array([[0, 0], [0, shape[0]], [shape[1], 0], [shape[1], shape[0]]])
    off = corners @ moved[:, :2].T + moved[:, 2] - corners
    return bool(np.abs(off).max() < 2 * _STILL_PX)


def _are_spread(points: NDArray[np.float32], shape: tuple[int, ...]) -> bool:
    """Whether they are all over the picture."""
    spread = points.max(axis=0) - points.min(axis=0)
    return bool(spread[0] >= _SPREAD[0] * shape[1] and spread[1] >= _SPREAD[1] * shape[0])


def _on(points: NDArray[np.float32], background: Image) -> NDArray[np.bool_]:
    """Which points (N, 2) lie in the picture and on the background."""
    x, y = points.round().astype(np.intp).T
    height, width = background.shape
    keep = (x >= 2) & (y >= 2) & (x < width - 2) & (y < height - 2)
    keep[keep] = background[y[keep], x[keep]] > 0
    return np.asarray(keep)


def background_mask(keypoints_xyc: NDArray[np.float32], size_wh: tuple[int, int]) -> Image:
    """Where nobody is: uint8 (h, w), 0 on people (P, 17, 3), with room for cloth, hair and how far
    they move to the next frame; else 255. Keypoints in pixels of the mask."""
    mask = np.full((size_wh[1], size_wh[0]), 255, np.uint8)
    for person in keypoints_xyc:
        seen = person[:, 2] > SEEN
        if seen.sum() < 3:
            continue
        places = person[:, :2].round().astype(np.int32)
        room = max(round(_ROOM * full_body_size(person)), 1)
        limbs = list(places[_LIMBS[seen[_LIMBS].all(axis=1)]])
        cv2.polylines(mask, limbs, False, 0, 2 * room)
        if seen[NOSE]:
            cv2.circle(mask, places[NOSE].tolist(), room, 0, cv2.FILLED)
        trunk = places[_TRUNK][seen[_TRUNK]]
        if len(trunk) >= 3:
            cv2.fillConvexPoly(mask, cv2.convexHull(trunk), 0)
    return mask
