"""What the player shows of a visitor's video: the file itself, or a copy that browsers play."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from dashboard import player
from dashboard.analyze.video_job import Source
from dashboard.server.published_files import Download
from harec.core.correction import UNCORRECTED, Correction
from harec.core.errors import Cancelled
from harec.core.progress import Progress
from harec.core.stages import Spawned, Stages
from harec.video import VideoInfo


@dataclass(frozen=True)
class Film:
    """A video for the player.

    Attributes:
        path: H.264 in mp4, or what else browsers play.
        start_s: where its player has the first frame.
        correction: what the browser has to do with the frames.
    """

    path: Path
    start_s: float = 0.0
    correction: Correction = UNCORRECTED

    def download(self) -> Download:
        """Its place among the published files."""
        return Download("film", self.path, f"video{self.path.suffix or '.mp4'}", "video/mp4")

    def for_player(self, url: str, video: VideoInfo) -> dict[str, Any]:
        """What `dashboard.player` is told of it.

        Args:
            url: where it is published.
            video: as it is analysed.
        """
        return player.film(url, (video.width, video.height), self.start_s, self.correction)


class FilmMaker:
    """Looks whether browsers play a video, and writes a copy if not, beside what the block does.

    A context manager: however its block ends, nothing works on afterwards.

    Args:
        folder: of the copy.
        correction: by which the video is analysed.
    """

    def __init__(self, source: Source, folder: Path, correction: Correction) -> None:
        self._source, self._correction = source, correction
        self._out = folder / "preview.mp4"
        self._stop = threading.Event()
        self._stages = Stages()
        self._copying: Spawned[None] | None = None

    def __enter__(self) -> FilmMaker:
        from harec.video.playback import browser_start_s

        self._stages.__enter__()
        self._start_s = browser_start_s(self._source.path, self._source.name)
        if self._start_s is None:
            self._copying = self._stages.spawn(self._copy, "preview")
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._stages.__exit__(exc_type, exc, traceback)

    def finish(
        self, warnings: Sequence[str], report: Callable[[Progress], None], cancel: threading.Event
    ) -> Film:
        """The film, once the video was read to its end.

        Args:
            warnings: what was odd about the file: browsers would show that in other ways.

        Raises:
            VideoError: the copy can't be written.
            Cancelled: ``cancel`` was set.
        """
        if self._start_s is not None and not warnings:
            return Film(self._source.path, self._start_s, self._correction)
        report(Progress("preview"))
        if self._copying is None:
            self._copying = self._stages.spawn(self._copy, "preview")

        def check() -> None:
            if cancel.is_set():
                raise Cancelled("The analysis was cancelled.")

        self._copying.result(check)
        return Film(self._out)

    def _copy(self) -> None:
        from harec.video.playback import write_preview

        write_preview(
            self._source.path,
            self._out,
            name=self._source.name,
            frame_rate=self._source.frame_rate,
            correction=self._correction,
            cancel=self._stop,
        )
