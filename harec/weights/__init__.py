"""Weights that don't ship with harec: they are fetched once, checked, and kept for the user."""

from __future__ import annotations

from harec.weights.store import (
    DETECTRON2,
    WeightsSpec,
    fetch,
    how_to_get,
    load,
    locate,
    remove,
)
from harec.weights.transfer import Transfer

__all__ = [
    "DETECTRON2",
    "Transfer",
    "WeightsSpec",
    "fetch",
    "how_to_get",
    "load",
    "locate",
    "remove",
]
