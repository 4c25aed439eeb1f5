from .annotated_video import redraw, render_video
from .overlay import PersonOverlay, draw_people, draw_skeletons
from .pipeline import analyze_and_render
from .timeline import timeline_figure

__all__ = [
    "PersonOverlay",
    "analyze_and_render",
    "draw_people",
    "draw_skeletons",
    "redraw",
    "render_video",
    "timeline_figure",
]
