"""A score as a ring with its number, and the colours of good, off and worst."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from harec.render.drawing import COACHING, OUTLINE_RGB, Color, hex_rgb
from harec.render.labels import LABEL_OPACITY, OVERSAMPLING, Label, load_font

#: In its range, off, and worst of all: bluish green, amber and vermilion are told apart with any
#: colour vision (after Okabe & Ito, brightened for dark labels); each goes with a sign of its own.
GOOD_RGB, OFF_RGB, WORST_RGB, _TRACK_RGB = (
    hex_rgb(COACHING[name]) for name in ("good", "off", "worst", "ring")
)
_SCORE: Final = COACHING["score"]


@lru_cache(maxsize=256)
def render_ring(score: int | None, radius_px: int) -> Label:
    """A score 0..100 as a ring, clockwise from the top, with its number; None = a dash."""
    side = 2 * radius_px
    fine = side * OVERSAMPLING
    image = Image.new("RGBA", (fine, fine), (*OUTLINE_RGB, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, fine - 1, fine - 1), fill=(*OUTLINE_RGB, round(255 * LABEL_OPACITY)))
    inset, width = fine * _SCORE["inset"], round(fine * _SCORE["width"])
    box = (inset, inset, fine - 1 - inset, fine - 1 - inset)
    draw.arc(box, 0, 360, fill=(*_TRACK_RGB, 255), width=width)
    if score:
        color = (*score_rgb(score), 255)
        end = -90 + 3.6 * score
        draw.arc(box, -90, end, fill=color, width=width)
    image = image.resize((side, side), Image.Resampling.BOX)
    text = "–" if score is None else str(score)
    size = radius_px * _SCORE["size" if len(text) < 3 else "size_of_100"]
    ImageDraw.Draw(image).text(
        (side / 2, side / 2),
        text,
        font=load_font("dejavu bold", max(round(size), _SCORE["least_px"])),
        fill=(255, 255, 255, 255),
        anchor="mm",
    )
    return Label.from_rgba(image)


def score_rgb(score: float) -> Color:
    """Colour of a score 0..100."""
    return GOOD_RGB if score >= 80 else OFF_RGB if score >= 60 else WORST_RGB
