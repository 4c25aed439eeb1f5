from .angles import ANGLE_NAMES, KEYPOINTS_OF, MIRROR_ANGLES, Angles, joint_angles, named
from .asanas import ASANAS, PHOTO_ASANAS, Asana, Side, title
from .classifier import COLUMN, NO_ASANA, AsanaConfig, AsanaModel, Weights, load_asana_model
from .features import NUM_FEATURES, body_scale, extract_features, mirrored, trunk_of

__all__ = [
    "ANGLE_NAMES",
    "ASANAS",
    "COLUMN",
    "KEYPOINTS_OF",
    "MIRROR_ANGLES",
    "NO_ASANA",
    "NUM_FEATURES",
    "PHOTO_ASANAS",
    "Angles",
    "Asana",
    "AsanaConfig",
    "AsanaModel",
    "Side",
    "Weights",
    "body_scale",
    "extract_features",
    "joint_angles",
    "load_asana_model",
    "mirrored",
    "named",
    "title",
    "trunk_of",
]
