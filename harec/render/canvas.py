"""What is drawn on: RGB images, or the planes that videos store, which need no conversion then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.render.drawing import RGB, Color
from harec.render.labels import Label
from harec.video.planes import Matrix, Plane, Planes

#: OpenCV draws at 1/16 pixel, so that slow limbs don't tremble.
SHIFT: Final = 4
Line = NDArray[np.int32]
Scalar = tuple[int, ...] | int


class Canvas(ABC):
    """An image to draw on. Places are pixels; (0, 0) is the middle of the first one.

    Attributes:
        size_wh: width and height.
    """

    size_wh: tuple[int, int]

    @property
    def side(self) -> int:
        """The shorter one, in pixels."""
        return min(self.size_wh)

    @abstractmethod
    def lines(self, lines: Sequence[Line], color: Color, width: int) -> None:
        """Draw polylines (n, 2) in 1/2**`SHIFT` pixels; one without length is a dot."""

    @abstractmethod
    def tint(self, outline: NDArray[np.float64], color: Color, share: float) -> None:
        """Lay a colour over a polygon (n, 2): ``share`` of it, the rest as it was."""

    @abstractmethod
    def blend(self, label: Label, x: int, y: int) -> None:
        """Draw a label, its top left corner at (x, y), 0 or more."""


class RgbCanvas(Canvas):
    """An image uint8 (H, W, 3), contiguous, which is changed in place."""

    def __init__(self, image: RGB) -> None:
        self.image = image
        self.size_wh = image.shape[1], image.shape[0]

    def lines(self, lines: Sequence[Line], color: Color, width: int) -> None:
        _lines(self.image, lines, color, width, SHIFT)

    def tint(self, outline: NDArray[np.float64], color: Color, share: float) -> None:
        _tint(self.image, outline, color, share)

    def blend(self, label: Label, x: int, y: int) -> None:
        label.blend(self.image, x, y)


class PlanesCanvas(Canvas):
    """An image as a video stores it, changed in place.

    Colours have half the size: their lines are drawn with half the width, in the same places.
    """

    def __init__(self, planes: Planes) -> None:
        self.planes = planes
        self.size_wh = planes.size_wh

    def lines(self, lines: Sequence[Line], color: Color, width: int) -> None:
        bright, *colors = self.planes.matrix.yuv(color)
        _lines(self.planes.bright, lines, bright, width, SHIFT)
        # The middle of a colour's pixel is between those of four pixels.
        halves = [line - 2 ** (SHIFT - 1) for line in lines]
        _lines(self.planes.colors, halves, tuple(colors), (width + 1) // 2, SHIFT + 1)

    def tint(self, outline: NDArray[np.float64], color: Color, share: float) -> None:
        bright, *colors = self.planes.matrix.yuv(color)
        _tint(self.planes.bright, outline, bright, share)
        _tint(self.planes.colors, (outline - 0.5) / 2, tuple(colors), share)

    def blend(self, label: Label, x: int, y: int) -> None:
        bright, colors = _label_planes(label, self.planes.matrix, x % 2, y % 2)
        bright.blend(self.planes.bright[..., None], x, y)
        colors.blend(self.planes.colors, x // 2, y // 2)


def _lines(image: Plane, lines: Sequence[Line], value: Scalar, width: int, shift: int) -> None:
    if lines:
        cv2.polylines(image, lines, False, value, width, cv2.LINE_AA, shift)


def _tint(image: Plane, outline: NDArray[np.float64], value: Scalar, share: float) -> None:
    height, width = image.shape[:2]
    left, top = (max(int(v), 0) for v in np.floor(outline.min(axis=0)))
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 1
    part = image[top : min(bottom, height), left : min(right, width)]
    if not part.size:
        return
    full = part.copy()
    inside = np.round((outline - (left, top)) * 2**SHIFT).astype(np.int32)
    cv2.fillPoly(full, [inside], value, cv2.LINE_AA, SHIFT)
    part[:] = cv2.addWeighted(full, share, part, 1 - share, 0)


@lru_cache(maxsize=512)
def _label_planes(label: Label, matrix: Matrix, odd_x: int, odd_y: int) -> tuple[Label, Label]:
    """The label for the planes of brightness (one channel) and of colours (two, at half the size).

    Args:
        odd_x, odd_y: 1 where a label begins in the middle of the colours' pixels.
    """
    height, width = label.add.shape[:2]
    opacity = 255.0 - label.keep
    add = label.add @ matrix.weights().T + opacity * [16, 128, 128]
    room = ((odd_y, (height + odd_y) % 2), (odd_x, (width + odd_x) % 2), (0, 0))
    colors, seen = (_halved(np.pad(each, room)) for each in (add[..., 1:], opacity))
    return _label(add[..., :1], opacity), _label(colors, seen)


def _halved(values: NDArray[np.floating]) -> NDArray[np.floating]:
    height, width, channels = values.shape
    return values.reshape(height // 2, 2, width // 2, 2, channels).mean(axis=(1, 3))


def _label(add: NDArray[np.floating], opacity: NDArray[np.floating]) -> Label:
    return Label(np.rint(add).astype(np.uint16), np.rint(255 - opacity).astype(np.uint16))
