"""The segmenter: probabilities in, segments out, as they come or all at once."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import NDArray

from harec.actions.runs import Runs
from harec.actions.segments import (
    REACH,
    Segment,
    SegmentSettings,
    smooth,
    starts_new_tracklet,
    tracklets,
)
from harec.core.poses import FloatArray

_Array = NDArray[np.float64]


def find_segments(
    times_s: _Array, spans_s: _Array, probabilities: FloatArray, settings: SegmentSettings
) -> tuple[Segment, ...]:
    """The actions of one person, all estimates at once.

    Args:
        times_s: (E,) ascending: the centre of each prediction.
        spans_s: (E, 2), ascending: the start and end of what each estimate has seen.
        probabilities: (E, K + 1), over the settings' labels and OTHER.
        settings: thresholds and durations.

    Returns:
        Segments that don't overlap, in order of time. OTHER gives no segment. Estimates whose spans
        don't overlap belong to different tracklets; no segment joins them.
    """
    segmenter = OnlineSegmenter(settings)
    found = segmenter.extend(times_s, spans_s, probabilities)
    return (*found, *segmenter.end_tracklet())


class OnlineSegmenter:
    """Turns one person's probabilities into segments while they come.

    An estimate has a label where the best action's smoothed probability is over the lower
    threshold. Neighbours with the same label are a run; a run whose first seconds have a mean of
    ``enter`` is kept, merged with the one kept before it if that is the same action after a short
    gap, and is a segment if it is long enough. A run that has too little begins an estimate later,
    until it has enough or is over. Runs begin and end half-way between estimates; the first and the
    last one also stand for the beginning and the end of the tracklet, of which they are the only
    witnesses.

    What nothing to come can change is final. Not final yet: estimates whose smoothing reaches into
    the future, a run whose first seconds are not over or that is shorter than the minimum, and a
    pause that the same action may still bridge.

    Args:
        settings: thresholds and durations.

    Attributes:
        finalized_s: the label of every moment before it is final: minus infinity before the first
            estimate, plus infinity after `end_tracklet`; grows within a tracklet.
    """

    # Of this tracklet: what smoothing needs of the estimates that have a label, then, from `_first`
    # on, those that wait for one.
    _times_s: _Array
    _rows: FloatArray
    _first: int
    _end_s: float
    _runs: Runs
    _tentative: tuple[tuple[Segment, ...], FloatArray] | None

    def __init__(self, settings: SegmentSettings) -> None:
        self.settings = settings
        self.finalized_s = -np.inf
        self._start_tracklet()

    def push(self, start_s: float, end_s: float, probabilities: FloatArray) -> list[Segment]:
        """The next estimate.

        Args:
            start_s, end_s: of what it has seen; its prediction is centred between them.
            probabilities: (K + 1,), over the settings' labels and OTHER.

        Returns:
            The segments that are final now, in order of time; each is returned once.
        """
        time_s = np.array([(start_s + end_s) / 2])
        return self.extend(time_s, np.array([[start_s, end_s]]), probabilities[None])

    def extend(self, times_s: _Array, spans_s: _Array, probabilities: FloatArray) -> list[Segment]:
        """The next estimates, as of `find_segments`; returns what `push` does."""
        found = []
        for part in tracklets(spans_s):
            if starts_new_tracklet(float(spans_s[part.start, 0]), self._end_s):
                found += self.end_tracklet()
                self._runs.start_s = self.finalized_s = float(spans_s[part.start, 0])
            self._end_s = float(spans_s[part, 1].max())
            self._times_s = np.concatenate([self._times_s, times_s[part]])
            self._rows = np.concatenate([self._rows, probabilities[part]])
            self._tentative = None
            found += self._advance()
        return found

    def end_tracklet(self) -> list[Segment]:
        """The person is lost, or the stream has ended; once more changes nothing.

        Returns:
            The segments that are final now and were not before.
        """
        self._label(len(self._times_s))
        found = self._runs.end(self._end_s)
        self.finalized_s = np.inf
        self._start_tracklet()
        return found

    def tentative(self) -> tuple[Segment, ...]:
        """The segments after those that are final, if the tracklet ended with the last estimate.

        The benefit of the doubt is given to a run that goes on: where it has reached ``enter``
        once, it counts, so that its name comes at once.
        """
        return self._as_of_now()[0]

    def current(self) -> tuple[str, float] | None:
        """What the person does now: the action at the newest estimate, if the tracklet ended there.

        Returns:
            The action and its smoothed probability there, 0..1, so that the number never
            contradicts the label; None where no action is named.
        """
        segments, row = self._as_of_now()
        if not segments or segments[-1].end_s < self._times_s[-1]:
            return None
        action = segments[-1].action
        return action, float(row[self.settings.labels.index(action)].clip(0, 1))

    def _start_tracklet(self) -> None:
        self._times_s = np.empty(0)
        self._rows = np.empty((0, len(self.settings.labels) + 1), np.float32)
        self._first, self._end_s = 0, -np.inf
        self._runs, self._tentative = Runs(self.settings), None

    def _advance(self) -> list[Segment]:
        """Label the estimates that have all their neighbours, and find what that makes final."""
        reach_s = REACH * self.settings.smoothing_s
        self._label(int(np.searchsorted(self._times_s + reach_s, self._times_s[-1], side="left")))
        first_s = float(self._times_s[self._first])
        if self._runs.last_s is not None:
            now_s = (self._runs.last_s + first_s) / 2
            self.finalized_s = self._runs.finalize(now_s)
        needed = int(np.searchsorted(self._times_s, first_s - reach_s, side="left"))
        self._times_s, self._rows = self._times_s[needed:], self._rows[needed:]
        self._first -= needed
        return self._runs.take()

    def _label(self, stop: int) -> None:
        """Smooth and label the estimates up to this index."""
        if stop <= self._first:
            return
        rows = smooth(self._times_s, self._rows, self.settings.smoothing_s, self._first, stop)
        self._runs.extend(self._times_s[self._first : stop], rows)
        self._first = stop

    def _as_of_now(self) -> tuple[tuple[Segment, ...], FloatArray]:
        known = self._tentative
        if known is None:
            runs, rows = copy(self._runs), self._rows[:0]
            if len(self._times_s):
                rows = smooth(self._times_s, self._rows, self.settings.smoothing_s, self._first)
                runs.extend(self._times_s[self._first :], rows)
            found = runs.end(self._end_s, in_doubt=True)
            known = self._tentative = tuple(found), rows[-1:].reshape(-1)
        return known
