"""Weights that don't ship with harec: fetched once, checked, and kept for the user.

`fetch` brings them into the user's store, `locate` and `load` find and read them. A `WeightsSpec`
says what they are, where they come from and belong, and has the words for people.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
