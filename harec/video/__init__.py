"""Videos in and out: probe, read upright frames with their times, write H.264 for browsers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
