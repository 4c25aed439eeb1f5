"""From a camera's frame to who does what: engine, tracking, recognition, counting. No threads."""

from __future__ import annotations

import time
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.actions.model import ActionModel, load_action_model
from harec.actions.recognizer import ActionRecognizer, PersonAction
from harec.actions.window import MAX_GAP_S, WindowBuilder
from harec.analysis import segment_settings
from harec.estimators import ESTIMATORS, create_estimator
from harec.estimators.base import PoseEstimator
from harec.following import PeopleFollower
from harec.live.history import LiveHistory
from harec.live.view import LivePerson, LiveResult
from harec.poses import FloatArray, Poses, TrackedPerson
from harec.results import AnalysisSettings

#: Somebody whom the engine misses for a look or two stays in the picture for this long.
HOLD_S: Final = 0.35
#: An answer that nothing newer follows is not shown for longer.
ANSWER_S: Final = 1.0


class LivePipeline:
    """Sees one frame after the other; the same recogniser as for whole videos.

    Args:
        settings: see `change`.
        estimator, model: to use instead of those that the settings name.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    def __init__(
        self,
        settings: AnalysisSettings,
        *,
        estimator: PoseEstimator | None = None,
        model: ActionModel | None = None,
    ) -> None:
        self.settings = settings
        self._model = model or load_action_model()
        self._own_estimator = estimator is None
        self._estimator = estimator or _engine(settings)
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen; ids start at 1 again."""
        segments = segment_settings(self.settings, self._model)
        self.history = LiveHistory(segments)
        self._follower = PeopleFollower(self.settings)
        self._recognizer = ActionRecognizer(
            self._model, segments, builder=WindowBuilder(max_gap_s=MAX_GAP_S)
        )
        self._forget_now()

    def _forget_now(self) -> None:
        self._estimator.reset()
        self._answers: dict[int, PersonAction] = {}
        self._seen: dict[int, tuple[float, TrackedPerson]] = {}

    def end_stream(self) -> None:
        """The camera stops, or what comes next does not follow on; the history stays."""
        self.history.end_stream(self._recognizer.finish())
        self._follower.reset()
        self._forget_now()

    def change(self, settings: AnalysisSettings) -> None:
        """Go on with other settings; takes a moment when another engine is to be loaded.

        Raises:
            ModelError: the engine's files are missing or damaged; the old settings stay.
        """
        if self._own_estimator and _model_part(settings) != _model_part(self.settings):
            self._estimator = _engine(settings)
        self.settings = self._follower.settings = settings
        self._recognizer.settings = segment_settings(settings, self._model)
        self.relabel(settings)

    def relabel(self, settings: AnalysisSettings) -> None:
        """Name what was seen lately as these settings say, at once; any thread."""
        self.history.settings = segment_settings(settings, self._model)

    def update(self, time_s: float, rgb: NDArray[np.uint8]) -> LiveResult:
        """One look.

        Args:
            time_s: session time, later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        start_s = time.perf_counter()
        poses = self._estimate(rgb)
        people = self._follower.update(time_s, poses)
        answers = self._recognizer.update(time_s, people)
        self.history.add(time_s, people, answers)
        self._answers.update({answer.person_id: answer for answer in answers})
        self._seen.update({person.id: (time_s, person) for person in people})
        self._seen = {i: seen for i, seen in self._seen.items() if time_s - seen[0] <= HOLD_S}
        self._answers = {i: a for i, a in self._answers.items() if time_s - a.end_s <= ANSWER_S}
        counts = self.history.repetitions(self._seen)
        return LiveResult(
            time_s=time_s,
            size_wh=(rgb.shape[1], rgb.shape[0]),
            people=tuple(
                self._person(person, counts[person_id])
                for person_id, (_, person) in sorted(self._seen.items())
            ),
            brightness=float(rgb[::8, ::8].mean()) / 255,
            model_s=time.perf_counter() - start_s,
        )

    def _person(self, person: TrackedPerson, repetitions: dict[str, int]) -> LivePerson:
        answer = self._answers.get(person.id)
        if answer is None:
            return LivePerson(person.id, person.keypoints_xyc, repetitions=repetitions)
        return LivePerson(
            person.id,
            person.keypoints_xyc,
            answer.action,
            answer.confidence,
            answer.probabilities,
            repetitions,
        )

    def _estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """The engine's finds, in pixels of the frame; it sees large frames scaled down."""
        height, width = rgb.shape[:2]
        scale = ESTIMATORS[self.settings.estimator].frame_side / max(height, width)
        if scale >= 1:
            return self._estimator.estimate(rgb)
        size_wh = (round(width * scale), round(height * scale))
        small = cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA)
        poses = self._estimator.estimate(np.asarray(small, np.uint8))
        back: FloatArray = np.array([width / size_wh[0], height / size_wh[1], 1], np.float32)
        return Poses(poses.keypoints_xyc * back, poses.scores)


def _model_part(settings: AnalysisSettings) -> tuple[object, ...]:
    """What takes another estimator."""
    detection = settings.thresholds.detection_threshold
    return settings.estimator, settings.mode, settings.max_people, detection


def _engine(settings: AnalysisSettings) -> PoseEstimator:
    return create_estimator(
        settings.estimator,
        mode=settings.mode,
        max_people=settings.max_people,
        detection_threshold=settings.detection_threshold,
    )
