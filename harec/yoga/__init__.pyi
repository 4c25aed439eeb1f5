from .live import CoachSession

__all__ = [
    "CoachSession",
]
