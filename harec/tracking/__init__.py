"""The same person keeps the same id: which detections are tracked, and who is who."""

from harec.tracking.selection import SelectionSettings, TrackSelector
from harec.tracking.tracker import PersonTracker

__all__ = ["PersonTracker", "SelectionSettings", "TrackSelector"]
