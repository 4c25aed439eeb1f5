"""One camera of a live session, from START to STOP."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from harec.analysis.results import AnalysisSettings
from harec.core.errors import HarecError

if TYPE_CHECKING:
    from harec.live.session import LiveSession, Pipeline

#: Shown instead of the text of an error that nobody foresaw; the traceback goes to the log.
UNEXPECTED: Final = (
    "Something went wrong while looking at the picture. Try again; the details are in the "
    "server's log."
)

RGB = NDArray[np.uint8]

_log = logging.getLogger(__name__)


class LiveStream:
    """A camera of a session, from START to STOP. Made by `LiveSession.open`."""

    def __init__(self, session: LiveSession, before: LiveStream | None) -> None:
        self.opened_s = time.monotonic()
        self._session = session
        self._before = before
        self._newest: tuple[float, RGB, float] | None = None  # session time, picture, arrival
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._broken = False  # what comes next does not follow on from what was
        self._pictures = 0
        session._size_wh = None
        session._camera.clear()
        session._looks.clear()
        session._turns.join(self)
        self._thread = threading.Thread(target=self._run, name="harec-live", daemon=True)
        self._thread.start()

    def show(self, time_s: float, rgb: RGB) -> RGB:
        """Take a picture of the camera and return it as the viewer should see it; never waits.

        Args:
            time_s: the source's own time stamp, from any origin.
            rgb: uint8 (H, W, 3), any size; it must not be changed afterwards.

        Returns:
            uint8 (H, W, 3): a new picture of the same size, mirrored if the session says so, with
            the people of the newest result drawn on it.
        """
        session, now_s = self._session, time.monotonic()
        session._camera.tick(now_s)
        with session._lock:
            session._size_wh = (rgb.shape[1], rgb.shape[0])
            session._picture_s = now_s
            if not self._closing.is_set():
                session._turns.join(self)
            mirror, settings = session.mirror, session._settings
            session_s, result = None, None
            if not session._paused and not self._closing.is_set():
                session_s, result = session._clock.at(time_s), session._result
            if session_s is not None and self._pictures % (settings.skip + 1) == 0:
                self._newest = (session_s, rgb, now_s)
                self._changed.set()
            self._pictures += 1
            if result is not None and not session._result_shown:
                session._result_shown = True
                session._age.add(now_s, now_s - session._result_arrival_s)
            recorder = session._recorder
        out = session._draw(rgb, result, mirror, settings.thresholds.keypoint_threshold)
        if recorder is not None and session_s is not None:
            recorder.offer(session_s, out)
        return out

    def close(self, wait: bool = True) -> None:
        """The camera stops; what was seen stays with the session.

        Args:
            wait: for the end of the worker's thread, which is that of the running look.
        """
        session = self._session
        with session._lock:
            if not self._closing.is_set():
                self._closing.set()
                self._changed.set()
                session._turns.leave(self)
            if session._stream is self:
                session._stream = None
                session._break_off()
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        if self._before is not None:
            self._before._thread.join()  # the pipeline is its as long as it works
            self._before = None
        session = self._session
        while not self._closing.is_set():
            self._changed.wait()
            self._changed.clear()
            try:
                if session._problem is None:
                    self._look()
            except Exception as error:
                self._fail(error)
        with session._lock:
            session._loading = False
            pipeline = session._pipeline
            if session._closed:
                session._pipeline = None
        if pipeline is not None:
            try:
                pipeline.end_stream()
            except Exception as error:
                self._fail(error)

    def _look(self) -> None:
        """Let the model see the newest picture, if there is one."""
        session = self._session
        with session._lock:
            if self._newest is None:
                return
        pipeline, told = self._prepared()  # not within a turn: loading takes seconds
        with session._turns.turn(told[1].estimator, self, self._closing) as mine:
            with session._lock:
                if not mine or self._newest is None:
                    return
                if told != (session._generation, session._settings):
                    self._changed.set()  # once more, with what is wanted now
                    return
                (time_s, rgb, arrival_s), self._newest = self._newest, None
                broken, self._broken = self._broken, False
            if broken:
                pipeline.end_stream()
            result = pipeline.update(time_s, rgb)
            with session._lock:
                session._loading = False
                # What was seen before a reset, a pause or the end is not shown after it.
                if session._generation == told[0] and not (
                    self._broken or session._paused or self._closing.is_set()
                ):
                    session._publish(result, arrival_s, pipeline.history)

    def _prepared(self) -> tuple[Pipeline, tuple[int, AnalysisSettings]]:
        """The pipeline, and what it has been told: everything that is wanted now."""
        session = self._session
        with session._lock:
            generation, settings = wanted = session._generation, session._settings
            told, pipeline = session._told, session._pipeline
            session._loading = pipeline is None or told is None or settings.needs_pose(told[1])
        if pipeline is None:
            session._pipeline = pipeline = session._make_pipeline(settings)
        elif told is not None:
            if generation != told[0]:
                pipeline.reset()
            if settings != told[1]:
                pipeline.change(settings)
        session._told = wanted
        return pipeline, wanted

    def _fail(self, error: Exception) -> None:
        session = self._session
        known = isinstance(error, HarecError)
        if not known:
            _log.error("A look at a live picture failed", exc_info=error)
        with session._lock:
            session._problem = str(error) if known else UNEXPECTED
            session._result = None
            self._broken = True  # should it go on, then afresh
