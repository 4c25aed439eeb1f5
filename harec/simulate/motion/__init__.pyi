from .asanas import asana_joints, asana_posture, camera_yaw
from .motion import EVERYDAY, MOTIONS, STYLES, make_motion, perform
from .posture import Posture, mix, placed

__all__ = [
    "EVERYDAY",
    "MOTIONS",
    "STYLES",
    "Posture",
    "asana_joints",
    "asana_posture",
    "camera_yaw",
    "make_motion",
    "mix",
    "perform",
    "placed",
]
