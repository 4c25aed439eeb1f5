"""Results that leave and come back: files of other programs, and results that were saved."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from dashboard.analyze.film import FilmMaker
from dashboard.analyze.outcome import Outcome, write_tracks
from dashboard.analyze.video_job import Source
from dashboard.server.jobs import Work
from dashboard.server.published_files import Download
from harec.analysis.results import Analysis, AnalysisSettings

#: Kind of the result itself among the published files; the others are called as their formats.
SAVED: Final = "saved"


def exports(outcome: Outcome) -> list[Download]:
    """All formats of what is shown; each file is written when it is asked for."""
    from harec.analysis.result_file import RESULT_ENDING, save_result
    from harec.formats.write import export_result

    shown, folder, stem = outcome.shown, outcome.folder, outcome.stem
    files = [
        Download(
            SAVED,
            folder / f"{outcome.version}{RESULT_ENDING}",
            f"{stem}{RESULT_ENDING}",
            "application/zip",
            partial(save_result, shown),
        )
    ]
    for name, each in formats(shown).items():
        files.append(
            Download(
                name,
                folder / f"{outcome.version}-{name}{each.ending}",
                f"{stem}-{name}{each.ending}",
                each.media_type,
                partial(export_result, shown, name),
            )
        )
    return files


def formats(analysis: Analysis) -> dict[str, Any]:
    """Those of `harec.formats.write.OUTPUTS` that have no link of their own, and can be made."""
    from harec.formats.write import OUTPUTS

    return {
        name: each
        for name, each in OUTPUTS.items()
        if name not in ("csv", "json")
        and (len(analysis.poses) or not each.needs_keypoints)
        and all(map(importlib.util.find_spec, each.packages))
    }


def opening(path: Path, name: str, video: Source | None, folder: Path) -> Work:
    """Work whose result is the outcome that was saved.

    Args:
        name: what the visitor calls the file.
        video: shown with it, if the result is of this one.
        folder: for its files.
    """

    def work(report: Callable[[Any], None], cancel: threading.Event) -> Outcome:
        from harec.analysis.load_result import load_result, same_video
        from harec.core.errors import InputError
        from harec.core.files import file_sha256

        try:
            saved = load_result(path)
        except InputError as problem:
            raise InputError(str(problem).replace(f'"{path.name}"', f'"{name}"')) from None
        tracks = write_tracks(saved, folder)
        if video is None or not same_video(saved, file_sha256(video.path)):
            source = Source(path, name, saved.video)
            return Outcome(source, saved, saved, folder, None, tracks, opened=True)
        with FilmMaker(video, folder, saved.settings.correction) as maker:
            film = maker.finish(saved.file_warnings, report, cancel)
        return Outcome(video, saved, saved, folder, film, tracks, opened=True)

    return work


def thresholds_for(saved: Analysis, settings: AnalysisSettings) -> AnalysisSettings:
    """The settings of a saved result with the sidebar's thresholds, as far as they can act on it:
    those of people are the engine's own."""
    ours = saved.settings
    changed = replace(
        ours, action_threshold=settings.action_threshold, smoothing_s=settings.smoothing_s
    )
    if ours.estimator != settings.estimator or not len(saved.poses):
        return changed
    return replace(
        changed,
        person_threshold=settings.person_threshold,
        keypoint_threshold=settings.keypoint_threshold,
        max_people=min(settings.max_people, ours.max_people),
        bystanders=settings.bystanders,
    )


def is_labels_alone(analysis: Analysis) -> bool:
    """Whether thresholds can change nothing."""
    return any(p.segments and not len(p.estimate_times_s) for p in analysis.people)
