from .annotated_video import render_practice
from .curves import practice_end_s
from .export import photo_dict, practice_csv, practice_dict, refused_dict
from .overlay import draw_coaching, draw_cue
from .report import write_report
from .timeline import practice_figure

__all__ = [
    "draw_coaching",
    "draw_cue",
    "photo_dict",
    "practice_csv",
    "practice_dict",
    "practice_end_s",
    "practice_figure",
    "refused_dict",
    "render_practice",
    "write_report",
]
