from .options import check_outputs

__all__ = [
    "check_outputs",
]
