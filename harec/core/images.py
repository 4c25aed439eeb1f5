"""What an image is, and what to say of arrays that are none."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import InputError

#: Longer side of a thumbnail, pixels.
THUMBNAIL_PX: Final = 160


def check_image(image: Any) -> NDArray[np.uint8]:
    """The image itself, if it is uint8 (H, W, 3) with pixels.

    Raises:
        InputError: it is not; what it is, and how to make it one.
    """
    if not isinstance(image, np.ndarray):
        raise InputError(
            f"The image must be a NumPy array, not {type(image).__name__}: a Pillow image becomes "
            'one by np.asarray(image.convert("RGB")).'
        )
    problem = _problem(image.shape)
    if problem is None and image.dtype != np.uint8:
        problem = (
            "to uint8: (image * 255).round().astype(np.uint8) where 1.0 is white, "
            "image.clip(0, 255).astype(np.uint8) where 255 is"
        )
    if problem is not None:
        raise InputError(
            "The image must be uint8 (height, width, 3) in RGB, not "
            f"{image.dtype} {image.shape}: convert it {problem}."
        )
    if image.size == 0:
        raise InputError(f"The image has no pixels: {image.shape}.")
    return image


def _problem(shape: tuple[int, ...]) -> str | None:
    """How to turn an array of this shape into an image, or None where it has the shape of one."""
    match shape:
        case (_, _, 3):
            return None
        case (_, _) | (_, _, 1):
            return "from grey: np.dstack([image] * 3)"
        case (_, _, 4):
            return (
                "from RGBA by image[..., :3], from OpenCV's BGRA by "
                "cv2.cvtColor(image, cv2.COLOR_BGRA2RGB)"
            )
        case (3, _, _):
            return "from channels first: np.moveaxis(image, 0, -1)"
        case (_, _, _, _):
            return "to single images: one a call"
        case _:
            return "first"


def fitted_box(size_wh: tuple[int, int], canvas_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where an image goes that is scaled into the middle of a canvas and keeps its shape.

    Returns:
        x, y, width, height in pixels of the canvas; all of it for an image of its shape, within
        2 %: sizes are often rounded to whole blocks of 16.
    """
    scale = min(canvas_wh[0] / size_wh[0], canvas_wh[1] / size_wh[1])
    width, height = (
        canvas if side * scale > 0.98 * canvas else max(round(side * scale), 1)
        for side, canvas in zip(size_wh, canvas_wh, strict=True)
    )
    return (canvas_wh[0] - width) // 2, (canvas_wh[1] - height) // 2, width, height


def with_bars(
    rgb: NDArray[np.uint8], box_xywh: tuple[int, int, int, int], canvas_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """An image at its place (`fitted_box`) on a black canvas; itself if it fills it."""
    x, y, width, height = box_xywh
    if (width, height) == canvas_wh:
        return rgb
    canvas = np.zeros((canvas_wh[1], canvas_wh[0], 3), np.uint8)
    canvas[y : y + height, x : x + width] = rgb
    return canvas


def thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A small copy for what needs no detail: uint8 (h, w, 3), averaged, never enlarged.

    Args:
        rgb: uint8 (H, W, 3). Where its longer side is `THUMBNAIL_PX` or less it is returned itself.
    """
    import cv2  # here: most of what knows images does without

    height, width = rgb.shape[:2]
    longest = max(height, width)
    if longest <= THUMBNAIL_PX:
        return rgb
    size_wh = (
        max(1, round(width * THUMBNAIL_PX / longest)),
        max(1, round(height * THUMBNAIL_PX / longest)),
    )
    if longest <= 2 * THUMBNAIL_PX:
        return np.asarray(cv2.resize(rgb, size_wh))
    # Averaging all of a large frame costs milliseconds; sixteen of its points for each pixel are
    # nearly as good in a fifth of the time.
    twice = cv2.resize(rgb, (2 * size_wh[0], 2 * size_wh[1]))
    return np.asarray(cv2.resize(twice, size_wh, interpolation=cv2.INTER_AREA))
