"""One visitor's analyses on the Analyze page.

The engine (torch, onnxruntime) is imported where it is used, which is first in the worker: the
first page doesn't wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        video: the annotated video.
        drawn: the settings whose labels are drawn in the video.
    """

    base: Analysis
    shown: Analysis
    folder: Path
    video: Path
    drawn: AnalysisSettings


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

    def _analysis(self, source: Source, settings: AnalysisSettings, folder: Path) -> Work:
        out = folder / "annotated.mp4"

        def work(report: Callable[[Any], None], cancel: threading.Event) -> Outcome:
            from harec.render import pipeline

            result = pipeline.analyze_and_render(
                source.path,
                settings,
                name=source.name,
                video_out=out,
                on_progress=keep_partial(report),
                cancel=cancel,
                frame_rate=source.frame_rate,
            )
            return Outcome(source, result, result, folder, out, settings)

        return work

    def _drawing(self, outcome: Outcome, folder: Path) -> Work:
        shown, path, out = outcome.shown, outcome.source.path, folder / "annotated.mp4"

        def work(
            report: Callable[[Any], None], cancel: threading.Event
        ) -> tuple[Path, AnalysisSettings]:
            from harec.render import annotated_video

            annotated_video.render_video(shown, path, out, on_progress=report, cancel=cancel)
            return out, shown.settings

        return work

    def _take_drawing(self, outcome: Outcome, drawn: Any) -> None:
        outcome.video, outcome.drawn = drawn

    def _write(self, outcome: Outcome) -> None:
        from harec.analysis import export

        export.write_json(outcome.shown, outcome.folder / "result.json")
        export.write_csv(outcome.shown, outcome.folder / "result.csv")

    def _downloads(self, outcome: Outcome) -> list[Download]:
        folder, stem = outcome.folder, Path(outcome.source.name).stem
        return [
            Download("video", outcome.video, f"{stem}-annotated.mp4", "video/mp4"),
            Download("json", folder / "result.json", f"{stem}.json", "application/json"),
            Download("csv", folder / "result.csv", f"{stem}.csv", "text/csv"),
        ]
