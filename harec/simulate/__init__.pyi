from .body.body import Body
from .camera import Camera
from .clip import SimulatedFrame, simulate_frames, simulate_truth, write_clip
from .motion.asanas import asana_joints
from .motion.motion import MOTIONS, make_motion, perform
from .scene.asana_figure import draw_asana
from .scene.backdrop import BACKDROPS
from .spec import ClipSpec, parse_script
from .truth import TruePerson, TrueSegment, Truth
from .yoga_practice import Step, hold_motion, write_practice

__all__ = [
    "BACKDROPS",
    "MOTIONS",
    "Body",
    "Camera",
    "ClipSpec",
    "SimulatedFrame",
    "Step",
    "TruePerson",
    "TrueSegment",
    "Truth",
    "asana_joints",
    "draw_asana",
    "hold_motion",
    "make_motion",
    "parse_script",
    "perform",
    "simulate_frames",
    "simulate_truth",
    "write_clip",
    "write_practice",
]
