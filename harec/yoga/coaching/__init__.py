"""How well an asana is held, and what a teacher would say: references, judgement, cues, words."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
