"""What a live session has seen: segments and repetitions of each person, in bounded memory."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.online_segments import OnlineSegmenter
from harec.actions.repetitions import RepetitionCounter
from harec.actions.segments import Segment, SegmentSettings
from harec.analysis.results import PersonResult
from harec.core.poses import FloatArray, TrackedPerson
from harec.core.skeleton import NUM_KEYPOINTS
from harec.tracking.presence import MIN_BYSTANDER_S, Presence, least_presence_s

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.actions.recognizer import PersonAction

#: The newest part follows the sliders; what is older stays as it was named. Longer than the
#: timeline of the page.
RECENT_S: Final = 75.0
#: Estimates before that stay for the smoothing of those after it.
_CONTEXT_S: Final = 3.0
#: So many people who are gone for good are kept, the newest ones: a camera runs for weeks.
MOST_GONE: Final = 1000


@dataclass
class _Lane:
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
    counter: RepetitionCounter | None = field(default_factory=RepetitionCounter)
    times_s: list[float] = field(default_factory=list)
    spans_s: list[tuple[float, float]] = field(default_factory=list)
    probabilities: list[FloatArray] = field(default_factory=list)
    older: list[Segment] = field(default_factory=list)
    older_s: float = -np.inf
    finalized: list[Segment] = field(default_factory=list)
    cut_s: float = -np.inf
    counted_s: float = -np.inf
    early: int = 0

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

    def trim(self, now_s: float) -> None:
        """Forget the estimates that no setting names anew, and the repetitions before them."""
        self.cut_s = now_s - RECENT_S
        first = int(np.searchsorted(self.times_s, self.cut_s - _CONTEXT_S))
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


class LiveHistory:
    """The lanes of people since the start; one thread adds, any thread reads.

    Attributes:
        bystanders: whether people who are seen for less than a second get lanes, too.
        forgotten: people who are gone and were left out for good, the first of more than
            `MOST_GONE`. Their repetitions stay in the totals.
    """

    def __init__(self, settings: SegmentSettings, *, bystanders: bool = False) -> None:
        self.bystanders = bystanders
        self._lock = threading.Lock()
        self._presence = Presence()
        self._settings = settings
        self._lanes: dict[int, _Lane] = {}
        self._open: dict[int, _Lane] = {}  # of people who may still be there, or were till lately
        self._gone: Counter[str] = Counter()  # repetitions of all others
        self._left: deque[int] = deque()  # ids of those who are gone for good, in that order
        self._newest_s = 0.0
        self.forgotten = 0

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
                    lane.relabel(settings)

    def add(
        self, time_s: float, people: Sequence[TrackedPerson], answers: Sequence[PersonAction]
    ) -> None:
        """Who was seen at a moment, and the recogniser's new estimates."""
        with self._lock:
            self._newest_s = max(self._newest_s, time_s)
            self._presence.update(time_s, (person.id for person in people))
            for person in people:
                lane = self._lanes.get(person.id)
                if lane is None:
                    segmenter = OnlineSegmenter(self._settings)
                    lane = self._lanes[person.id] = _Lane(person.id, time_s, time_s, segmenter)
                    self._open[person.id] = lane
                lane.last_s = time_s
                if lane.counter is not None:
                    lane.counter.update(time_s, person.steady_xyc)
            for answer in answers:
                self._lanes[answer.person_id].add(answer)
            self._trim()

    def _trim(self) -> None:
        early_s = self._newest_s - 2 * RECENT_S - _CONTEXT_S
        for lane in list(self._open.values()):
            if lane.times_s and lane.times_s[0] < early_s:
                lane.trim(self._newest_s)
            if lane.last_s < early_s and not lane.times_s:
                lane.close()
                self._gone.update(lane.repetitions())
                del self._open[lane.id]
                self._leave(lane)

    def _leave(self, lane: _Lane) -> None:
        if self._presence.seen_s[lane.id] < MIN_BYSTANDER_S:  # never shown
            self._forget(lane.id)
            return
        self._left.append(lane.id)
        if len(self._left) > MOST_GONE:
            self._forget(self._left.popleft())
            self.forgotten += 1

    def _forget(self, person: int) -> None:
        del self._lanes[person]
        self._presence.forget(person)

    def end_stream(self, answers: Sequence[PersonAction]) -> None:
        """The last answers of a stream; nothing comes for a while."""
        self.add(self._newest_s, (), answers)
        with self._lock:
            for lane in self._open.values():
                lane.finalized += lane.segmenter.end_tracklet()

    def results(self, since_s: float = -np.inf) -> tuple[PersonResult, ...]:
        """The people seen at or after a moment, by id, but for those `forgotten`.

        Their estimates are those of at least the last `RECENT_S`; segments go back to the start.
        Keypoints are not kept. Bystanders are left out where they are not wanted, but not before
        they are gone.
        """
        with self._lock:
            return tuple(
                _result(lane)
                for lane in self._lanes.values()
                if lane.last_s >= since_s and self._counts(lane)
            )

    def _counts(self, lane: _Lane) -> bool:
        """Whether a person was seen for long enough: who is there now is shown sooner, for the
        first name may come before a second is over."""
        present = lane.last_s >= self._newest_s
        return self._presence.seen_s[lane.id] >= least_presence_s(self.bystanders or present)

    def repetitions(self, people: Iterable[int] | None = None) -> dict[int, dict[str, int]]:
        """Person -> action -> how often since the start.

        Args:
            people: ids that are known here; None = all of them.
        """
        with self._lock:
            ids = self._lanes if people is None else people
            return {i: self._lanes[i].repetitions() for i in ids}

    def totals(self) -> dict[str, int]:
        """Action -> how often since the start, all people together."""
        with self._lock:
            totals = Counter(self._gone)
            for lane in self._open.values():
                totals.update(lane.repetitions())
            return dict(totals)


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
