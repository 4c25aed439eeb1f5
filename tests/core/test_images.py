"""Plain words for arrays that are no image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.images import check_image, thumbnail


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ([[1, 2], [3, 4]], "not list"),
        (np.zeros((8, 8), np.uint8), r"from grey: np\.dstack"),
        (np.zeros((8, 8, 1), np.uint8), r"from grey"),
        (np.zeros((8, 8, 4), np.uint8), r"RGBA by image\[\.\.\., :3\]"),
        (np.zeros((3, 8, 8), np.uint8), r"np\.moveaxis\(image, 0, -1\)"),
        (np.zeros((2, 8, 8, 3), np.uint8), r"one a call"),
        (np.zeros((8, 8, 3), np.float32), r"not float32 \(8, 8, 3\): .* \* 255"),
        (np.zeros((8, 8, 3), np.uint16), r"not uint16"),
        (np.zeros((0, 8, 3), np.uint8), "no pixels"),
        (np.zeros(8, np.uint8), r"\(8,\)"),
    ],
)
def test_says_how_to_make_an_image(image: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_image(image)


@pytest.mark.parametrize(
    ("size_wh", "small_wh"),
    [((640, 480), (160, 120)), ((1080, 1920), (90, 160)), ((321, 1), (160, 1)), ((160, 90), None)],
)
def test_thumbnails_are_small_and_true(
    size_wh: tuple[int, int], small_wh: tuple[int, int] | None
) -> None:
    """Bright on the left, dark on the right stays so, with the mean kept; small ones stay whole."""
    width, height = size_wh
    ramp = np.linspace(255, 0, width).astype(np.uint8)[None, :, None]
    rgb = np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3)))
    small = thumbnail(rgb)
    if small_wh is None:
        assert small is rgb
        return
    assert (small.dtype, small.shape) == (np.uint8, (small_wh[1], small_wh[0], 3))
    assert np.abs(small[0, :, 0].astype(int) - np.linspace(255, 0, small_wh[0])).max() <= 2
