"""The one stateful verb in the middle: people in, each person's action out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harec.actions.labels import LABELS
from harec.actions.model import ActionModel, load_action_model
from harec.actions.segments import SegmentSettings, find_segments, smooth
from harec.actions.windows import (
    SPAN_S,
    Window,
    WindowBuilder,
)
from harec.core.poses import FloatArray, TrackedPerson


@dataclass(frozen=True, eq=False)
class PersonAction:
    """What one window says of one person.

    Attributes:
        person_id: whose action it is.
        start_s, end_s: what was seen; the window speaks of its middle, ``time_s``.
        probabilities: float32 (7,) over ``LABELS``.
        action: the label after smoothing and thresholds as of now, None for "other".
        confidence: of the label, 0..1; 0 when there is none.
    """

    person_id: int
    start_s: float
    end_s: float
    probabilities: FloatArray
    action: str | None = None
    confidence: float = 0.0

    @property
    def time_s(self) -> float:
        return (self.start_s + self.end_s) / 2


class ActionRecognizer:
    """Follows several people and says what each does.

    Live pages use :meth:`update`, which answers at once. Whole videos use :meth:`collect` and now
    and then :meth:`predict`: the same windows, in batches.
    """

    def __init__(
        self,
        model: ActionModel | None = None,
        settings: SegmentSettings | None = None,
        *,
        builder: WindowBuilder | None = None,
    ) -> None:
        self.model = model or load_action_model()
        self.settings = settings or SegmentSettings(enter=self.model.config.threshold)
        self.builder = builder or WindowBuilder()
        self._recent: dict[int, list[PersonAction]] = {}

    def collect(self, time_s: float, people: Sequence[TrackedPerson]) -> list[Window]:
        """The windows that this moment completes; see ``WindowBuilder.push``."""
        return self.builder.push(time_s, people)

    def predict(self, windows: Sequence[Window]) -> list[PersonAction]:
        """What the network says of windows, in their order, without labels."""
        if not windows:
            return []
        batch = np.stack([window.keypoints_xyc for window in windows])
        return [
            PersonAction(window.person_id, window.start_s, window.end_s, row)
            for window, row in zip(windows, self.model.predict(batch), strict=True)
        ]

    def update(self, time_s: float, people: Sequence[TrackedPerson]) -> list[PersonAction]:
        """What is new at this moment: an answer for each person whose window is due.

        Args:
            time_s: of the frame; must grow from call to call.
            people: who is seen in it.
        """
        return self._label(self.predict(self.builder.push(time_s, people)))

    def finish(self) -> list[PersonAction]:
        """The answers at the end of every track; the recogniser is ready for another stream."""
        answers = self._label(self.predict(self.builder.finish()))
        self._recent.clear()
        return answers

    def _label(self, estimates: list[PersonAction]) -> list[PersonAction]:
        labelled = []
        for estimate in estimates:
            recent = self._recent.setdefault(estimate.person_id, [])
            if recent and estimate.start_s >= recent[-1].end_s:
                recent.clear()  # another sight of the person: nothing bridges the gap
            recent.append(estimate)
            labelled.append(self._with_label(estimate, recent))
        if estimates:
            # Smoothing and merging look back this far at most; who is gone for longer is forgotten.
            horizon_s = max(estimate.end_s for estimate in estimates) - 4 * SPAN_S
            for person_id, recent in list(self._recent.items()):
                recent[:] = [e for e in recent if e.end_s >= horizon_s]
                if not recent:
                    del self._recent[person_id]
        return labelled

    def _with_label(self, estimate: PersonAction, recent: list[PersonAction]) -> PersonAction:
        times_s = np.array([e.time_s for e in recent])
        probabilities = np.stack([e.probabilities for e in recent])
        spans_s = np.array([[e.start_s, e.end_s] for e in recent])
        segments = find_segments(times_s, spans_s, probabilities, self.settings)
        if not segments or segments[-1].end_s < estimate.time_s:
            return estimate
        label = LABELS.index(segments[-1].action)
        # Smoothed like the label, so that the number never contradicts it.
        smoothed = smooth(times_s, probabilities, self.settings.smoothing_s)[-1]
        return replace(
            estimate, action=segments[-1].action, confidence=float(smoothed[label].clip(0, 1))
        )
