"""One analysis of a visitor: the video, and what came out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.progress import Progress
from harec.video import VideoInfo


@dataclass(frozen=True)
class Source:
    """A video that a visitor chose."""

    path: Path
    name: str
    info: VideoInfo


@dataclass
class Outcome:
    """What came out of one analysis.

    Attributes:
        source: the video.
        base: as the pose model's run gave it; following people anew starts from it.
        shown: as the page shows it: ``base``, or re-labelled.
        folder: holds result.json and result.csv, always of what is shown.
        video: the annotated video.
        drawn: the settings whose labels are drawn in the video.
        version: changes whenever ``shown`` does.
        urls: addresses of ``video``, ``json`` and ``csv``.
        cache: figures, by what they depend on.
    """

    source: Source
    base: Analysis
    shown: Analysis
    folder: Path
    video: Path
    drawn: AnalysisSettings
    version: str = field(default_factory=lambda: secrets.token_hex(4))
    urls: dict[str, str] = field(default_factory=dict)
    cache: dict[Any, str] = field(default_factory=dict)


def keep_partial(report: Callable[[Any], None]) -> Callable[[Progress], None]:
    """Reports with the newest partial result in each: most come without one."""
    newest: Analysis | None = None

    def pass_on(progress: Progress) -> None:
        nonlocal newest
        newest = progress.partial or newest
        report(replace(progress, partial=newest))

    return pass_on
