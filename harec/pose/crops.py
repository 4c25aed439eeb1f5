"""Square crops of a frame: where to look for a person next, and cutting the pixels out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.geometry import keypoints_box_xyxy
from harec.core.poses import FloatArray
from harec.core.skeleton import TRUNK

#: Side of the crop over the longer side of the person's box. Measured: 1.25 around a detected box
#: (which already holds the whole person), 1.35 around keypoints (which end at wrists and ankles).
BOX_MARGIN: Final = 1.25
KEYPOINTS_MARGIN: Final = 1.35
#: Side over the torso at least: arms and legs may be folded now and stretched in the next frame.
TORSO_MARGIN: Final = 2.2
SMALLEST_SIDE: Final = 48.0
#: Keypoints below this score don't shape the crop.
SEEN: Final = 0.2


class Crop(NamedTuple):
    """A square in pixels of the frame; it may reach over the frame's edges."""

    x: float  # centre
    y: float
    side: float


def crop_of_box(box_xyxy: FloatArray, margin: float = BOX_MARGIN) -> Crop:
    """Square around a box."""
    x0, y0, x1, y1 = (float(v) for v in box_xyxy)
    side = max(max(x1 - x0, y1 - y0) * margin, SMALLEST_SIDE)
    return Crop((x0 + x1) / 2, (y0 + y1) / 2, side)


def next_crop(
    keypoints_xyc: FloatArray,
    previous_xyc: FloatArray | None,
    frame_size_wh: tuple[int, int],
) -> Crop | None:
    """Where a person will be at the next call, or None when no keypoint is seen.

    The crop holds the keypoints' box now, the one of the call before, and the present one moved on
    by the motion between the two: calls may be several frames apart.
    """
    box = keypoints_box_xyxy(keypoints_xyc, SEEN)
    if box is None:
        return None
    extent = float(max(box[2] - box[0], box[3] - box[1]))
    torso = float(np.ptp(keypoints_xyc[list(TRUNK), :2], axis=0).max())
    boxes = [box]
    before = None if previous_xyc is None else keypoints_box_xyxy(previous_xyc, SEEN)
    if before is not None:
        motion = body_motion(previous_xyc, keypoints_xyc, limit=0.5 * extent)
        boxes = [box, box + np.tile(motion, 2), 0.5 * (box + before)]
    low = np.min([b[:2] for b in boxes], axis=0)
    high = np.max([b[2:] for b in boxes], axis=0)
    side = max(float((high - low).max()) * KEYPOINTS_MARGIN, torso * TORSO_MARGIN, SMALLEST_SIDE)
    x, y = (low + high) / 2
    return Crop(float(x), float(y), min(side, 2.0 * max(frame_size_wh)))


def body_motion(before_xyc: FloatArray | None, now_xyc: FloatArray, limit: float) -> FloatArray:
    """How far the body moved: (x, y) in pixels, median of the keypoints seen twice, at most
    ``limit``."""
    zero = np.zeros(2, np.float32)
    if before_xyc is None:
        return zero
    both = (before_xyc[:, 2] > SEEN) & (now_xyc[:, 2] > SEEN)
    if both.sum() < 3:
        return zero
    return np.median(now_xyc[both, :2] - before_xyc[both, :2], axis=0).clip(-limit, limit)


def cut_out(
    rgb: NDArray[np.uint8], crop: Crop, side: int
) -> tuple[NDArray[np.uint8], Callable[[FloatArray], FloatArray]]:
    """The crop resized to uint8 (side, side, 3), black outside the frame, and the way back.

    The second value maps points (..., 2) in pixels of the cut-out to pixels of the frame.
    """
    scale = side / crop.side
    corner = np.array([crop.x - crop.side / 2, crop.y - crop.side / 2], np.float32)

    def to_frame(points: FloatArray) -> FloatArray:
        return points / scale + corner

    # Reduce only the pixels that are there, by area: plain sampling of a big person is noisy.
    height, width = rgb.shape[:2]
    edge = 2 + 1 / scale  # neighbours that blend into the outermost pixels
    x0, y0 = (max(0, int(np.floor(c - edge))) for c in corner)
    x1, y1 = (
        min(n, int(np.ceil(c + crop.side + edge)))
        for n, c in zip((width, height), corner, strict=True)
    )
    if x1 <= x0 or y1 <= y0:
        return np.zeros((side, side, 3), np.uint8), to_frame
    piece = rgb[y0:y1, x0:x1]
    if scale < 0.5:
        shrink = 2 * scale  # leave the last halving to the exact placement below
        size = max(1, round(piece.shape[1] * shrink)), max(1, round(piece.shape[0] * shrink))
        piece = _bytes(cv2.resize(piece, size, interpolation=cv2.INTER_AREA))
    fx, fy = (x1 - x0) / piece.shape[1], (y1 - y0) / piece.shape[0]  # frame pixels per piece pixel
    # warpAffine counts from pixel centres, the coordinates here from pixel corners
    to_side = np.array(
        [
            [scale * fx, 0, scale * (x0 + 0.5 * fx - corner[0]) - 0.5],
            [0, scale * fy, scale * (y0 + 0.5 * fy - corner[1]) - 0.5],
        ]
    )
    image = _bytes(cv2.warpAffine(piece, to_side, (side, side), flags=cv2.INTER_LINEAR))
    return image, to_frame


def _bytes(image: Any) -> NDArray[np.uint8]:
    """OpenCV keeps the element type, but its type stubs don't say so."""
    return cast("NDArray[np.uint8]", image)
