"""Clips that a visitor dropped: each waits in the process's line, and becomes an example."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from dashboard.server import uploads
from dashboard.server.jobs import Job, JobState, Work
from dashboard.teach_state import TeachState
from dashboard.text import file_name
from dashboard.visitor import PageState, Visitor
from harec.analysis.results import AnalysisSettings
from harec.core.errors import Cancelled, HarecError, InputError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.video import probe

#: Clips of one visitor that wait or run.
MOST_WAITING: Final = 50


@dataclass(eq=False)
class Clip:
    """A clip on its way to an example.

    Attributes:
        name: of its file.
        label: what it shows.
        job: its analysis; None: it could not be read.
        problem: what went wrong: one plain sentence.
    """

    name: str
    label: str
    path: Path | None = field(default=None, repr=False)
    job: Job | None = None
    problem: str | None = None

    @property
    def waits(self) -> bool:
        """Whether it waits in line."""
        return self.job is not None and self.job.state is JobState.QUEUED


class Clips(PageState):
    """Used by the script's thread; the jobs only read.

    Attributes:
        clips: those that wait or run, and those of which nothing came.
        added: how many became examples since the last were dropped.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.clips: list[Clip] = []
        self.added = 0
        self._visitor = visitor
        self._storage = visitor.new_storage()

    @property
    def working(self) -> list[Clip]:
        """Those that wait or run."""
        return [clip for clip in self.clips if clip.job is not None]

    def take(self, file: IO[bytes], name: str, label: str, settings: AnalysisSettings) -> None:
        """Put a clip in line that shows ``label``; what is wrong with it is said in its `Clip`."""
        clip = Clip(file_name(name), label)
        self.clips.append(clip)
        suffix = ending(name)
        try:
            if len(self.working) >= MOST_WAITING:
                raise InputError(f"{MOST_WAITING} clips wait already: drop it when they are done.")
            clip.path = uploads.store(
                self._storage, file, suffix if suffix in VIDEO_ENDINGS else ""
            )
            probe(clip.path, clip.name)
        except Cancelled:
            return  # the visitor has left
        except HarecError as problem:
            clip.problem = str(problem)
            self._forget_file(clip)
            return
        clip.job = self._visitor.submit(_analysis(clip.path, clip.name, label, settings))

    def collect(self, state: TeachState) -> None:
        """What has ended since the last run of the page becomes examples."""
        for clip in self.working:
            job = clip.job
            assert job is not None
            if not job.ended:
                continue
            clip.job, clip.problem = None, job.error
            self._forget_file(clip)
            if job.result is not None:
                try:
                    self.added += state.keep([job.result])
                except InputError as problem:
                    clip.problem = str(problem)
        self.clips = [clip for clip in self.clips if clip.job is not None or clip.problem]

    def cancel(self, *clips: Clip) -> None:
        """Give clips up, or forget what went wrong with them."""
        for clip in clips:
            if clip.job is not None:
                clip.job.cancel()
            self._forget_file(clip)
        self.clips = [clip for clip in self.clips if clip not in clips]

    def _forget_file(self, clip: Clip) -> None:
        if clip.path is not None:
            shutil.rmtree(clip.path.parent, ignore_errors=True)

    @property
    def empty(self) -> bool:
        return not self.clips

    @property
    def unsaved(self) -> list[str]:
        return [type(self).__name__] if self.working else []

    def close(self) -> None:
        self._storage.clear()


def _analysis(path: Path, name: str, label: str, settings: AnalysisSettings) -> Work:
    def work(report: Callable[[Any], None], cancel: threading.Event) -> Any:
        from dashboard.teach.from_clip import kept_of
        from harec.analysis import analyze as analysis

        result = analysis.analyze(
            path, settings, name=name, on_progress=report, cancel=cancel, frame_rate=None
        )
        return kept_of(result, label)

    return work
