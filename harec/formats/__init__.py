"""Other programs' files, both ways: segments and keypoints, out and in; a module a format."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
