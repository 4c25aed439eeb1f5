"""What a live session has seen: a lane per person, segments, repetitions; in bounded memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS
from harec.actions.repetitions import RepetitionCounter
from harec.actions.segments import Segment, SegmentSettings, find_segments
from harec.analysis.results import PersonResult
from harec.core.poses import FloatArray, TrackedPerson
from harec.core.skeleton import NUM_KEYPOINTS

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.actions.recognizer import PersonAction

#: The newest part follows the sliders; what is older stays as it was named. Longer than the
#: timeline of the page.
RECENT_S: Final = 75.0
#: Estimates before a cut that stay for the smoothing of those behind it.
_CONTEXT_S: Final = 3.0
#: Segments are found anew at most this often, in session time: it takes milliseconds a person.
_REFRESH_S: Final = 0.3
#: People seen for less than this are taken for false finds.
_MIN_SIGHT_S: Final = 0.5


@dataclass
class _Lane:
    """One person. Estimates of the last `RECENT_S` (up to twice that), and segments before."""

    id: int
    first_s: float
    last_s: float
    counter: RepetitionCounter | None = field(default_factory=RepetitionCounter)  # None: gone
    times_s: list[float] = field(default_factory=list)
    spans_s: list[tuple[float, float]] = field(default_factory=list)
    probabilities: list[FloatArray] = field(default_factory=list)
    settled: list[Segment] = field(default_factory=list)
    settled_until_s: float = -np.inf
    fresh: tuple[Segment, ...] = ()
    found_s: float = -np.inf  # when `fresh` was found, in session time
    changed: bool = False  # since then

    def estimates(self) -> tuple[NDArray[np.float64], NDArray[np.float64], FloatArray]:
        """Times (E,), spans (E, 2), probabilities (E, 7)."""
        return (
            np.array(self.times_s),
            np.array(self.spans_s).reshape(-1, 2),
            np.array(self.probabilities, np.float32).reshape(-1, len(LABELS)),
        )

    def find(self, now_s: float, settings: SegmentSettings) -> None:
        """Name what is not settled."""
        found = find_segments(*self.estimates(), settings)
        self.fresh = tuple(_clip(found, self.settled_until_s, np.inf))
        self.found_s, self.changed = now_s, False

    def settle(self, now_s: float, settings: SegmentSettings) -> None:
        """Fix what is older than `RECENT_S`, and forget the estimates that it was named from."""
        until_s = now_s - RECENT_S
        self.find(now_s, settings)
        old = list(_clip(self.fresh, -np.inf, until_s))
        self.settled = _joined([*self.settled, *self._counted(old)])
        self.settled_until_s = until_s
        if self.counter is not None:
            self.counter.forget(until_s)
        first = int(np.searchsorted(self.times_s, until_s - _CONTEXT_S))
        for values in (self.times_s, self.spans_s, self.probabilities):
            del values[:first]
        self.find(now_s, settings)

    def segments(self) -> list[Segment]:
        """Everything since the start, with repetitions as of now."""
        return _joined([*self.settled, *self._counted(self.fresh)])

    def _counted(self, segments: Sequence[Segment]) -> Sequence[Segment]:
        return segments if self.counter is None else self.counter.counted(segments)

    def repetitions(self) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for segment in self.segments():
            totals[segment.action] += segment.repetitions or 0
        return {action: total for action, total in totals.items() if total}


class LiveHistory:
    """Lanes of all people since the start; one thread adds, any thread reads."""

    def __init__(self, settings: SegmentSettings) -> None:
        self._lock = threading.Lock()
        self._settings = settings
        self._lanes: dict[int, _Lane] = {}
        self._open: dict[int, _Lane] = {}  # of people who may still be there, or were till lately
        self._gone: Counter[str] = Counter()  # repetitions of all others
        self._newest_s = 0.0

    @property
    def settings(self) -> SegmentSettings:
        """How probabilities become segments; a new value names the last `RECENT_S` anew."""
        return self._settings

    @settings.setter
    def settings(self, settings: SegmentSettings) -> None:
        with self._lock:
            if settings != self._settings:
                self._settings = settings
                for lane in self._open.values():
                    lane.found_s, lane.changed = -np.inf, True

    def add(
        self, time_s: float, people: Sequence[TrackedPerson], answers: Sequence[PersonAction]
    ) -> None:
        """Who was seen at a moment, and what the recogniser said then."""
        with self._lock:
            self._newest_s = max(self._newest_s, time_s)
            for person in people:
                lane = self._lanes.get(person.id)
                if lane is None:
                    lane = self._lanes[person.id] = _Lane(person.id, time_s, time_s)
                    self._open[person.id] = lane
                lane.last_s = time_s
                if lane.counter is not None:
                    lane.counter.update(time_s, person.keypoints_xyc)
            for answer in answers:
                lane = self._lanes[answer.person_id]
                lane.times_s.append(answer.time_s)
                lane.spans_s.append((answer.start_s, answer.end_s))
                lane.probabilities.append(answer.probabilities)
                lane.changed = True
            self._settle()

    def _settle(self) -> None:
        early_s = self._newest_s - 2 * RECENT_S - _CONTEXT_S
        for lane in list(self._open.values()):
            if lane.times_s and lane.times_s[0] < early_s:
                lane.settle(self._newest_s, self._settings)
            if lane.last_s < early_s and not lane.times_s:
                self._gone.update(lane.repetitions())
                lane.counter = None
                del self._open[lane.id]

    def end_stream(self, answers: Sequence[PersonAction]) -> None:
        """The last answers of a stream; nothing comes for a while."""
        self.add(self._newest_s, (), answers)
        with self._lock:
            for lane in self._open.values():
                lane.found_s = -np.inf

    def results(self, since_s: float = -np.inf) -> tuple[PersonResult, ...]:
        """The people seen at or after a moment, by id.

        Their estimates are those of at least the last `RECENT_S`; segments go back to the start.
        Keypoints are not kept. Somebody seen for less than half a second is left out.
        """
        with self._lock:
            return tuple(
                _result(self._up_to_date(lane))
                for lane in self._lanes.values()
                if lane.last_s >= since_s and lane.last_s - lane.first_s >= _MIN_SIGHT_S
            )

    def repetitions(self, people: Iterable[int] | None = None) -> dict[int, dict[str, int]]:
        """Person -> action -> how often since the start.

        Args:
            people: ids that are known here; None = everybody.
        """
        with self._lock:
            ids = self._lanes if people is None else people
            return {i: self._up_to_date(self._lanes[i]).repetitions() for i in ids}

    def totals(self) -> dict[str, int]:
        """Action -> how often since the start, all people together."""
        with self._lock:
            totals = Counter(self._gone)
            for lane in self._open.values():
                totals.update(self._up_to_date(lane).repetitions())
            return dict(totals)

    def _up_to_date(self, lane: _Lane) -> _Lane:
        if lane.changed and self._newest_s - lane.found_s >= _REFRESH_S:
            lane.find(self._newest_s, self._settings)
        return lane


def _result(lane: _Lane) -> PersonResult:
    times_s, spans_s, probabilities = lane.estimates()
    return PersonResult(
        id=lane.id,
        first_s=lane.first_s,
        last_s=lane.last_s,
        track_times_s=np.zeros(0),
        keypoints_xyc=np.zeros((0, NUM_KEYPOINTS, 3), np.float32),
        estimate_times_s=times_s,
        estimate_spans_s=spans_s,
        probabilities=probabilities,
        segments=tuple(lane.segments()),
    )


def _clip(segments: Sequence[Segment], low_s: float, high_s: float) -> Iterator[Segment]:
    """The parts of segments within [low_s, high_s]."""
    for segment in segments:
        start_s, end_s = max(segment.start_s, low_s), min(segment.end_s, high_s)
        if start_s < end_s:
            yield replace(segment, start_s=start_s, end_s=end_s)


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Segments that a cut had parted made whole again."""
    whole: list[Segment] = []
    for segment in segments:
        last = whole[-1] if whole else None
        if last and last.action == segment.action and segment.start_s - last.end_s < 1e-6:
            total_s = last.duration_s + segment.duration_s
            weighted = last.confidence * last.duration_s + segment.confidence * segment.duration_s
            whole[-1] = replace(
                last,
                end_s=segment.end_s,
                confidence=weighted / total_s,
                repetitions=None
                if last.repetitions is None or segment.repetitions is None
                else last.repetitions + segment.repetitions,
            )
        else:
            whole.append(segment)
    return whole
