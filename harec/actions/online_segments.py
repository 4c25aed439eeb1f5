"""What somebody does, told while it goes on: only what nothing to come can change."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harec.actions.labels import ACTIONS
from harec.actions.segments import REACH, SegmentSettings, smooth
from harec.core.poses import FloatArray


class LabelSpan(NamedTuple):
    """An action from when to when; ``end_s`` is infinite while it goes on."""

    action: str
    start_s: float
    end_s: float


@dataclass
class _Group:
    """Neighbouring estimates with one label, -1 for none."""

    label: int
    start_s: float
    reached: bool  # the entry threshold, somewhere


class SettledLabels:
    """The labels of one person, settled as the estimates come.

    For every moment before ``settled_s`` the label is the one that
    `harec.actions.segments.find_segments` gives for the whole track. What is not settled yet:
    estimates whose smoothing reaches into the future, what has not reached the entry threshold or
    the minimum length yet, and a pause that the same action may still bridge.

    Attributes:
        settled_s: within a sight; minus infinity before it, plus infinity after its `end`.
        stretches: the actions that are settled, in order of time; the last one may go on.
        times_s, smoothed: of the estimates whose probabilities are settled, (7,) each.
    """

    def __init__(self, settings: SegmentSettings) -> None:
        self._settings = settings
        self.settled_s = -np.inf
        self.stretches: list[LabelSpan] = []
        self.times_s: list[float] = []
        self.smoothed: list[FloatArray] = []
        self._waiting: deque[float] = deque()  # times of estimates that are not smoothed yet
        self._near: deque[tuple[float, FloatArray]] = deque()  # what their smoothing needs
        self._end_s = -np.inf
        self._group: _Group | None = None
        self._labelled_s: float | None = None  # the last estimate of this sight that has a label
        self._kept: tuple[int, float, float] | None = None  # may still be merged with what comes

    def push(self, start_s: float, end_s: float, probabilities: FloatArray) -> None:
        """The next estimate: what it has seen, and its probabilities (7,)."""
        if self._group is None:
            self._group = _Group(-1, start_s, False)
            self.settled_s = start_s
        time_s = (start_s + end_s) / 2
        self._end_s = max(self._end_s, end_s)
        self._near.append((time_s, probabilities))
        self._waiting.append(time_s)
        reach_s = REACH * self._settings.smoothing_s
        while self._waiting and self._waiting[0] + reach_s < time_s:
            self._smooth_first()
        if self._labelled_s is not None and self._waiting:
            self._settle((self._labelled_s + self._waiting[0]) / 2)

    def begin(self) -> None:
        """Another sight of the same person begins, after `end`."""
        self._near.clear()
        self._labelled_s = None
        self._end_s = self.settled_s = -np.inf

    def end(self) -> None:
        """The sight is over; once more changes nothing."""
        while self._waiting:
            self._smooth_first()
        if self._group is not None:
            self._close_group(self._end_s)
        self._flush()
        self._group = None
        self.settled_s = np.inf

    def forget(self, before_s: float) -> None:
        """Drop what lies before a moment and will not be asked for."""
        keep = max(0, int(np.searchsorted(self.times_s, before_s)) - 1)
        del self.times_s[:keep], self.smoothed[:keep]
        self.stretches = [s for s in self.stretches if s.end_s >= before_s]

    def _smooth_first(self) -> None:
        """Smooth the first estimate that waits, whose neighbours are all there, and label it."""
        time_s, settings = self._waiting.popleft(), self._settings
        reach_s = REACH * settings.smoothing_s
        while self._near[0][0] < time_s - reach_s:
            self._near.popleft()
        near = [item for item in self._near if item[0] <= time_s + reach_s]
        times_s = np.array([t for t, _ in near])
        rows = smooth(times_s, np.stack([p for _, p in near]), settings.smoothing_s)
        row = rows[int(np.searchsorted(times_s, time_s))]
        before_s, self._labelled_s = self._labelled_s, time_s
        self.times_s.append(time_s)
        self.smoothed.append(row)

        best = int(row[: len(ACTIONS)].argmax())
        top = float(row[best])
        label = best if top >= settings.enter * settings.exit_ratio else -1
        group = self._group
        assert group is not None
        if before_s is None:
            self._group = _Group(label, group.start_s, top >= settings.enter)
        elif label == group.label:
            group.reached |= top >= settings.enter
        else:
            edge_s = (before_s + time_s) / 2
            self._close_group(edge_s)
            self._group = _Group(label, edge_s, top >= settings.enter)

    def _close_group(self, end_s: float) -> None:
        """The open group ends: it goes on with what was kept, follows it, or is nothing."""
        group = self._group
        assert group is not None
        if group.label < 0 or not group.reached:
            return
        start_s = self._merged_start_s(group)
        if start_s is None:
            self._flush()
            start_s = group.start_s
        self._kept = (group.label, start_s, end_s)

    def _merged_start_s(self, group: _Group) -> float | None:
        """Where the segment begins that this group goes on with, if there is one."""
        if self._kept is None or self._kept[0] != group.label:
            return None
        near = group.start_s - self._kept[2] < self._settings.merge_gap_s
        return self._kept[1] if near else None

    def _flush(self) -> None:
        """Nothing can be merged with what was kept any more."""
        if self._kept is not None:
            label, start_s, end_s = self._kept
            if end_s - start_s >= self._settings.min_duration_s:
                self._tell(label, start_s, end_s)
        self._kept = None

    def _tell(self, label: int, start_s: float, end_s: float) -> None:
        if self.stretches and self.stretches[-1].start_s == start_s:
            self.stretches.pop()  # it was told while it went on
        self.stretches.append(LabelSpan(ACTIONS[label], start_s, end_s))

    def _settle(self, now_s: float) -> None:
        """Find how far labels are settled, given the groups up to ``now_s``."""
        group, kept, settings = self._group, self._kept, self._settings
        assert group is not None
        if group.label >= 0 and group.reached:
            start_s = self._merged_start_s(group)
            if start_s is None:
                self._flush()
                start_s = group.start_s
            if now_s - start_s >= settings.min_duration_s:
                self._tell(group.label, start_s, np.inf)
                self.settled_s = now_s
            else:
                self.settled_s = start_s
            return
        if kept is not None:
            # The soonest that the same action can begin again and be taken for one with it.
            again_s = group.start_s if group.label == kept[0] else now_s
            if again_s - kept[2] < settings.merge_gap_s:
                long_enough = kept[2] - kept[1] >= settings.min_duration_s
                if long_enough:
                    self._tell(kept[0], kept[1], np.inf)
                self.settled_s = kept[2] if long_enough else kept[1]
                return
            self._flush()
        self.settled_s = group.start_s if group.label >= 0 else now_s
