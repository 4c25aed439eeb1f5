from .container import FORMATS, MAX_PIXELS, VideoInfo, display_name
from .cuts import CutDetector
from .frame import Frame, UnseenFrame
from .reader import VideoReader, probe
from .writer import VideoWriter

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "CutDetector",
    "Frame",
    "UnseenFrame",
    "VideoInfo",
    "VideoReader",
    "VideoWriter",
    "display_name",
    "probe",
]
