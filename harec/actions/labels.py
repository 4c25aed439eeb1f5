"""The actions that harec names, in the order of the article's data set, and "other"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ACTIONS: Final[tuple[str, ...]] = (
    "JUMPING",
    "JUMPING_JACKS",
    "BOXING",
    "WAVING_2HANDS",
    "WAVING_1HAND",
    "CLAPPING_HANDS",
)
OTHER: Final = "OTHER"
#: What the network's outputs mean: the six actions, then OTHER.
LABELS: Final[tuple[str, ...]] = (*ACTIONS, OTHER)


def own_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Those that are not built-in, each once, in their order."""
    return tuple(label for label in dict.fromkeys(labels) if label not in LABELS)
