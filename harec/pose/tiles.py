"""Parts of a frame, for people who are too small in the whole of it.

A network that sees a frame of 1920 pixels at 256 finds nobody who is less than 200 pixels high: it
needs 25 to 30 of its own. A part of the frame costs as much as the whole and shows them larger.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Pixels of a frame that two neighbouring tiles share: somebody who is whole in neither is larger,
#: and found in the whole frame, or nearly so.
_SHARED_PX: Final = 128
#: Longer side of a tile over the frame's, at most and at least, and in pixels between these two.
_LARGEST, _SMALLEST, _SIDE_PX = 0.6, 0.25, 512
#: Share of a tile's side at an inner border: what is seen there may be cut off.
_BORDER: Final = 0.01


class Tile(NamedTuple):
    """A part of a frame, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    def of(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of a frame (H, W, 3)."""
        return rgb[self.y : self.y + self.height, self.x : self.x + self.width]

    def is_cut_off(self, box_xyxy: NDArray[np.float32], size_wh: tuple[int, int]) -> bool:
        """Whether a box, in the frame's pixels, ends where the tile ends and the frame goes on."""
        room = _BORDER * max(self.width, self.height)
        x0, y0, x1, y1 = box_xyxy
        return bool(
            (self.x > 0 and x0 < self.x + room)
            or (self.y > 0 and y0 < self.y + room)
            or (self.x + self.width < size_wh[0] and x1 > self.x + self.width - room)
            or (self.y + self.height < size_wh[1] and y1 > self.y + self.height - room)
        )


def tiles_of(size_wh: tuple[int, int]) -> list[Tile]:
    """The tiles of a frame of this size, row by row: 4 of 640 x 480, 15 of 1920 x 1080."""
    longest = max(size_wh)
    side = round(min(_LARGEST * longest, max(_SMALLEST * longest, _SIDE_PX)))
    return [
        Tile(x, y, min(side, size_wh[0]), min(side, size_wh[1]))
        for y in _starts(size_wh[1], side)
        for x in _starts(size_wh[0], side)
    ]


def _starts(length: int, side: int) -> list[int]:
    """Where equally spaced tiles begin, so that they share enough and cover all."""
    if length <= side:
        return [0]
    count = 1 + math.ceil((length - side) / max(side - _SHARED_PX, side // 2))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]
