"""What is final of an analysis that is still running, in chunks for an observer."""

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
from harec.core.interpolation import USUAL_STEPS

#: Seconds of the video between two chunks: so many windows share a call of the network.
_CHUNK_S: Final = 1.0


class _OpenTrack:
    """A track of which not everything was handed out yet."""

    def __init__(self, track_id: int, segmenter: OnlineSegmenter) -> None:
        self.track_id, self.segmenter = track_id, segmenter
        self.spans: list[LabelSpan] = []  # that are final and have ended
        self.number: int | None = None
        self.estimates = 0  # that the segmenter was given
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


class Finalizer:
    """Takes from a labeler what is final and hands it out in chunks.

    Final is what the rest of the video cannot change: who counts as a person, their number,
    keypoints between two sampled frames, and labels. What is drawn from the chunks is therefore
    the same as if it were drawn after the end.

    Args:
        labeler: read after each push.
        put: given the chunks.
    """

    def __init__(self, labeler: Labeler, put: Callable[[AnalysisChunk], None]) -> None:
        self._labeler, self._put = labeler, put
        self._open: dict[int, _OpenTrack] = {}  # by id, in order of appearance
        self._opened = 0  # tracks that were ever in _open
        self._people = 0  # numbers given
        self._next_s = 2 * labeler.least_s  # in shorter videos shorter tracks count
        self._until_s = -np.inf

    def update(self, time_s: float) -> None:
        """Poses were pushed; about once a second of video a chunk is handed out."""
        if time_s < self._next_s:
            return
        self._next_s = time_s + _CHUNK_S
        self._finalize(time_s, self._labeler.least_s, ended=False)

    def finish(self, duration_s: float) -> None:
        """The video has ended: hand out all the rest."""
        shortest_s = self._labeler.shortest_s(duration_s)
        self._finalize(np.inf, shortest_s, ended=True)

    def _finalize(self, now_s: float, shortest_s: float, *, ended: bool) -> None:
        self._labeler.predict()
        self._open_new()
        until_s = now_s
        for track in list(self._open.values()):
            if track.number is None and not self._give_number(track, shortest_s):
                if not ended and self._labeler.selector.is_active(track.track_id):
                    # Whether they count, and so which number the next ones get, is not known yet.
                    until_s = min(until_s, self._times(track)[0])
                    break
                del self._open[track.track_id]  # seen too briefly
                continue
            until_s = min(until_s, self._final_until_s(track, now_s, ended))
        if until_s > self._until_s:
            self._hand_out(until_s)

    def _open_new(self) -> None:
        tracks = list(self._labeler.tracks)[self._opened :]
        for track_id in tracks:
            segmenter = OnlineSegmenter(self._labeler.recognizer.settings, keep_smoothed=True)
            self._open[track_id] = _OpenTrack(track_id, segmenter)
        self._opened += len(tracks)

    def _times(self, track: _OpenTrack) -> Sequence[float]:
        return self._labeler.tracks[track.track_id][0]

    def _give_number(self, track: _OpenTrack, shortest_s: float) -> bool:
        """Number a person who was seen for long enough."""
        if self._labeler.seen_s[track.track_id] < shortest_s:
            return False
        self._people += 1
        track.number = self._people
        return True

    def _final_until_s(self, track: _OpenTrack, now_s: float, ended: bool) -> float:
        """Up to when everything about a person is final."""
        self._segment(track)
        if ended:
            track.end_tracklet()
            return np.inf
        last_s = self._times(track)[-1]
        # Seen again soon, their keypoints in between would be drawn.
        seen_s = last_s if now_s - last_s <= MAX_GAP_S else now_s
        tracklet_s = self._labeler.recognizer.builder.tracklet_start_s(track.track_id)
        if tracklet_s is None:
            track.end_tracklet()
        elif starts_new_tracklet(tracklet_s, track.span_end_s):
            track.end_tracklet()
            return min(seen_s, tracklet_s)
        return min(seen_s, track.segmenter.finalized_s)

    def _segment(self, track: _OpenTrack) -> None:
        """Give the segmenter the estimates that are new."""
        estimates = self._labeler.estimates[track.track_id]
        if track.estimates < len(estimates):
            track.extend(estimates[track.estimates :])
            track.estimates = len(estimates)

    def _hand_out(self, until_s: float) -> None:
        """The chunk from the last one's end to ``until_s``."""
        slices = []
        for track in list(self._open.values()):
            if track.number is None:
                break  # this one and all who appeared later: not before until_s
            times, keypoints = self._labeler.tracks[track.track_id]
            while track.first < len(times) and times[track.first] < self._until_s:
                track.first += 1
            first = max(0, track.first - USUAL_STEPS - 2)
            end = bisect_right(times, until_s) + 1  # one more, to interpolate towards
            track.forget(self._until_s - _CHUNK_S)
            slices.append(
                TrackSlice(
                    track.number,
                    np.array(times[first:end]),
                    keypoints.rows(first, end),
                    track.label_spans(),
                    np.array(track.segmenter.times_s),
                    np.array(track.segmenter.smoothed, np.float32).reshape(-1, len(LABELS)),
                )
            )
            gone = not self._labeler.selector.is_active(track.track_id)
            if gone and times[-1] + MAX_GAP_S < self._until_s:
                del self._open[track.track_id]
        self._until_s = until_s
        self._put(AnalysisChunk(until_s, slices))
