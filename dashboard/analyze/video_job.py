"""One visitor's video: what was chosen, the jobs that work on it, what came out."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from dashboard.chosen_row import ChosenRow
from dashboard.server.jobs import Job, Work
from dashboard.server.published_files import Download, Publications
from dashboard.visitor import PageState, Visitor
from harec.core.progress import Progress
from harec.video import VideoInfo, probe


@dataclass(frozen=True)
class Source:
    """A video that a visitor chose.

    Attributes:
        frame_rate: what the visitor says of a file whose frames have no times; None: nothing.
    """

    path: Path
    name: str
    info: VideoInfo
    frame_rate: float | None = None


@dataclass
class VideoOutcome:
    """What came out of a video.

    Attributes:
        source: the video.
        version: changes whenever what is shown does.
        urls: addresses of what can be downloaded, by kind.
        cache: figures, by what they depend on.
        chosen: the row of the table that is chosen.
    """

    source: Source
    version: str = field(default_factory=lambda: secrets.token_hex(4), kw_only=True)
    urls: dict[str, str] = field(default_factory=dict, kw_only=True)
    cache: dict[Any, Any] = field(default_factory=dict, kw_only=True)
    chosen: ChosenRow = field(default_factory=ChosenRow, kw_only=True)


SettingsT = TypeVar("SettingsT")
OutcomeT = TypeVar("OutcomeT", bound=VideoOutcome)


class VideoJob(PageState, ABC, Generic[SettingsT, OutcomeT]):
    """Used by the script's thread; jobs only read.

    Attributes:
        storage: where uploads and results lie.
        source: the video that was chosen last.
        job: the analysis that waits or runs.
        rendering: the drawing of a video to take home that waits or runs.
        problem: what went wrong last: one plain sentence.
        outcome: of the last analysis that went well.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.storage = visitor.new_storage()
        self.source: Source | None = None
        self.job: Job | None = None
        self.rendering: Job | None = None
        self.problem: str | None = None
        self.outcome: OutcomeT | None = None
        self._visitor = visitor
        self._published = Publications(visitor.files)

    def analyze(self, settings: SettingsT) -> None:
        """Put the chosen video in line, instead of what waits or runs here."""
        assert self.source is not None
        work = self._analysis(self.source, settings, self.storage.new_folder())
        self.problem = None
        self.job = self._submit(work)

    def take(self, path: Path, name: str) -> None:
        """A file has arrived: it is the chosen video.

        Raises:
            VideoError: it is not a video that can be read.
        """
        self.source = Source(path, name, probe(path, name))

    def render(self) -> None:
        """Draw what the page shows now into a video, in the worker; see `analyze`."""
        assert self.outcome is not None
        self.rendering = self._submit(self._rendering(self.outcome, self.storage.new_folder()))

    def collect(self) -> None:
        """Take over what has ended since the last run of the page."""
        job, rendering = self.job, self.rendering
        if job is not None and job.ended:
            self.job, self.problem = None, job.error
            if job.result is not None:
                self.rendering = rendering = None
                self.outcome = job.result
                self._write(job.result)
                self._publish(job.result)
        if rendering is not None and rendering.ended:
            self.rendering = None
            self.problem = self.problem or rendering.error
            if rendering.result is not None and self.outcome is not None:
                self._take_rendering(self.outcome, rendering.result)
                self._publish(self.outcome)
        if job is None and rendering is None:
            self.tidy()

    def tidy(self) -> None:
        """Remove files that nothing needs any more; only while no job of ours is in line."""
        used = [self.source.path] if self.source else []
        if self.outcome is not None:
            used.append(self.outcome.source.path)
            used += [download.path for download in self._downloads(self.outcome)]
        self.storage.keep_only(used)

    @property
    def empty(self) -> bool:
        return self.source is None and self.outcome is None

    @property
    def unsaved(self) -> list[str]:
        names = [type(self).__name__] if self.job or self.rendering else []
        return [*names, self.outcome.version] if self.outcome is not None else names

    def engine_arrived(self) -> None:
        self.problem = None

    def close(self) -> None:
        self._published.withdraw()
        self.storage.clear()

    def _submit(self, work: Work) -> Job:
        """The page shows one job of a visitor; a second one would continue unseen."""
        for before in (self.job, self.rendering):
            if before is not None:
                before.cancel()
        return self._visitor.submit(work)

    def _changed(self, outcome: OutcomeT) -> None:
        """The outcome is shown in another way: under other thresholds, ..."""
        outcome.version = secrets.token_hex(4)
        outcome.cache.clear()
        self._write(outcome)

    def _publish(self, outcome: OutcomeT) -> None:
        outcome.urls = {d.kind: self._published.publish(d) for d in self._downloads(outcome)}

    @abstractmethod
    def _analysis(self, source: Source, settings: SettingsT, folder: Path) -> Work:
        """Work whose result is an outcome, with its files in ``folder``."""

    @abstractmethod
    def _rendering(self, outcome: OutcomeT, folder: Path) -> Work:
        """Work that draws what is shown now into ``folder``."""

    @abstractmethod
    def _take_rendering(self, outcome: OutcomeT, rendered: Any) -> None:
        """Take over what the work of `_rendering` gave."""

    @abstractmethod
    def _write(self, outcome: OutcomeT) -> None:
        """Write the tables to download, of what is shown now."""

    @abstractmethod
    def _downloads(self, outcome: OutcomeT) -> Iterable[Download]:
        """What the visitor can take home."""


def keep_partial(report: Callable[[Any], None]) -> Callable[[Progress], None]:
    """Reports with the newest partial result in each: most come without one."""
    newest: Any = None

    def pass_on(progress: Progress) -> None:
        nonlocal newest
        newest = progress.partial or newest
        report(replace(progress, partial=newest))

    return pass_on
