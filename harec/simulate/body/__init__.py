"""A simulated body: its measures, its bones, and where its joints are."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
