from .features import extract_features
from .labels import ACTIONS, LABELS, OTHER
from .model import DEFAULT_MODEL, ActionConfig, ActionLSTM, ActionModel, load_action_model
from .online_segments import OnlineSegmenter, find_segments
from .recognizer import ActionRecognizer, PersonAction
from .repetitions import COUNTED, RepetitionCounter, with_repetitions
from .segments import (
    DEFAULT_ACTION_THRESHOLD,
    Segment,
    SegmentSettings,
    smooth_tracklets,
    starts_new_tracklet,
)
from .windows import MAX_GAP_S, RATE_HZ, SPAN_S, STEPS, Window, WindowBuilder, reflect, resample

__all__ = [
    "ACTIONS",
    "COUNTED",
    "DEFAULT_ACTION_THRESHOLD",
    "DEFAULT_MODEL",
    "LABELS",
    "MAX_GAP_S",
    "OTHER",
    "RATE_HZ",
    "SPAN_S",
    "STEPS",
    "ActionConfig",
    "ActionLSTM",
    "ActionModel",
    "ActionRecognizer",
    "OnlineSegmenter",
    "PersonAction",
    "RepetitionCounter",
    "Segment",
    "SegmentSettings",
    "Window",
    "WindowBuilder",
    "extract_features",
    "find_segments",
    "load_action_model",
    "reflect",
    "resample",
    "smooth_tracklets",
    "starts_new_tracklet",
    "with_repetitions",
]
