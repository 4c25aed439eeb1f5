from .actions.labels import ACTIONS, LABELS
from .actions.recognizer import ActionRecognizer, PersonAction
from .actions.segments import Segment
from .analysis.results import Analysis, AnalysisSettings, PersonResult
from .api import analyze, load_result, relabel, render_video, teach
from .core.errors import (
    Cancelled,
    HarecError,
    InputError,
    ModelError,
    VideoError,
    WeightsError,
)
from .core.poses import Poses, TrackedPerson
from .core.progress import Progress
from .pose.estimator import PoseEstimator
from .render.overlay import draw_skeletons
from .taught.action_set import ActionSet
from .taught.examples import Example
from .tracking.tracker import PersonTracker
from .video.camera_follower import CameraFollower
from .yoga.practice.photo import coach_photo
from .yoga.practice.video import practise

__version__: str

__all__ = [
    "ACTIONS",
    "LABELS",
    "ActionRecognizer",
    "ActionSet",
    "Analysis",
    "AnalysisSettings",
    "CameraFollower",
    "Cancelled",
    "Example",
    "HarecError",
    "InputError",
    "ModelError",
    "PersonAction",
    "PersonResult",
    "PersonTracker",
    "PoseEstimator",
    "Poses",
    "Progress",
    "Segment",
    "TrackedPerson",
    "VideoError",
    "WeightsError",
    "__version__",
    "analyze",
    "coach_photo",
    "draw_skeletons",
    "load_result",
    "practise",
    "relabel",
    "render_video",
    "teach",
]
