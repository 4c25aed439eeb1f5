"""One viewer's live session: every frame is shown at once, the model sees the newest it can.

The camera's thread calls `LiveStream.show` with each frame. That never waits for the model: it
leaves the frame where the worker thread finds it (instead of an older one that the worker had no
time for), draws the newest result on it and returns. So what is shown moves at the camera's rate
whatever the model takes, and nothing piles up.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar, cast, overload

import numpy as np

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.progress import Timings
from harec.live.advice import QUICK_MOTION_FPS
from harec.live.annotate import annotate_frame
from harec.live.history import LiveHistory
from harec.live.protocols import Draw, History, MakePipeline, Pipeline
from harec.live.recorder import Recorder
from harec.live.scheduler import FairScheduler, process_scheduler
from harec.live.session_state import SessionState
from harec.live.stream import LiveStream
from harec.live.types import LiveView
from harec.video import VideoInfo
from harec.video.container import LIVE_CODEC

ExtraT_co = TypeVar("ExtraT_co", covariant=True)


def _load_pipeline(settings: AnalysisSettings) -> Pipeline[None]:
    from harec.live.pipeline import LivePipeline  # torch and onnxruntime load in the worker

    return LivePipeline(settings)


class LiveSession(Generic[ExtraT_co]):
    """One viewer. All methods may be called from any thread.

    ``LiveSession[None]`` names actions; with a pipeline of its own a session may say more, see
    `LiveResult.extra`.

    Args:
        settings: as for a whole video; None = the defaults.
        mirror: whether what is shown and recorded is flipped, as in a mirror; the model sees what
            the camera sees, so left and right stay the person's own.
        pipeline: makes what sees the frames, in the worker's thread; None = what names actions.
        draw: makes the frame that is shown and recorded; called for every one, so it must take
            milliseconds.
        scheduler: shares the model among sessions; None = that of this process.
        least_fps: with fewer inferences a second the hints say what to change; 0 = never.
    """

    @overload
    def __init__(
        self: LiveSession[None],
        settings: AnalysisSettings | None = None,
        *,
        mirror: bool = True,
        scheduler: FairScheduler | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        settings: AnalysisSettings | None = None,
        *,
        mirror: bool = True,
        pipeline: MakePipeline[ExtraT_co],
        draw: Draw[ExtraT_co] = annotate_frame,
        scheduler: FairScheduler | None = None,
        least_fps: float = QUICK_MOTION_FPS,
    ) -> None: ...

    def __init__(
        self,
        settings: AnalysisSettings | None = None,
        *,
        mirror: bool = True,
        pipeline: MakePipeline[ExtraT_co] | None = None,
        draw: Draw[ExtraT_co] = annotate_frame,
        scheduler: FairScheduler | None = None,
        least_fps: float = QUICK_MOTION_FPS,
    ) -> None:
        # Without a pipeline the type is that of the first signature: LiveSession[None].
        make_pipeline = pipeline or cast("MakePipeline[ExtraT_co]", _load_pipeline)
        self._state = SessionState(
            settings or AnalysisSettings(),
            make_pipeline,
            scheduler or process_scheduler(),
            mirror=mirror,
            least_fps=least_fps,
        )
        self._draw = draw
        self._opening = threading.Lock()  # guards the next line
        self._last: LiveStream[ExtraT_co] | None = None  # its worker may still be at work

    # ------------------------------------------------------------------ what a viewer sets

    @property
    def settings(self) -> AnalysisSettings:
        """Act on the next inference; another engine, mode or number of people loads meanwhile."""
        return self._state.settings

    @settings.setter
    def settings(self, settings: AnalysisSettings) -> None:
        self._state.change(settings)

    @property
    def mirror(self) -> bool:
        """Whether what is shown and recorded is flipped; acts on the next frame."""
        return self._state.mirror

    @mirror.setter
    def mirror(self, mirror: bool) -> None:
        self._state.mirror = mirror

    @property
    def paused(self) -> bool:
        """While paused, frames are shown as they are: no inference, no recording."""
        return self._state.paused

    def pause(self) -> None:
        """Stop inference and recording; session time stands still."""
        self._state.pause()

    def resume(self) -> None:
        """Continue."""
        self._state.resume()

    def reset(self) -> None:
        """Forget people, counts, timeline and problem; a recording, and its clock, continue."""
        self._state.reset()

    def retry(self) -> None:
        """Try again after a problem; what was seen before stays."""
        self._state.retry()

    def record(self, path: Path | None) -> str | None:
        """Start to write the frames that are shown to an MP4 file, or finish it (None).

        Returns:
            What went wrong with the recording that ends, one plain sentence. There is no file
            then, nor when no frame was shown meanwhile.
        """
        before = self._state.exchange_recorder(Recorder(path) if path is not None else None)
        if before is None:
            return None
        before.close()
        return before.problem

    # ------------------------------------------------------------------ the camera

    def open(self) -> LiveStream[ExtraT_co]:
        """A camera starts; one that was open is closed.

        Raises:
            RuntimeError: the session is closed.
        """
        with self._opening:
            self._last = LiveStream(self._state, self._draw, self._last)
            return self._last

    def close(self) -> None:
        """End everything; the model's memory is freed when the last inference has ended."""
        with self._opening:
            self._state.close()
            stream = self._last
        if stream is not None:
            stream.close()
        self.record(None)
        self._state.clear()

    # ------------------------------------------------------------------ what there is to see

    def view(self) -> LiveView[ExtraT_co]:
        """The session at this moment."""
        view, history = self._state.view()
        return replace(view, repetitions=history.totals() if history else {})

    @property
    def history(self) -> History | None:
        """What the pipeline has kept since the start or the last reset; None before a result."""
        return self._state.history

    def analysis(self, last_s: float | None = None, name: str = "Webcam") -> Analysis:
        """The session so far in the form of a whole video's result: for timelines and exports of
        actions (without people if another pipeline has seen the frames).

        Args:
            last_s: only the people seen in the last so many seconds, without keypoints; None = all.
        """
        history, now_s, size_wh = self._state.seen()
        width, height = size_wh or (0, 0)
        since_s = -np.inf if last_s is None else now_s - last_s
        info = VideoInfo(name, width, height, now_s, None, None, 0, LIVE_CODEC, False)
        if not isinstance(history, LiveHistory):
            return Analysis(info, self.settings, (), Timings({}, now_s, 0, 0))
        gone = history.forgotten if last_s is None else 0
        notes = (f"Of people who left long ago, the first {gone} are not listed.",) if gone else ()
        people = history.whole() if last_s is None else history.results(since_s)
        timings = Timings({}, now_s, 0, 0)
        return Analysis(info, self.settings, people, timings, file_warnings=notes)
