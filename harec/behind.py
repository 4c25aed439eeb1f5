"""The annotated video, drawn and encoded behind the first pass, as soon as labels are settled."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harec.errors import Cancelled
from harec.labeling import Labeler
from harec.pipeline import Stages
from harec.progress import Reporter, StageClock
from harec.render import people_of, redraw
from harec.scene import GrowingScene
from harec.settling import Settler
from harec.video import VideoInfo

#: The share of the job's work that drawing and encoding take (measured at 640x480 on two cores);
#: only the progress bar depends on it.
_SHARE: Final = 0.2


class VideoBehind:
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
        self._stages = stages
        scene = GrowingScene(self._go_on)
        self._settler = Settler(labeler, scene)
        labeler.on_look = self._settler.look
        self._frames, self._time_s = 0, 0.0
        settings = labeler.settings

        def write() -> tuple[str, ...]:
            draw = people_of(scene, settings, clock)
            side = settings.video_max_side
            return redraw(video, path, out, draw, clock, self._drawn, max_side=side)

        self._task = stages.apart(write, "render")

    def check(self) -> None:
        """Raise what made it fail, if it failed."""
        self._task.check()

    def share(self, duration_s: float) -> tuple[float, float]:
        """See `harec.first_pass.Follower`."""
        drawn = _SHARE * min(self._time_s / duration_s, 1.0) if duration_s else 0.0
        return drawn, drawn + 1 - _SHARE

    def finish(self, duration_s: float, report: Reporter) -> tuple[str, ...]:
        """The first pass is done: wait for the rest. Returns sentences for the user.

        Raises:
            VideoError: the video could not be written.
            Cancelled: the reporter's event was set.
        """
        self._settler.finish(duration_s)
        before = self._frames

        def check() -> None:
            report("render", self._frames - before, self._time_s, 1 - _SHARE, 1.0, None)

        return self._task.result(check)

    def _drawn(self, frames: int, time_s: float) -> None:
        self._frames, self._time_s = frames, time_s
        self._go_on()

    def _go_on(self) -> None:
        if self._stages.stopped:
            raise Cancelled("The job has ended.")
