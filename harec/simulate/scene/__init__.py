"""What is around simulated people: backdrop, camera, floor, and all of it in one frame."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
