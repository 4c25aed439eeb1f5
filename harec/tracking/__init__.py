"""The same person keeps the same id: which detections are tracked, and who is who."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
