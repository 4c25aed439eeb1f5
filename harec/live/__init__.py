"""Live: a camera's frames in, the same frames with all people's actions out, without lag.

`LiveSession` is one viewer; the web page, the command line and (with a pipeline of its own, see
`Pipeline`) yoga use it. `FairScheduler` shares the model among the sessions of a process.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
