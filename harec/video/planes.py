"""Images as videos store them: brightness, and two planes of colour at half the size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
#: From this height on players take BT.709 for a video's colours, below it BT.601.
HD_HEIGHT: Final = 720


class Matrix(Enum):
    """How colours become brightness and two differences: the shares of red and blue in the first.

    Both in video range (16 to 235, 16 to 240).
    """

    BT601 = (0.299, 0.114)
    BT709 = (0.2126, 0.0722)

    @classmethod
    def of_height(cls, height: int) -> Matrix:
        """What players take for untagged videos, and what `VideoWriter` writes."""
        return cls.BT709 if height >= HD_HEIGHT else cls.BT601

    @property
    def number(self) -> int:
        """Its number in H.264."""
        return 1 if self is Matrix.BT709 else 6

    def weights(self) -> NDArray[np.float64]:
        """(3, 3): shares of red, green, blue (0..255) in Y - 16, U - 128, V - 128."""
        red, blue = self.value
        y = np.array([red, 1 - red - blue, blue])
        u = (np.array([0, 0, 1]) - y) / (2 * (1 - blue))
        v = (np.array([1, 0, 0]) - y) / (2 * (1 - red))
        return np.stack([219 * y, 224 * u, 224 * v]) / 255

    def yuv(self, rgb: tuple[int, int, int]) -> tuple[int, int, int]:
        """A colour as brightness and its two differences."""
        return _yuv(self, rgb)


@lru_cache(maxsize=256)
def _yuv(matrix: Matrix, rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    y, u, v = np.rint(matrix.weights() @ np.array(rgb, float) + [16, 128, 128])
    return int(y), int(u), int(v)


#: By their numbers in H.264; PyAV calls BT.470BG and SMPTE 170M otherwise.
MATRICES: Final = {
    1: Matrix.BT709, 5: Matrix.BT601, 6: Matrix.BT601, int(Colorspace.ITU601): Matrix.BT601,
}  # fmt: skip
_UNKNOWN: Final = 2


@dataclass(frozen=True, eq=False)
class Planes:
    """One image, 4:2:0, 8 bits, video range, even sides; own memory, contiguous.

    Attributes:
        bright: uint8 (H, W).
        colors: uint8 (H / 2, W / 2, 2): both differences.
        matrix: that of the colours.
    """

    bright: Plane
    colors: Plane
    matrix: Matrix

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.bright.shape[1], self.bright.shape[0]

    @classmethod
    def of_frame(cls, raw: Any, matrix: Matrix, turned: Callable[[Plane], Plane]) -> Planes:
        """A copy of an `av.VideoFrame` in yuv420p.

        Args:
            turned: of each plane; may give back the plane itself.
        """
        width, height = raw.width, raw.height
        stored = raw.to_ndarray().reshape(-1)
        bright, u, v = np.split(stored, [height * width, height * width * 5 // 4])
        small = (height // 2, width // 2)
        colors = np.asarray(cv2.merge([u.reshape(small), v.reshape(small)]), np.uint8)
        return cls(turned(bright.reshape(height, width)), turned(colors), matrix)

    def i420(self) -> Plane:
        """uint8 (H * 3 / 2, W): brightness, then both planes of colour."""
        parts = [self.bright, *cv2.split(self.colors)]
        flat = np.concatenate([part.reshape(-1) for part in parts])
        return flat.reshape(-1, self.bright.shape[1])


def is_stored(raw: Any, matrix: Matrix) -> bool:
    """Whether an `av.VideoFrame` is stored so, with this matrix."""
    plain = raw.format.name == "yuv420p" and raw.color_range != 2
    own = MATRICES.get(raw.colorspace)
    if raw.colorspace == _UNKNOWN:
        own = Matrix.of_height(raw.height)
    return plain and own is matrix and raw.width % 2 == raw.height % 2 == 0
