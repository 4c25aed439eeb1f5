"""What a live session has seen: segments and repetitions of each person, in bounded memory."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from harec.actions.labels import LABELS
from harec.actions.online_segments import OnlineSegmenter
from harec.actions.repetitions import COUNTED, RepetitionCounter
from harec.actions.segments import SegmentSettings
from harec.analysis.results import PersonResult
from harec.core.poses import TrackedPerson
from harec.core.skeleton import NUM_KEYPOINTS
from harec.live.counting import LiveCounter
from harec.live.lane import CONTEXT_S, RECENT_S, Lane, names_taught
from harec.live.recent_tracks import RecentTracks
from harec.taught.estimates import TaughtEstimates
from harec.tracking.presence import MIN_BYSTANDER_S, Presence, least_presence_s

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.actions.recognizer import PersonAction

_NO_ESTIMATES: Final = np.zeros(0), np.zeros((0, 2)), np.zeros((0, len(LABELS)), np.float32)
#: So many people who are gone for good are kept, the newest ones: a camera runs for weeks.
MOST_GONE: Final = 1000


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
        self._lanes: dict[int, Lane] = {}
        self._open: dict[int, Lane] = {}  # of people who may still be there, or were till lately
        self._tracks = RecentTracks()
        self._gone: Counter[str] = Counter()  # repetitions of all others
        self._left: deque[int] = deque()  # ids of those who are gone for good, in that order
        self._newest_s = 0.0
        self.forgotten = 0

    @property
    def settings(self) -> SegmentSettings:
        """How probabilities become segments; a new value names the last `RECENT_S` anew, unless its
        labels are others: see `begin`."""
        return self._settings

    @settings.setter
    def settings(self, settings: SegmentSettings) -> None:
        with self._lock:
            if settings != self._settings and settings.labels == self._settings.labels:
                self._settings = settings
                for lane in self._open.values():
                    lane.relabel(settings)

    def begin(self, answers: Sequence[PersonAction], settings: SegmentSettings) -> None:
        """Other actions are named from now on, after the last answers of before."""
        self.add(self._newest_s, (), answers)
        with self._lock:
            self._settings = settings
            for lane in self._open.values():
                lane.begin(settings, self._newest_s)

    def add(
        self, time_s: float, people: Sequence[TrackedPerson], answers: Sequence[PersonAction]
    ) -> None:
        """Who was seen at a moment, and the recogniser's new estimates."""
        with self._lock:
            self._newest_s = max(self._newest_s, time_s)
            self._presence.update(time_s, (person.id for person in people))
            self._tracks.add(self._newest_s, people)
            for person in people:
                lane = self._lanes.get(person.id)
                if lane is None:
                    segmenter = OnlineSegmenter(self._settings)
                    counter = LiveCounter(names_taught(self._settings))
                    lane = Lane(person.id, time_s, time_s, segmenter, counter)
                    self._lanes[person.id] = lane
                    self._open[person.id] = lane
                lane.last_s = time_s
                if lane.counter is not None:
                    lane.counter.update(time_s, person.steady_xyc)
            for answer in answers:
                self._lanes[answer.person_id].add(answer)
            self._trim()

    def _trim(self) -> None:
        early_s = self._newest_s - 2 * RECENT_S - CONTEXT_S
        for lane in list(self._open.values()):
            if lane.times_s and lane.times_s[0] < early_s:
                lane.trim(self._newest_s)
            if lane.last_s < early_s and not lane.times_s:
                lane.close()
                self._gone.update(lane.repetitions())
                del self._open[lane.id]
                self._leave(lane)

    def _leave(self, lane: Lane) -> None:
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
        Keypoints are in `whole` alone. Bystanders are left out where they are not wanted, but not
        before they are gone.
        """
        with self._lock:
            return tuple(
                _result(lane)
                for lane in self._lanes.values()
                if lane.last_s >= since_s and self._counts(lane)
            )

    def whole(self) -> tuple[PersonResult, ...]:
        """All of `results` to be kept, with the keypoints of the last ten minutes.

        With estimates and moments of repetitions as long as none is forgotten: what would be named
        anew from a part of them would lack the rest.
        """
        with self._lock:
            lanes = [lane for lane in self._lanes.values() if self._counts(lane)]
            complete = all(lane.is_complete for lane in lanes)
            return tuple(self._whole(lane, complete) for lane in lanes)

    def _whole(self, lane: Lane, complete: bool) -> PersonResult:
        times_s, keypoints_xyc = self._tracks.of(lane.id)
        known = replace(_result(lane), track_times_s=times_s, keypoints_xyc=keypoints_xyc)
        if complete:
            counter = lane.counter.builtin if lane.counter else RepetitionCounter()
            return replace(known, moments_s={each: counter.moments(each) for each in COUNTED})
        times_s, spans_s, probabilities = _NO_ESTIMATES
        return replace(
            known, estimate_times_s=times_s, estimate_spans_s=spans_s, probabilities=probabilities
        )

    def _counts(self, lane: Lane) -> bool:
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


def _result(lane: Lane) -> PersonResult:
    estimates, settings = lane.estimates(), lane.segmenter.settings
    taught = TaughtEstimates(*estimates, settings) if names_taught(settings) else None
    times_s, spans_s, probabilities = estimates if taught is None else _NO_ESTIMATES
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
        taught=taught,
    )
