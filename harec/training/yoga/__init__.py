"""What makes the yoga models: photos in, the classifier and the reference angles out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
