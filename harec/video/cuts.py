"""Cuts: frames that belong to another shot than the frame before.

What counts: a hard cut to another place, to another angle (from about 20 degrees) or another size
(from about 1.5 times) of the same place, and a fade through black or white to another place.

What does not: light that changes, flashes, black frames, fades to the same place, a camera that
shakes, pans or zooms, people who come, go or pass in front of the lens, frames repeated or missing.

Not decided: slow dissolves (each frame is like the one before, so none is told), cuts hidden by a
whip pan, another size by less than 1.5, somebody who is suddenly there or gone or somebody else,
pictures that show next to nothing. After an over-exposed, hidden or blurred frame a cut may be told
up to half a second late.

How: blocks of 5 x 5 pixels of a thumbnail are compared by normalised correlation, which hardly
depends on the light, as they lie and where the camera may have moved them; two places agree in a
few blocks by chance, one place in many. Frames that can't be compared (black, white) are left out.
The numbers below were set on the films of `benchmarks.cut_films`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE_PX: Final = 80  # longer side of what is compared
_BLOCK_PX: Final = 5
_EQUAL: Final = 2.0  # mean difference of levels up to which a frame is the same again
_STRUCTURE: Final = 9.0  # variance of levels over which a block shows something
_DARK, _BRIGHT = 16.0, 243.0  # levels beyond which a block can't show anything
_ALIKE: Final = 0.8  # correlation from which two blocks show the same
_VERY_ALIKE: Final = 0.9  # correlation that hardly ever is chance
_ONE_LIGHT: Final = 12.0  # levels
_MIN_CORNERS: Final = 14  # blocks with structure both ways, fewer of which don't suffice
_CORNER: Final = (0.3, 0.05)  # weaker gradient's square that makes one, levels; of the stronger's
_SMEARED: Final = 0.65  # of the steps from left to right, up to which a frame is smeared by a pan
_LAYOUT: Final = 0.78  # correlation of the blocks' levels from which the same is seen from far
_COARSE_LAYOUT: Final = 0.87  # the same of 5 x 4 parts
_COARSE_LEVELS: Final = 10.0  # mean difference of these parts
_SAME_LEVELS: Final = (8.0, 0.1)  # of the blocks, by which one place may differ: levels, share
_AROUND_PX: Final = 15  # what the surroundings of a pixel are
#: Mean difference of rows, levels, up to which a pan goes on in the same place.
_LIKE_ROWS: Final = 12.0
#: Of the blocks as they were: somebody hides the others; where one already did.
_STATIC_SHARES: Final = (0.15, 0.1)
_STATIC_LEVELS: Final = 3.0  # by which what is as it was may differ
_CLEAR_SHARE: Final = 0.6  # of the blocks, from which nobody hides much
_COLOURED: Final = 2.2  # ratio of the channels from which the light is coloured
_STAGE_S: Final = 2.0  # how long a coloured light is expected to come back
_PLAIN_SHARE: Final = 0.08  # of the blocks, up to which a frame shows nothing
_GLARE_SHARE: Final = 0.25  # of the pixels, from which a frame is over-exposed
_MIN_BLOCKS: Final = 8  # fewer show nothing
_OVERLAP: Final = 0.25  # of a frame, that a moved camera must still see
_ZOOM_STEP: Final = math.log(1.09)
_ZOOM_PER_S: Final = 1.1  # logarithm of the quickest zoom
_WAIT_S: Final = 0.5  # how long frames that can't be compared are waited for
_FADED: Final = 0.7  # of what the shot has shown, up to which a frame is faded out
_RISEN: Final = 0.75  # of what a frame shows, that the one before showed: the fade is over


@dataclass(frozen=True)
class _Needed:
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


#: After a frame whose background was where it was expected, and after one where it was not: there
#: the camera moves quickly, or the light changes, and less can be alike.
_STEADY: Final = _Needed(0.18, 0.08, 0.3, 0.2, (0.16, 0.08))
_UNSTEADY: Final = _Needed(0.14, 0.06, 0.22, 0.06, (0.0, 0.06))
#: Behind black or white: nothing was followed through it.
_BEHIND_BLACK: Final = _Needed(0.3, 0.2, 0.4, 0.3, (0.3, 0.15))

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


class CutDetector:
    """Tells from thumbnails where a shot ends, one frame at a time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all frames: the next one is the first of a film."""
        self._before: _Picture | None = None
        self._before_s = 0.0
        self._known: _Picture | None = None  # the last frame that certainly belongs to the shot
        self._doubt_s: float | None = None  # since when frames can't be compared with it
        self._smeared = False  # whether a pan is why
        self._black = False  # whether nothing was to be seen since the last known frame
        self._coloured_s = -math.inf  # when the light was that of a stage

    def update(self, time_s: float, small_rgb: NDArray[np.uint8], *, steady: bool = True) -> bool:
        """True when this frame belongs to another shot than the frame before.

        Args:
            time_s: when it is shown; larger than the frame's before.
            small_rgb: uint8 (h, w, 3), what `harec.core.images.thumbnail` makes of the frame.
            steady: whether the background of the frame before was where it was expected; see
                `harec.video.camera_motion.CameraMotion.certain`.
        """
        before, step_s = self._before, time_s - self._before_s
        now = _Picture(small_rgb, self._size_wh)
        self._before, self._before_s = now, time_s
        if before is None or self._known is None:
            self._known = now
            return False
        if before.equals(now):
            return False
        if now.plain:
            self._black = True
            return False
        if now.coloured:
            self._coloured_s = time_s
        if self._known.plain:
            return self._same(now)
        needed = _BEHIND_BLACK if self._black else _STEADY if steady else _UNSTEADY
        return self._judge(self._known, before, now, time_s, step_s, needed)

    def goes_on(self, time_s: float, small_rgb: NDArray[np.uint8]) -> None:
        """A frame that is known to belong to the shot, instead of `update`."""
        self._before, self._before_s = _Picture(small_rgb, self._size_wh), time_s
        self._same(self._before)

    @property
    def _size_wh(self) -> tuple[int, int] | None:
        return None if self._before is None else self._before.size_wh

    def _judge(
        self,
        known: _Picture,
        before: _Picture,
        now: _Picture,
        time_s: float,
        step_s: float,
        needed: _Needed,
    ) -> bool:
        match = _same_place(known, now, step_s, needed)
        if match is not None:
            fades = not match.camera_moved and now.shown < _FADED * known.shown
            if match.camera_moved or (match.share >= _CLEAR_SHARE and not fades):
                self._same(now)
            else:  # somebody or the dark may be about to hide the rest: keep what was to be seen
                self._doubt_s, self._smeared, self._black = None, False, False
            return False
        follows = (
            before is not known
            and not self._black
            and _same_place(before, now, step_s, needed) is not None
        )
        if (self._doubt_s is None and follows) or _same_layout(known, now):
            return self._same(now)
        smeared = now.smeared(known)
        self._smeared |= smeared
        hidden = _static_share(known, now) >= _STATIC_SHARES[self._doubt_s is not None]
        dim = self._black and now.shown < _FADED * known.shown
        fading = dim and (before.plain or before.shown < _RISEN * now.shown)
        stage = time_s - self._coloured_s <= _STAGE_S
        if follows or smeared or hidden or fading or now.glaring or stage:
            if self._doubt_s is None:
                self._doubt_s = time_s
            if time_s - self._doubt_s < _WAIT_S:
                return False
        cut = not (hidden or self._smeared or stage)
        self._same(now)
        return cut

    def _same(self, now: _Picture) -> bool:
        self._known, self._doubt_s, self._smeared, self._black = now, None, False, False
        return False


class _Picture:
    """What is compared of a frame, computed when it is needed."""

    def __init__(self, rgb: NDArray[np.uint8], size_wh: tuple[int, int] | None) -> None:
        height, width = rgb.shape[:2]
        scale = _SIDE_PX / max(height, width)
        self.size_wh = size_wh or (
            max(round(width * scale / _BLOCK_PX), 1) * _BLOCK_PX,
            max(round(height * scale / _BLOCK_PX), 1) * _BLOCK_PX,
        )
        self.rgb = np.asarray(cv2.resize(rgb, self.size_wh, interpolation=cv2.INTER_AREA), np.uint8)

    def equals(self, other: _Picture) -> bool:
        return cv2.norm(self.rgb, other.rgb, cv2.NORM_L1) <= _EQUAL * self.rgb.size

    @cached_property
    def levels(self) -> Floats:
        return self.rgb.astype(np.float32)

    @cached_property
    def blocks(self) -> _Blocks:
        return _Blocks(self.levels)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def corners(self) -> Flags:
        """(rows, columns): blocks with structure both ways."""
        level = self.grey.astype(np.float32)
        x = np.asarray(cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=1 / 8), np.float32)
        y = np.asarray(cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32)
        xx, yy, xy = (_block_means(v) for v in (x * x, y * y, x * y))
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
    def glaring(self) -> bool:
        return bool((self.grey >= 250).mean() >= _GLARE_SHARE)

    @property
    def coloured(self) -> bool:
        """Whether it is lit as a stage is."""
        red, green, blue = (float(v) + 4 for v in self.blocks.mean.mean(axis=(0, 1)))
        return max(red, green, blue) > _COLOURED * min(red, green, blue)

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """Mean step of levels from pixel to pixel, to the right and down."""
        x = cv2.norm(self.grey[:, 1:], self.grey[:, :-1], cv2.NORM_L1)
        y = cv2.norm(self.grey[1:], self.grey[:-1], cv2.NORM_L1)
        return x / self.grey.size + 0.1, y / self.grey.size + 0.1

    def smeared(self, sharp: _Picture) -> bool:
        """Whether it looks as ``sharp`` does after a quick pan: the same from top to bottom."""
        x, y = (mine / other for mine, other in zip(self.slopes, sharp.slopes, strict=True))
        if x > _SMEARED or x > _SMEARED * y:
            return False
        rows = np.abs(self.levels.mean(axis=1) - sharp.levels.mean(axis=1))
        return bool(rows.mean() < _LIKE_ROWS)


class _Blocks:
    """Mean and variance per block (rows, columns, 3)."""

    def __init__(self, levels: Floats) -> None:
        self.levels = levels
        self.mean = _block_means(levels)
        self.variance = np.maximum(_block_means(levels * levels) - self.mean * self.mean, 0)
        self.structured = self.variance.mean(axis=2) > _STRUCTURE
        level = self.mean.mean(axis=2)
        self.lit = (level > _DARK) & (level < _BRIGHT)


def _block_means(values: Floats) -> Floats:
    height, width = values.shape[:2]
    grid = (width // _BLOCK_PX, height // _BLOCK_PX)
    return _shrunk(values, grid)


def _shrunk(values: Floats, size_wh: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(values, size_wh, interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True, eq=False)
class _Match:
    """How far a frame shows what another one shows, moved as the camera may have moved.

    Attributes:
        alike: (rows, columns): correlation of the structure in the blocks, -1..1.
        seen: (rows, columns): blocks that both show and that have structure in one of them.
        camera_moved: whether one of the frames was moved first.
    """

    before: _Blocks
    now: _Blocks
    alike: Floats
    seen: Flags
    camera_moved: bool

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

    def same_place(self, needed: _Needed) -> bool:
        """Whether this can't be chance."""
        if not self.camera_moved:
            return self.share >= needed.share or self.exact_share >= needed.exact
        if self.share >= needed.share_moved or self.exact_share >= needed.exact_moved:
            return True
        share, exact = needed.both_moved
        return self.share >= share and self.exact_share >= exact


def _compare(before: _Blocks, now: _Blocks, overlap: Flags | None = None) -> _Match:
    """Compares block by block; each channel's gain may have changed, everywhere in another way."""
    together = _block_means(before.levels * now.levels) - before.mean * now.mean
    alone = np.sqrt(np.maximum(before.variance * now.variance, 1e-3))
    seen = (before.structured | now.structured) & before.lit & now.lit
    if overlap is not None:
        seen &= overlap
    alike = np.asarray(together.sum(axis=2) / alone.sum(axis=2), np.float32)
    return _Match(before, now, alike, seen, overlap is not None)


def _same_place(before: _Picture, now: _Picture, step_s: float, needed: _Needed) -> _Match | None:
    """How two frames show the same place: as they lie, else the first way of moving the camera
    that explains it; None where nothing does."""
    match = _compare(before.blocks, now.blocks)
    if match.same_place(needed):
        return match
    for move in _moves(step_s):
        moved = _moved(before, now, *move)
        if moved is None:
            continue
        corners = moved.seen & now.corners
        # Straight lines, such as a horizon, look the same wherever they are moved along.
        if needed is _STEADY and np.count_nonzero(corners) >= _MIN_CORNERS:
            moved = replace(moved, seen=corners)
        if moved.same_place(needed):
            return moved
    return None


def _static_share(before: _Picture, now: _Picture) -> float:
    """Of the blocks, those that are as they were, level by level: somebody may hide the others."""
    was, are = before.blocks, now.blocks
    level = was.lit & are.lit & (np.abs(was.mean - are.mean).max(axis=2) <= _STATIC_LEVELS)
    plain = ~was.structured & ~are.structured
    alike = was.structured & are.structured & (_compare(was, are).alike >= _VERY_ALIKE)
    return float((level & (plain | alike)).mean())


def _same_layout(before: _Picture, now: _Picture) -> bool:
    """Whether light and colours lie where they lay, seen from far: details may have moved."""
    was, are = before.blocks.mean, now.blocks.mean
    apart = np.abs(was.mean(axis=2) - are.mean(axis=2)).mean()
    levels, share = _SAME_LEVELS
    if apart <= min(levels, share * float(min(was.mean(), are.mean()))):
        return True
    if _correlation(was, are) >= _LAYOUT:
        return True
    was, are = (_shrunk(levels, (5, 4)) for levels in (was, are))
    return bool(
        np.abs(was - are).mean() <= _COARSE_LEVELS and _correlation(was, are) >= _COARSE_LAYOUT
    )


def _correlation(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def _moves(step_s: float) -> Iterator[tuple[float, float, float]]:
    """Patches to look for (middle, half the width: shares of the width), and the zoom."""
    yield from ((0.5, 0.4, 1.0), (0.175, 0.175, 1.0), (0.825, 0.175, 1.0), (0.5, 0.25, 1.0))
    for step in range(1, int((_ZOOM_PER_S * step_s + 0.05) / _ZOOM_STEP) + 1):
        yield 0.5, 0.5, math.exp(step * _ZOOM_STEP)
        yield 0.5, 0.5, math.exp(-step * _ZOOM_STEP)


def _moved(
    before: _Picture, now: _Picture, x_share: float, half: float, zoom: float
) -> _Match | None:
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
        half_x, y0 = round(half * width), round(0.15 * height)
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
    column = (np.arange(width // _BLOCK_PX) + 0.5) * _BLOCK_PX / zoom + off_x
    row = (np.arange(height // _BLOCK_PX) + 0.5) * _BLOCK_PX / zoom + off_y
    overlap = ((column > 2) & (column < width - 2))[None] & ((row > 2) & (row < height - 2))[
        :, None
    ]
    if overlap.mean() < _OVERLAP:
        return None
    return _compare(_Blocks(np.asarray(moved).astype(np.float32)), now.blocks, overlap)


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
