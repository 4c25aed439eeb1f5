"""What came out of one analysis, and what of it lies in files."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.analyze.film import Film
from dashboard.analyze.video_job import VideoOutcome
from harec.analysis.corrections import Corrections, apply, carried, without_corrections
from harec.analysis.results import Analysis, AnalysisSettings
from harec.taught.named import Named

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.analysis.teaching import Estimates
    from harec.taught.action_set import ActionSet

Shows = tuple[AnalysisSettings, Named, int]


@dataclass
class Outcome(VideoOutcome):
    """What came out of one analysis; see `VideoOutcome`, too.

    Attributes:
        base: as the pose model's run gave it; following people anew starts from it.
        builtin: ``base`` as the sidebar's thresholds label it, built-in actions alone.
        uncorrected: ``builtin``, or with the visitor's own actions: what a model says now.
        corrected: what the visitor's corrections were made on, with them; see
            `harec.analysis.corrections.carried`.
        revision: grows with each correction.
        learning: the corrections were handed to Teach, and what is learnt is not named yet.
        identity: of the result for the player's editor.
        shown: as the page shows it: ``uncorrected`` with the corrections.
        named: which actions ``shown`` names.
        estimates: of those actions, for the people of ``builtin``; None: not made.
        folder: holds result.json and result.csv, always of what is shown.
        film: what the player plays; None = a saved result whose video is not here.
        tracks: the file of the keypoints that the player draws.
        annotated: the annotated video, if it was asked for, and what it `shows`.
        opened: it was saved before: of the sidebar only thresholds act on it, once they are moved.
        sidebar: as it was when an opened result was first shown.
    """

    base: Analysis
    shown: Analysis
    folder: Path
    film: Film | None
    tracks: Path
    annotated: tuple[Path, Shows] | None = None
    opened: bool = False
    sidebar: AnalysisSettings | None = None
    revision: int = field(default=0, init=False)
    learning: bool = field(default=False, init=False)
    identity: str = field(default_factory=lambda: secrets.token_hex(4), init=False)
    corrected: Analysis = field(init=False)
    uncorrected: Analysis = field(init=False)
    builtin: Analysis = field(init=False)
    named: Named = field(default_factory=Named, init=False)
    estimates: tuple[ActionSet, list[Estimates]] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.corrected = self.shown
        self.base = without_corrections(self.base)
        self.builtin = self.uncorrected = without_corrections(self.shown)

    def name_anew(self, uncorrected: Analysis) -> None:
        """A model says this now; what the visitor corrected stays."""
        self.uncorrected = uncorrected
        shown, lost = carried(self.corrected, uncorrected)
        self.shown = replace(shown, advice=(*shown.advice, *lost))

    def correct(self, corrections: Corrections) -> None:
        """The visitor says this, and nothing else, of the people who are shown."""
        self.corrected = self.shown = apply(self.uncorrected, corrections)

    @property
    def shows(self) -> Shows:
        """What ``shown`` depends on."""
        return self.shown.settings, self.named, self.revision

    @property
    def stem(self) -> str:
        """What downloads are called."""
        return Path(self.shown.video.name).stem or "result"

    @property
    def annotated_video(self) -> Path | None:
        """The annotated video of what is shown; None where there is none (yet)."""
        if self.annotated is None or self.annotated[1] != self.shows:
            return None
        return self.annotated[0]


def write_tracks(analysis: Analysis, folder: Path) -> Path:
    """A new file each time: a browser may still read the one of before."""
    from harec.actions.windows import MAX_GAP_S
    from harec.render.track_file import DrawnTrack, write_tracks

    path = folder / f"people-{secrets.token_hex(4)}.track"
    tracks = [DrawnTrack(p.id, p.track_times_s, p.keypoints_xyc) for p in analysis.people]
    write_tracks(path, tracks, (analysis.video.width, analysis.video.height), MAX_GAP_S)
    return path
