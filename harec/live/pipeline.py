"""From a camera's frame to who does what: engine, tracking, recognition, counting. No threads."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.model import load_action_model
from harec.actions.recognizer import ActionRecognizer, PersonAction, WindowModel
from harec.actions.windows import MAX_GAP_S, WindowBuilder
from harec.analysis.labeler import segment_settings
from harec.analysis.results import AnalysisSettings
from harec.core.poses import TrackedPerson
from harec.live.history import LiveHistory
from harec.live.inference import FrameInference, brightness
from harec.live.types import LivePerson, LiveResult
from harec.pose.base import PoseEngine

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
        estimator: PoseEngine | None = None,
        model: WindowModel | None = None,
    ) -> None:
        self.settings = settings
        self._model = model or load_action_model()
        self._inference = FrameInference(settings, estimator)
        self._begin()

    def reset(self) -> None:
        """Forget everything that was seen; ids start at 1 again."""
        self._inference.reset()
        self._begin()

    def _begin(self) -> None:
        segments = segment_settings(self.settings, self._model)
        self.history = LiveHistory(segments, bystanders=self.settings.bystanders)
        self._recognizer = ActionRecognizer(
            self._model,
            segments,
            builder=WindowBuilder(max_gap_s=MAX_GAP_S, span_s=self._model.span_s),
        )
        self._answers: dict[int, PersonAction] = {}

    def end_stream(self) -> None:
        """The camera stops, or what comes next does not follow on; the history stays."""
        self.history.end_stream(self._recognizer.finish())
        self._inference.end_stream()
        self._answers = {}

    def change(self, settings: AnalysisSettings) -> None:
        """Go on with other settings; takes a moment when another engine is to be loaded.

        Raises:
            ModelError: the engine's files are missing or damaged; the old settings stay.
        """
        self._inference.change(settings)
        self.settings = settings
        self._recognizer.settings = segment_settings(settings, self._model)
        self.relabel(settings)

    def relabel(self, settings: AnalysisSettings) -> None:
        """Name what was seen lately as these settings say, at once; any thread."""
        self.history.settings = segment_settings(settings, self._model)
        self.history.bystanders = settings.bystanders

    def update(self, time_s: float, rgb: NDArray[np.uint8]) -> LiveResult[None]:
        """What is known at the next frame; the model sees it if somebody in it is to be looked at.

        Args:
            time_s: session time, later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        start_s = time.perf_counter()
        people = self._inference.update(time_s, rgb)
        answers = self._recognizer.update(time_s, people)
        self.history.add(time_s, people, answers)
        self._answers.update({answer.person_id: answer for answer in answers})
        self._answers = {i: a for i, a in self._answers.items() if time_s - a.end_s <= ANSWER_S}
        present = self._inference.present
        counts = self.history.repetitions(present)
        return LiveResult(
            time_s=time_s,
            size_wh=self._inference.size_wh,
            people=tuple(
                self._person(person, counts[person_id]) for person_id, person in present.items()
            ),
            brightness=brightness(rgb),
            model_s=time.perf_counter() - start_s,
            looked=self._inference.looked,
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
