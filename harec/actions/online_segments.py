"""The segmenter: probabilities in, segments out, as they come or all at once."""

from __future__ import annotations

import itertools
from collections import deque
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS, LABELS
from harec.actions.segments import (
    REACH,
    LabelSpan,
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
        probabilities: (E, 7), over ``LABELS``.
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
        keep_smoothed: fill ``times_s`` and ``smoothed``; `forget` what is not needed any more.

    Attributes:
        finalized_s: the label of every moment before it is final: minus infinity before the first
            estimate, plus infinity after `end_tracklet`; grows within a tracklet.
        continuing: the action that is certain to be a segment and has not ended at ``finalized_s``.
        times_s, smoothed: of the estimates whose smoothed probabilities are final, (7,) each.
    """

    # Of this tracklet: what smoothing needs of the estimates that have a label, then, from `_first`
    # on, those that wait for one.
    _times_s: _Array
    _rows: FloatArray
    _first: int
    _end_s: float
    _runs: _Runs
    _tentative: tuple[tuple[Segment, ...], FloatArray] | None

    def __init__(self, settings: SegmentSettings, *, keep_smoothed: bool = False) -> None:
        self.settings = settings
        self.finalized_s = -np.inf
        self.continuing: LabelSpan | None = None
        self.times_s: list[float] = []
        self.smoothed: list[FloatArray] = []
        self._keep_smoothed = keep_smoothed
        self._start_tracklet()

    def push(self, start_s: float, end_s: float, probabilities: FloatArray) -> list[Segment]:
        """The next estimate.

        Args:
            start_s, end_s: of what it has seen; its prediction is centred between them.
            probabilities: (7,), over ``LABELS``.

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
        self.continuing, self.finalized_s = None, np.inf
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
        return action, float(row[LABELS.index(action)].clip(0, 1))

    def forget(self, before_s: float) -> None:
        """Drop the smoothed probabilities before a moment, except the last one of them."""
        keep = max(0, int(np.searchsorted(self.times_s, before_s)) - 1)
        del self.times_s[:keep], self.smoothed[:keep]

    def _start_tracklet(self) -> None:
        self._times_s = np.empty(0)
        self._rows = np.empty((0, len(LABELS)), np.float32)
        self._first, self._end_s = 0, -np.inf
        self._runs, self._tentative = _Runs(self.settings), None

    def _advance(self) -> list[Segment]:
        """Label the estimates that have all their neighbours, and find what that makes final."""
        reach_s = REACH * self.settings.smoothing_s
        self._label(int(np.searchsorted(self._times_s + reach_s, self._times_s[-1], side="left")))
        first_s = float(self._times_s[self._first])
        if self._runs.last_s is not None:
            now_s = (self._runs.last_s + first_s) / 2
            self.finalized_s, self.continuing = self._runs.finalize(now_s)
        needed = int(np.searchsorted(self._times_s, first_s - reach_s, side="left"))
        self._times_s, self._rows = self._times_s[needed:], self._rows[needed:]
        self._first -= needed
        return self._runs.take()

    def _label(self, stop: int) -> None:
        """Smooth and label the estimates up to this index."""
        if stop <= self._first:
            return
        times_s = self._times_s[self._first : stop]
        rows = smooth(self._times_s, self._rows, self.settings.smoothing_s, self._first, stop)
        self._runs.extend(times_s, rows)
        if self._keep_smoothed:
            self.times_s += times_s.tolist()
            self.smoothed += list(rows)
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


class _Mark(NamedTuple):
    """A place between estimates: how many came before, and the sums (6,) of their smoothed
    probabilities. Two marks give the mean between them, however long ago the first one was."""

    number: int
    sums: _Array


class _Run(NamedTuple):
    """Neighbouring estimates with one label (-1 for none), or several that were merged."""

    label: int
    start_s: float
    start: _Mark
    end_s: float
    end: _Mark
    certain: bool = False  # its first seconds had enough

    def mean_to(self, end: _Mark) -> float:
        """Of its action's probabilities from its start on."""
        total = end.sums[self.label] - self.start.sums[self.label]
        return float(np.clip(total / max(end.number - self.start.number, 1), 0, 1))


class _Estimate(NamedTuple):
    """One of the open run, before which it may still turn out to begin."""

    edge_s: float
    mark: _Mark
    reaches: bool  # the entry threshold


class _Runs:
    """The runs of one tracklet: which are kept, merged, and long enough. Copies are independent."""

    def __init__(self, settings: SegmentSettings) -> None:
        self._settings = settings
        self._exit = settings.enter * np.array(settings.exit_ratios)
        self.start_s = -np.inf  # of the tracklet
        self.last_s: float | None = None  # of the last estimate
        self._mark = _Mark(0, np.zeros(len(ACTIONS)))
        self._open: _Run | None = None  # the last estimate's
        self._waiting: tuple[_Estimate, ...] = ()  # of the open run, while it is not certain
        self._kept: _Run | None = None  # has ended; may still be merged with what comes
        self._found: tuple[Segment, ...] = ()

    def extend(self, times_s: _Array, smoothed: FloatArray) -> None:
        """Estimates (E,) and their smoothed probabilities (E, 7); at least one."""
        shares = smoothed[:, : len(ACTIONS)]
        best = shares.argmax(axis=1)
        top = shares[np.arange(len(best)), best]
        labels = np.where(top >= self._exit[best], best, -1)
        sums = np.cumsum(shares, axis=0, dtype=np.float64) + self._mark.sums
        firsts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
        reaches = top >= self._settings.enter
        for first, stop in itertools.pairwise(firsts):
            edge_s, edge = self._edge(first, times_s, sums)
            self._next(_Run(int(labels[first]), edge_s, edge, np.inf, edge))
            self._weigh(first, stop, times_s, sums, reaches)
        self.last_s, self._mark = float(times_s[-1]), self._mark_at(len(sums), sums)

    def _edge(self, index: int, times_s: _Array, sums: _Array) -> tuple[float, _Mark]:
        """Where a run begins whose first one of these estimates this is."""
        before_s = self.last_s if index == 0 else float(times_s[index - 1])
        edge_s = self.start_s if before_s is None else (before_s + float(times_s[index])) / 2
        return edge_s, self._mark_at(index, sums)

    def _mark_at(self, index: int, sums: _Array) -> _Mark:
        return self._mark if index == 0 else _Mark(self._mark.number + index, sums[index - 1])

    def _weigh(
        self, first: int, stop: int, times_s: _Array, sums: _Array, reaches: NDArray[np.bool_]
    ) -> None:
        """Find where the open run, of which these estimates are the newest, has enough."""
        run, settings = self._open, self._settings
        assert run is not None
        if run.label < 0 or run.certain:
            return
        waiting = deque(self._waiting)
        for index in range(first, stop):
            edge_s, mark = self._edge(index, times_s, sums)
            waiting.append(_Estimate(edge_s, mark, bool(reaches[index])))
            while mark.number > run.start.number and times_s[index] >= (
                run.start_s + settings.evidence_s
            ):
                if run.mean_to(mark) >= settings.enter:
                    self._open, self._waiting = run._replace(certain=True), ()
                    return
                waiting.popleft()
                run = run._replace(start_s=waiting[0].edge_s, start=waiting[0].mark)
        self._open, self._waiting = run, tuple(waiting)

    def _next(self, run: _Run) -> None:
        if self._open is not None and self._open.label == run.label:
            return
        self._close(run.start_s, run.start)
        self._open, self._waiting = run, ()

    def end(self, end_s: float, *, in_doubt: bool = False) -> list[Segment]:
        """The tracklet ends; returns as `take`.

        Args:
            in_doubt: take the open run for one that will turn out to have enough.
        """
        if in_doubt and self._open is not None and any(each.reaches for each in self._waiting):
            self._open = self._open._replace(certain=True)
        self._close(end_s, self._mark)
        self._open, self._waiting = None, ()
        self._flush()
        return self.take()

    def take(self) -> list[Segment]:
        """The segments that were found since the last call."""
        found, self._found = list(self._found), ()
        return found

    def finalize(self, now_s: float) -> tuple[float, LabelSpan | None]:
        """Up to when labels are final, and what continues there, given the runs up to ``now_s``."""
        run, kept, settings = self._open, self._kept, self._settings
        assert run is not None
        if run.label >= 0 and run.certain:
            whole = self._merged(run)
            if whole is run:
                self._flush()
            if now_s - whole.start_s >= settings.min_duration_s:
                return now_s, _continuing(whole)
            return whole.start_s, None
        if kept is not None:
            # The soonest that the same action can begin again and be taken for one with it.
            again_s = run.start_s if run.label == kept.label else now_s
            if again_s - kept.end_s < settings.merge_gap_s:
                if kept.end_s - kept.start_s >= settings.min_duration_s:
                    return kept.end_s, _continuing(kept)
                return kept.start_s, None
            self._flush()
        return (run.start_s if run.label >= 0 else now_s), None

    def _close(self, end_s: float, end: _Mark) -> None:
        """The open run ends: it is merged with what was kept, follows it, or is nothing."""
        run = self._open
        if run is None or run.label < 0:
            return
        if not run.certain and run.mean_to(end) < self._settings.enter:
            return
        whole = self._merged(run)
        if whole is run:
            self._flush()
        self._kept = whole._replace(end_s=end_s, end=end)

    def _merged(self, run: _Run) -> _Run:
        """The run together with the one that it continues, if there is one."""
        kept = self._kept
        if kept is None or kept.label != run.label:
            return run
        near = run.start_s - kept.end_s < self._settings.merge_gap_s
        return run._replace(start_s=kept.start_s, start=kept.start) if near else run

    def _flush(self) -> None:
        """Nothing can be merged with what was kept any more."""
        kept, self._kept = self._kept, None
        if kept is None or kept.end_s - kept.start_s < self._settings.min_duration_s:
            return
        segment = Segment(ACTIONS[kept.label], kept.start_s, kept.end_s, kept.mean_to(kept.end))
        self._found = (*self._found, segment)


def _continuing(run: _Run) -> LabelSpan:
    return LabelSpan(ACTIONS[run.label], run.start_s, np.inf)
