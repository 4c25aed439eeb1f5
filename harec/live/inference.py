"""Who is in a camera's frame: engine and tracking, the same for actions and for yoga."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.analysis.engines import estimator_of
from harec.analysis.results import AnalysisSettings
from harec.analysis.sampling import AutoSampler, EveryNth, Look, Sampler
from harec.analysis.stream_poses import StreamPoses
from harec.core.images import fitted_box, thumbnail, with_bars
from harec.core.poses import Poses, TrackedPerson
from harec.pose.base import PoseEngine
from harec.pose.registry import ESTIMATORS
from harec.tracking.selection import TrackSelector

#: A person whom the engine misses in a frame or two stays present for this long.
HOLD_S: Final = 0.35
_NONE_YET: Final = (0, 0)


class FrameInference:
    """Estimates and tracks the people of one frame after the other.

    Args:
        settings: see `change`.
        estimator: to use instead of the one that the settings name.
        may_rest: whether frames are passed over in which nobody need be looked at, where ``skip``
            is auto.

    Attributes:
        looked: whether the engine saw the newest frame.
        size_wh: of the stream's first frame, in whose pixels people are; (0, 0) before it. Browsers
            send smaller frames when the network is busy, and phones are turned: frames of another
            size are fitted into it, as those of a file are.
        present: id -> the person, as last seen: those of the newest frame, and those who were
            missed for no longer than `HOLD_S`.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    def __init__(
        self,
        settings: AnalysisSettings,
        estimator: PoseEngine | None = None,
        *,
        may_rest: bool = True,
    ) -> None:
        self.settings = settings
        self._may_rest = may_rest
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
        self._sampler: Sampler | None = None  # of the stream, once its size is known
        self.looked = False
        self._shot = 0
        self.size_wh = self._frame_wh = _NONE_YET
        self._recent: dict[int, tuple[float, TrackedPerson]] = {}

    def change(self, settings: AnalysisSettings) -> None:
        """Continue with other settings; takes a moment when another engine is to be loaded.

        Raises:
            ModelError: the engine's files are missing or damaged; the old settings stay.
        """
        if self._own_estimator and _model_part(settings) != _model_part(self.settings):
            self.stream.engine = estimator_of(settings)
            self._sampler = None
        if settings.skip != self.settings.skip:
            self._sampler = None
        self.settings = settings
        self._selector.settings = settings.selection

    def update(self, time_s: float, rgb: NDArray[np.uint8]) -> list[TrackedPerson]:
        """The people of one frame who were looked at, in order of id.

        Args:
            time_s: later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        poses = self._look(time_s, rgb)
        self.looked = poses is not None
        if poses is None:
            return []
        if poses.camera.shot != self._shot:
            self._shot, self._recent = poses.camera.shot, {}
        people = self._selector.update(time_s, poses)
        self._recent.update({person.id: (time_s, person) for person in people})
        self._recent = {i: last for i, last in self._recent.items() if time_s - last[0] <= HOLD_S}
        return people

    @property
    def present(self) -> dict[int, TrackedPerson]:
        return {i: person for i, (_, person) in sorted(self._recent.items())}

    def _look(self, time_s: float, rgb: NDArray[np.uint8]) -> Poses | None:
        """The engine's detections, in pixels of ``size_wh``; None where it need not look."""
        frame_wh = (rgb.shape[1], rgb.shape[0])
        if self.size_wh == _NONE_YET:
            self.size_wh = frame_wh
        elif frame_wh != self._frame_wh:
            self.stream.engine.reset()  # it knows people by where they were in the other frames
            self._sampler = None
        self._frame_wh = frame_wh
        if self._sampler is None:
            rests = self._may_rest and self.settings.skip == "auto"
            self._sampler = AutoSampler(self.size_wh) if rests else EveryNth(0)

        def gray() -> NDArray[np.uint8]:
            return np.asarray(cv2.cvtColor(thumbnail(rgb), cv2.COLOR_RGB2GRAY), np.uint8)

        look = self._sampler.look(0, time_s, gray)
        if look is None:
            return None
        poses = self._estimate(time_s, rgb, look)
        self._sampler.saw(time_s, poses, gray)
        return poses

    def _estimate(self, time_s: float, rgb: NDArray[np.uint8], look: Look) -> Poses:
        """It sees large frames scaled down."""
        rgb = _shaped(rgb, self.size_wh)
        height, width = rgb.shape[:2]
        scale = ESTIMATORS[self.settings.estimator].frame_side / max(height, width)
        if scale < 1:
            small_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
            rgb = np.asarray(cv2.resize(rgb, small_wh, interpolation=cv2.INTER_AREA), np.uint8)
        return self.stream.estimate([time_s], [rgb], self.size_wh, look.only)[0]


def _shaped(rgb: NDArray[np.uint8], like_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """A frame between black bars that give it the shape of another one, in its own resolution."""
    height, width = rgb.shape[:2]
    scale = max(width / like_wh[0], height / like_wh[1])
    canvas_wh = (round(like_wh[0] * scale), round(like_wh[1] * scale))
    return with_bars(rgb, fitted_box((width, height), canvas_wh), canvas_wh)


def brightness(rgb: NDArray[np.uint8]) -> float:
    """About the mean of a frame, 0..1."""
    return float(rgb[::8, ::8].mean()) / 255


def _model_part(settings: AnalysisSettings) -> tuple[object, ...]:
    """The settings that take another estimator when they change."""
    detection = settings.thresholds.detection_threshold
    engine = settings.estimator, settings.mode, settings.precision
    return *engine, settings.max_people, detection
