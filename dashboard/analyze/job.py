"""One visitor's analyses on the Analyze page.

The engine (torch, onnxruntime) is imported where it is used, which is first in the worker: the
first page doesn't wait for it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.analyze.film import Film, FilmMaker
from dashboard.analyze.video_job import Source, VideoJob, VideoOutcome, keep_partial
from dashboard.server.jobs import Work
from dashboard.server.published_files import Download
from harec.analysis.results import Analysis, AnalysisSettings


@dataclass
class Outcome(VideoOutcome):
    """What came out of one analysis; see `VideoOutcome`, too.

    Attributes:
        base: as the pose model's run gave it; following people anew starts from it.
        shown: as the page shows it: ``base``, or re-labelled.
        folder: holds result.json and result.csv, always of what is shown.
        film: what the player plays.
        tracks: the file of the keypoints that the player draws.
        annotated: the annotated video, if it was asked for, and the settings that are drawn in it.
    """

    base: Analysis
    shown: Analysis
    folder: Path
    film: Film
    tracks: Path
    annotated: tuple[Path, AnalysisSettings] | None = None

    @property
    def annotated_video(self) -> Path | None:
        """The annotated video of what is shown; None where there is none (yet)."""
        if self.annotated is None or self.annotated[1] != self.shown.settings:
            return None
        return self.annotated[0]


class AnalyzeJob(VideoJob[AnalysisSettings, Outcome]):
    """See `VideoJob`."""

    def relabel(self, settings: AnalysisSettings) -> None:
        """Show the outcome under other thresholds; nothing happens if it shows them already.

        Milliseconds, unless people have to be followed anew.
        """
        outcome = self.outcome
        assert outcome is not None
        if settings == outcome.shown.settings:
            return
        from harec.analysis import analyze as analysis

        same = analysis.same_people(settings, outcome.shown.settings)
        outcome.shown = analysis.relabel(outcome.shown if same else outcome.base, settings)
        self._changed(outcome)
        if not same:
            before, outcome.tracks = outcome.tracks, _write_tracks(outcome.shown, outcome.folder)
            before.unlink(missing_ok=True)
        self._publish(outcome)

    def _analysis(self, source: Source, settings: AnalysisSettings, folder: Path) -> Work:
        def work(report: Callable[[Any], None], cancel: threading.Event) -> Outcome:
            from harec.analysis import analyze as analysis

            with FilmMaker(source, folder, settings.correction) as maker:
                result = analysis.analyze(
                    source.path,
                    settings,
                    name=source.name,
                    on_progress=keep_partial(report),
                    cancel=cancel,
                    frame_rate=source.frame_rate,
                )
                film = maker.finish(result.file_warnings, report, cancel)
            return Outcome(source, result, result, folder, film, _write_tracks(result, folder))

        return work

    def _rendering(self, outcome: Outcome, folder: Path) -> Work:
        shown, path, out = outcome.shown, outcome.source.path, folder / "annotated.mp4"

        def work(
            report: Callable[[Any], None], cancel: threading.Event
        ) -> tuple[Path, AnalysisSettings]:
            from harec.render import annotated_video

            annotated_video.render_video(shown, path, out, on_progress=report, cancel=cancel)
            return out, shown.settings

        return work

    def _take_rendering(self, outcome: Outcome, rendered: Any) -> None:
        outcome.annotated = rendered

    def _write(self, outcome: Outcome) -> None:
        from harec.analysis import export

        export.write_json(outcome.shown, outcome.folder / "result.json")
        export.write_csv(outcome.shown, outcome.folder / "result.csv")

    def _downloads(self, outcome: Outcome) -> list[Download]:
        folder, stem = outcome.folder, Path(outcome.source.name).stem
        downloads = [
            outcome.film.download(),
            Download("tracks", outcome.tracks, "people.track", "application/octet-stream"),
            Download("json", folder / "result.json", f"{stem}.json", "application/json"),
            Download("csv", folder / "result.csv", f"{stem}.csv", "text/csv"),
        ]
        if (video := outcome.annotated_video) is not None:
            downloads.append(Download("annotated", video, f"{stem}-annotated.mp4", "video/mp4"))
        return downloads


def _write_tracks(analysis: Analysis, folder: Path) -> Path:
    """A new file each time: a browser may still read the one of before."""
    from harec.actions.windows import MAX_GAP_S
    from harec.render.track_file import DrawnTrack, write_tracks

    path = folder / f"people-{secrets.token_hex(4)}.track"
    tracks = [DrawnTrack(p.id, p.track_times_s, p.keypoints_xyc) for p in analysis.people]
    write_tracks(path, tracks, (analysis.video.width, analysis.video.height), MAX_GAP_S)
    return path
