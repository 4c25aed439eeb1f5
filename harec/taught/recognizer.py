"""Taught actions in a stream, named as it comes: what videos are named by, as far as it is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from harec.actions.gesture import MIN_SPAN_S
from harec.actions.labels import LABELS
from harec.actions.recognizer import ActionRecognizer, OnlineLabels, PersonAction, WindowModel
from harec.actions.segments import SegmentSettings
from harec.actions.windows import MAX_GAP_S, SPAN_S
from harec.core.poses import FloatArray, TrackedPerson
from harec.taught.action_set import STRIDE_S, ActionSet
from harec.taught.estimates import at_times, joined
from harec.taught.named import beside

_EPSILON_S: Final = 1e-6


@dataclass
class _Track:
    """A tracklet: one person, seen without a gap.

    Attributes:
        times_s, points: of the frames that estimates may still see.
        six_s, six: the action network's estimates, where built-in actions are named, too.
    """

    start_s: float
    next_due_s: float
    times_s: list[float] = field(default_factory=list)
    points: list[FloatArray] = field(default_factory=list)
    six_s: list[float] = field(default_factory=list)
    six: list[FloatArray] = field(default_factory=list)

    def forget(self, before_s: float) -> None:
        """But for one frame and one estimate before it, which those after it start from."""
        frames = max(int(np.searchsorted(self.times_s, before_s)) - 1, 0)
        del self.times_s[:frames], self.points[:frames]
        old = max(int(np.searchsorted(self.six_s, before_s)) - 1, 0)
        del self.six_s[:old], self.six[:old]


class TaughtRecognizer:
    """Names taught actions in a stream; to be used as `harec.actions.recognizer.ActionRecognizer`.

    An estimate looks at all spans of the set, as in videos, around one moment: half of the span
    that most examples are nearest to ago, so that it is known what comes after it. Longer spans end
    now.

    Args:
        actions: the set.
        model: names the built-in actions where no taught one is named; None: they are not named.
        settings: how probabilities become labels; None = the set's own.
    """

    def __init__(
        self,
        actions: ActionSet,
        model: WindowModel | None = None,
        settings: SegmentSettings | None = None,
    ) -> None:
        self._actions = actions
        self._six = None if model is None else ActionRecognizer(model)
        if settings is None:
            settings = actions.settings()
            settings = settings if model is None else with_builtin(settings, model.segments)
        self._labels = OnlineLabels(settings)
        self._span_s = max(actions.usual_span_s, 0 if model is None else SPAN_S)
        self._kept_s = (self._span_s + max(actions.spans_s)) / 2
        self._tracks: dict[int, _Track] = {}

    @property
    def settings(self) -> SegmentSettings:
        """How probabilities become labels; other settings act on the next estimate."""
        return self._labels.settings

    @settings.setter
    def settings(self, settings: SegmentSettings) -> None:
        self._labels.settings = settings

    def update(self, time_s: float, people: Sequence[TrackedPerson] | None) -> list[PersonAction]:
        """What is new at this moment: an estimate for each person who is due.

        Args:
            time_s: of the frame; must grow from call to call.
            people: who is seen in it; None or empty: no person was.
        """
        people = people or ()
        if self._six is not None:
            self._keep(self._six.predict(self._six.collect(time_s, people)))
        estimates = [*self._ended(time_s - MAX_GAP_S)]
        for person in people:
            track = self._tracks.get(person.id)
            if track is None:
                track = self._tracks[person.id] = _Track(time_s, time_s + MIN_SPAN_S)
            track.times_s.append(time_s)
            track.points.append(person.steady_xyc)
            if time_s >= track.next_due_s - _EPSILON_S:
                start_s = max(track.start_s, time_s - self._span_s)
                estimates.append(self._estimate(person.id, track, start_s, time_s))
                late = max(0.0, time_s - track.next_due_s) // STRIDE_S
                track.next_due_s += (late + 1) * STRIDE_S
                track.forget(time_s - self._kept_s)
        return self._labels.add(estimates)

    def finish(self) -> list[PersonAction]:
        """The estimates at the end of every track; the recogniser is ready for another stream."""
        if self._six is not None:
            self._keep(self._six.predict(self._six.builder.finish()))
        estimates = self._labels.add([*self._ended(np.inf)])
        self._labels.clear()
        return estimates

    def _keep(self, estimates: Sequence[PersonAction]) -> None:
        for each in estimates:
            track = self._tracks.get(each.person_id)
            if track is not None:
                track.six_s.append(each.time_s)
                track.six.append(each.probabilities)

    def _ended(self, before_s: float) -> Iterator[PersonAction]:
        """The last estimates of tracks that ended before a moment."""
        ended = [(i, t) for i, t in self._tracks.items() if t.times_s[-1] < before_s - _EPSILON_S]
        for person_id, track in ended:
            del self._tracks[person_id]
            last_s = track.times_s[-1]
            start_s = max(track.start_s, last_s - self._span_s) + STRIDE_S
            while last_s - start_s >= MIN_SPAN_S - _EPSILON_S:
                yield self._estimate(person_id, track, start_s, last_s)
                start_s += STRIDE_S

    def _estimate(
        self, person_id: int, track: _Track, start_s: float, end_s: float
    ) -> PersonAction:
        """What is done in the middle of a time."""
        middle_s = np.array([(start_s + end_s) / 2])
        rows = self._actions.probabilities(
            np.array(track.times_s), np.stack(track.points), middle_s
        )
        if self._six is not None:
            six = np.zeros((1, len(LABELS)), np.float32)
            if track.six:
                six = at_times(middle_s, np.array(track.six_s), np.stack(track.six))
            taught = self._actions.settings(threshold=self.settings.enters[0])
            _, rows = joined(rows, six, taught)
        return PersonAction(person_id, start_s, end_s, rows[0])


def with_builtin(taught: SegmentSettings, builtin: SegmentSettings) -> SegmentSettings:
    """Settings for the probabilities of `harec.taught.estimates.joined`: each label by its own."""
    kept = beside(taught.labels)
    places = [builtin.labels.index(label) for label in kept]
    return replace(
        builtin,
        labels=(*taught.labels, *kept),
        exit_ratios=(*taught.exit_ratios, *(builtin.exit_ratios[i] for i in places)),
        trims_s=(*taught.trims_s, *(builtin.trims_s[i] for i in places)),
        enters=(taught.enter,) * len(taught.labels) + (builtin.enter,) * len(kept),
        evidences_s=(taught.evidence_s,) * len(taught.labels) + (builtin.evidence_s,) * len(kept),
    )
