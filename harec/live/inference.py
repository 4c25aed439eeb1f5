"""Who is in a camera's picture: engine and tracking, the same for actions and for yoga."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.analysis.engines import estimator_of
from harec.analysis.results import AnalysisSettings
from harec.core.poses import (
    FloatArray,
    Poses,
    TrackedPerson,
)
from harec.pose.base import PoseEngine
from harec.pose.registry import ESTIMATORS
from harec.tracking.selection import TrackSelector

#: Somebody whom the engine misses for a look or two stays in the picture for this long.
HOLD_S: Final = 0.35


class FrameInference:
    """Sees one frame after the other.

    Args:
        settings: see `change`.
        estimator: to use instead of the one that the settings name.

    Attributes:
        there: id -> the person, as last seen: those of the newest frame, and those who were
            missed for no longer than `HOLD_S`.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    def __init__(self, settings: AnalysisSettings, estimator: PoseEngine | None = None) -> None:
        self.settings = settings
        self._own_estimator = estimator is None
        self.estimator = estimator or estimator_of(settings)
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids start at 1 again."""
        self._selector = TrackSelector(self.settings.selection)
        self._forget_now()

    def end_stream(self) -> None:
        """What comes next does not follow on; ids are not used again."""
        self._selector.reset()
        self._forget_now()

    def _forget_now(self) -> None:
        self.estimator.reset()
        self._seen: dict[int, tuple[float, TrackedPerson]] = {}

    def change(self, settings: AnalysisSettings) -> None:
        """Go on with other settings; takes a moment when another engine is to be loaded.

        Raises:
            ModelError: the engine's files are missing or damaged; the old settings stay.
        """
        if self._own_estimator and _model_part(settings) != _model_part(self.settings):
            self.estimator = estimator_of(settings)
        self.settings = settings
        self._selector.settings = settings.selection

    def update(self, time_s: float, rgb: NDArray[np.uint8]) -> list[TrackedPerson]:
        """The people of one frame, whom we follow already first.

        Args:
            time_s: later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        people = self._selector.update(time_s, self._estimate(rgb))
        self._seen.update({person.id: (time_s, person) for person in people})
        self._seen = {i: seen for i, seen in self._seen.items() if time_s - seen[0] <= HOLD_S}
        return people

    @property
    def there(self) -> dict[int, TrackedPerson]:
        return {i: person for i, (_, person) in sorted(self._seen.items())}

    def _estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """The engine's finds, in pixels of the frame; it sees large frames scaled down."""
        height, width = rgb.shape[:2]
        scale = ESTIMATORS[self.settings.estimator].frame_side / max(height, width)
        if scale >= 1:
            return self.estimator.estimate(rgb)
        size_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
        small = cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA)
        poses = self.estimator.estimate(np.asarray(small, np.uint8))
        back: FloatArray = np.array([width / size_wh[0], height / size_wh[1], 1], np.float32)
        return Poses(poses.keypoints_xyc * back, poses.scores)


def brightness(rgb: NDArray[np.uint8]) -> float:
    """About the mean of a frame, 0..1."""
    return float(rgb[::8, ::8].mean()) / 255


def _model_part(settings: AnalysisSettings) -> tuple[object, ...]:
    """What takes another estimator."""
    detection = settings.thresholds.detection_threshold
    engine = settings.estimator, settings.mode, settings.precision
    return *engine, settings.max_people, detection
