"""Who is in a camera's frame: engine and tracking, the same for actions and for yoga."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.analysis.engines import estimator_of
from harec.analysis.results import AnalysisSettings
from harec.analysis.stream_poses import StreamPoses
from harec.core.poses import Poses, TrackedPerson
from harec.pose.base import PoseEngine
from harec.pose.registry import ESTIMATORS
from harec.tracking.selection import TrackSelector

#: A person whom the engine misses in a frame or two stays present for this long.
HOLD_S: Final = 0.35


class FrameInference:
    """Estimates and tracks the people of one frame after the other.

    Args:
        settings: see `change`.
        estimator: to use instead of the one that the settings name.

    Attributes:
        present: id -> the person, as last seen: those of the newest frame, and those who were
            missed for no longer than `HOLD_S`.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    def __init__(self, settings: AnalysisSettings, estimator: PoseEngine | None = None) -> None:
        self.settings = settings
        self._own_estimator = estimator is None
        self.stream = StreamPoses(estimator or estimator_of(settings))
        self.reset()

    def reset(self) -> None:
        """Forget all people; ids start at 1 again."""
        self._selector = TrackSelector(self.settings.selection)
        self._forget_recent()

    def end_stream(self) -> None:
        """What comes next does not follow on; ids are not used again."""
        self._selector.reset()
        self._forget_recent()

    def _forget_recent(self) -> None:
        self.stream.reset()
        self._shot = 0
        self._recent: dict[int, tuple[float, TrackedPerson]] = {}

    def change(self, settings: AnalysisSettings) -> None:
        """Continue with other settings; takes a moment when another engine is to be loaded.

        Raises:
            ModelError: the engine's files are missing or damaged; the old settings stay.
        """
        if self._own_estimator and _model_part(settings) != _model_part(self.settings):
            self.stream.engine = estimator_of(settings)
        self.settings = settings
        self._selector.settings = settings.selection

    def update(self, time_s: float, rgb: NDArray[np.uint8]) -> list[TrackedPerson]:
        """The people of one frame, in order of id.

        Args:
            time_s: later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        poses = self._estimate(time_s, rgb)
        if poses.camera.shot != self._shot:
            self._shot, self._recent = poses.camera.shot, {}
        people = self._selector.update(time_s, poses)
        self._recent.update({person.id: (time_s, person) for person in people})
        self._recent = {i: last for i, last in self._recent.items() if time_s - last[0] <= HOLD_S}
        return people

    @property
    def present(self) -> dict[int, TrackedPerson]:
        return {i: person for i, (_, person) in sorted(self._recent.items())}

    def _estimate(self, time_s: float, rgb: NDArray[np.uint8]) -> Poses:
        """The engine's detections, in pixels of the frame; it sees large frames scaled down."""
        height, width = rgb.shape[:2]
        scale = ESTIMATORS[self.settings.estimator].frame_side / max(height, width)
        if scale < 1:
            size_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
            rgb = np.asarray(cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
        return self.stream.estimate([time_s], [rgb], (width, height))[0]


def brightness(rgb: NDArray[np.uint8]) -> float:
    """About the mean of a frame, 0..1."""
    return float(rgb[::8, ::8].mean()) / 255


def _model_part(settings: AnalysisSettings) -> tuple[object, ...]:
    """The settings that take another estimator when they change."""
    detection = settings.thresholds.detection_threshold
    engine = settings.estimator, settings.mode, settings.precision
    return *engine, settings.max_people, detection
