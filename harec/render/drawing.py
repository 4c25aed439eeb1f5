"""What is drawn of people, in one description that Python and the browser read: ``drawing.json``.

Colours, widths, letters, and where labels stand. Shares are of the frame's shorter side, of a
body's size or of the letters' height; what ends in ``_px`` is in pixels, in ``_s`` in seconds. The
browser's half is ``dashboard/player/drawing.js``; a test compares what both draw.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Color = tuple[int, int, int]

#: The description, as it lies in the file.
DRAWING: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
#: The part of it that only a yoga coach draws.
COACHING: Final[dict[str, Any]] = DRAWING["coaching"]


def hex_rgb(color: str) -> Color:
    """``#RRGGBB`` as 0..255 red, green, blue."""
    value = color.lstrip("#")
    return int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16)


#: Around all that is drawn, and behind words: it keeps them apart from any background.
OUTLINE_RGB: Final = hex_rgb(DRAWING["colors"]["outline"])
