"""Who follows an analysis while it runs: a protocol, and what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from harec.actions.segments import LabelSpan
from harec.analysis.results import AnalysisSettings
from harec.core.poses import FloatArray
from harec.core.progress import JobContext
from harec.video import VideoInfo

#: Labels (K), times (E,) and smoothed probabilities float32 (E, K + 1) of taught actions.
Smoothed = tuple[tuple[str, ...], NDArray[np.float64], FloatArray]
NOTHING_TAUGHT: Final[Smoothed] = (), np.zeros(0), np.zeros((0, 1), np.float32)


@dataclass(frozen=True, eq=False)
class TrackSlice:
    """One person over some time: where they are, and what they do; F frames, E estimates.

    Attributes:
        id: the person's number in the result.
        track_times_s: float64 (F,).
        keypoints_xyc: float32 (F, 17, 3): pixels of the full frame, score; 0 = not seen.
        label_spans: what they do when, in order of time, not overlapping.
        estimate_times_s: float64 (E,).
        smoothed: float32 (E, 7) over ``LABELS``: what the spans were found from.
        moments_s: when repetitions were, by action; empty while the video is still being seen, as
            they are known only some time later.
        taught: of the taught actions, where these are named.
    """

    id: int
    track_times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray
    label_spans: Sequence[LabelSpan]
    estimate_times_s: NDArray[np.float64]
    smoothed: FloatArray
    moments_s: Mapping[str, Sequence[float]] = field(default_factory=dict)
    taught: Smoothed = NOTHING_TAUGHT


@dataclass(frozen=True, eq=False)
class AnalysisChunk:
    """What is final of a video: all people who are seen before ``until_s``, from where the chunk
    before ended."""

    until_s: float
    slices: Sequence[TrackSlice]


class PassObserver(Protocol):
    """A part of a job that follows the pose pass in threads of its own."""

    def check(self) -> None:
        """Raise what made it fail."""

    def progress_span(self, duration_s: float) -> tuple[float, float]:
        """The job's progress (0..1) if the pose pass had done nothing yet, and if it were done."""
        ...


class AnalysisObserver(PassObserver, Protocol):
    """Is given what is final of an analysis while the rest of the video is still being seen.

    It is called in the analysis's thread and should not hold it up.
    """

    def begin(self, video: VideoInfo, settings: AnalysisSettings, job: JobContext) -> None:
        """Everything is loaded; the first frame comes next.

        Args:
            video: the file's own claims.
            job: of the analysis; its clock may be used in other threads.
        """

    def put(self, chunk: AnalysisChunk) -> None:
        """The next chunk; the last one is without end."""

    def finish(self) -> Sequence[str]:
        """The last chunk was given: wait for the rest. Returns sentences for the user."""
        ...
