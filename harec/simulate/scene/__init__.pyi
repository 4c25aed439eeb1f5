from .asana_figure import draw_asana, practice_scene, yoga_look
from .backdrop import BACKDROPS
from .scene import Scene

__all__ = [
    "BACKDROPS",
    "Scene",
    "draw_asana",
    "practice_scene",
    "yoga_look",
]
