"""Live: a camera's frames in, the same frames with all people's actions out, without lag.

`LiveSession` is one viewer; the web page, the command line and (with a pipeline of its own, see
`Pipeline`) yoga use it. `FairScheduler` shares the model among the sessions of a process.
"""

from harec.live.protocols import Draw, History, MakePipeline, Pipeline
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
    "Draw",
    "FairScheduler",
    "History",
    "LivePerson",
    "LiveResult",
    "LiveSession",
    "LiveState",
    "LiveStream",
    "LiveView",
    "MakePipeline",
    "Pipeline",
    "process_scheduler",
]
