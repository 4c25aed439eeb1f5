"""Yoga: which asana a body holds, on which side, how well, and what a teacher would say.

``recognition`` names asanas from keypoints, ``coaching`` judges them and finds the words,
``practice`` follows a photo, a video or a camera, ``output`` draws and writes what was found.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
