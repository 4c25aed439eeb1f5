"""The annotated video, drawn and encoded beside the pose pass, as soon as labels are final."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Final

from harec.analysis.observer import AnalysisChunk
from harec.analysis.results import AnalysisSettings
from harec.core.errors import Cancelled
from harec.core.progress import JobContext, Progress
from harec.core.stages import Spawned, Stages
from harec.render.annotated_video import people_of, redraw
from harec.render.annotations import AnnotationStream
from harec.video import VideoInfo

#: The share of the job's work that drawing and encoding take (measured at 640x480 on two cores);
#: only the progress bar depends on it.
_SHARE: Final = 0.2


class BackgroundRenderer:
    """An `AnalysisObserver` that writes the annotated video; no frame waits for it.

    The file is decoded a second time, a few seconds behind, which costs less than keeping frames.
    A context manager: however its block ends, nothing works on afterwards, and no file is left
    unless `finish` has returned.

    Args:
        path: the video that is analysed.
        out: the .mp4 to write.
    """

    def __init__(self, path: Path, out: Path) -> None:
        self._path, self._out = path, out
        self._stages = Stages()
        self._annotations = AnnotationStream(self._check_running)
        self._lock = threading.Lock()
        self._failed = self._given_up = self._in_place = False
        self._frames, self._time_s = 0, 0.0

    def __enter__(self) -> BackgroundRenderer:
        self._stages.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stages.__exit__(exc_type, exc, traceback)

    def begin(self, video: VideoInfo, settings: AnalysisSettings, job: JobContext) -> None:
        """See `AnalysisObserver`: the thread that writes starts here."""
        self._job = job
        own = JobContext(self._written, clock=job.clock)

        def write() -> tuple[str, ...]:
            return redraw(
                video,
                self._path,
                self._out,
                people_of(self._annotations, settings, job.clock),
                own,
                settings,
                before_replace=self._put_in_place,
                on_failure=self._fail,
            )

        self._task: Spawned[tuple[str, ...]] = self._stages.spawn(write, "render")

    def check(self) -> None:
        """Raise what made it fail, if it failed."""
        self._task.check()

    def progress_span(self, duration_s: float) -> tuple[float, float]:
        """See `PassObserver`."""
        drawn = _SHARE * min(self._time_s / duration_s, 1.0) if duration_s else 0.0
        return drawn, drawn + 1 - _SHARE

    def put(self, chunk: AnalysisChunk) -> None:
        """See `AnalysisObserver`."""
        self._annotations.put(chunk)

    def finish(self) -> tuple[str, ...]:
        """Wait for the rest. Returns sentences for the user.

        Raises:
            VideoError: the video could not be written.
            Cancelled: the job was cancelled before the video was complete.
        """
        before = self._frames

        def check() -> None:
            self._job.report("render", self._frames - before, self._time_s, (1 - _SHARE, 1.0))

        try:
            return self._task.result(check)
        except BaseException:
            with self._lock:
                if not self._in_place:
                    self._given_up = True
                    raise
            return self._task.result(lambda: None)  # too late to stop: it is done

    def _put_in_place(self) -> None:
        """The file is complete; from here on the job has succeeded."""
        with self._lock:
            if self._given_up or self._stages.stopped:
                raise Cancelled("The job has ended.")
            self._in_place = True

    def _fail(self) -> None:
        self._failed = True

    def _written(self, progress: Progress) -> None:
        """A frame more was written."""
        self._frames, self._time_s = self._frames + 1, progress.time_s
        self._check_running()

    def _check_running(self) -> None:
        if self._stages.stopped or self._failed:
            raise Cancelled("The job has ended.")
