"""Tells the people of a video while it is still being looked at, for the drawing that follows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from harec.actions.labels import LABELS
from harec.actions.online_segments import OnlineSegmenter
from harec.actions.recognizer import PersonAction
from harec.actions.segments import LabelSpan, Segment, starts_new_tracklet
from harec.actions.windows import MAX_GAP_S
from harec.analysis.labeler import Labeler
from harec.analysis.observer import AnalysisChunk, TrackSlice
from harec.analysis.pose_pass import MIN_TRACK_S
from harec.core.interpolation import USUAL_STEPS

#: Seconds of the video between two tellings: so many windows share a call of the network.
EVERY_S: Final = 1.0


class _Known:
    """One track: what was told of it, and what is final."""

    def __init__(self, track_id: int, segmenter: OnlineSegmenter) -> None:
        self.track_id, self.segmenter = track_id, segmenter
        self.spans: list[LabelSpan] = []  # that are final and have ended
        self.number: int | None = None
        self.fed = 0  # estimates
        self.span_end_s = -np.inf  # of the last one
        self.first = 0  # index of the first frame that may still be drawn

    def extend(self, estimates: Sequence[PersonAction]) -> None:
        """The next estimates, at least one."""
        times_s = np.array([estimate.time_s for estimate in estimates])
        spans_s = np.array([[estimate.start_s, estimate.end_s] for estimate in estimates])
        rows = np.stack([estimate.probabilities for estimate in estimates])
        self._add(self.segmenter.extend(times_s, spans_s, rows))
        self.span_end_s = estimates[-1].end_s

    def end_tracklet(self) -> None:
        self._add(self.segmenter.end_tracklet())

    def _add(self, segments: Sequence[Segment]) -> None:
        self.spans += [LabelSpan(s.action, s.start_s, s.end_s) for s in segments]

    def forget(self, before_s: float) -> None:
        """Drop what lies before a moment and will not be drawn."""
        self.segmenter.forget(before_s)
        self.spans = [span for span in self.spans if span.end_s >= before_s]

    def label_spans(self) -> tuple[LabelSpan, ...]:
        """In order of time; the last one may continue."""
        continuing = self.segmenter.continuing
        return (*self.spans, *([] if continuing is None else [continuing]))


class Settler:
    """Takes from a labeler what is settled and puts it into a scene.

    Settled is what the rest of the video cannot change: who counts as a person, the number on the
    plate, joints between two sights, and labels. What is drawn is so the same as if it were drawn
    after the end.

    Args:
        labeler: asked after each push.
        put: given the chunks.
    """

    def __init__(self, labeler: Labeler, put: Callable[[AnalysisChunk], None]) -> None:
        self._labeler, self._put = labeler, put
        self._open: dict[int, _Known] = {}  # by track, in order of appearance
        self._met = 0  # tracks that were ever in _open
        self._numbered = 0
        self._next_s = 2 * MIN_TRACK_S  # in shorter videos shorter sights count
        self._until_s = -np.inf

    def look(self, time_s: float) -> None:
        """A look was pushed; about once a second of video something is told."""
        if time_s < self._next_s:
            return
        self._next_s = time_s + EVERY_S
        self._finalize(time_s, MIN_TRACK_S, ended=False)

    def finish(self, duration_s: float) -> None:
        """The video has ended: all the rest."""
        shortest_s = self._labeler.shortest_s(duration_s)
        self._finalize(np.inf, shortest_s, ended=True)

    def _finalize(self, now_s: float, shortest_s: float, *, ended: bool) -> None:
        self._labeler.predict()
        self._meet()
        until_s = now_s
        for known in list(self._open.values()):
            if known.number is None and not self._number(known, shortest_s):
                if not ended and self._labeler.selector.is_active(known.track_id):
                    # Whether they count, and so which number the next ones get, is not known yet.
                    until_s = min(until_s, self._times(known)[0])
                    break
                del self._open[known.track_id]  # seen too briefly
                continue
            until_s = min(until_s, self._finalized_s(known, now_s, ended))
        if until_s > self._until_s:
            self._tell(until_s)

    def _meet(self) -> None:
        tracks = list(self._labeler.tracks)[self._met :]
        for track_id in tracks:
            segmenter = OnlineSegmenter(self._labeler.recognizer.settings, keep_smoothed=True)
            self._open[track_id] = _Known(track_id, segmenter)
        self._met += len(tracks)

    def _times(self, known: _Known) -> Sequence[float]:
        return self._labeler.tracks[known.track_id][0]

    def _number(self, known: _Known, shortest_s: float) -> bool:
        """Give a number to somebody who was seen for long enough."""
        times = self._times(known)
        if times[-1] - times[0] < shortest_s:
            return False
        self._numbered += 1
        known.number = self._numbered
        return True

    def _finalized_s(self, known: _Known, now_s: float, ended: bool) -> float:
        """Up to when everything about somebody is settled."""
        self._feed(known)
        if ended:
            known.end_tracklet()
            return np.inf
        last_s = self._times(known)[-1]
        # Seen again soon, their joints in between would be drawn.
        seen_s = last_s if now_s - last_s <= MAX_GAP_S else now_s
        sight_s = self._labeler.recognizer.builder.tracklet_start_s(known.track_id)
        if sight_s is None:
            known.end_tracklet()
        elif starts_new_tracklet(sight_s, known.span_end_s):
            known.end_tracklet()
            return min(seen_s, sight_s)
        return min(seen_s, known.segmenter.finalized_s)

    def _feed(self, known: _Known) -> None:
        estimates = self._labeler.estimates[known.track_id]
        if known.fed < len(estimates):
            known.extend(estimates[known.fed :])
            known.fed = len(estimates)

    def _tell(self, until_s: float) -> None:
        """Put in the part from the last one's end to ``until_s``."""
        sightings = []
        for known in list(self._open.values()):
            if known.number is None:
                break  # this one and whoever appeared later: not before until_s
            times, track = self._labeler.tracks[known.track_id]
            while known.first < len(times) and times[known.first] < self._until_s:
                known.first += 1
            first = max(0, known.first - USUAL_STEPS - 2)
            end = bisect_right(times, until_s) + 1  # one more: joints lie between two sights
            known.forget(self._until_s - EVERY_S)
            sightings.append(
                TrackSlice(
                    known.number,
                    np.array(times[first:end]),
                    track.rows(first, end),
                    known.label_spans(),
                    np.array(known.segmenter.times_s),
                    np.array(known.segmenter.smoothed, np.float32).reshape(-1, len(LABELS)),
                )
            )
            gone = not self._labeler.selector.is_active(known.track_id)
            if gone and times[-1] + MAX_GAP_S < self._until_s:
                del self._open[known.track_id]
        self._until_s = until_s
        self._put(AnalysisChunk(until_s, sightings))
