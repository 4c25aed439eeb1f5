"""A live session and a camera's connection whose every step the test decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import streamlit as st

from harec.actions.segments import Segment
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import VideoError
from harec.core.progress import Timings
from harec.live import LivePerson, LiveState, LiveView
from harec.video import VideoInfo

PROBABILITIES = np.array([0.02, 0.9, 0.02, 0.02, 0.02, 0.01, 0.01], np.float32)
RUNNING = LiveView(
    state=LiveState.RUNNING,
    time_s=75.0,
    people=(
        LivePerson(
            3,
            np.zeros((17, 3), np.float32),
            "JUMPING_JACKS",
            0.9,
            PROBABILITIES,
            {"JUMPING_JACKS": 12},
        ),
        LivePerson(5, np.zeros((17, 3), np.float32)),
    ),
    repetitions={"JUMPING_JACKS": 12, "CLAPPING_HANDS": 4},
    camera_fps=14.9,
    inference_fps=9.6,
    age_s=0.123,
    viewers=1,
    size_wh=(480, 360),
)


class StubStream:
    def __init__(self, live: StubLive) -> None:
        self.live = live
        self.closed = 0

    def show(self, time_s: float, rgb: np.ndarray) -> np.ndarray:
        if self.live.error is not None:
            raise self.live.error
        self.live.shown.append((time_s, rgb))
        return 255 - rgb

    def close(self, wait: bool = True) -> None:
        assert not wait, "closing waits for the model"
        self.closed += 1


class StubLive:
    """Stands for LiveSession."""

    def __init__(self) -> None:
        self.seen = LiveView()
        self.settings = AnalysisSettings()
        self.mirror = False
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.record_error: VideoError | None = None
        self.recording: Path | None = None
        self.lost = False  # what is recorded
        self.shown: list[tuple[float, np.ndarray]] = []
        self.streams: list[StubStream] = []
        self.closed = False

    @property
    def paused(self) -> bool:
        return self.seen.state is LiveState.PAUSED

    def pause(self) -> None:
        self.seen = replace(self.seen, state=LiveState.PAUSED)

    def resume(self) -> None:
        self.seen = replace(self.seen, state=LiveState.RUNNING)

    def retry(self) -> None:
        self.calls.append("retry")

    def reset(self) -> None:
        self.calls.append("reset")
        self.seen = LiveView(state=self.seen.state)

    def open(self) -> StubStream:
        self.streams.append(StubStream(self))
        return self.streams[-1]

    def record(self, path: Path | None) -> None:
        self.calls.append("record" if path else "finish")
        if path and self.record_error:
            raise self.record_error
        if path is None and self.recording and not self.lost:
            self.recording.write_bytes(b"annotated")
        self.recording = path

    def view(self) -> LiveView:
        return replace(self.seen, recording_s=12.0 if self.recording else None)

    def analysis(self, last_s: float | None = None, name: str = "Webcam") -> Analysis:
        now_s = self.seen.time_s
        times = np.arange(20.0, now_s, 0.1)
        segments = (Segment("JUMPING_JACKS", 30.0, 40.0, 0.9),)
        people = tuple(
            PersonResult(
                person.id,
                20.0,
                now_s,
                times,
                np.zeros((len(times), 17, 3), np.float32),
                times,
                np.stack([times, times], axis=1),
                np.tile(PROBABILITIES, (len(times), 1)),
                segments,
            )
            for person in self.seen.people
        )
        info = VideoInfo(name, 480, 360, now_s, None, Fraction(15), 0, "live", False)
        return Analysis(info, self.settings, people, Timings({}, now_s, 0, 0))

    def close(self) -> None:
        self.closed = True


class StubCamera:
    """Stands for streamlit-webrtc: says what was asked of it, and the state that a test sets."""

    def __init__(self) -> None:
        self.playing = self.signalling = False
        self.asked: dict[str, object] = {}
        self.keys: list[str] = []
        self.error: Exception | None = None
        self.waits: Callable[[], object] = lambda: None  # it does when a connection has ended
        self._told = (False, False)

    def __call__(self, key: str, **asked: Any) -> SimpleNamespace:
        if self.keys and key != self.keys[-1]:  # a new frame knows nothing of the old one's
            self.playing = self.signalling = False
            self._told = (False, False)
        self.keys.append(key)
        self.asked = asked
        before, self._told = self._told, (self.playing, self.signalling)
        if self._told != before:
            st.session_state[key] = SimpleNamespace(
                state=SimpleNamespace(playing=self.playing, signalling=self.signalling)
            )
            asked["on_change"]()
            self.waits()
        if self.error is not None and self.signalling:
            raise self.error
        state = SimpleNamespace(playing=self.playing, signalling=self.signalling)
        return SimpleNamespace(state=state)
