"""What a live session asks of the pipeline that sees its frames, and of what draws on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from harec.analysis.results import AnalysisSettings
from harec.live.types import LiveResult

RGB = NDArray[np.uint8]

ExtraT = TypeVar("ExtraT")
ExtraT_co = TypeVar("ExtraT_co", covariant=True)


class History(Protocol):
    """What a pipeline keeps of all that it saw, beyond the camera's end; read by any thread."""

    def totals(self) -> Mapping[str, int]:
        """Action or asana -> how often."""


class Pipeline(Protocol[ExtraT_co]):
    """Sees one frame after the other, for one thread; see `harec.live.pipeline.LivePipeline`.

    ``ExtraT_co`` is the type of `LiveResult.extra`, None where there is no more to say than who
    does what.
    """

    @property
    def history(self) -> History: ...

    def update(self, time_s: float, rgb: RGB) -> LiveResult[ExtraT_co]: ...
    def change(self, settings: AnalysisSettings) -> None: ...
    def relabel(self, settings: AnalysisSettings) -> None: ...
    def reset(self) -> None: ...
    def end_stream(self) -> None: ...


MakePipeline = Callable[[AnalysisSettings], Pipeline[ExtraT]]
#: Frame, newest result, whether to mirror, keypoint threshold -> the frame to show; see
#: `harec.live.annotate.annotate_frame`.
Draw = Callable[[RGB, LiveResult[ExtraT] | None, bool, float], RGB]
