"""One visitor's practice videos on the Yoga page."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.analyze.film import Film, FilmMaker
from dashboard.analyze.video_job import Source, VideoJob, VideoOutcome, keep_partial
from dashboard.server.jobs import Job, Work
from dashboard.server.published_files import Download
from dashboard.visitor import Visitor
from dashboard.yoga.jpeg import as_jpeg
from dashboard.yoga.settings import YogaSettings
from harec.yoga.practice.holds import HoldSettings
from harec.yoga.practice.sequence import (
    SequenceResult,
    Step,
    check_sequence,
)

if TYPE_CHECKING:
    from harec.yoga.practice.video import Practice


@dataclass
class PracticeOutcome(VideoOutcome):
    """What came out of a practice video; see `VideoOutcome`, too.

    Attributes:
        base: as the pose model's run gave it.
        shown: under the settings of the page.
        folder: holds the files to download.
        film: what the player plays.
        tracks: the file of the keypoints and angles that the player draws.
        pictures: the best moment of each hold, as JPEG files, and the settings of those holds.
        coached: the coached video, if it was asked for, and the settings of its holds.
        steps: the sequence that was meant; empty: none.
    """

    base: Practice
    shown: Practice
    folder: Path
    film: Film
    tracks: Path
    pictures: tuple[list[bytes], HoldSettings] | None = None
    coached: tuple[Path, HoldSettings] | None = None
    steps: tuple[Step, ...] = ()

    @property
    def images(self) -> list[bytes] | None:
        """The best moments of what is shown; None until they are drawn."""
        if self.pictures is None or self.pictures[1] != self.shown.hold_settings:
            return None
        return self.pictures[0]

    @property
    def coached_video(self) -> Path | None:
        """The coached video of what is shown; None where there is none (yet)."""
        if self.coached is None or self.coached[1] != self.shown.hold_settings:
            return None
        return self.coached[0]

    @property
    def sequence(self) -> SequenceResult | None:
        """The steps ticked off; None without any."""
        return check_sequence(self.steps, self.shown.holds) if self.steps else None


class PracticeJob(VideoJob[YogaSettings, PracticeOutcome]):
    """See `VideoJob`.

    Attributes:
        expected: the sequence that is meant, as it was written.
        drawing: the drawing of the best moments of what is shown, that waits or runs.
    """

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        self.expected = ""
        self.drawing: Job | None = None
        #: What `drawing` is of.
        self._drawn: tuple[PracticeOutcome, HoldSettings] | None = None

    def analyze(self, settings: YogaSettings) -> None:
        if self.drawing is not None:
            self.drawing.cancel()
        self.drawing = self._drawn = None
        super().analyze(settings)

    def relabel(self, settings: HoldSettings) -> None:
        """Find holds anew, from the keypoints that are kept; nothing happens if they are these."""
        from harec.yoga.practice.video import relabel_practice

        outcome = self.outcome
        assert outcome is not None
        if settings != outcome.shown.hold_settings:
            outcome.shown = relabel_practice(outcome.base, settings)
            self._changed(outcome)
            before, outcome.tracks = outcome.tracks, _write_tracks(outcome.shown, outcome.folder)
            before.unlink(missing_ok=True)
            self._publish(outcome)

    def expect(self, steps: tuple[Step, ...]) -> None:
        """The sequence that was meant."""
        assert self.outcome is not None
        if steps != self.outcome.steps:
            self.outcome.steps = steps
            self._changed(self.outcome)

    def draw_pictures(self) -> None:
        """See to it that the best moments of what is shown are drawn, and take over what is."""
        outcome, drawing = self.outcome, self.drawing
        if drawing is not None and drawing.ended:
            self.drawing = None
            self.problem = self.problem or drawing.error
            if drawing.result is not None and outcome is not None and drawing.result[0] is outcome:
                outcome.pictures = drawing.result[1]
                self._write(outcome)
                self._publish(outcome)
        if outcome is None or self.job is not None or outcome.images is not None:
            return
        wanted = outcome, outcome.shown.hold_settings
        if self._drawn is None or self._drawn[0] is not outcome or self._drawn[1] != wanted[1]:
            if self.drawing is not None:
                self.drawing.cancel()
            self._drawn = wanted
            self.drawing = self._visitor.submit(_pictures(outcome))

    def _analysis(self, source: Source, settings: YogaSettings, folder: Path) -> Work:
        def work(report: Callable[[Any], None], cancel: threading.Event) -> PracticeOutcome:
            from harec.yoga.practice.video import practise

            with FilmMaker(source, folder, settings.pose.correction) as maker:
                practice = practise(
                    source.path,
                    settings.pose,
                    settings.holds,
                    name=source.name,
                    on_progress=keep_partial(report),
                    cancel=cancel,
                    frame_rate=source.frame_rate,
                )
                film = maker.finish(practice.file_warnings, report, cancel)
            tracks = _write_tracks(practice, folder)
            return PracticeOutcome(source, practice, practice, folder, film, tracks)

        return work

    def _rendering(self, outcome: PracticeOutcome, folder: Path) -> Work:
        practice, source, out = outcome.shown, outcome.source, folder / "coached.mp4"

        def work(
            report: Callable[[Any], None], cancel: threading.Event
        ) -> tuple[Path, HoldSettings]:
            from harec.yoga.output.annotated_video import render_practice

            render_practice(practice, source.path, out, on_progress=report, cancel=cancel)
            return out, practice.hold_settings

        return work

    def _take_rendering(self, outcome: PracticeOutcome, rendered: Any) -> None:
        outcome.coached = rendered

    def _write(self, outcome: PracticeOutcome) -> None:
        from harec.analysis.export import json_text
        from harec.core.files import write_text
        from harec.yoga.output import export, report

        practice, sequence = outcome.shown, outcome.sequence
        result = export.practice_dict(practice, sequence)
        write_text(outcome.folder / "practice.json", json_text(result))
        write_text(outcome.folder / "practice.csv", export.practice_csv(practice))
        if outcome.images is not None:
            html = report.practice_html(practice, outcome.images, sequence)
            write_text(outcome.folder / "practice.html", html)

    def _downloads(self, outcome: PracticeOutcome) -> list[Download]:
        folder, stem = outcome.folder, Path(outcome.source.name).stem
        downloads = [
            outcome.film.download(),
            Download("tracks", outcome.tracks, "you.track", "application/octet-stream"),
            Download("json", folder / "practice.json", f"{stem}-yoga.json", "application/json"),
            Download("csv", folder / "practice.csv", f"{stem}-yoga.csv", "text/csv"),
        ]
        if (video := outcome.coached_video) is not None:
            downloads.append(Download("coached", video, f"{stem}-coached.mp4", "video/mp4"))
        if outcome.images is not None:
            report = folder / "practice.html"
            downloads.append(Download("html", report, f"{stem}-yoga.html", "text/html"))
        return downloads


def _pictures(outcome: PracticeOutcome) -> Work:
    practice, source = outcome.shown, outcome.source

    def work(
        report: Callable[[Any], None], cancel: threading.Event
    ) -> tuple[PracticeOutcome, tuple[list[bytes], HoldSettings]]:
        from harec.yoga.output.best_frames import best_frames

        images = best_frames(practice, source.path, cancel=cancel)
        return outcome, ([as_jpeg(rgb) for rgb in images], practice.hold_settings)

    return work


def _write_tracks(practice: Practice, folder: Path) -> Path:
    """A new file each time: a browser may still read the one of before."""
    from harec.render.track_file import DrawnTrack, write_tracks
    from harec.yoga.coaching.coach import AsanaCoach
    from harec.yoga.output.annotated_video import MAX_GAP_S
    from harec.yoga.output.drawn_moments import drawn_moments, moment_bytes

    coach = AsanaCoach()
    extra = moment_bytes(drawn_moments(practice, coach), coach.references)
    path = folder / f"you-{secrets.token_hex(4)}.track"
    track = DrawnTrack(1, practice.times_s, practice.keypoints_xyc, extra)
    write_tracks(path, [track], (practice.video.width, practice.video.height), MAX_GAP_S)
    return path
