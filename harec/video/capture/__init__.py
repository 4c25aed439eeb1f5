"""Cameras without a browser: `Camera` gives the frames of a device, a network camera or a file as
they happen.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
