"""One visitor's analyses on the Analyze page.

The engine (torch, onnxruntime) is imported where it is used, which is first in the worker: the
first page doesn't wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.analyze.compared import Beside
from dashboard.analyze.film import FilmMaker
from dashboard.analyze.outcome import Outcome, Shows, write_tracks
from dashboard.analyze.saved import exports, opening
from dashboard.analyze.video_job import Source, VideoJob, keep_partial
from dashboard.server.jobs import Work
from dashboard.server.published_files import Download
from dashboard.visitor import Visitor
from harec.analysis.corrections import Corrections
from harec.analysis.results import AnalysisSettings
from harec.taught.named import Named


class AnalyzeJob(VideoJob[AnalysisSettings, Outcome]):
    """See `VideoJob`.

    Attributes:
        beside: other labels of the video that is shown.
    """

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        self.beside: Beside | None = None
        self._same_again = False  # the result that is opened is the one that is shown

    def take(self, path: Path, name: str) -> None:
        """A video, or a saved result, which is opened; see `VideoJob.take`.

        The video of an opened result is shown with it, whichever comes first.
        """
        from harec.analysis.load_result import is_archive, same_video
        from harec.core.files import file_sha256

        if is_archive(path):
            self.open(path, name)
            return
        super().take(path, name)
        outcome = self.outcome
        if (
            outcome is not None
            and outcome.film is None
            and outcome.base.video.sha256 is not None
            and same_video(outcome.base, file_sha256(path))
        ):
            self.open(outcome.source.path, outcome.source.name)
            self._same_again = True

    def open(self, path: Path, name: str) -> None:
        """Put a saved result in line, to be shown with the chosen video if it is of that."""
        self.problem, self._same_again = None, False
        self.job = self._submit(opening(path, name, self.source, self.storage.new_folder()))

    def collect(self) -> None:
        """See `VideoJob.collect`. What was corrected in a result of the same video stays."""
        before, again = self.outcome, self._same_again
        super().collect()
        after = self.outcome
        if before is None or after is None or after is before or (after.opened and not again):
            return
        video = before.base.video.sha256
        if video is not None and video == after.base.video.sha256:
            after.corrected = before.corrected
            after.name_anew(after.uncorrected)
            self._changed(after)
            self._publish(after)

    def correct(self, corrections: Corrections) -> None:
        """Show the outcome with these corrections, instead of those of before."""
        outcome = self.outcome
        assert outcome is not None
        outcome.correct(corrections)
        self._changed(outcome)
        self._publish(outcome)

    def relabel(self, settings: AnalysisSettings, named: Named) -> None:
        """Show the outcome under other thresholds, or with other actions named; nothing happens if
        it shows them already.

        Milliseconds, unless people have to be followed anew, or a set of actions is a new one.
        """
        outcome = self.outcome
        assert outcome is not None
        if (settings, named, outcome.revision) == outcome.shows:
            return
        from harec.analysis import analyze as analysis

        builtin, estimates = outcome.builtin, outcome.estimates
        same = analysis.same_people(settings, builtin.settings)
        if settings != builtin.settings:
            builtin = analysis.relabel(builtin if same else outcome.base, settings)
        shown = builtin
        if named.actions is not None:
            from harec.analysis.teaching import estimate, with_actions

            if estimates is None or estimates[0] is not named.actions or not same:
                estimates = named.actions, estimate(builtin, named.actions)
            shown = with_actions(
                builtin,
                named.actions,
                builtin=named.builtin,
                threshold=named.threshold,
                estimates=estimates[1],
            )
        outcome.builtin, outcome.named, outcome.estimates = builtin, named, estimates
        outcome.name_anew(shown)
        self._changed(outcome)
        if not same:
            before, outcome.tracks = outcome.tracks, write_tracks(outcome.shown, outcome.folder)
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
            return Outcome(source, result, result, folder, film, write_tracks(result, folder))

        return work

    def _rendering(self, outcome: Outcome, folder: Path) -> Work:
        shown, path, out = outcome.shown, outcome.source.path, folder / "annotated.mp4"
        shows = outcome.shows

        def work(report: Callable[[Any], None], cancel: threading.Event) -> tuple[Path, Shows]:
            from harec.render import annotated_video

            annotated_video.render_video(shown, path, out, on_progress=report, cancel=cancel)
            return out, shows

        return work

    def _take_rendering(self, outcome: Outcome, rendered: Any) -> None:
        outcome.annotated = rendered

    def _write(self, outcome: Outcome) -> None:
        from harec.analysis import export

        export.write_json(outcome.shown, outcome.folder / "result.json")
        export.write_csv(outcome.shown, outcome.folder / "result.csv")

    def _downloads(self, outcome: Outcome) -> list[Download]:
        folder, stem = outcome.folder, outcome.stem
        downloads = [
            *([] if outcome.film is None else [outcome.film.download()]),
            *exports(outcome),
            Download("tracks", outcome.tracks, "people.track", "application/octet-stream"),
            Download("json", folder / "result.json", f"{stem}.json", "application/json"),
            Download("csv", folder / "result.csv", f"{stem}.csv", "text/csv"),
        ]
        if (video := outcome.annotated_video) is not None:
            downloads.append(Download("annotated", video, f"{stem}-annotated.mp4", "video/mp4"))
        return downloads
