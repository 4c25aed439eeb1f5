"""One frame of a video: with its image, without it yet, and as it was decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from harec.video.planes import Planes
from harec.video.rgb import RGB, Geometry


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a video.

    Attributes:
        index: 0 for the first frame.
        time_s: seconds since the first frame; strictly larger than the frame before.
        rgb: uint8 (H, W, 3), upright, square pixels, own memory. None only for a frame that the
            caller of ``VideoReader.frames`` did not want.
        duration_s: how long the file shows it; a guess from the average rate if it does not say.
        repeated: the same image as the frame before, which is still shown.
    """

    index: int
    time_s: float
    rgb: RGB | None
    duration_s: float = 0.0
    repeated: bool = False


@dataclass(frozen=True, eq=False)
class UnseenFrame:
    """A decoded frame that was not made an image yet; see `Frame`.

    Attributes:
        index, time_s, duration_s, repeated: as of `Frame`.
        to_rgb: makes the image, uint8 (H, W, 3); one frame of a reader at a time.
        to_stored: the image as `harec.video.VideoWriter` stores it, if the file has it so, else as
            ``to_rgb`` does.
        to_gray: makes its brightness, roughly, or None where that takes as long as the image.
    """

    index: int
    time_s: float
    duration_s: float
    to_rgb: Callable[[], RGB]
    to_stored: Callable[[], Planes | RGB]
    to_gray: Callable[[], RGB | None]
    repeated: bool = False

    def seen(self, wanted: bool = True) -> Frame:
        """With its image, or without."""
        rgb = self.to_rgb() if wanted else None
        return Frame(self.index, self.time_s, rgb, self.duration_s, self.repeated)


class DecodedFrame(NamedTuple):
    """A frame as PyAV gives it, and how to show it."""

    raw: Any
    geometry: Geometry

    @property
    def pts(self) -> int | None:
        return self.raw.pts

    @property
    def duration(self) -> int | None:
        return self.raw.duration
