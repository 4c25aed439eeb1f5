"""Live: a camera's pictures in, the same pictures with everybody's actions out, without lag.

`LiveSession` is one viewer; the web page, the command line and (with its own pipeline) yoga use it.
"""

from harec.live.scheduler import FairScheduler, process_scheduler
from harec.live.session import LiveSession
from harec.live.stream import LiveStream
from harec.live.types import (
    LivePerson,
    LiveResult,
    LiveState,
    LiveView,
)

__all__ = [
    "FairScheduler",
    "LivePerson",
    "LiveResult",
    "LiveSession",
    "LiveState",
    "LiveStream",
    "LiveView",
    "process_scheduler",
]
