"""What was found, for the eye: drawn on frames, as annotated videos, and as timelines.

`analyze_and_render` is the way from a file to its analysis and its annotated video.
Names are loaded when they are first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
