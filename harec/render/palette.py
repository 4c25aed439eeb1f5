"""Colours and names of the actions, the same in the timeline, the overlay and the tables."""

from __future__ import annotations

from typing import Final

from harec.render.drawing import DRAWING, hex_rgb

_ACTIONS: Final[dict[str, dict[str, str]]] = DRAWING["actions"]

#: Label -> hex colour. Told apart by people with colour-vision deficiency (Okabe & Ito, 2008),
#: with enough contrast on both a light and a dark page.
ACTION_COLORS: Final = {label: each["color"] for label, each in _ACTIONS.items()}

#: Label -> what people read.
TITLES: Final = {label: each["title"] for label, each in _ACTIONS.items()}


def title(label: str) -> str:
    """What people read for a label: an unknown one as it is, if in capitals in plain letters."""
    if label in TITLES:
        return TITLES[label]
    plain = label.replace("_", " ").strip()
    return plain.capitalize() if label.isupper() else plain[:1].upper() + plain[1:]


def rgb(label: str) -> tuple[int, int, int]:
    """Colour of a label as 0..255 red, green, blue; the colour of OTHER for an unknown label."""
    return hex_rgb(ACTION_COLORS.get(label, ACTION_COLORS["OTHER"]))


def text_on(color_rgb: tuple[int, int, int]) -> str:
    """Black or white, whichever is easier to read on a colour 0..255 (WCAG luminance)."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in color_rgb]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#101418" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"
