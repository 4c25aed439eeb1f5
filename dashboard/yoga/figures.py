"""Drawn reference figures of the asanas; each is drawn once in a process."""

from __future__ import annotations

import base64
import io
import logging
import threading
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harec.core.errors import ModelError
from harec.simulate.scene.asana_figure import draw_asana, yoga_look
from harec.yoga.coaching.references import load_references
from harec.yoga.recognition.asanas import ASANAS, Side

_SIZE_WH: Final = (360, 360)
_SAMPLE_WH: Final = (640, 640)
#: The sample photo: an asana whose name is hard to guess, and not done perfectly.
SAMPLE: Final[tuple[str, Side, dict[str, float]]] = (
    "virabhadrasana_ii",
    "left",
    {"left_knee": 128.0, "right_shoulder": 112.0},
)

_log = logging.getLogger(__name__)


def as_url(asana: str, side: Side | None = None) -> str | None:
    """The figure as a ``data:`` address; None when it can't be drawn."""
    side = side if ASANAS[asana].sided else None
    file = _figure(asana, side)
    return None if file is None else f"data:image/webp;base64,{base64.b64encode(file).decode()}"


@cache
def begin() -> threading.Thread:
    """Draw the gallery in a thread, once in a process: it takes some seconds."""
    thread = threading.Thread(target=_draw_all, name="harec-yoga-figures", daemon=True)
    thread.start()
    return thread


def _draw_all() -> None:
    for asana in ASANAS:
        _figure(asana, None)


def sample_photo() -> NDArray[np.uint8]:
    """uint8 (H, W, 3): a simulated yogi."""
    asana, side, angles_deg = SAMPLE
    rgb = draw_asana(asana, side, size_wh=_SAMPLE_WH, angles_deg=angles_deg, look=yoga_look(1))
    return np.asarray(rgb, np.uint8)


@cache
def _figure(asana: str, side: Side | None) -> bytes | None:
    """A WebP file: a third of a PNG's size."""
    try:
        rgb = draw_asana(
            asana,
            side or ("left" if ASANAS[asana].sided else None),
            size_wh=_SIZE_WH,
            angles_deg=_angles(asana, side),
        )
    except Exception:  # a card without its figure is a card
        _log.exception("The figure of %s could not be drawn", asana)
        return None
    file = io.BytesIO()
    Image.fromarray(np.asarray(rgb, np.uint8)).save(file, "WEBP", quality=82, method=6)
    return file.getvalue()


def _angles(asana: str, side: Side | None) -> dict[str, float] | None:
    """The reference's; typical ones where there is no reference."""
    try:
        return load_references().median(asana, side)
    except ModelError:
        return None
