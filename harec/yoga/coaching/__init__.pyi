from .coach import AsanaCoach, Coaching
from .cues import CUES
from .judge import Feedback
from .person_choice import Prominent
from .references import FORMAT, VERSION, References, load_references
from .remarks import not_judged, remark
from .viewpoint import body_breadth, sure_keypoints

__all__ = [
    "CUES",
    "FORMAT",
    "VERSION",
    "AsanaCoach",
    "Coaching",
    "Feedback",
    "Prominent",
    "References",
    "body_breadth",
    "load_references",
    "not_judged",
    "remark",
    "sure_keypoints",
]
