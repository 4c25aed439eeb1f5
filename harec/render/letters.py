"""Which font has the letters of a text: labels may be in any script.

The fonts that come along have Latin, Greek, Cyrillic, Arabic, Hebrew and some more letters; for
others (Chinese, Japanese, Korean, Hindi, Thai ...) the machine's own are asked. A letter that no
font has is left out, rather than drawn as a box.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

#: No font has a letter here, so what is drawn is what stands for all letters that are missing.
_NO_LETTER: Final = "\U0010ffff"
_LETTERS_PX: Final = 24
_ENDINGS: Final = (".ttf", ".otf", ".ttc")
#: In place of a text of which no font has any letter.
NOTHING: Final = "…"


@lru_cache(maxsize=4096)
def has(font: Font, letter: str) -> bool:
    """Whether a font can draw a letter. What is never drawn (joiners, spaces) every font has."""
    return letter.isspace() or _unseen(letter) or _draws(font, letter)


def _unseen(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f"


def _draws(font: Font, letter: str) -> bool:
    alone = _unshaped(font)
    return bytes(alone.getmask(letter)) != bytes(alone.getmask(_NO_LETTER))


@lru_cache(maxsize=64)
def _unshaped(font: Font) -> Font:
    """The font letter by letter: else a mark without its letter gets a circle to stand on."""
    if isinstance(font, ImageFont.FreeTypeFont):
        return font.font_variant(layout_engine=ImageFont.Layout.BASIC)
    return font


def without_missing(font: Font, text: str) -> str:
    """A text without the letters that a font lacks."""
    kept = "".join(
        letter for letter in text if letter.isspace() or (not _unseen(letter) and has(font, letter))
    )
    return " ".join(kept.split()) or NOTHING


@lru_cache(maxsize=256)
def system_font(text: str) -> Path | None:
    """A font of this machine with all letters of a text; None: there is none."""
    for path in _system_fonts():
        try:
            font = ImageFont.truetype(path, _LETTERS_PX)
            if all(has(font, letter) for letter in text):
                return path
        except (OSError, ValueError):  # pictures instead of letters, or not a font
            continue
    return None


@cache
def _system_fonts() -> tuple[Path, ...]:
    """Fonts of this machine, the plain ones without serifs first."""

    def rank(path: Path) -> tuple[bool, bool, str]:
        name = path.stem.lower()
        plain = not any(word in name for word in ("bold", "italic", "oblique", "thin", "black"))
        return not plain, "serif" in name or "mono" in name, name

    return tuple(sorted((p for folder in _folders() for p in _files(folder)), key=rank))


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root) / name for name in names if name.lower().endswith(_ENDINGS))


def _folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",)
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"
    return Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts"
