"""The annotated video, drawn and encoded behind the first pass, as soon as labels are settled."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from harec.analysis.finalizer import Settler
from harec.analysis.labeler import Labeler
from harec.core.errors import Cancelled
from harec.core.progress import Reporter, StageClock
from harec.core.stages import Stages
from harec.render.annotated_video import people_of, redraw
from harec.render.annotations import AnnotationStream
from harec.video import VideoInfo

#: The share of the job's work that drawing and encoding take (measured at 640x480 on two cores);
#: only the progress bar depends on it.
_SHARE: Final = 0.2


class BackgroundRenderer:
    """Writes a video while another thread finds out what is to be drawn; no frame waits for it.

    The file is decoded a second time, a few seconds behind, which costs less than keeping frames.

    Args:
        stages: of the job; when they stop, so does this, and leaves no file.
        labeler: finds the people; it must be given the same file's looks.
        video: what is known of ``path``.
        out: the .mp4 to write.
    """

    def __init__(
        self,
        stages: Stages,
        labeler: Labeler,
        video: VideoInfo,
        path: Path,
        out: Path,
        clock: StageClock,
    ) -> None:
        self._stages, self._labeler = stages, labeler
        self._lock = threading.Lock()
        self._failed = self._given_up = self._in_place = False
        scene = AnnotationStream(self._go_on)
        self._settler = Settler(labeler, scene)
        labeler.on_look = self._settler.look
        self._frames, self._time_s = 0, 0.0
        settings = labeler.settings

        def write() -> tuple[str, ...]:
            draw = people_of(scene, settings, clock)
            return redraw(
                video,
                path,
                out,
                draw,
                clock,
                self._drawn,
                self._put_in_place,
                max_side=settings.video_max_side,
                on_failure=self._fail,
            )

        self._task = stages.spawn(write, "render")

    def check(self) -> None:
        """Raise what made it fail, if it failed."""
        self._task.check()

    def share(self, duration_s: float) -> tuple[float, float]:
        """See `harec.analysis.pose_pass.Behind`."""
        drawn = _SHARE * min(self._time_s / duration_s, 1.0) if duration_s else 0.0
        return drawn, drawn + 1 - _SHARE

    def finish(self, duration_s: float, report: Reporter) -> tuple[str, ...]:
        """The first pass is done: wait for the rest. Returns sentences for the user.

        Raises:
            VideoError: the video could not be written.
            Cancelled: the reporter's event was set before the video was complete.
        """
        self._settler.finish(duration_s)
        self._labeler.on_look = None
        before = self._frames

        def check() -> None:
            report("render", self._frames - before, self._time_s, 1 - _SHARE, 1.0, None)

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

    def _drawn(self, frames: int, time_s: float) -> None:
        self._frames, self._time_s = frames, time_s
        self._go_on()

    def _go_on(self) -> None:
        if self._stages.stopped or self._failed:
            raise Cancelled("The job has ended.")
