"""How simulated people move: the six actions, everyday motion, asanas, as joints over time."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
