"""What a pose engine is."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harec.poses import Poses

Mode = Literal["lightweight", "balanced", "performance"]
MODES: tuple[Mode, ...] = ("lightweight", "balanced", "performance")


@runtime_checkable
class PoseEstimator(Protocol):
    """Finds the people of a frame. One instance follows one stream of frames."""

    #: Short name for reports: ``movenet``, ``detectron2``.
    name: str

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """People in an RGB frame uint8 (H, W, 3), most prominent first."""
        ...

    def reset(self) -> None:
        """Forget the people that are being followed: a new video, a cut or a gap comes next."""
        ...
