"""Procedural people: motion of the actions, a camera, a drawn figure, clips with their truth.

The names load when they are first used: motion alone needs neither OpenCV nor a video library.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
