"""One viewer's live session: every picture is shown at once, the model sees the newest it can.

The camera's thread calls `LiveStream.show` with each picture. That never waits for the model: it
leaves the picture where the worker thread finds it (instead of an older one that the worker had no
time for), draws the newest result on it and returns. So the picture moves at the camera's rate
whatever the model takes, and nothing piles up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.progress import Timings
from harec.live.advice import hints
from harec.live.annotate import drawn
from harec.live.history import LiveHistory
from harec.live.metrics import MedianMeter, RateMeter
from harec.live.recorder import Recorder
from harec.live.scheduler import FairScheduler, process_scheduler
from harec.live.session_clock import SessionClock
from harec.live.stream import LiveStream
from harec.live.types import (
    LiveResult,
    LiveState,
    LiveView,
)
from harec.video import VideoInfo

#: Who was in the picture is not said any more when none has come for so long.
SILENT_S: Final = 1.0
RGB = NDArray[np.uint8]


class History(Protocol):
    """What a pipeline keeps of all that it saw, after the camera, too; read by any thread."""

    def totals(self) -> Mapping[str, int]:
        """Action or asana -> how often."""


class Pipeline(Protocol):
    """What a session needs of `harec.live.pipeline.LivePipeline`, which see."""

    @property
    def history(self) -> History: ...

    def update(self, time_s: float, rgb: RGB) -> LiveResult: ...
    def change(self, settings: AnalysisSettings) -> None: ...
    def relabel(self, settings: AnalysisSettings) -> None: ...
    def reset(self) -> None: ...
    def end_stream(self) -> None: ...


MakePipeline = Callable[[AnalysisSettings], Pipeline]
#: As `harec.live.annotate.drawn`.
Draw = Callable[[RGB, LiveResult | None, bool, float], RGB]


def _load_pipeline(settings: AnalysisSettings) -> Pipeline:
    from harec.live.pipeline import LivePipeline  # torch and onnxruntime load in the worker

    return LivePipeline(settings)


class LiveSession:
    """One viewer. All methods may be called from any thread.

    Args:
        settings: as for a whole video; None = the defaults.
        mirror: whether what is shown and recorded is flipped, as in a mirror; the model sees what
            the camera sees, so left and right stay the person's own.
        pipeline: makes what looks at the pictures, in the worker's thread; tests put a stub here.
        draw: makes the picture that is shown and recorded; called for every one, so it must take
            milliseconds.
        turns: who shares the model with whom; None = everybody in this process.
    """

    def __init__(
        self,
        settings: AnalysisSettings | None = None,
        *,
        mirror: bool = True,
        pipeline: MakePipeline | None = None,
        draw: Draw = drawn,
        turns: FairScheduler | None = None,
    ) -> None:
        self.mirror = mirror
        self._settings = settings or AnalysisSettings()
        self._make_pipeline = pipeline or _load_pipeline
        self._draw = draw
        self._turns = turns or process_scheduler()
        # Guards everything below; held for moments only, never while the model works.
        self._lock = threading.RLock()
        self._pipeline: Pipeline | None = None  # the worker's alone, as is the next line:
        self._told: tuple[int, AnalysisSettings] | None = None  # generation and settings it knows
        self._history: History | None = None
        self._stream: LiveStream | None = None
        self._last: LiveStream | None = None  # its worker may still be at work
        self._recorder: Recorder | None = None
        self._clock = SessionClock()
        self._paused = False
        self._problem: str | None = None
        self._loading = False
        self._generation = 0  # grows with every reset
        self._result: LiveResult | None = None
        self._result_arrival_s = 0.0  # when its frame came, on the monotonic clock
        self._result_shown = True
        self._last_seen_s = 0.0  # session time when somebody was in sight
        self._size_wh: tuple[int, int] | None = None
        self._picture_s = 0.0  # when the newest picture came, on the monotonic clock
        self._camera, self._looks, self._age = RateMeter(), RateMeter(), MedianMeter()
        self._closed = False

    # ------------------------------------------------------------------ what a viewer sets

    @property
    def settings(self) -> AnalysisSettings:
        """Act on the next look; another engine, mode or number of people is loaded meanwhile."""
        return self._settings

    @settings.setter
    def settings(self, settings: AnalysisSettings) -> None:
        with self._lock:
            if settings != self._settings:
                self._settings = settings
                self._problem = None  # perhaps it works now
                if self._pipeline is not None:
                    self._pipeline.relabel(settings)  # also while nobody looks
                self._wake()

    @property
    def paused(self) -> bool:
        """While paused, pictures are shown as they are: nobody looks, nothing is recorded."""
        return self._paused

    def pause(self) -> None:
        """Stop looking and recording; session time stands still."""
        with self._lock:
            self._paused = True
            self._break_off()

    def resume(self) -> None:
        """Go on."""
        with self._lock:
            self._paused = False

    def reset(self) -> None:
        """Forget people, counts, timeline and problem; a recording, and its clock, go on."""
        with self._lock:
            self._generation += 1
            self._history = self._problem = None
            if self._recorder is None:
                self._clock = SessionClock()  # else the recording's time would fall back
            self._break_off()
            self._wake()

    def retry(self) -> None:
        """Look again after a problem; what was seen before stays."""
        with self._lock:
            self._problem = None
            self._wake()

    def record(self, path: Path | None) -> str | None:
        """Start to write the pictures that are shown to an MP4 file, or finish it (None).

        Returns:
            What went wrong with the recording that ends, one plain sentence. There is no file
            then, nor when no picture was shown meanwhile.
        """
        with self._lock:
            before = self._recorder
            self._recorder = Recorder(path) if path is not None else None
        if before is None:
            return None
        before.close()
        return before.problem

    # ------------------------------------------------------------------ the camera

    def open(self) -> LiveStream:
        """A camera starts; one that was open is closed.

        Raises:
            RuntimeError: the session is closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the session is closed")
            if self._stream is not None:
                self._stream.close(wait=False)
            self._break_off()
            self._problem = None
            self._stream = self._last = LiveStream(self, self._last)
            return self._stream

    def close(self) -> None:
        """End everything; the model's memory comes back when the last look has ended."""
        with self._lock:
            self._closed = True
            stream = self._last
        if stream is not None:
            stream.close()
        self.record(None)
        with self._lock:
            self._pipeline = self._history = self._result = None

    # ------------------------------------------------------------------ what there is to see

    def view(self) -> LiveView:
        """The session at this moment."""
        now_s = time.monotonic()
        with self._lock:
            stream, result, history = self._stream, self._result, self._history
            state = self._state()
            recorder = self._recorder
            pictures = stream is not None and self._size_wh is not None
            silent_s = now_s - self._picture_s if pictures else 0.0
            if silent_s > SILENT_S:
                result = None  # nobody knows who is there now
            seen = LiveView(
                state=state,
                time_s=self._clock.now_s or 0.0,
                people=result.people if result else (),
                coach=result.coach if result else None,
                camera_fps=self._camera.rate(now_s) if stream else 0.0,
                inference_fps=self._looks.rate(now_s) if stream else 0.0,
                age_s=self._age.value() if result else None,
                viewers=self._turns.streams,
                waited_s=now_s - stream.opened_s if stream and state is LiveState.WAITING else 0.0,
                silent_s=silent_s,
                problem=self._problem,
                recording_s=recorder.length_s if recorder else None,
                size_wh=self._size_wh,
            )
            unseen_s = seen.time_s - self._last_seen_s
        totals = history.totals() if history else {}
        told = hints(seen, result, unseen_s, self._settings, recorder)
        return replace(seen, repetitions=totals, hints=told)

    def analysis(self, last_s: float | None = None, name: str = "Webcam") -> Analysis:
        """The session so far in the form of a whole video's result: for timelines and exports of
        actions (nobody is in that of another pipeline).

        Args:
            last_s: only the people seen in the last so many seconds; None = everybody.
        """
        with self._lock:
            history, now_s = self._history, self._clock.now_s or 0.0
            width, height = self._size_wh or (0, 0)
        since_s = -np.inf if last_s is None else now_s - last_s
        info = VideoInfo(name, width, height, now_s, None, None, 0, "live", False)
        people = history.results(since_s) if isinstance(history, LiveHistory) else ()
        return Analysis(info, self._settings, people, Timings({}, now_s, 0, 0))

    def _state(self) -> LiveState:
        if self._stream is None:
            return LiveState.IDLE
        if self._size_wh is None:
            return LiveState.WAITING
        if self._problem is not None:
            return LiveState.FAILED
        if self._paused:
            return LiveState.PAUSED
        loading = self._loading or self._pipeline is None
        return LiveState.LOADING if loading else LiveState.RUNNING

    # ------------------------------------------------------------------ inside, lock held

    def _break_off(self) -> None:
        """What comes next does not follow on from what was."""
        self._clock.break_off()
        self._result = None
        self._age.clear()
        self._last_seen_s = self._clock.now_s or 0.0
        if self._stream is not None:
            self._stream._broken = True

    def _wake(self) -> None:
        if self._stream is not None:
            self._stream._changed.set()

    def _publish(self, result: LiveResult, arrival_s: float, history: History) -> None:
        self._history = history
        self._result, self._result_arrival_s, self._result_shown = result, arrival_s, False
        self._looks.tick(time.monotonic())
        if result.people:
            self._last_seen_s = result.time_s
