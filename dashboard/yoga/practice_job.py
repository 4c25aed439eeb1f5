"""One visitor's practice video: source, the job that watches it, what came out."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dashboard.analyze.job import Source, keep_partial
from dashboard.server.jobs import Job, JobQueue
from dashboard.server.published_files import PublicFiles, file_url
from dashboard.server.storage import VisitorStorage
from dashboard.yoga.pictures import as_jpeg
from dashboard.yoga.settings import YogaSettings
from harec.core.progress import Progress
from harec.yoga.practice.holds import HoldSettings
from harec.yoga.practice.sequence import (
    SequenceResult,
    Step,
    check_sequence,
)

if TYPE_CHECKING:
    from harec.yoga.practice.video import Practice

#: Share of the job that the look at the video takes; the rest is drawing it.
_LOOK_SHARE: Final = 0.75


@dataclass
class Drawn:
    """What is drawn of a practice, in the worker.

    Attributes:
        settings: that the names in it hold for.
        video: with skeleton and angles.
        pictures: the best moment of each hold, as JPEG files.
    """

    settings: HoldSettings
    video: Path
    pictures: list[bytes]


@dataclass
class PracticeOutcome:
    """What came out of a practice video.

    Attributes:
        source: the video.
        base: as the pose model's run gave it.
        shown: under the settings of the page.
        drawn: video and pictures; they may still be of earlier settings.
        steps: the sequence that was meant; empty: none.
        version: changes whenever what is shown does.
        urls: addresses of ``video``, ``html``, ``json`` and ``csv``.
        cache: figures, by what they depend on.
    """

    source: Source
    base: Practice
    shown: Practice
    drawn: Drawn
    steps: tuple[Step, ...] = ()
    version: str = field(default_factory=lambda: secrets.token_hex(4))
    urls: dict[str, str] = field(default_factory=dict)
    cache: dict[Any, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the files to download are."""
        return self.drawn.video.parent

    @property
    def up_to_date(self) -> bool:
        """Whether video and pictures are of what is shown."""
        return self.drawn.settings == self.shown.hold_settings

    @property
    def sequence(self) -> SequenceResult | None:
        """The steps ticked off; None without any."""
        return check_sequence(self.steps, self.shown.holds) if self.steps else None


class PracticeJob:
    """Used by the script's thread; jobs only read. A `dashboard.analyze.source.Desk`.

    Attributes:
        job: the look that waits or runs.
        redraw: the drawing of other holds that waits or runs.
        expected: the sequence that is meant, as it was written.
    """

    def __init__(
        self, owner: str, shelf: VisitorStorage, files: PublicFiles, queue: JobQueue
    ) -> None:
        self.shelf = shelf
        self.source: Source | None = None
        self.job: Job | None = None
        self.redraw: Job | None = None
        self.problem: str | None = None
        self.outcome: PracticeOutcome | None = None
        self.expected = ""
        self._owner, self._files, self._queue = owner, files, queue
        self._tokens: dict[str, str] = {}

    def analyze(self, settings: YogaSettings) -> None:
        """Put the chosen video in line, instead of what waits or runs."""
        assert self.source is not None
        source, out = self.source, self.shelf.new_folder() / "coached.mp4"

        def work(report: Callable[[Any], None], cancel: threading.Event) -> PracticeOutcome:
            from harec.yoga.practice.video import practise

            practice = practise(
                source.path,
                settings.pose,
                settings.holds,
                name=source.name,
                on_progress=keep_partial(_scaled(report, 0.0, _LOOK_SHARE)),
                cancel=cancel,
            )
            drawn = _draw(practice, source, out, _scaled(report, _LOOK_SHARE, 1.0), cancel)
            return PracticeOutcome(source, practice, practice, drawn)

        self.problem = None
        self.job = self._submit(work)

    def draw_anew(self) -> None:
        """Draw video and pictures of the holds that the page shows now; see `analyze`."""
        assert self.outcome is not None
        practice, source = self.outcome.shown, self.outcome.source
        out = self.shelf.new_folder() / "coached.mp4"

        def work(report: Callable[[Any], None], cancel: threading.Event) -> Drawn:
            return _draw(practice, source, out, report, cancel)

        self.redraw = self._submit(work)

    def _submit(self, work: Callable[[Callable[[Any], None], threading.Event], Any]) -> Job:
        for before in (self.job, self.redraw):
            if before is not None:
                before.cancel()
        return self._queue.submit(work, self._owner)

    def collect(self) -> None:
        """Take over what has ended since the last run of the page."""
        job, redraw = self.job, self.redraw
        if job is not None and job.ended:
            self.job, self.problem = None, job.error
            if job.result is not None:
                self.redraw = redraw = None
                self.outcome = job.result
                self._publish_all()
        if redraw is not None and redraw.ended:
            self.redraw = None
            self.problem = self.problem or redraw.error
            if redraw.result is not None and self.outcome is not None:
                self.outcome.drawn = redraw.result
                self._publish_all()
        if job is None and redraw is None:
            self._tidy()

    def relabel(self, settings: HoldSettings) -> None:
        """Find holds anew, from the joints that are kept; nothing happens if they are these."""
        from harec.yoga.practice.video import relabel_practice

        outcome = self.outcome
        assert outcome is not None
        if settings != outcome.shown.hold_settings:
            outcome.shown = relabel_practice(outcome.base, settings)
            self._changed()

    def expect(self, steps: tuple[Step, ...]) -> None:
        """The sequence that was meant."""
        assert self.outcome is not None
        if steps != self.outcome.steps:
            self.outcome.steps = steps
            self._changed()

    def close(self) -> None:
        """The visitor has left; the session cancels the jobs."""
        for token in self._tokens.values():
            self._files.withdraw(token)
        self.shelf.clear()

    def _changed(self) -> None:
        assert self.outcome is not None
        self.outcome.version = secrets.token_hex(4)
        self.outcome.cache.clear()
        self._write()

    def _write(self) -> None:
        """The files to download, of what is shown now."""
        from harec.analysis.export import json_text
        from harec.core.files import write_text
        from harec.yoga.output import export, report

        outcome = self.outcome
        assert outcome is not None
        practice, sequence = outcome.shown, outcome.sequence
        result = export.practice_dict(practice, sequence)
        write_text(outcome.folder / "practice.json", json_text(result))
        write_text(outcome.folder / "practice.csv", export.practice_csv(practice))
        if outcome.up_to_date:
            html = report.practice_html(practice, outcome.drawn.pictures, sequence)
            write_text(outcome.folder / "practice.html", html)

    def _publish_all(self) -> None:
        outcome = self.outcome
        assert outcome is not None
        self._write()
        stem = Path(outcome.source.name).stem
        folder = outcome.folder
        self._publish("video", outcome.drawn.video, f"{stem}-coached.mp4", "video/mp4")
        for kind, media_type in (
            ("html", "text/html"),
            ("json", "application/json"),
            ("csv", "text/csv"),
        ):
            self._publish(kind, folder / f"practice.{kind}", f"{stem}-yoga.{kind}", media_type)

    def _publish(self, kind: str, path: Path, name: str, media_type: str) -> None:
        assert self.outcome is not None
        self._files.withdraw(self._tokens.get(kind, ""))
        self._tokens[kind] = self._files.publish(path, name, media_type)
        self.outcome.urls[kind] = file_url(self._tokens[kind])

    def _tidy(self) -> None:
        """Remove files that nothing needs any more; only while no job is in line."""
        used = [self.source.path] if self.source else []
        if self.outcome is not None:
            used += [self.outcome.source.path, self.outcome.drawn.video]
        self.shelf.keep_only(used)


def _draw(
    practice: Practice,
    source: Source,
    out: Path,
    report: Callable[[Progress], None],
    cancel: threading.Event,
) -> Drawn:
    from harec.yoga.output.annotated_video import render_practice
    from harec.yoga.output.best_frames import best_frames

    render_practice(practice, source.path, out, on_progress=report, cancel=cancel)
    pictures = best_frames(practice, source.path, cancel=cancel)
    return Drawn(practice.hold_settings, out, [as_jpeg(rgb) for rgb in pictures])


def _scaled(
    report: Callable[[Progress], None], low: float, high: float
) -> Callable[[Progress], None]:
    """Reports of one part of a job as those of the whole: the part spans [low, high] of it."""

    def pass_on(progress: Progress) -> None:
        if progress.stage == "done":
            return
        fraction, remaining_s = progress.fraction, progress.remaining_s
        if fraction is not None:
            if remaining_s is not None:  # what comes after this part takes its share
                remaining_s += (1 - high) / (high - low) * remaining_s / max(1 - fraction, 0.01)
            fraction = low + (high - low) * fraction
        report(replace(progress, fraction=fraction, remaining_s=remaining_s))

    return pass_on
