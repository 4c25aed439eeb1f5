"""People and their keypoints in a frame.

`base` says what a pose engine is, `registry` makes one by its name (`create_estimator`), and
`estimator` is the one that users call. `movenet` ships with harec; `detectron2` is imported only
when it is chosen, and `weights` fetches what it needs. Names are loaded when they are first used:
the pages ask `weights` for less than numpy.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
