"""Plates with words and numbers for coached pictures: rendered once, then blended.

Sanskrit names need letters that the font inside Pillow lacks (ṭ, ṛ, ṣ, ā). DejaVu Sans has them;
it comes with Matplotlib, which harec needs anyway, so no font of the system is asked for.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from harec.render.overlay import (
    OUTLINE_RGB,
    PLATE_ALPHA,
    Color,
    Plate,
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
#: (text, letters' height in pixels, bold, opacity 0..255) of one line of a plate.
Line = tuple[str, int, bool, int]

#: In its range, off, and worst of all: bluish green, amber and vermilion are told apart with any
#: colour vision (after Okabe & Ito, brightened for dark plates); each goes with a sign of its own.
GOOD_RGB: Final[Color] = (72, 214, 166)
OFF_RGB: Final[Color] = (255, 193, 61)
WORST_RGB: Final[Color] = (255, 104, 66)
PLAIN_RGB: Final[Color] = (240, 240, 240)

_FINE: Final = 4  # shapes are drawn so much larger and averaged


@lru_cache(maxsize=64)
def font(size_px: int, bold: bool = False) -> Font:
    """DejaVu Sans; Pillow's own font where Matplotlib is missing."""
    path = _font_path(bold)
    return ImageFont.truetype(path, size_px) if path else ImageFont.load_default(size=size_px)


@lru_cache(maxsize=2)
def _font_path(bold: bool) -> Path | None:
    spec = importlib.util.find_spec("matplotlib")  # finds it without importing it
    if spec is None or spec.origin is None:
        return None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return path if path.is_file() else None


def writable(text: str) -> str:
    """A text in letters that the font has: without diacritics where DejaVu is missing."""
    if _font_path(False) is not None:
        return text
    plain = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def clock(time_s: float) -> str:
    """``0:12``."""
    return f"{int(time_s) // 60}:{int(time_s) % 60:02d}"


@lru_cache(maxsize=256)
def panel(
    lines: tuple[Line, ...],
    *,
    stripe: Color | None = None,
    back: Color = OUTLINE_RGB,
    ink: Color = (255, 255, 255),
    opacity: float = PLATE_ALPHA,
    least_width: int = 0,
) -> Plate:
    """A plate with lines of text under each other.

    Args:
        stripe: colour of the left edge; None = no stripe.
        back, opacity: of the plate.
        ink: colour of the letters.
        least_width: in pixels, the text in the middle: for numbers that change.
    """
    largest = max(size for _, size, _, _ in lines)
    pad, band = round(largest * 0.5), round(largest * 0.3) if stripe else 0
    fonts = [font(size, bold) for _, size, bold, _ in lines]
    texts = [writable(text) for text, *_ in lines]
    widths = [float(face.getlength(text)) for face, text in zip(fonts, texts, strict=True)]
    rows = [round(size * 1.34) for _, size, _, _ in lines]
    natural = band + 2 * pad + round(max(widths))
    width, height = max(natural, least_width), sum(rows) + round(largest * 0.34)
    mask = Image.new("L", (width * _FINE, height * _FINE), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, width * _FINE - 1, height * _FINE - 1), radius=largest * 0.36 * _FINE, fill=255
    )
    mask = mask.resize((width, height), Image.Resampling.BOX)
    plate = Image.new("RGBA", (width, height), (*back, round(255 * opacity)))
    if stripe:
        plate.paste((*stripe, 255), (0, 0, band, height))
    draw = ImageDraw.Draw(plate)
    y = largest * 0.17
    x = band + pad + (width - natural) / 2
    for (_, _, _, strength), face, text, row in zip(lines, fonts, texts, rows, strict=True):
        fill = tuple(round(b + (a - b) * strength / 255) for a, b in zip(ink, back, strict=True))
        draw.text((x, y + row / 2), text, font=face, fill=(*fill, 255), anchor="lm")
        y += row
    plate.putalpha(ImageChops.multiply(plate.getchannel("A"), mask))
    return Plate.from_rgba(plate)


@lru_cache(maxsize=256)
def ring(score: int | None, radius_px: int) -> Plate:
    """A score 0..100 as a ring, clockwise from the top, with its number; None = a dash."""
    side = 2 * radius_px
    fine = side * _FINE
    image = Image.new("RGBA", (fine, fine), (*OUTLINE_RGB, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, fine - 1, fine - 1), fill=(*OUTLINE_RGB, round(255 * PLATE_ALPHA)))
    inset, width = fine * 0.08, round(fine * 0.1)
    box = (inset, inset, fine - 1 - inset, fine - 1 - inset)
    draw.arc(box, 0, 360, fill=(92, 97, 105, 255), width=width)
    if score:
        color = (*score_rgb(score), 255)
        end = -90 + 3.6 * score
        draw.arc(box, -90, end, fill=color, width=width)
    image = image.resize((side, side), Image.Resampling.BOX)
    text = "–" if score is None else str(score)
    size = radius_px * (0.86 if len(text) < 3 else 0.66)
    ImageDraw.Draw(image).text(
        (side / 2, side / 2),
        text,
        font=font(max(round(size), 6), True),
        fill=(255, 255, 255, 255),
        anchor="mm",
    )
    return Plate.from_rgba(image)


def score_rgb(score: float) -> Color:
    """Colour of a score 0..100."""
    return GOOD_RGB if score >= 80 else OFF_RGB if score >= 60 else WORST_RGB
