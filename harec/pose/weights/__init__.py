"""Weights that don't ship with harec: fetched once, checked, and kept for the user.

`fetch` brings them into the user's store, `locate` and `load` find and read them. A `WeightsSpec`
says what they are, where they come from and belong, and has the words for people.
"""

from harec.pose.weights.spec import DETECTRON2, WeightsSpec
from harec.pose.weights.store import Record, check, fetch, load, locate, remove
from harec.pose.weights.transfer import OnProgress, Transfer

__all__ = [
    "DETECTRON2",
    "OnProgress",
    "Record",
    "Transfer",
    "WeightsSpec",
    "check",
    "fetch",
    "load",
    "locate",
    "remove",
]
