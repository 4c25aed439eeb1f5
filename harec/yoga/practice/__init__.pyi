from .holds import Hold, HoldFinder, HoldNow, HoldSettings
from .image_file import RGB, is_photo, read_picture
from .live_history import CoachState, LivePractice, PracticeHistory
from .moments import SteadyKeypoints, coach_moment
from .photo import PHOTO_MODE, PhotoResult, coach_folder, coach_photo, photos_in
from .sequence import SequenceResult, Status, Step, StepResult, check_sequence, parse_sequence
from .spoken_cues import Speaker
from .still_pose import find_bodies
from .video import Practice, practice_settings, practise, relabel_practice

__all__ = [
    "PHOTO_MODE",
    "RGB",
    "CoachState",
    "Hold",
    "HoldFinder",
    "HoldNow",
    "HoldSettings",
    "LivePractice",
    "PhotoResult",
    "Practice",
    "PracticeHistory",
    "SequenceResult",
    "Speaker",
    "Status",
    "SteadyKeypoints",
    "Step",
    "StepResult",
    "check_sequence",
    "coach_folder",
    "coach_moment",
    "coach_photo",
    "find_bodies",
    "is_photo",
    "parse_sequence",
    "photos_in",
    "practice_settings",
    "practise",
    "read_picture",
    "relabel_practice",
]
