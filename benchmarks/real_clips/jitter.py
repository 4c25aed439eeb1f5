"""The same film a little otherwise, as another camera beside it would have seen it.

Labels near a threshold come and go with changes that nobody sees, and of one short clip a figure
says as much about luck as about what it is to judge. Several views of each clip tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import Poses
from harec.pose.base import PoseEngine, estimate_frame, precision_in_use


@dataclass(frozen=True)
class Jitter:
    """A view of a film.

    Attributes:
        gain: brightness by which it differs.
        x, y: pixels that are cut off at the left and at the top.
    """

    gain: float = 1.0
    x: int = 0
    y: int = 0


#: The film itself, then others.
JITTERS: Final = (
    Jitter(),
    *(Jitter(1.03, 1, 0), Jitter(0.97, 0, 1), Jitter(1.06, 2, 1), Jitter(0.94, 1, 2)),
    *(Jitter(1.0, 3, 3), Jitter(1.02, 4, 0), Jitter(0.98, 0, 4), Jitter(1.01, 2, 0)),
    *(Jitter(0.99, 0, 2), Jitter(1.04, 0, 3), Jitter(0.96, 3, 1)),
)


class JitteredEngine:
    """A pose engine that sees such a view; people are in pixels of the film."""

    def __init__(self, engine: PoseEngine, jitter: Jitter) -> None:
        self.name, self.precision = engine.name, precision_in_use(engine)
        self._engine, self._jitter = engine, jitter
        self._levels = np.clip(np.arange(256) * jitter.gain, 0, 255).round().astype(np.uint8)

    def reset(self) -> None:
        self._engine.reset()

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        return self._estimate(rgb, None, None)

    def estimate_at(self, time_s: float, rgb: NDArray[np.uint8]) -> Poses:
        return self._estimate(rgb, time_s, None)

    def estimate_some(
        self, time_s: float, rgb: NDArray[np.uint8], only: frozenset[int] | None
    ) -> Poses:
        return self._estimate(rgb, time_s, only)

    def _estimate(
        self, rgb: NDArray[np.uint8], time_s: float | None, only: frozenset[int] | None
    ) -> Poses:
        x, y = self._jitter.x, self._jitter.y
        seen = np.ascontiguousarray(self._levels[rgb[y:, x:]])
        poses = estimate_frame(self._engine, seen, time_s, only)
        moved = poses.keypoints_xyc + np.array([x, y, 0], np.float32)
        return replace(poses, keypoints_xyc=moved)
