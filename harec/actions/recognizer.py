"""The action recogniser: tracked people in, each person's action out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from harec.actions.model import load_action_model
from harec.actions.online_segments import OnlineSegmenter
from harec.actions.segments import SegmentSettings
from harec.actions.windows import SPAN_S, Window, WindowBuilder
from harec.core.poses import FloatArray, TrackedPerson


@dataclass(frozen=True, eq=False)
class PersonAction:
    """The estimate from one window of one person.

    Attributes:
        person_id: whose action it is.
        start_s, end_s: what was seen; the prediction is centred: it holds for ``time_s``.
        probabilities: float32 (7,) over ``LABELS``; of taught actions (K + 1,) over theirs.
        action: what the segmenter names at ``time_s`` as of now, None for "other".
        confidence: of the action, 0..1, smoothed as it is; 0 when there is none.
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


class WindowModel(Protocol):
    """What says of windows what is done in them: the action network."""

    @property
    def segments(self) -> SegmentSettings:
        """How its probabilities become segments."""

    def predict(self, keypoints_xyc: FloatArray) -> FloatArray:
        """Probabilities (B, 7) of windows (B, 32, 17, 3)."""


class OnlineLabels:
    """Names what each of several people does, from estimates as they come."""

    def __init__(self, settings: SegmentSettings) -> None:
        self._settings = settings
        self._segmenters: dict[int, OnlineSegmenter] = {}
        self._recent: dict[int, list[PersonAction]] = {}  # for other settings

    @property
    def settings(self) -> SegmentSettings:
        """How probabilities become labels; other settings act on the next estimate."""
        return self._settings

    @settings.setter
    def settings(self, settings: SegmentSettings) -> None:
        if settings == self._settings:
            return
        self._settings = settings
        for person_id, recent in self._recent.items():
            segmenter = self._segmenters[person_id] = OnlineSegmenter(settings)
            for estimate in recent:
                segmenter.push(estimate.start_s, estimate.end_s, estimate.probabilities)

    def add(self, estimates: Sequence[PersonAction]) -> list[PersonAction]:
        """The next estimates, by time for each person; returns them with what is named."""
        labelled = []
        for estimate in estimates:
            segmenter = self._segmenters.get(estimate.person_id)
            if segmenter is None:
                segmenter = OnlineSegmenter(self._settings)
                self._segmenters[estimate.person_id] = segmenter
            segmenter.push(estimate.start_s, estimate.end_s, estimate.probabilities)
            current = segmenter.current()
            if current is not None:
                estimate = replace(estimate, action=current[0], confidence=current[1])
            self._recent.setdefault(estimate.person_id, []).append(estimate)
            labelled.append(estimate)
        if estimates:
            # Other settings name this much anew; who is gone for longer is forgotten.
            horizon_s = max(estimate.end_s for estimate in estimates) - 4 * SPAN_S
            for person_id, recent in list(self._recent.items()):
                recent[:] = [e for e in recent if e.end_s >= horizon_s]
                if not recent:
                    del self._recent[person_id], self._segmenters[person_id]
        return labelled

    def clear(self) -> None:
        """Forget everybody."""
        self._segmenters.clear()
        self._recent.clear()


class ActionRecognizer:
    """Names what each of several people does.

    Live pages use :meth:`update`, which answers at once. Whole videos use :meth:`collect` and now
    and then :meth:`predict`: the same windows, in batches.

    Args:
        model: None = the one that ships with harec.
        settings: None = the defaults at the model's threshold.
        builder: makes the windows.
    """

    def __init__(
        self,
        model: WindowModel | None = None,
        settings: SegmentSettings | None = None,
        *,
        builder: WindowBuilder | None = None,
    ) -> None:
        self.model = model or load_action_model()
        self.builder = builder or WindowBuilder()
        self._labels = OnlineLabels(settings or self.model.segments)

    @property
    def settings(self) -> SegmentSettings:
        """How probabilities become labels; other settings act on the next estimate."""
        return self._labels.settings

    @settings.setter
    def settings(self, settings: SegmentSettings) -> None:
        self._labels.settings = settings

    def collect(self, time_s: float, people: Sequence[TrackedPerson]) -> list[Window]:
        """The windows that this moment completes; see ``WindowBuilder.push``."""
        return self.builder.push(time_s, people)

    def predict(self, windows: Sequence[Window]) -> list[PersonAction]:
        """The network's estimates for windows, in their order, without labels."""
        if not windows:
            return []
        batch = np.stack([window.keypoints_xyc for window in windows])
        return [
            PersonAction(window.person_id, window.start_s, window.end_s, row)
            for window, row in zip(windows, self.model.predict(batch), strict=True)
        ]

    def update(self, time_s: float, people: Sequence[TrackedPerson] | None) -> list[PersonAction]:
        """What is new at this moment: an estimate for each person whose window is due.

        Args:
            time_s: of the frame; must grow from call to call.
            people: who is seen in it; None or empty: no person was.
        """
        return self._labels.add(self.predict(self.builder.push(time_s, people or ())))

    def finish(self) -> list[PersonAction]:
        """The estimates at the end of every track; the recogniser is ready for another stream."""
        estimates = self._labels.add(self.predict(self.builder.finish()))
        self._labels.clear()
        return estimates
