"""What an image is, and what to say of arrays that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import InputError


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
