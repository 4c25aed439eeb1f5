from .train import YogaPlan, train_yoga

__all__ = [
    "YogaPlan",
    "train_yoga",
]
