"""What the coach found, for eye and file: frames, annotated video, timeline, report, export."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
