from .base import (
    DETECTRON2_DETECTION_THRESHOLD,
    MODES,
    BatchPoseEngine,
    FollowingPoseEngine,
    Mode,
    PoseEngine,
    Precision,
)
from .movenet import MoveNetEstimator
from .registry import (
    ESTIMATORS,
    DefaultEstimator,
    check_precision,
    create_estimator,
    default_estimator,
)

__all__ = [
    "DETECTRON2_DETECTION_THRESHOLD",
    "ESTIMATORS",
    "MODES",
    "BatchPoseEngine",
    "DefaultEstimator",
    "FollowingPoseEngine",
    "Mode",
    "MoveNetEstimator",
    "PoseEngine",
    "Precision",
    "check_precision",
    "create_estimator",
    "default_estimator",
]
