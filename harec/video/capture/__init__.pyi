from .camera import Camera, CameraFrame
from .latest_frame import Patience

__all__ = [
    "Camera",
    "CameraFrame",
    "Patience",
]
