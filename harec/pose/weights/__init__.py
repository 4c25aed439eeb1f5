"""Weights that don't ship with harec: fetched once, checked, and kept for the user.

`fetch` brings them into the user's store (`spec` says which there are, from where and to where),
`locate` and `load` find and read them; `how_to_get` and `other_ways` are the words for people.
"""

from harec.pose.weights.spec import DETECTRON2, WeightsSpec, how_to_get, other_ways
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
    "how_to_get",
    "load",
    "locate",
    "other_ways",
    "remove",
]
