from .labeler import Labeler
from .observer import AnalysisChunk, AnalysisObserver, TrackSlice
from .results import Analysis, AnalysisSettings, PersonResult
from .video_job import VideoTask, run_video_job

__all__ = [
    "Analysis",
    "AnalysisChunk",
    "AnalysisObserver",
    "AnalysisSettings",
    "Labeler",
    "PersonResult",
    "TrackSlice",
    "VideoTask",
    "run_video_job",
]
