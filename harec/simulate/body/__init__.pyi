from .body import Body
from .kinematics import Array, Track, joints_of, mix_directions, rotate, solve_arms, unit
from .rig import Bone, Measures, bone_frames

__all__ = [
    "Array",
    "Body",
    "Bone",
    "Measures",
    "Track",
    "bone_frames",
    "joints_of",
    "mix_directions",
    "rotate",
    "solve_arms",
    "unit",
]
