"""One camera of a live session, from START to STOP."""

from __future__ import annotations

import logging
import threading
from typing import Final, Generic

from harec.core.errors import HarecError
from harec.live.protocols import RGB, Draw, ExtraT
from harec.live.session_state import SessionState
from harec.live.stream_slot import StreamSlot

#: Shown instead of the text of an error that was not foreseen; the traceback goes to the log.
UNEXPECTED: Final = (
    "Something went wrong while looking at the picture. Try again; the details are in the "
    "server's log."
)

_log = logging.getLogger(__name__)


class LiveStream(Generic[ExtraT]):
    """A camera of a session, from START to STOP. Made by `LiveSession.open`.

    Args:
        state: the session's.
        draw: makes the frame that is shown.
        before: the session's stream before this one; the pipeline is its worker's until that ends.

    Raises:
        RuntimeError: the session is closed.
    """

    def __init__(
        self, state: SessionState[ExtraT], draw: Draw[ExtraT], before: LiveStream[ExtraT] | None
    ) -> None:
        self._state, self._draw, self._before = state, draw, before
        self._slot = StreamSlot()
        self._working = False
        state.open_stream(self._slot)
        self._thread = threading.Thread(target=self._run, name="harec-live", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether the worker rests: every frame so far that it is to see has its result."""
        return not self._slot.changed.is_set() and not self._working

    def show(self, time_s: float, rgb: RGB) -> RGB:
        """Take a frame of the camera and return it as the viewer should see it; never waits.

        Args:
            time_s: the source's own time stamp, from any origin.
            rgb: uint8 (H, W, 3), any size; it must not be changed afterwards.

        Returns:
            uint8 (H, W, 3): a new frame, turned if the settings say so, mirrored if the session
            does, with the people of the newest result drawn on it.
        """
        rgb = self._state.settings.correction.apply(rgb)
        arrival = self._state.arrive(self._slot, time_s, rgb)
        out = self._draw(rgb, arrival.result, arrival.mirror, arrival.keypoint_threshold)
        if arrival.recorder is not None and arrival.time_s is not None:
            arrival.recorder.offer(arrival.time_s, out)
        return out

    def close(self, wait: bool = True) -> None:
        """The camera stops; what was seen stays with the session.

        Args:
            wait: for the end of the worker's thread, which is that of the running inference.
        """
        self._state.close_stream(self._slot)
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        if self._before is not None:
            self._before._thread.join()
            self._before = None
        slot = self._slot
        while not slot.closing.is_set():
            slot.changed.wait()
            self._working = True  # before the line below: `idle` reads them the other way round
            slot.changed.clear()
            try:
                if self._state.has_work(slot):
                    self._infer()
            except BaseException as error:  # a library's SystemExit, too: the worker outlives it
                self._fail(error)
            self._working = False
        pipeline = self._state.release()
        if pipeline is not None:
            try:
                pipeline.end_stream()
            except BaseException as error:
                self._fail(error)

    def _infer(self) -> None:
        """Let the model see the frame that waits, if it is still there at this stream's turn."""
        state, slot = self._state, self._slot
        pipeline, wanted = state.prepared()  # not within a turn: loading takes seconds
        with state.scheduler.turn(wanted.settings.estimator, slot, slot.closing) as granted:
            taken = state.take(slot, wanted) if granted else None
            if taken is None:
                return
            frame, follows_on = taken
            if not follows_on:
                pipeline.end_stream()
            result = pipeline.update(frame.time_s, frame.rgb)
            state.publish(slot, wanted, frame, result, pipeline.history)

    def _fail(self, error: BaseException) -> None:
        known = isinstance(error, HarecError)
        if not known:
            _log.error("The inference on a live frame failed", exc_info=error)
        self._state.fail(self._slot, str(error) if known else UNEXPECTED)
