"""Cuts: frames that belong to another shot than the frame before."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE_PX: Final = 80  # longer side of what is compared
_EQUAL: Final = 3.0  # mean difference of levels under which nothing needs a closer look
_FLAT: Final = 6.0  # deviation of levels under which a frame shows nothing
_BLOCK_FLAT: Final = 9.0  # variance under which a block shows nothing
_ALIKE: Final = 0.8  # correlation over which a block shows the same
_SAME_SHARE: Final = 0.3  # of the blocks, over which two frames show the same place


class CutDetector:
    """Tells from thumbnails where a shot ends, one frame at a time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all frames: the next one is the first of a film."""
        self._before: NDArray[Any] | None = None

    def update(self, time_s: float, small_rgb: NDArray[np.uint8]) -> bool:
        """True when this frame belongs to another shot than the frame before.

        Args:
            time_s: when it is shown; larger than the frame's before.
            small_rgb: what `harec.core.images.thumbnail` makes of the frame.
        """
        now = _luma(small_rgb)
        before = self._before
        if before is None or before.shape != now.shape:
            self._before = now
            return before is not None
        if np.abs(now - before).mean() < _EQUAL:
            self._before = now
            return False
        if now.std() < _FLAT:
            return False  # black, white, a fade's middle: wait for something to compare
        self._before = now
        return _alike(before, now) < _SAME_SHARE


def _luma(rgb: NDArray[np.uint8]) -> NDArray[Any]:
    """Grey levels, float32, `_SIDE_PX` long."""
    height, width = rgb.shape[:2]
    scale = _SIDE_PX / max(height, width)
    size_wh = max(round(width * scale), 8), max(round(height * scale), 8)
    small = cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)).astype(np.float32)


def _alike(before: NDArray[Any], now: NDArray[Any]) -> float:
    """Share of the blocks with structure whose structure is the same."""
    height, width = now.shape
    grid = (max(width // 8, 1), max(height // 8, 1))

    def mean(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(cv2.resize(values, grid, interpolation=cv2.INTER_AREA))

    a, b = mean(before), mean(now)
    var_a, var_b = mean(before * before) - a * a, mean(now * now) - b * b
    structured = np.maximum(var_a, var_b) > _BLOCK_FLAT
    if not structured.any():
        return 1.0
    correlation = (mean(before * now) - a * b) / np.sqrt(np.maximum(var_a * var_b, 1.0))
    return float((correlation[structured] > _ALIKE).mean())
