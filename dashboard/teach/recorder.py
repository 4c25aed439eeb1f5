"""One visitor's webcam on the Teach page: a countdown, a few seconds, an example.

The session is that of Live, with a memory of where people were lately: Live itself keeps no
keypoints. Times are the session's, which come from the frames.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from dashboard.live.controller import LiveController
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import VisitorStorage
from dashboard.teach_state import Kept, Track
from dashboard.visitor import Visitor
from harec.actions.gesture import MIN_SPAN_S
from harec.analysis.results import AnalysisSettings
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.live import LiveResult, LiveSession, LiveState
from harec.live.protocols import RGB, History, Pipeline
from harec.taught.examples import stretch

COUNTDOWN_S: Final = 3.0
LENGTHS_S: Final = (2, 3, 4, 5)
#: What is remembered: the longest recording, and what its results may be late by.
_MEMORY_S: Final = 10.0
#: Results of the last frames are waited for so long.
_LATE_S: Final = 2.0


class Memory:
    """Where people were in the last seconds. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, Mapping[int, FloatArray]]] = deque()

    def add(self, result: LiveResult[None]) -> None:
        """What the model saw in a frame; one that it did not look at says nothing new."""
        if not result.looked:
            return
        people = {person.id: person.keypoints_xyc for person in result.people}
        with self._lock:
            self._seen.append((result.time_s, people))
            while self._seen[0][0] < result.time_s - _MEMORY_S:
                self._seen.popleft()

    def clear(self) -> None:
        """Time begins anew."""
        with self._lock:
            self._seen.clear()

    @property
    def newest_s(self) -> float:
        """The newest moment."""
        with self._lock:
            return self._seen[-1][0] if self._seen else -np.inf

    def tracks(self, start_s: float, end_s: float) -> list[Track]:
        """Everybody within a span, whoever was seen most often first; times from its start."""
        with self._lock:
            seen = [each for each in self._seen if start_s <= each[0] <= end_s]
        by_person: dict[int, list[tuple[float, FloatArray]]] = {}
        for time_s, people in seen:
            for person, keypoints_xyc in people.items():
                by_person.setdefault(person, []).append((time_s - start_s, keypoints_xyc))
        tracks = [
            Track(person, np.array([t for t, _ in own]), np.stack([xyc for _, xyc in own]))
            for person, own in by_person.items()
        ]
        return sorted(tracks, key=lambda track: -len(track.times_s))


class RememberingPipeline:
    """A pipeline of Live whose results are remembered, too."""

    def __init__(self, inner: Pipeline[None], memory: Memory) -> None:
        self._inner, self._memory = inner, memory

    @property
    def history(self) -> History:
        return self._inner.history

    def update(self, time_s: float, rgb: RGB) -> LiveResult[None]:
        result = self._inner.update(time_s, rgb)
        self._memory.add(result)
        return result

    def change(self, settings: AnalysisSettings) -> None:
        self._inner.change(settings)

    def relabel(self, settings: AnalysisSettings) -> None:
        self._inner.relabel(settings)

    def reset(self) -> None:
        self._memory.clear()
        self._inner.reset()

    def end_stream(self) -> None:
        self._inner.end_stream()


@dataclass(frozen=True)
class Take:
    """A recording that was asked for: what it shows, and from when to when, session time."""

    label: str
    start_s: float
    end_s: float


class RecordController(LiveController):
    """As `LiveController`; what it gives are examples.

    Attributes:
        take: the recording that is counted down to or runs.
        kept: the recording that waits for the visitor's word.
    """

    name: ClassVar = "teach"

    def __init__(
        self,
        storage: VisitorStorage,
        files: PublicFiles,
        live: LiveSession[object] | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.memory = memory or Memory()
        super().__init__(storage, files, live or _session(self.memory))
        self.take: Take | None = None
        self.kept: Kept | None = None
        self._recordings_made = 0

    @property
    def ready(self) -> bool:
        """Whether the camera runs and people are looked for."""
        return self.link.playing and self.live.view().state is LiveState.RUNNING

    def begin(self, label: str, length_s: float) -> None:
        """Count down to a recording."""
        start_s = self.live.view().time_s + COUNTDOWN_S
        self.kept, self.problem = None, None
        self.take = Take(label, start_s, start_s + length_s)

    def again(self) -> None:
        """Record anew what was recorded last."""
        if self.kept is not None:
            example = self.kept.example
            self.begin(example.label, example.end_s - example.start_s)

    def drop(self) -> None:
        """Neither what runs nor what was recorded is wanted."""
        self.take = self.kept = None

    def follow(self) -> None:
        """Finish a recording whose time is over; call it often."""
        take = self.take
        if take is None:
            return
        now_s = self.live.view().time_s
        if not self.link.on or now_s < take.start_s - COUNTDOWN_S - 1e-6:  # or begun anew
            self.take, self.problem = None, "The camera stopped: nothing was recorded."
        elif self.memory.newest_s >= take.end_s or now_s >= take.end_s + _LATE_S:
            self.take = None
            try:
                self.kept = self._recorded(take)
            except InputError as problem:
                self.problem = str(problem)

    def _recorded(self, take: Take) -> Kept:
        tracks = self.memory.tracks(take.start_s, take.end_s)
        if not tracks or np.ptp(tracks[0].times_s) < MIN_SPAN_S:
            raise InputError(
                "You were not seen for long enough. Step back until the camera sees most of you, "
                "and record again."
            )
        self._recordings_made += 1
        shows, source = tracks[0], f"webcam {self._recordings_made}"
        example = stretch(
            take.label, source, shows.times_s, shows.keypoints_xyc, 0.0, take.end_s - take.start_s
        )
        return Kept(0, example, tuple(tracks[:6]))

    @property
    def empty(self) -> bool:
        return self.kept is None

    @property
    def unsaved(self) -> list[str]:
        return [] if self.kept is None else [self.name]


def _session(memory: Memory) -> LiveSession[None]:
    def load(settings: AnalysisSettings) -> RememberingPipeline:
        from harec.live.pipeline import LivePipeline  # torch and onnxruntime load in the worker

        return RememberingPipeline(LivePipeline(settings), memory)

    return LiveSession(pipeline=load)


def record_controller(visitor: Visitor) -> RecordController:
    """A visitor's; see `dashboard.visitor.Visitor.state`."""
    return RecordController(visitor.new_storage(), visitor.files)
