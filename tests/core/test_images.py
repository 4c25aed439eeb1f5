"""Plain words for arrays that are no image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.images import check_image


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
