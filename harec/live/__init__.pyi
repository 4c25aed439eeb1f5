from .history import LiveHistory
from .inference import FrameInference, brightness
from .json_lines import ResultLines
from .pipeline import LivePipeline
from .protocols import RGB, Draw, History, MakePipeline, Pipeline
from .scheduler import FairScheduler, process_scheduler
from .session import LiveSession
from .stream import LiveStream
from .types import LivePerson, LiveResult, LiveState, LiveView

__all__ = [
    "RGB",
    "Draw",
    "FairScheduler",
    "FrameInference",
    "History",
    "LiveHistory",
    "LivePerson",
    "LivePipeline",
    "LiveResult",
    "LiveSession",
    "LiveState",
    "LiveStream",
    "LiveView",
    "MakePipeline",
    "Pipeline",
    "ResultLines",
    "brightness",
    "process_scheduler",
]
