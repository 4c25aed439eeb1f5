"""One visitor's practice videos on the Yoga page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dashboard.analyze.video_job import Source, VideoJob, VideoOutcome, keep_partial
from dashboard.server.jobs import Work
from dashboard.server.published_files import Download
from dashboard.visitor import Visitor
from dashboard.yoga.jpeg import as_jpeg
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

#: Share of the job that the pose model's pass takes; the rest is drawing the video.
_POSE_SHARE: Final = 0.75
_VIDEO: Final = "coached.mp4"


@dataclass
class Drawn:
    """What is drawn of a practice, in the worker.

    Attributes:
        settings: that the names in it hold for.
        video: with skeleton and angles.
        images: the best moment of each hold, as JPEG files.
    """

    settings: HoldSettings
    video: Path
    images: list[bytes]


@dataclass
class PracticeOutcome(VideoOutcome):
    """What came out of a practice video; see `VideoOutcome`, too.

    Attributes:
        base: as the pose model's run gave it.
        shown: under the settings of the page.
        drawn: video and images; they may still be of earlier settings.
        steps: the sequence that was meant; empty: none.
    """

    base: Practice
    shown: Practice
    drawn: Drawn
    steps: tuple[Step, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the files to download are."""
        return self.drawn.video.parent

    @property
    def up_to_date(self) -> bool:
        """Whether video and images are of what is shown."""
        return self.drawn.settings == self.shown.hold_settings

    @property
    def sequence(self) -> SequenceResult | None:
        """The steps ticked off; None without any."""
        return check_sequence(self.steps, self.shown.holds) if self.steps else None


class PracticeJob(VideoJob[YogaSettings, PracticeOutcome]):
    """See `VideoJob`.

    Attributes:
        expected: the sequence that is meant, as it was written.
    """

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        self.expected = ""

    def relabel(self, settings: HoldSettings) -> None:
        """Find holds anew, from the keypoints that are kept; nothing happens if they are these."""
        from harec.yoga.practice.video import relabel_practice

        outcome = self.outcome
        assert outcome is not None
        if settings != outcome.shown.hold_settings:
            outcome.shown = relabel_practice(outcome.base, settings)
            self._changed(outcome)

    def expect(self, steps: tuple[Step, ...]) -> None:
        """The sequence that was meant."""
        assert self.outcome is not None
        if steps != self.outcome.steps:
            self.outcome.steps = steps
            self._changed(self.outcome)

    def _analysis(self, source: Source, settings: YogaSettings, folder: Path) -> Work:
        out = folder / _VIDEO

        def work(report: Callable[[Any], None], cancel: threading.Event) -> PracticeOutcome:
            from harec.yoga.practice.video import practise

            practice = practise(
                source.path,
                settings.pose,
                settings.holds,
                name=source.name,
                on_progress=keep_partial(_scaled(report, 0.0, _POSE_SHARE)),
                cancel=cancel,
                frame_rate=source.frame_rate,
            )
            drawn = _draw(practice, source, out, _scaled(report, _POSE_SHARE, 1.0), cancel)
            return PracticeOutcome(source, practice, practice, drawn)

        return work

    def _drawing(self, outcome: PracticeOutcome, folder: Path) -> Work:
        practice, source, out = outcome.shown, outcome.source, folder / _VIDEO

        def work(report: Callable[[Any], None], cancel: threading.Event) -> Drawn:
            return _draw(practice, source, out, report, cancel)

        return work

    def _take_drawing(self, outcome: PracticeOutcome, drawn: Any) -> None:
        outcome.drawn = drawn
        self._write(outcome)  # in the video's folder, with its images

    def _write(self, outcome: PracticeOutcome) -> None:
        from harec.analysis.export import json_text
        from harec.core.files import write_text
        from harec.yoga.output import export, report

        practice, sequence = outcome.shown, outcome.sequence
        result = export.practice_dict(practice, sequence)
        write_text(outcome.folder / "practice.json", json_text(result))
        write_text(outcome.folder / "practice.csv", export.practice_csv(practice))
        if outcome.up_to_date:
            html = report.practice_html(practice, outcome.drawn.images, sequence)
            write_text(outcome.folder / "practice.html", html)

    def _downloads(self, outcome: PracticeOutcome) -> list[Download]:
        folder, stem = outcome.folder, Path(outcome.source.name).stem
        return [
            Download("video", outcome.drawn.video, f"{stem}-coached.mp4", "video/mp4"),
            Download("html", folder / "practice.html", f"{stem}-yoga.html", "text/html"),
            Download("json", folder / "practice.json", f"{stem}-yoga.json", "application/json"),
            Download("csv", folder / "practice.csv", f"{stem}-yoga.csv", "text/csv"),
        ]


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
    images = best_frames(practice, source.path, cancel=cancel)
    return Drawn(practice.hold_settings, out, [as_jpeg(rgb) for rgb in images])


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
