"""Runs of estimates with one label: which of them have evidence enough to be segments."""

from __future__ import annotations

import itertools
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harec.actions.segments import MOST_TRIMMED, Segment, SegmentSettings
from harec.core.poses import FloatArray

_Array = NDArray[np.float64]


class _Mark(NamedTuple):
    """A place between estimates: how many came before, and the sums (K,) of their smoothed
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
    lasts: bool = False  # as long as the tracklet

    def mean_to(self, end: _Mark) -> float:
        """Of its action's probabilities from its start on."""
        total = end.sums[self.label] - self.start.sums[self.label]
        return float(np.clip(total / max(end.number - self.start.number, 1), 0, 1))


class _Estimate(NamedTuple):
    """One of the open run, before which it may still turn out to begin."""

    edge_s: float
    mark: _Mark
    reaches: bool  # the entry threshold


class Runs:
    """The runs of one tracklet: which are kept, merged, and long enough. Copies are independent."""

    def __init__(self, settings: SegmentSettings) -> None:
        self._settings = settings
        count = len(settings.labels)
        self._enters = settings.enters or (settings.enter,) * count
        self._evidences_s = settings.evidences_s or (settings.evidence_s,) * count
        self._exit = np.array(self._enters) * np.array(settings.exit_ratios)
        self.start_s = -np.inf  # of the tracklet
        self.last_s: float | None = None  # of the last estimate
        self._mark = _Mark(0, np.zeros(len(settings.labels)))
        self._open: _Run | None = None  # the last estimate's
        self._waiting: tuple[_Estimate, ...] = ()  # of the open run, while it is not certain
        self._kept: _Run | None = None  # has ended; may still be merged with what comes
        self._found: tuple[Segment, ...] = ()

    def extend(self, times_s: _Array, smoothed: FloatArray) -> None:
        """Estimates (E,) and their smoothed probabilities (E, K + 1); at least one."""
        shares = smoothed[:, : len(self._settings.labels)]
        best = shares.argmax(axis=1)
        top = shares[np.arange(len(best)), best]
        labels = np.where(top >= self._exit[best], best, -1)
        sums = np.cumsum(shares, axis=0, dtype=np.float64) + self._mark.sums
        firsts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
        reaches = top >= np.array(self._enters, np.float32)[best]
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
        run = self._open
        assert run is not None
        if run.label < 0 or run.certain:
            return
        enter, evidence_s = self._enters[run.label], self._evidences_s[run.label]
        waiting = deque(self._waiting)
        for index in range(first, stop):
            edge_s, mark = self._edge(index, times_s, sums)
            waiting.append(_Estimate(edge_s, mark, bool(reaches[index])))
            while mark.number > run.start.number and times_s[index] >= (run.start_s + evidence_s):
                if run.mean_to(mark) >= enter:
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
        self._close(end_s, self._mark, lasts=True)
        self._open, self._waiting = None, ()
        self._flush()
        return self.take()

    def take(self) -> list[Segment]:
        """The segments that were found since the last call."""
        found, self._found = list(self._found), ()
        return found

    def finalize(self, now_s: float) -> float:
        """Up to when labels are final, given the runs up to ``now_s``."""
        run, kept, settings = self._open, self._kept, self._settings
        assert run is not None
        if run.label >= 0 and run.certain:
            whole = self._merged(run)
            if whole is run:
                self._flush()
            return self._settled(whole, now_s)
        if kept is not None:
            # The soonest that the same action can begin again and be taken for one with it.
            again_s = run.start_s if run.label == kept.label else now_s
            if again_s - kept.end_s < settings.merge_gap_s:
                return self._settled(kept, kept.end_s)
            self._flush()
        return run.start_s if run.label >= 0 else now_s

    def _settled(self, run: _Run, end_s: float) -> float:
        """Up to when a run that is kept, and may grow, shows its label whatever comes."""
        trim_s = self._trim_s(run.label, end_s - run.start_s)
        # Where it loses as much as it can lose, its start stays where it is.
        settled = trim_s == self._settings.trims_s[run.label]
        return end_s - trim_s if settled else run.start_s

    def _trim_s(self, label: int, length_s: float) -> float:
        """What a run loses at either end; negative where it is too short for a segment."""
        spare_s = (length_s - self._settings.min_duration_s) / 2
        return min(self._settings.trims_s[label], MOST_TRIMMED * length_s, spare_s)

    def _close(self, end_s: float, end: _Mark, *, lasts: bool = False) -> None:
        """The open run ends: it is merged with what was kept, follows it, or is nothing."""
        run = self._open
        if run is None or run.label < 0:
            return
        if not run.certain and run.mean_to(end) < self._enters[run.label]:
            return
        whole = self._merged(run)
        if whole is run:
            self._flush()
        self._kept = whole._replace(end_s=end_s, end=end, lasts=lasts)

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
        trim_s = self._trim_s(kept.label, kept.end_s - kept.start_s)
        segment = Segment(
            self._settings.labels[kept.label],
            kept.start_s if kept.start_s == self.start_s else kept.start_s + trim_s,
            kept.end_s if kept.lasts else kept.end_s - trim_s,
            kept.mean_to(kept.end),
        )
        self._found = (*self._found, segment)
