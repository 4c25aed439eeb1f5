from .spec import DETECTRON2, WeightsSpec, is_there
from .store import Record, check, fetch, load, locate, remove
from .transfer import OnProgress, Transfer

__all__ = [
    "DETECTRON2",
    "OnProgress",
    "Record",
    "Transfer",
    "WeightsSpec",
    "check",
    "fetch",
    "is_there",
    "load",
    "locate",
    "remove",
]
