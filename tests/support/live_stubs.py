"""A pipeline that works when the test lets it, and reports what it saw."""

from __future__ import annotations

import threading

import numpy as np
from waiting import PATIENCE_S, until

from harec.actions.segments import SegmentSettings
from harec.analysis.results import AnalysisSettings
from harec.live import LivePerson, LiveResult, LiveSession
from harec.live.history import LiveHistory


class StubPipeline:
    """Stands for LivePipeline. ``go`` lets inferences through, ``busy`` says that one has begun."""

    def __init__(self) -> None:
        self.history = LiveHistory(SegmentSettings())
        self.times_s: list[float] = []
        self.frames: list[np.ndarray] = []
        self.changes: list[AnalysisSettings] = []
        self.relabeled: list[AnalysisSettings] = []
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.people: tuple[LivePerson, ...] = ()
        self.brightness = 0.5
        self.go, self.busy = threading.Event(), threading.Event()
        self.go.set()

    def update(self, time_s: float, rgb: np.ndarray) -> LiveResult[None]:
        self.busy.set()
        assert self.go.wait(PATIENCE_S)
        self.busy.clear()
        self.times_s.append(time_s)
        self.frames.append(rgb)
        self.calls.append("update")
        if self.error is not None:
            raise self.error
        size_wh = (rgb.shape[1], rgb.shape[0])
        return LiveResult(time_s, size_wh, self.people, self.brightness)

    def change(self, settings: AnalysisSettings) -> None:
        self.calls.append("change")
        self.changes.append(settings)
        if self.error is not None:
            raise self.error

    def relabel(self, settings: AnalysisSettings) -> None:
        self.relabeled.append(settings)

    def reset(self) -> None:
        self.calls.append("reset")
        self.history = LiveHistory(SegmentSettings())

    def end_stream(self) -> None:
        self.calls.append("end_stream")


def person(x: float, y: float, number: int = 1, action: str | None = None) -> LivePerson:
    """A person of whom only the shoulders are seen, 20 px right and left of (x, y)."""
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[5], keypoints[6] = (x + 20, y, 1), (x - 20, y, 1)
    return LivePerson(number, keypoints, action, 0.9 if action else 0.0)


def show_until_seen(
    stream, pipeline: StubPipeline, rgb: np.ndarray, times_s: list[float]
) -> list[np.ndarray]:
    """Show frames one by one, each only when the one before has its result."""
    shown = []
    for time_s in times_s:
        count = len(pipeline.times_s)
        shown.append(stream.show(time_s, rgb))
        until(lambda count=count: len(pipeline.times_s) > count)
        until(lambda: stream.idle)
    return shown


def live(pipeline: StubPipeline, **options) -> LiveSession:
    return LiveSession(pipeline=lambda settings: pipeline, **options)
