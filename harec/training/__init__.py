"""What makes the action model: archives of clips, augmentation, training, calibration, figures.

`harec.training.extract.extract` and `harec.training.evaluate.evaluate` are named like their
modules and are imported from there.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
