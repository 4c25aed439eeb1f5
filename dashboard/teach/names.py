"""What the page calls actions, and their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harec.actions.labels import OTHER
from harec.render.palette import color_of, title

#: What is none of the actions.
OTHER_TITLE: Final = "Nothing of these"


def shown(label: str) -> str:
    """A name as people read it."""
    return OTHER_TITLE if label == OTHER else title(label)


def color(label: str, labels: Sequence[str]) -> str:
    """Hex colour of a name among those that the examples have; see `color_of`."""
    return color_of(label, tuple(each for each in labels if each != OTHER))
