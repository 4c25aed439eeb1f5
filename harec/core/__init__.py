"""What every room uses: skeleton, poses, images, geometry, files, threads, jobs, errors.

It imports no other room. Names are loaded when they are first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
