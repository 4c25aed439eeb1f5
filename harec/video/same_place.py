"""Whether two frames show the same place: as they lie, or where the camera may have moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.video.pictures import (
    BLOCK_PX,
    Blocks,
    Flags,
    Floats,
    Picture,
    block_means,
)

_ALIKE: Final = 0.8  # correlation from which two blocks show the same
_VERY_ALIKE: Final = 0.9  # correlation that hardly ever is chance
_OTHER_COLOURS: Final = math.log(2)  # between the gains of the channels
_ONE_LIGHT: Final = 12.0  # levels
_MIN_CORNERS: Final = 14  # blocks with structure both ways, fewer of which don't suffice
_STATIC_LEVELS: Final = 3.0  # by which what is as it was may differ
_MIN_BLOCKS: Final = 8  # fewer show nothing
_OVERLAP: Final = 0.25  # of a frame, that a moved camera must still see
_ZOOM_STEP: Final = math.log(1.09)
_ZOOM_PER_S: Final = 1.1  # logarithm of the quickest zoom


@dataclass(frozen=True)
class Needed:
    """What shows that two frames are of the same place; shares of the blocks.

    Attributes:
        share: that are alike, as they lie.
        exact: that are very alike and in one light, as they lie.
        share_moved, exact_moved: the same where the camera may have moved: chance has more tries.
        both_moved: (alike, very alike and in one light) that suffice together.
    """

    share: float
    exact: float
    share_moved: float
    exact_moved: float
    both_moved: tuple[float, float]


STEADY: Final = Needed(0.18, 0.08, 0.3, 0.2, (0.16, 0.08))
#: Behind black or white: nothing was followed through it.
BEHIND_BLACK: Final = Needed(0.3, 0.2, 0.4, 0.3, (0.3, 0.15))


@dataclass(frozen=True, eq=False)
class Match:
    """How far a frame shows what another one shows, moved as the camera may have moved.

    Attributes:
        alike: (rows, columns): correlation of the structure in the blocks, -1..1.
        seen: (rows, columns): blocks that both show and that have structure in one of them.
        camera_moved: whether one of the frames was moved first.
        travel: how far, shares of the width; infinite where it was zoomed.
    """

    before: Blocks
    now: Blocks
    alike: Floats
    seen: Flags
    camera_moved: bool
    travel: float = 0.0

    @cached_property
    def share(self) -> float:
        """Of the blocks seen that show the same, 0..1."""
        count = int(self.seen.sum())
        same = int((self.alike[self.seen] >= _ALIKE).sum())
        return same / count if count >= _MIN_BLOCKS else 0.0

    @cached_property
    def exact_share(self) -> float:
        """Of the blocks seen that show the same very clearly, and in one light."""
        count = int(self.seen.sum())
        same = self.seen & (self.alike >= _VERY_ALIKE)
        if count < _MIN_BLOCKS or same.sum() < 3:
            return 0.0
        was, now = self.before.mean[same], self.now.mean[same]
        gain = np.median(now / np.maximum(was, 1), axis=0)
        return float((np.abs(was * gain - now).max(axis=1) < _ONE_LIGHT).sum()) / count

    @property
    def other_colours(self) -> bool:
        """Whether what shows the same is lit in other colours: a stage."""
        same = self.seen & (self.alike >= _ALIKE)
        if np.count_nonzero(same) < 3:
            return False
        gain = np.log((self.now.mean[same] + 4) / (self.before.mean[same] + 4))
        return bool(np.median(np.ptp(gain, axis=1)) >= _OTHER_COLOURS)

    def same_place(self, needed: Needed) -> bool:
        """Whether this can't be chance."""
        if not self.camera_moved:
            return self.share >= needed.share or self.exact_share >= needed.exact
        if self.share >= needed.share_moved or self.exact_share >= needed.exact_moved:
            return True
        share, exact = needed.both_moved
        return self.share >= share and self.exact_share >= exact


def compare(before: Blocks, now: Blocks, overlap: Flags | None = None) -> Match:
    """Compares block by block; each channel's gain may have changed, everywhere in another way."""
    together = block_means(before.levels * now.levels) - before.mean * now.mean
    alone = np.sqrt(np.maximum(before.variance * now.variance, 1e-3))
    seen = (before.structured | now.structured) & before.lit & now.lit
    if overlap is not None:
        seen &= overlap
    alike = np.asarray(together.sum(axis=2) / alone.sum(axis=2), np.float32)
    return Match(before, now, alike, seen, overlap is not None)


def same_place(before: Picture, now: Picture, step_s: float, needed: Needed) -> Match | None:
    """How two frames show the same place: as they lie, else the first way of moving the camera
    that explains it; None where nothing does."""
    match = compare(before.blocks, now.blocks)
    if match.same_place(needed):
        return match
    for move in _moves(step_s):
        moved = _moved(before, now, *move)
        if moved is None:
            continue
        corners = moved.seen & now.corners
        # Straight lines, such as a horizon, look the same wherever they are moved along.
        if needed is STEADY and np.count_nonzero(corners) >= _MIN_CORNERS:
            moved = replace(moved, seen=corners)
        if moved.same_place(needed):
            return moved
    return None


def static_share(before: Picture, now: Picture) -> float:
    """Of the blocks, those that are as they were, level by level: somebody may hide the others."""
    was, are = before.blocks, now.blocks
    level = was.lit & are.lit & (np.abs(was.mean - are.mean).max(axis=2) <= _STATIC_LEVELS)
    plain = ~was.structured & ~are.structured
    alike = was.structured & are.structured & (compare(was, are).alike >= _VERY_ALIKE)
    return float((level & (plain | alike)).mean())


def _moves(step_s: float) -> Iterator[tuple[float, float, float, float]]:
    """Patches to look for (middle, half the width: shares of the width; rows left out above and
    below: share of the height), and the zoom."""
    for middle, half in ((0.5, 0.4), (0.175, 0.175), (0.825, 0.175), (0.5, 0.25)):
        yield middle, half, 0.15, 1.0
    yield 0.5, 0.45, 0.36, 1.0
    for step in range(1, int((_ZOOM_PER_S * step_s + 0.05) / _ZOOM_STEP) + 1):
        yield 0.5, 0.5, 0.0, math.exp(step * _ZOOM_STEP)
        yield 0.5, 0.5, 0.0, math.exp(-step * _ZOOM_STEP)


def _moved(
    before: Picture, now: Picture, x_share: float, half: float, out: float, zoom: float
) -> Match | None:
    """Compares after a patch of ``now`` was found in ``before``; None where it was not."""
    width, height = now.size_wh
    if zoom < 1.0:  # all of the frame before is within this one
        small = np.asarray(cv2.resize(before.relief, None, fx=zoom, fy=zoom), np.float32)
        best, x, y = _find(small, now.relief)
        off_x, off_y = -x / zoom, -y / zoom
    elif zoom > 1.0:
        small = np.asarray(cv2.resize(now.relief, None, fx=1 / zoom, fy=1 / zoom), np.float32)
        best, off_x, off_y = _find(small, before.relief)
    else:
        half_x, y0 = round(half * width), round(out * height)
        x0 = max(round(x_share * width) - half_x, 0)
        patch = now.relief[y0 : height - y0, x0 : x0 + 2 * half_x]
        best, x, y = _find(patch, before.relief)
        off_x, off_y = x - x0, y - y0
    if best < 0.3:
        return None
    matrix = np.array([[1 / zoom, 0, off_x], [0, 1 / zoom, off_y]], np.float32)
    moved = cv2.warpAffine(
        before.rgb,
        matrix,
        now.size_wh,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    column = (np.arange(width // BLOCK_PX) + 0.5) * BLOCK_PX / zoom + off_x
    row = (np.arange(height // BLOCK_PX) + 0.5) * BLOCK_PX / zoom + off_y
    overlap = ((column > 2) & (column < width - 2))[None] & ((row > 2) & (row < height - 2))[
        :, None
    ]
    if overlap.mean() < _OVERLAP:
        return None
    match = compare(Blocks(np.asarray(moved).astype(np.float32)), now.blocks, overlap)
    return replace(match, travel=math.hypot(off_x, off_y) / width if zoom == 1.0 else math.inf)


def _find(patch: NDArray[np.float32], image: NDArray[np.float32]) -> tuple[float, float, float]:
    """Correlation and place (x, y) of a patch where an image is most like it."""
    found = np.asarray(cv2.matchTemplate(image, patch, cv2.TM_CCOEFF_NORMED), np.float32)
    _, best, _, (x, y) = cv2.minMaxLoc(found)
    return best, x + _summit(found[y], x), y + _summit(found[:, x], y)


def _summit(values: Floats, at: int) -> float:
    """How far, within half a step, the top of a parabola is from its highest sample."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, top, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * top + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
