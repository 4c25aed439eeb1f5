"""From a camera's frame to who does what: engine, tracking, recognition, counting. No threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import OTHER
from harec.actions.model import load_action_model
from harec.actions.recognizer import ActionRecognizer, PersonAction, WindowModel
from harec.actions.segments import SegmentSettings
from harec.actions.windows import MAX_GAP_S, WindowBuilder
from harec.analysis.labeler import segment_settings, taught_settings
from harec.analysis.results import AnalysisSettings
from harec.core.poses import TrackedPerson
from harec.live.history import LiveHistory
from harec.live.inference import FrameInference, brightness
from harec.live.types import LivePerson, LiveResult
from harec.pose.base import PoseEngine
from harec.taught.named import Named
from harec.taught.recognizer import TaughtRecognizer, with_builtin

#: An answer that nothing newer follows is not shown for longer.
ANSWER_S: Final = 1.0


class LivePipeline:
    """Sees one frame after the other; the same recogniser as for whole videos.

    Args:
        settings: see `change`.
        estimator, model: to use instead of those that the settings name.
        named: says which actions to name; asked at each frame. None: the built-in ones.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    def __init__(
        self,
        settings: AnalysisSettings,
        *,
        estimator: PoseEngine | None = None,
        model: WindowModel | None = None,
        named: Callable[[], Named] | None = None,
    ) -> None:
        self.settings = settings
        self._wanted = named or Named
        self._named = self._wanted()
        self._model = model or load_action_model()
        self._inference = FrameInference(settings, estimator)
        self._begin()

    def reset(self) -> None:
        """Forget everything that was seen; ids start at 1 again."""
        self._inference.reset()
        self._begin()

    def _begin(self) -> None:
        self.history = LiveHistory(self._segments(), bystanders=self.settings.bystanders)
        self._recognizer = self._new_recognizer()
        self._answers: dict[int, PersonAction] = {}

    def _segments(self, settings: AnalysisSettings | None = None) -> SegmentSettings:
        """How the probabilities of what is named become segments."""
        settings, actions = settings or self.settings, self._named.actions
        builtin = segment_settings(settings, self._model)
        if actions is None:
            return builtin
        taught = taught_settings(settings, actions, self._named.threshold)
        return with_builtin(taught, builtin) if self._named.builtin else taught

    def _new_recognizer(self) -> ActionRecognizer | TaughtRecognizer:
        segments, actions = self._segments(), self._named.actions
        if actions is not None:
            model = self._model if self._named.builtin else None
            return TaughtRecognizer(actions, model, segments)
        return ActionRecognizer(self._model, segments, builder=WindowBuilder(max_gap_s=MAX_GAP_S))

    def _follow_named(self) -> None:
        """Name other actions from now on, if others are wanted."""
        before, self._named = self._named, self._wanted()
        if self._named == before:
            return
        if replace(self._named, threshold=before.threshold) == before:
            self._recognizer.settings = self._segments()
            self.relabel(self.settings)
            return
        self.history.begin(self._recognizer.finish(), self._segments())
        self._recognizer = self._new_recognizer()
        self._answers = {}

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
        self._recognizer.settings = self._segments()
        self.relabel(settings)

    def relabel(self, settings: AnalysisSettings) -> None:
        """Name what was seen lately as these settings say, at once; any thread."""
        self.history.settings = self._segments(settings)
        self.history.bystanders = settings.bystanders

    def update(self, time_s: float, rgb: NDArray[np.uint8]) -> LiveResult[None]:
        """What is known at the next frame; the model sees it if somebody in it is to be looked at.

        Args:
            time_s: session time, later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        start_s = time.perf_counter()
        self._follow_named()
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
            labels=(*self._named.labels, OTHER),
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
