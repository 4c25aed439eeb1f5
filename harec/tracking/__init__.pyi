from .selection import SelectionSettings, TrackSelector
from .tracker import PersonTracker

__all__ = [
    "PersonTracker",
    "SelectionSettings",
    "TrackSelector",
]
