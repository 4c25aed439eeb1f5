"""Colours and names of the actions, the same in the timeline, the overlay and the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harec.render.drawing import DRAWING, hex_rgb

_ACTIONS: Final[dict[str, dict[str, str]]] = DRAWING["actions"]

#: Label -> hex colour. Told apart by people with colour-vision deficiency (Okabe & Ito, 2008),
#: with enough contrast on both a light and a dark page.
ACTION_COLORS: Final = {label: each["color"] for label, each in _ACTIONS.items()}

#: Of taught actions, in the order of their set: as far from those and from each other as those are
#: among themselves, for all eyes. A test measures that; from the eleventh on they come again.
TAUGHT_COLORS: Final[tuple[str, ...]] = tuple(DRAWING["taught"])

#: Label -> what people read.
TITLES: Final = {label: each["title"] for label, each in _ACTIONS.items()}


def title(label: str) -> str:
    """What people read for a label: an unknown one as it is, if in capitals in plain letters."""
    if label in TITLES:
        return TITLES[label]
    plain = label.replace("_", " ").strip()
    return plain.capitalize() if label.isupper() else plain[:1].upper() + plain[1:]


def color_of(label: str, taught: Sequence[str] = ()) -> str:
    """Hex colour of a label; the colour of OTHER for one that is neither built-in nor taught.

    Args:
        taught: the actions of the set that the label may belong to, in their order.
    """
    if label in ACTION_COLORS:
        return ACTION_COLORS[label]
    if label in taught:
        return TAUGHT_COLORS[list(taught).index(label) % len(TAUGHT_COLORS)]
    return ACTION_COLORS["OTHER"]


def rgb(label: str, taught: Sequence[str] = ()) -> tuple[int, int, int]:
    """The same as 0..255 red, green, blue."""
    return hex_rgb(color_of(label, taught))


def text_on(color_rgb: tuple[int, int, int]) -> str:
    """Black or white, whichever is easier to read on a colour 0..255 (WCAG luminance)."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in color_rgb]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#101418" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"
