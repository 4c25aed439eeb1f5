from .engines import estimator_of
from .export import json_text, timings_dict, video_dict, write_csv, write_json
from .labeler import Labeler, segment_settings
from .pose_pass import PosePassResult, TrackCollector
from .results import Analysis, AnalysisSettings, PersonResult
from .tables import (
    SegmentRow,
    action_totals,
    clock,
    duration_words,
    end_of,
    repetition_words,
    segment_rows,
    short_number,
    stopwatch,
)
from .video_job import VideoTask, run_video_job, timings_of

__all__ = [
    "Analysis",
    "AnalysisSettings",
    "Labeler",
    "PersonResult",
    "PosePassResult",
    "SegmentRow",
    "TrackCollector",
    "VideoTask",
    "action_totals",
    "clock",
    "duration_words",
    "end_of",
    "estimator_of",
    "json_text",
    "repetition_words",
    "run_video_job",
    "segment_rows",
    "segment_settings",
    "short_number",
    "stopwatch",
    "timings_dict",
    "timings_of",
    "video_dict",
    "write_csv",
    "write_json",
]
