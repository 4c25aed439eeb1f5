"""Colours and names of the actions, the same in the timeline, the overlay and the tables."""

from __future__ import annotations

from typing import Final

#: Label -> hex colour. Told apart by people with colour-vision deficiency (Okabe & Ito, 2008),
#: with enough contrast on both a light and a dark page.
ACTION_COLORS: Final[dict[str, str]] = {
    "JUMPING": "#0072B2",
    "JUMPING_JACKS": "#E69F00",
    "BOXING": "#D55E00",
    "WAVING_2HANDS": "#009E73",
    "WAVING_1HAND": "#56B4E9",
    "CLAPPING_HANDS": "#CC79A7",
    "OTHER": "#8A8F98",
}


#: Label -> what people read.
TITLES: Final[dict[str, str]] = {
    "JUMPING": "Jumping",
    "JUMPING_JACKS": "Jumping jacks",
    "BOXING": "Boxing",
    "WAVING_2HANDS": "Waving, both hands",
    "WAVING_1HAND": "Waving, one hand",
    "CLAPPING_HANDS": "Clapping hands",
    "OTHER": "Something else",
}


def title(label: str) -> str:
    """What people read for a label; an unknown label in plain letters."""
    return TITLES.get(label) or label.replace("_", " ").strip().capitalize()


def rgb(label: str) -> tuple[int, int, int]:
    """Colour of a label as 0..255 red, green, blue; the colour of OTHER for an unknown label."""
    return hex_rgb(ACTION_COLORS.get(label, ACTION_COLORS["OTHER"]))


def hex_rgb(color: str) -> tuple[int, int, int]:
    """``#RRGGBB`` as 0..255 red, green, blue."""
    value = color.lstrip("#")
    return int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16)


def text_on(color_rgb: tuple[int, int, int]) -> str:
    """Black or white, whichever is easier to read on a colour 0..255 (WCAG luminance)."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in color_rgb]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#101418" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"
