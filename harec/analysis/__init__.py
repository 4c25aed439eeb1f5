"""A whole video, from file to each person's actions: settings, pose pass, labels, results, exports.

It draws nothing. The function itself is `harec.analysis.analyze.analyze`; names below are loaded
when they are first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
