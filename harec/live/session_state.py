"""What a session, its camera's thread and its worker share, behind one lock."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Final, Generic

import numpy as np

from harec.actions.labels import LABELS
from harec.analysis.results import AnalysisSettings
from harec.core.skeleton import NUM_KEYPOINTS
from harec.core.uprightness import CAREFUL, UprightCheck, turn_hint
from harec.live.advice import hints
from harec.live.metrics import MedianMeter, RateMeter
from harec.live.pipeline_holder import PipelineHolder, Wanted
from harec.live.protocols import RGB, ExtraT, History, MakePipeline, Pipeline
from harec.live.recorder import Recorder
from harec.live.scheduler import FairScheduler
from harec.live.session_clock import SessionClock
from harec.live.stream_slot import Arrival, StreamSlot, WaitingFrame
from harec.live.types import LiveResult, LiveState, LiveView

#: People of the newest result are not shown any more when no frame has come for so long.
SILENT_S: Final = 1.0


class SessionState(Generic[ExtraT]):
    """Every method is one step that other threads see whole. None waits for the model, except
    `prepared`, which doesn't hold the lock while models load.

    Attributes:
        mirror: whether frames are flipped before they are shown.
        scheduler: whom the model serves next.
    """

    def __init__(
        self,
        settings: AnalysisSettings,
        make_pipeline: MakePipeline[ExtraT],
        scheduler: FairScheduler,
        *,
        mirror: bool,
        least_fps: float,
    ) -> None:
        self.mirror = mirror
        self.scheduler = scheduler
        self._least_fps = least_fps
        self._settings = settings
        self._lock = threading.RLock()  # guards everything below
        self._holder = PipelineHolder(make_pipeline)
        self._history: History | None = None
        self._slot: StreamSlot | None = None  # of the open stream
        self._recorder: Recorder | None = None
        self._clock = SessionClock()
        self._paused = False
        self._problem: str | None = None
        self._loading = False
        self._generation = 0
        self._result: LiveResult[ExtraT] | None = None
        self._result_arrival_s = 0.0  # when its frame came, on the monotonic clock
        self._result_shown = True
        self._person_seen_s = 0.0  # session time when a person was in the frame
        self._size_wh: tuple[int, int] | None = None  # of the newest frame
        self._people_wh: tuple[int, int] | None = None  # in whose pixels the newest people are
        self._frame_s = 0.0  # when the newest frame came, on the monotonic clock
        self._camera, self._inferences, self._age = RateMeter(), RateMeter(), MedianMeter()
        self._upright = UprightCheck(forgets=True)
        self._closed = False

    # ------------------------------------------------------------------ the viewer's

    @property
    def settings(self) -> AnalysisSettings:
        return self._settings

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def history(self) -> History | None:
        return self._history

    def change(self, settings: AnalysisSettings) -> None:
        """Take other settings; a problem is forgotten with the old ones."""
        with self._lock:
            if settings != self._settings:
                if settings.correction != self._settings.correction:
                    self._interrupt()  # people are elsewhere in the frame
                self._settings = settings
                self._problem = None  # perhaps it works now
                self._holder.relabel(settings)  # also while no camera is on
                self._wake()

    def pause(self) -> None:
        with self._lock:
            self._paused = True
            self._interrupt()

    def resume(self) -> None:
        with self._lock:
            self._paused = False

    def reset(self) -> None:
        """Begin anew; a running recording keeps its clock."""
        with self._lock:
            self._generation += 1
            self._history = self._problem = None
            if self._recorder is None:
                self._clock = SessionClock()  # else the recording's time would fall back
                if self._slot is not None:
                    self._slot.frame = None  # its time is that of the old clock
            self._interrupt()
            self._wake()

    def retry(self) -> None:
        with self._lock:
            self._problem = None
            self._wake()

    def exchange_recorder(self, recorder: Recorder | None) -> Recorder | None:
        """Record with another one from now on; returns the one before."""
        with self._lock:
            before, self._recorder = self._recorder, recorder
            return before

    def close(self) -> None:
        """No stream begins any more."""
        with self._lock:
            self._closed = True

    def clear(self) -> None:
        """Let go of pipeline, history and result."""
        with self._lock:
            self._holder.drop()
            self._history = self._result = None

    def seen(self) -> tuple[History | None, float, tuple[int, int] | None]:
        """History, newest session time, and the size (width, height) in whose pixels people are."""
        with self._lock:
            return self._history, self._clock.now_s or 0.0, self._people_wh

    def view(self) -> tuple[LiveView[ExtraT], History | None]:
        """This moment, without repetitions: the history counts them, which may take longer."""
        now_s = time.monotonic()
        with self._lock:
            slot, result, recorder = self._slot, self._result, self._recorder
            state = self._state()
            frames = slot is not None and self._size_wh is not None
            silent_s = now_s - self._frame_s if frames else 0.0
            if silent_s > SILENT_S:
                result = None  # who is there now is unknown
            time_s = self._clock.now_s or 0.0
            view = LiveView(
                state=state,
                time_s=time_s,
                people=result.people if result else (),
                camera_fps=self._camera.rate(now_s) if slot else 0.0,
                inference_fps=self._inferences.rate(now_s) if slot else 0.0,
                age_s=self._age.value() if result else None,
                viewers=self.scheduler.streams,
                waited_s=now_s - slot.opened_s if slot and state is LiveState.WAITING else 0.0,
                silent_s=silent_s,
                problem=self._problem,
                recording_s=recorder.length_s if recorder else None,
                size_wh=self._size_wh,
                labels=result.labels if result else LABELS,
                extra=result.extra if result else None,
            )
            empty_s = time_s - self._person_seen_s
            advice = hints(view, result, empty_s, self._settings, recorder, self._least_fps)
            if needed := self._upright.turn_deg(CAREFUL):
                advice += (turn_hint(self._settings.correction, needed, "picture"),)
            return replace(view, hints=advice), self._history

    # ------------------------------------------------------------------ the camera's

    def open_stream(self, slot: StreamSlot) -> None:
        """A stream begins; one that was open ends.

        Raises:
            RuntimeError: the session is closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the session is closed")
            if self._slot is not None:
                self.close_stream(self._slot)
            self._interrupt()
            self._problem = self._size_wh = None
            self._camera.clear()
            self._inferences.clear()
            self.scheduler.join(slot)
            self._slot = slot

    def close_stream(self, slot: StreamSlot) -> None:
        """A stream ends, if it has not yet."""
        with self._lock:
            if not slot.closing.is_set():
                slot.closing.set()
                slot.changed.set()
                self.scheduler.leave(slot)
            if self._slot is slot:
                self._slot = None
                self._interrupt()

    def arrive(self, slot: StreamSlot, source_s: float, rgb: RGB) -> Arrival[ExtraT]:
        """A frame has come; it waits for the worker in place of an older one.

        Args:
            source_s: the source's own time stamp.
        """
        now_s = time.monotonic()
        with self._lock:
            self._camera.tick(now_s)
            self._size_wh = (rgb.shape[1], rgb.shape[0])
            self._frame_s = now_s
            closing, settings = slot.closing.is_set(), self._settings
            if not closing:
                self.scheduler.join(slot)
            time_s, result = None, None
            if not self._paused and not closing:
                time_s, result = self._clock.at(source_s), self._result
            skip = 0 if settings.skip == "auto" else settings.skip  # its frames are the pipeline's
            if time_s is not None and slot.arrived % (skip + 1) == 0:
                slot.frame = WaitingFrame(time_s, rgb, now_s)
                slot.changed.set()
            slot.arrived += 1
            if result is not None and not self._result_shown:
                self._result_shown = True
                self._age.add(now_s, now_s - self._result_arrival_s)
            return Arrival(
                time_s,
                result,
                self.mirror,
                settings.thresholds.keypoint_threshold,
                None if time_s is None else self._recorder,
            )

    # ------------------------------------------------------------------ the worker's

    def has_work(self, slot: StreamSlot) -> bool:
        """Whether a frame waits, and no problem stands in its way."""
        with self._lock:
            return self._problem is None and slot.frame is not None

    def prepared(self) -> tuple[Pipeline[ExtraT], Wanted]:
        """The pipeline, told all that is wanted now; takes seconds when models load.

        Raises:
            ModelError: a model file is missing or damaged.
        """
        with self._lock:
            wanted = Wanted(self._generation, self._settings)
            self._loading = self._holder.must_load(wanted)
        return self._holder.prepare(wanted), wanted

    def take(self, slot: StreamSlot, prepared_for: Wanted) -> tuple[WaitingFrame, bool] | None:
        """The frame that waits, and whether it follows on from the one taken before.

        None: there is none, or the pipeline is to be prepared anew.
        """
        with self._lock:
            if slot.frame is None:
                return None
            if prepared_for != Wanted(self._generation, self._settings):
                slot.changed.set()  # once more, with what is wanted now
                return None
            frame, slot.frame = slot.frame, None
            follows_on, slot.follows_on = slot.follows_on, True
            return frame, follows_on

    def publish(
        self,
        slot: StreamSlot,
        prepared_for: Wanted,
        frame: WaitingFrame,
        result: LiveResult[ExtraT],
        history: History,
    ) -> None:
        """Show a result, unless it was taken before a reset, a pause or the stream's end."""
        with self._lock:
            self._loading = False
            if (
                self._generation != prepared_for.generation
                or not slot.follows_on
                or self._paused
                or slot.closing.is_set()
            ):
                return
            self._history = history
            self._result, self._result_arrival_s = result, frame.arrival_s
            self._people_wh = result.size_wh
            self._result_shown = False
            if result.looked:
                self._inferences.tick(time.monotonic())
            bodies = [person.keypoints_xyc for person in result.people]
            self._upright.add(result.time_s, np.array(bodies).reshape(-1, NUM_KEYPOINTS, 3))
            if result.people:
                self._person_seen_s = result.time_s

    def fail(self, slot: StreamSlot, problem: str) -> None:
        """The model has failed: it gets no more frames until a change or a retry."""
        with self._lock:
            self._problem = problem
            self._result = None
            slot.follows_on = False

    def release(self) -> Pipeline[ExtraT] | None:
        """The worker ends; the pipeline, if there is one, is to be told."""
        with self._lock:
            self._loading = False
            pipeline = self._holder.pipeline
            if self._closed:
                self._holder.drop()
            return pipeline

    # ------------------------------------------------------------------ inside, lock held

    def _state(self) -> LiveState:
        if self._slot is None:
            return LiveState.IDLE
        if self._size_wh is None:
            return LiveState.WAITING
        if self._problem is not None:
            return LiveState.FAILED
        if self._paused:
            return LiveState.PAUSED
        loading = self._loading or self._holder.pipeline is None
        return LiveState.LOADING if loading else LiveState.RUNNING

    def _interrupt(self) -> None:
        """What comes next does not follow on from what was."""
        self._clock.break_off()
        self._result = None
        self._age.clear()
        self._upright = UprightCheck(forgets=True)
        self._person_seen_s = self._clock.now_s or 0.0
        if self._slot is not None:
            self._slot.follows_on = False

    def _wake(self) -> None:
        if self._slot is not None:
            self._slot.changed.set()
