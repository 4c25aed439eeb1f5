"""Decoded frames as RGB images: upright, square pixels, of one size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from harec.core.correction import Correction
from harec.core.images import fitted_box, with_bars
from harec.video.planes import MATRICES, Matrix, Planes, is_stored

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Orientation:
    """How the stored image is turned: transposed first, then mirrored along x and y."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False
    rotation_deg: int = 0

    @classmethod
    def of_frame(cls, frame: Any) -> Orientation:
        """The display matrix that phones store: x' = ax+cy, y' = bx+dy (ISO 14496-12, 8.3.2)."""
        for data in frame.side_data or ():
            if data.type.name == "DISPLAYMATRIX":
                a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(float)
                if a == b == 0 or c == d == 0:
                    return cls()
                degrees = round(float(np.degrees(np.arctan2(b, a))) / 90) * 90 % 360
                if abs(b) > abs(a):
                    return cls(True, bool(c < 0), bool(b < 0), degrees)
                return cls(False, bool(a < 0), bool(d < 0), degrees)
        return cls()

    def corrected(self, correction: Correction) -> Orientation:
        """With a turn and a flip after it."""
        turned = self
        for _ in range(correction.turn_deg // 90):  # a quarter: transposed, then mirrored along x
            turned = Orientation(
                not turned.transpose,
                not turned.flip_y,
                turned.flip_x,
                (turned.rotation_deg + 90) % 360,
            )
        return replace(turned, flip_x=turned.flip_x != correction.mirrored)

    def apply(self, rgb: RGB) -> RGB:
        if self.transpose:
            rgb = np.asarray(cv2.transpose(rgb), dtype=np.uint8)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else int(self.flip_x)
            rgb = np.asarray(cv2.flip(rgb, code), dtype=np.uint8)
        return rgb


@dataclass(frozen=True)
class Geometry:
    """How a frame is stored and how it is to be shown.

    Attributes:
        stored_wh: pixels as stored.
        wide: width over height of a stored pixel.
        orientation: how the stored image is turned.
    """

    stored_wh: tuple[int, int]
    wide: float
    orientation: Orientation

    @classmethod
    def of_frame(cls, frame: Any, aspect: Fraction | None, correction: Correction) -> Geometry:
        """Of an `av.VideoFrame` whose pixels have this shape, if it is known."""
        # Broken headers claim absurd pixel shapes; real ones (DV, DVD, anamorphic) are within 2.5.
        wide = float(aspect) if aspect and 0.4 <= aspect <= 2.5 else 1.0
        return cls(
            (frame.width, frame.height), wide, Orientation.of_frame(frame).corrected(correction)
        )

    @property
    def shown_wh(self) -> tuple[int, int]:
        """Pixels as displayed: upright, square pixels."""
        width, height = max(round(self.stored_wh[0] * self.wide), 1), self.stored_wh[1]
        return (height, width) if self.orientation.transpose else (width, height)


#: Pixels of the longer side of `RgbConverter.gray`.
GRAY_SIDE: Final = 96
#: Formats whose first plane is 8 bits of brightness.
_WITH_LUMA: Final = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "nv12", "gray")
#: Formats of which each plane can be scaled by itself.
_PLANES: Final = ("yuv420p", "yuvj420p")


def _is_plain(raw: Any, matrix: int) -> bool:
    """Whether OpenCV's one conversion fits: 8 bits, 4:2:0, video range, BT.601, even sides."""
    even = raw.width % 2 == 0 and raw.height % 2 == 0
    bt601 = MATRICES.get(matrix) is Matrix.BT601
    return even and raw.format.name == "yuv420p" and bt601 and raw.color_range != 2


class RgbConverter:
    """Converts all frames of one video to images of one size.

    Frames of another shape than the first one (a phone that was turned while it filmed, a
    broadcast that changes from 4:3 to 16:9) are scaled into the middle of the first one's, with
    black bars: places in all images are then places in one coordinate frame.

    Args:
        first: the first frame's geometry.
        max_side: longest side of the images; None keeps the displayed size.
        exact, scale_first: see `harec.video.VideoReader`.
        threads: for scaling.

    Attributes:
        size_wh: width and height of the images.
    """

    def __init__(
        self,
        first: Geometry,
        *,
        max_side: int | None,
        exact: bool,
        threads: int,
        scale_first: bool = False,
    ) -> None:
        self.size_wh = _fitted(first.shown_wh, max_side)
        self._first, self._exact, self._threads = first, exact, threads
        self._scale_first = scale_first
        self._reformatter = VideoReformatter()
        self._scaler = VideoReformatter()

    def has_bars(self, geometry: Geometry) -> bool:
        """Whether such frames don't fill the images."""
        return self._box(geometry)[2:] != self.size_wh

    def _box(self, geometry: Geometry) -> tuple[int, int, int, int]:
        if geometry == self._first:
            return 0, 0, *self.size_wh
        return fitted_box(geometry.shown_wh, self.size_wh)

    def convert(self, raw: Any, geometry: Geometry) -> RGB:
        """An `av.VideoFrame` as uint8 (H, W, 3) of `size_wh`, own memory."""
        box = self._box(geometry)
        stored_wh = box[:1:-1] if geometry.orientation.transpose else box[2:]
        rgb = geometry.orientation.apply(self._scaled(raw, *stored_wh))
        return with_bars(rgb, box, self.size_wh)

    def stored(self, raw: Any, geometry: Geometry) -> Planes | RGB:
        """An `av.VideoFrame` as `harec.video.VideoWriter` stores it, own memory.

        As RGB where it is stored in another way, does not fill the image, or is scaled otherwise
        than plane by plane.
        """
        width, height = self.size_wh
        stored_wh = (height, width) if geometry.orientation.transpose else (width, height)
        same_size = stored_wh == (raw.width, raw.height)
        grows = stored_wh[0] > raw.width or stored_wh[1] > raw.height
        matrix = Matrix.of_height(height)
        if (
            width % 2
            or height % 2
            or not is_stored(raw, matrix)
            or self.has_bars(geometry)
            or not (same_size or (self._scale_first and not grows and not raw.interlaced_frame))
        ):
            return self.convert(raw, geometry)
        if not same_size:
            raw = self._shrunk(raw, *stored_wh)
        return Planes.of_frame(raw, matrix, geometry.orientation.apply)

    def gray(self, raw: Any, geometry: Geometry) -> RGB | None:
        """How bright an `av.VideoFrame` is, upright, uint8 of about `GRAY_SIDE` pixels: enough to
        see where something moves. None where frames are not stored with 8 bits of brightness, or
        are of another shape than the first one.
        """
        if geometry != self._first or raw.format.name not in _WITH_LUMA:
            return None
        plane = raw.planes[0]
        luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        scale = GRAY_SIDE / max(raw.width, raw.height)
        size_wh = max(round(raw.width * scale), 1), max(round(raw.height * scale), 1)
        every = 2 if raw.height > 2 * size_wh[1] else 1  # half of the rows tell as much
        small = cv2.resize(luma[::every, : raw.width], size_wh, interpolation=cv2.INTER_AREA)
        return geometry.orientation.apply(np.asarray(small, np.uint8))

    def _shrunk(self, raw: Any, width: int, height: int) -> Any:
        """Each plane by itself."""
        return self._scaler.reformat(
            raw,
            width=width,
            height=height,
            interpolation=Interpolation.AREA,
            threads=self._threads,
        )

    def _scaled(self, raw: Any, width: int, height: int) -> RGB:
        """As RGB of this size, as it is stored."""
        grows = width > raw.width or height > raw.height
        flags = Interpolation.BICUBIC if grows else Interpolation.AREA
        if (width, height) == (raw.width, raw.height) and self._exact:
            flags = Interpolation.BILINEAR  # of the colours alone; the same as AREA and faster
        matrix = raw.colorspace
        if not raw.format.is_rgb and matrix not in (1, 4, 5, 6, 7, 9):
            matrix = Matrix.of_height(raw.height).number  # untagged
        shrinks = width < raw.width and height < raw.height
        if (
            self._scale_first
            and shrinks
            and raw.format.name in _PLANES
            and not raw.interlaced_frame
        ):
            raw = self._shrunk(raw, width, height)
        same_size = (width, height) == (raw.width, raw.height)
        if not self._exact and same_size and _is_plain(raw, matrix):
            planes = raw.to_ndarray()  # H * 3 / 2, W
            return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)
        if self._exact:
            # Without these swscale darkens the image by one level and halves its colour.
            flags |= Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
        converted = self._reformatter.reformat(
            raw,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=None if raw.format.is_rgb else matrix,
            interpolation=flags,
            threads=self._threads,
        )
        return np.asarray(converted.to_ndarray(), dtype=np.uint8)


def _fitted(size_wh: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """A size within ``max_side``, with even sides if it has to be scaled down."""
    width, height = size_wh
    if max_side is None or max(width, height) <= max_side:
        return size_wh
    scale = max_side / max(width, height)
    width = max(round(width * scale / 2) * 2, 2)
    height = max(round(height * scale / 2) * 2, 2)
    return min(width, max_side // 2 * 2), min(height, max_side // 2 * 2)
