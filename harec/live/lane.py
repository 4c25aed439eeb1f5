"""One person of a live session: their newest estimates, and all that they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import own_labels
from harec.actions.online_segments import OnlineSegmenter
from harec.actions.segments import Segment, SegmentSettings
from harec.core.poses import FloatArray
from harec.live.counting import LiveCounter

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.actions.recognizer import PersonAction

#: The newest part follows the sliders; what is older stays as it was named. Longer than the
#: timeline of the page.
RECENT_S: Final = 75.0
#: Estimates before that stay for the smoothing of those after it.
CONTEXT_S: Final = 3.0


def names_taught(settings: SegmentSettings) -> bool:
    """Whether there are others than the built-in actions among the labels."""
    return bool(own_labels(settings.labels))


@dataclass
class Lane:
    """One person: the estimates of the last `RECENT_S` (up to twice that), and all segments.

    Attributes:
        counter: None once the person is gone for good; then everything is in ``older``.
        older: segments before ``older_s`` or gone by, which keep their names and repetitions.
        finalized: the segmenter's final segments that are not among them yet.
        cut_s: other settings name anew what comes after it.
        counted_s, early: moments of repetitions before ``counted_s`` are forgotten; so many of them
            belong to the segment that continues there.
    """

    id: int
    first_s: float
    last_s: float
    segmenter: OnlineSegmenter
    counter: LiveCounter | None
    times_s: list[float] = field(default_factory=list)
    spans_s: list[tuple[float, float]] = field(default_factory=list)
    probabilities: list[FloatArray] = field(default_factory=list)
    older: list[Segment] = field(default_factory=list)
    older_s: float = -np.inf
    finalized: list[Segment] = field(default_factory=list)
    cut_s: float = -np.inf
    counted_s: float = -np.inf
    early: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether all estimates are there, and of the built-in actions."""
        return self.cut_s == -np.inf and not names_taught(self.segmenter.settings)

    def add(self, answer: PersonAction) -> None:
        self.times_s.append(answer.time_s)
        self.spans_s.append((answer.start_s, answer.end_s))
        self.probabilities.append(answer.probabilities)
        self.finalized += self.segmenter.push(answer.start_s, answer.end_s, answer.probabilities)

    def estimates(self) -> tuple[NDArray[np.float64], NDArray[np.float64], FloatArray]:
        """Times (E,), spans (E, 2), probabilities (E, K + 1)."""
        count = len(self.segmenter.settings.labels) + 1
        return (
            np.array(self.times_s),
            np.array(self.spans_s).reshape(-1, 2),
            np.array(self.probabilities, np.float32).reshape(-1, count),
        )

    def relabel(self, settings: SegmentSettings) -> None:
        """Name everything after the cut anew."""
        self.older = self.segments(until_s=self.cut_s)
        self.older_s = self.cut_s
        self._forget_moments(self.cut_s, 0)
        self.segmenter = OnlineSegmenter(settings)
        self.finalized = self.segmenter.extend(*self.estimates())

    def begin(self, settings: SegmentSettings, now_s: float) -> None:
        """Other actions are named from now on; what was named stays."""
        self.finalized += self.segmenter.end_tracklet()
        self.older = self.segments()
        self.older_s = self.cut_s = now_s
        self._forget_moments(now_s, 0)
        for values in (self.times_s, self.spans_s, self.probabilities, self.finalized):
            values.clear()
        self.segmenter = OnlineSegmenter(settings)
        if self.counter is not None:
            self.counter.taught = names_taught(settings)

    def trim(self, now_s: float) -> None:
        """Forget the estimates that no setting names anew, and the repetitions before them."""
        self.cut_s = max(self.cut_s, now_s - RECENT_S)
        first = int(np.searchsorted(self.times_s, self.cut_s - CONTEXT_S))
        for values in (self.times_s, self.spans_s, self.probabilities):
            del values[:first]
        final_s = max(min(self.cut_s, self.segmenter.finalized_s), self.counted_s)
        before = self._counted(_clip(self._newer(), -np.inf, final_s))
        continues = bool(before) and before[-1].end_s == final_s
        early = (before.pop().repetitions or 0) if continues else 0
        self.older = _chained(self.older, before, self.older_s)
        self.finalized = [s for s in self.finalized if s.end_s >= final_s]
        self._forget_moments(final_s, early)

    def close(self) -> None:
        """The person is gone for good."""
        self.finalized += self.segmenter.end_tracklet()
        self.older = self.segments()
        self.finalized, self.counter = [], None

    def segments(self, until_s: float = np.inf) -> list[Segment]:
        """Everything from the start to a moment, with repetitions as of now."""
        newer = self._counted(_clip(self._newer(), -np.inf, until_s))
        return _chained(self.older, newer, self.older_s)

    def repetitions(self) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for segment in self.segments():
            totals[segment.action] += segment.repetitions or 0
        return {action: total for action, total in totals.items() if total}

    def _newer(self) -> Iterator[Segment]:
        """The segments that are not among the older ones, without repetitions."""
        return _clip([*self.finalized, *self.segmenter.tentative()], self.older_s, np.inf)

    def _counted(self, segments: Iterable[Segment]) -> list[Segment]:
        if self.counter is None:
            return []
        return [
            replace(segment, repetitions=segment.repetitions + self.early)
            if segment.repetitions is not None and segment.start_s < self.counted_s
            else segment
            for segment in self.counter.counted(segments)
        ]

    def _forget_moments(self, before_s: float, early: int) -> None:
        self.counted_s, self.early = before_s, early
        if self.counter is not None:
            self.counter.forget(before_s)


def _clip(segments: Iterable[Segment], low_s: float, high_s: float) -> Iterator[Segment]:
    """The parts of segments within [low_s, high_s]."""
    for segment in segments:
        start_s, end_s = max(segment.start_s, low_s), min(segment.end_s, high_s)
        if start_s < end_s:
            yield replace(segment, start_s=start_s, end_s=end_s)


def _chained(older: list[Segment], newer: list[Segment], cut_s: float) -> list[Segment]:
    """One after the other; the segment that a cut has parted is made whole again."""
    if not older or not newer:
        return older + newer
    a, b = older[-1], newer[0]
    if a.action != b.action or a.end_s != cut_s or b.start_s != cut_s:
        return older + newer
    weighted = a.confidence * a.duration_s + b.confidence * b.duration_s
    counts = (a.repetitions, b.repetitions)
    whole = replace(
        a,
        end_s=b.end_s,
        confidence=weighted / (a.duration_s + b.duration_s),
        repetitions=None if None in counts else sum(filter(None, counts)),
    )
    return [*older[:-1], whole, *newer[1:]]
