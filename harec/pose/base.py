"""What a pose engine is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import Poses

Mode = Literal["lightweight", "balanced", "performance"]
MODES: tuple[Mode, ...] = ("lightweight", "balanced", "performance")
#: ``mixed``: int8 for people who are easy to see, float for the others.
Precision = Literal["float", "mixed", "int8"]
PRECISIONS: tuple[Precision, ...] = ("float", "mixed", "int8")
#: ``auto``: mixed where the processor is fast with int8 and the engine has it, else float.
AnyPrecision = Literal["auto", "float", "mixed", "int8"]
ANY_PRECISION: tuple[AnyPrecision, ...] = ("auto", *PRECISIONS)
#: Score below which Detectron2 drops a detection: SCORE_THRESH_TEST of the article.
DETECTRON2_DETECTION_THRESHOLD: Final = 0.5


@runtime_checkable
class PoseEngine(Protocol):
    """Finds the people of a frame. One instance follows one stream of frames."""

    #: Short name for reports: ``movenet``, ``detectron2``.
    name: str

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """People in an RGB frame uint8 (H, W, 3), most prominent first."""
        ...

    def reset(self) -> None:
        """Forget the people that are being followed: a new video, a cut or a gap comes next."""
        ...


@runtime_checkable
class FollowingPoseEngine(PoseEngine, Protocol):
    """An engine that follows people from frame to frame, and wants to know when each frame was."""

    def estimate_at(self, time_s: float, rgb: NDArray[np.uint8]) -> Poses:
        """`estimate` of the frame at a time in seconds of the stream, which grows."""
        ...


@runtime_checkable
class SelectivePoseEngine(FollowingPoseEngine, Protocol):
    """An engine that can look at some of the people whom it follows."""

    def estimate_some(
        self, time_s: float, rgb: NDArray[np.uint8], only: frozenset[int] | None
    ) -> Poses:
        """`FollowingPoseEngine.estimate_at`, of the people with these numbers (`Poses.followed`),
        and newcomers; the others are followed on from where they were. None = everybody."""
        ...


@runtime_checkable
class BatchPoseEngine(PoseEngine, Protocol):
    """An engine without memory from frame to frame, which gains by seeing several at once."""

    #: How many frames to bring at once; 1 where more gain nothing.
    batch_size: int

    def estimate_batch(self, frames: Sequence[NDArray[np.uint8]]) -> list[Poses]:
        """`estimate` of each RGB frame; the frames are of one size."""
        ...


def precision_in_use(engine: PoseEngine) -> Precision | None:
    """Of the numbers that an engine's networks compute with; None = it doesn't say."""
    precision: Precision | None = getattr(engine, "precision", None)
    return precision


def estimate_frame(
    engine: PoseEngine,
    rgb: NDArray[np.uint8],
    time_s: float | None,
    only: frozenset[int] | None = None,
) -> Poses:
    """People in an RGB frame, for engines that follow them and others.

    Args:
        time_s: in seconds of the stream, later than at the call before; None = not known.
        only: see `SelectivePoseEngine`; other engines look at everybody.
    """
    if time_s is not None and only is not None and isinstance(engine, SelectivePoseEngine):
        return engine.estimate_some(time_s, rgb, only)
    if time_s is not None and isinstance(engine, FollowingPoseEngine):
        return engine.estimate_at(time_s, rgb)
    return engine.estimate(rgb)
