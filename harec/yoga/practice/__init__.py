"""Photos, practice videos and the live coach: who is coached, what is held when, in what order."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
