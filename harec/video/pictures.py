"""What is compared of a frame to tell whether it shows another place: levels, structure, light."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE_PX: Final = 80  # longer side of what is compared
BLOCK_PX: Final = 5
_EQUAL: Final = 2.0  # mean difference of levels up to which a frame is the same again
_STRUCTURE: Final = 9.0  # variance of levels over which a block shows something
_DARK, _BRIGHT = 16.0, 243.0  # levels beyond which a block can't show anything
_CORNER: Final = (0.3, 0.05)  # weaker gradient's square that makes one, levels; of the stronger's
_AROUND_PX: Final = 15  # what the surroundings of a pixel are
#: What a colour may differ by, share of the picture's level and levels; rows of blocks by which it
#: may lie higher or lower.
_SAME_COLOUR: Final = (0.12, 12.0, 1)
_PLAIN_SHARE: Final = 0.08  # of the blocks, up to which a frame shows nothing
_GLARE_SHARE: Final = 0.25  # of the pixels, from which a frame is over-exposed

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Picture:
    """What is compared of a frame, computed when it is needed."""

    def __init__(self, rgb: NDArray[np.uint8], size_wh: tuple[int, int] | None) -> None:
        height, width = rgb.shape[:2]
        scale = _SIDE_PX / max(height, width)
        self.size_wh = size_wh or (
            max(round(width * scale / BLOCK_PX), 1) * BLOCK_PX,
            max(round(height * scale / BLOCK_PX), 1) * BLOCK_PX,
        )
        self._rgb = rgb

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        return np.asarray(
            cv2.resize(self._rgb, self.size_wh, interpolation=cv2.INTER_AREA), np.uint8
        )

    def equals(self, other: Picture) -> bool:
        return cv2.norm(self.rgb, other.rgb, cv2.NORM_L1) <= _EQUAL * self.rgb.size

    @cached_property
    def levels(self) -> Floats:
        return self.rgb.astype(np.float32)

    @cached_property
    def blocks(self) -> Blocks:
        return Blocks(self.levels)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def corners(self) -> Flags:
        """(rows, columns): blocks with structure both ways."""
        level = self.grey.astype(np.float32)
        x = np.asarray(cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=1 / 8), np.float32)
        y = np.asarray(cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32)
        xx, yy, xy = (block_means(v) for v in (x * x, y * y, x * y))
        middle, apart = (xx + yy) / 2, np.sqrt((xx - yy) ** 2 / 4 + xy * xy)
        weaker = middle - apart
        return np.asarray((weaker > _CORNER[0]) & (weaker > _CORNER[1] * (middle + apart)))

    @cached_property
    def relief(self) -> Floats:
        """What is brighter or darker than its surroundings, whatever light falls on it."""
        level = self.grey.astype(np.float32)
        around = np.asarray(cv2.blur(level, (_AROUND_PX, _AROUND_PX)), np.float32)
        return (level - around) / (around + 16)

    @property
    def plain(self) -> bool:
        """Whether it shows next to nothing: black, white, a wall."""
        return self.shown <= _PLAIN_SHARE

    @cached_property
    def shown(self) -> float:
        """Share of the blocks in which there is something to see."""
        return float((self.blocks.structured & self.blocks.lit).mean())

    @cached_property
    def level(self) -> float:
        return float(self.blocks.mean.mean())

    @cached_property
    def glaring(self) -> bool:
        return bool((self.grey >= 250).mean() >= _GLARE_SHARE)

    def colours_in(self, other: Picture) -> float:
        """Share of the blocks whose colour ``other`` shows at about that height, 0..1."""
        share, most, reach = _SAME_COLOUR
        levels = min(share * min(self.level, other.level), most)
        mine, its = self.blocks.mean, other.blocks.mean
        found = 0
        for row, colours in enumerate(mine):
            near = its[max(row - reach, 0) : row + reach + 1].reshape(-1, 3)
            apart = np.abs(colours[:, None] - near).max(axis=2).min(axis=1)
            found += int(np.count_nonzero(apart <= levels))
        return found / (mine.shape[0] * mine.shape[1])


class Blocks:
    """Mean and variance per block (rows, columns, 3)."""

    def __init__(self, levels: Floats) -> None:
        self.levels = levels
        self.mean = block_means(levels)
        self.variance = np.maximum(block_means(levels * levels) - self.mean * self.mean, 0)
        self.structured = self.variance.mean(axis=2) > _STRUCTURE
        level = self.mean.mean(axis=2)
        self.lit = (level > _DARK) & (level < _BRIGHT)


def block_means(values: Floats) -> Floats:
    height, width = values.shape[:2]
    grid = (width // BLOCK_PX, height // BLOCK_PX)
    return np.asarray(cv2.resize(values, grid, interpolation=cv2.INTER_AREA), np.float32)
