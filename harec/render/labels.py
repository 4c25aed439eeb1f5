"""Labels: words and numbers on a dark ground, rendered once, then blended into images.

Sanskrit names need letters that the font inside Pillow (Aileron) lacks (ṭ, ṛ, ṣ, ā). DejaVu Sans
has them; it comes with Matplotlib. A font of the system is asked for only for letters that neither
has; see `harec.render.letters`.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont

from harec.render.drawing import DRAWING, OUTLINE_RGB, Color
from harec.render.letters import Font, has, system_font, without_missing

Face = Literal["aileron", "dejavu", "dejavu bold"]

_LABEL: Final = DRAWING["label"]
#: Opacity of a label's ground.
LABEL_OPACITY: Final = _LABEL["opacity"]
#: Shapes are drawn so many times larger and averaged.
OVERSAMPLING: Final = 4


@dataclass(frozen=True)
class Text:
    """Words of a label.

    Attributes:
        size_px: the letters' height in pixels.
        opacity: of the letters, 0..255.
    """

    text: str
    size_px: int
    face: Face = "aileron"
    opacity: int = 255


@dataclass(frozen=True, eq=False)
class Label:
    """A rendered label, ready to blend: ``image * keep + add``."""

    add: NDArray[np.uint16]  # (h, w, channels) colour times opacity, 0..255*255
    keep: NDArray[np.uint16]  # (h, w, 1) 255 minus opacity

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.add.shape[1], self.add.shape[0]

    @classmethod
    def from_rgba(cls, rgba: Image.Image) -> Label:
        """From an image with opacity (not premultiplied)."""
        values = np.asarray(rgba.convert("RGBA"), np.uint16)
        alpha = values[..., 3:]
        return cls(add=values[..., :3] * alpha, keep=np.asarray(255 - alpha, np.uint16))

    def blend(self, image: NDArray[np.uint8], x: int, y: int) -> None:
        """Draw into an image of as many channels, the top left corner at (x, y), 0 or more."""
        height, width = image.shape[:2]
        part = image[y : min(y + self.add.shape[0], height), x : min(x + self.add.shape[1], width)]
        h, w = part.shape[:2]
        part[:] = (part * self.keep[:h, :w] + self.add[:h, :w] + 127) // 255


@lru_cache(maxsize=64)
def load_font(face: Face, size_px: int) -> Font:
    """A font that ships with a library; Pillow's own where Matplotlib is missing."""
    path = None if face == "aileron" else font_path(face)
    return ImageFont.truetype(path, size_px) if path else ImageFont.load_default(size=size_px)


def label_font() -> bytes:
    """The file of the font "aileron", which comes inside Pillow: for renderers elsewhere."""
    font = load_font("aileron", 12)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font.font_bytes


@lru_cache(maxsize=2)
def font_path(face: Face) -> Path | None:
    """The file of a DejaVu font; None where Matplotlib is missing."""
    spec = importlib.util.find_spec("matplotlib")  # finds it without importing it
    if spec is None or spec.origin is None:
        return None
    name = "DejaVuSans-Bold.ttf" if face == "dejavu bold" else "DejaVuSans.ttf"
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return path if path.is_file() else None


def writable(text: str) -> str:
    """A text in letters that the font has: without diacritics where DejaVu is missing."""
    if font_path("dejavu") is not None:
        return text
    plain = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=512)
def render_label(
    lines: tuple[tuple[Text, ...], ...],
    *,
    stripe: Color | None = None,
    ground: Color = OUTLINE_RGB,
    ink: Color = (255, 255, 255),
    opacity: float = LABEL_OPACITY,
    margin: float = 0.17,
    least_width: int = 0,
) -> Label:
    """A label with lines of text under each other; half a millisecond for one line at 640 x 480.

    Args:
        lines: the texts of each line, from left to right.
        stripe: colour of the left edge; None = no stripe.
        ground, opacity: of the label.
        ink: colour of the letters.
        margin: above and below the lines, as a share of the largest letters.
        least_width: in pixels, the text in the middle: for numbers that change.
    """
    largest = max(text.size_px for line in lines for text in line)
    pad, band = round(largest * _LABEL["pad"]), round(largest * _LABEL["band"]) if stripe else 0
    widths = [[_width(text) for text in line] for line in lines]
    rows = [round(max(text.size_px for text in line) * _LABEL["row"]) for line in lines]
    space = largest * _LABEL["space"]  # between the texts of a line
    natural = band + 2 * pad + round(max(sum(line) + space * (len(line) - 1) for line in widths))
    width, height = max(natural, least_width), sum(rows) + round(largest * 2 * margin)
    ground_image = Image.new("RGBA", (width, height), (*ground, round(255 * opacity)))
    if stripe:
        ground_image.paste((*stripe, 255), (0, 0, band, height))
    draw = ImageDraw.Draw(ground_image)
    y = largest * margin
    for line, line_widths, row in zip(lines, widths, rows, strict=True):
        x = band + pad + (width - natural) / 2
        for text, text_width in zip(line, line_widths, strict=True):
            share = text.opacity / 255
            fill = tuple(round(b + (a - b) * share) for a, b in zip(ink, ground, strict=True))
            letters, font = _written(text)
            draw.text((x, y + row / 2), letters, font=font, fill=(*fill, 255), anchor="lm")
            x += text_width + space
        y += row
    corners = _rounded((width, height), largest * _LABEL["corner"])
    ground_image.putalpha(ImageChops.multiply(ground_image.getchannel("A"), corners))
    return Label.from_rgba(ground_image)


@lru_cache(maxsize=512)
def _written(text: Text) -> tuple[str, Font]:
    """What is drawn of a text, and the font that has its letters."""
    letters = text.text if text.face == "aileron" else writable(text.text)
    font = load_font(text.face, text.size_px)
    if all(has(font, letter) for letter in letters):
        return letters, font
    fallback = load_font("dejavu bold" if text.face == "dejavu bold" else "dejavu", text.size_px)
    if all(has(fallback, letter) for letter in letters):
        return letters, fallback
    path = system_font(letters)
    if path is not None:
        return letters, ImageFont.truetype(path, text.size_px)
    left = without_missing(fallback, letters)
    return left, font if all(has(font, letter) for letter in left) else fallback


def _width(text: Text) -> float:
    letters, font = _written(text)
    return float(font.getlength(letters))


def _rounded(size_wh: tuple[int, int], radius: float) -> Image.Image:
    """Opacity of a rectangle with round corners."""
    width, height = (side * OVERSAMPLING for side in size_wh)
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, width - 1, height - 1), radius=radius * OVERSAMPLING, fill=255
    )
    return mask.resize(size_wh, Image.Resampling.BOX)
