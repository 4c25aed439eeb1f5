"""One visitor's webcam on the Teach page: a countdown, a few seconds, an example.

The session is that of Live. Times are the session's, which come from the frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from dashboard.kept import Kept, Track
from dashboard.live.controller import LiveController
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import VisitorStorage
from dashboard.visitor import Visitor
from harec.actions.gesture import MIN_SPAN_S
from harec.analysis.results import PersonResult
from harec.core.errors import InputError
from harec.live import LiveSession, LiveState
from harec.taught.examples import stretch

COUNTDOWN_S: Final = 3.0
LENGTHS_S: Final = (2, 3, 4, 5)
#: The result of the last frame is waited for so long, or as long as results take.
_LATE_S: Final = 0.3


@dataclass(frozen=True)
class Take:
    """A recording that was asked for: what it shows, and from when to when, session time."""

    label: str
    start_s: float
    end_s: float


class RecordController(LiveController):
    """As `LiveController`; what it gives are examples.

    Attributes:
        take: the recording that is counted down to or runs.
        kept: the recording that waits for the visitor's word.
    """

    name: ClassVar = "teach"

    def __init__(
        self, storage: VisitorStorage, files: PublicFiles, live: LiveSession[object] | None = None
    ) -> None:
        super().__init__(storage, files, live)
        self.take: Take | None = None
        self.kept: Kept | None = None
        self._recordings_made = 0

    @property
    def ready(self) -> bool:
        """Whether the camera runs and people are looked for."""
        return self.link.playing and self.live.view().state is LiveState.RUNNING

    def begin(self, label: str, length_s: float) -> None:
        """Count down to a recording."""
        start_s = self.live.view().time_s + COUNTDOWN_S
        self.kept, self.problem = None, None
        self.take = Take(label, start_s, start_s + length_s)

    def again(self) -> None:
        """Record anew what was recorded last."""
        if self.kept is not None:
            example = self.kept.example
            self.begin(example.label, example.end_s - example.start_s)

    def drop(self) -> None:
        """Neither what runs nor what was recorded is wanted."""
        self.take = self.kept = None

    def follow(self) -> None:
        """Finish a recording whose time is over; call it often."""
        take = self.take
        if take is None:
            return
        view = self.live.view()
        if not self.link.on or view.time_s < take.start_s - COUNTDOWN_S - 1e-6:  # or begun anew
            self.take, self.problem = None, "The camera stopped: nothing was recorded."
        elif view.time_s >= take.end_s + max(_LATE_S, view.age_s or 0):
            self.take = None
            try:
                self.kept = self._recorded(take)
            except InputError as problem:
                self.problem = str(problem)

    def _recorded(self, take: Take) -> Kept:
        people = [_within(take, person) for person in self.live.analysis().people]
        seen = [track for track in people if _lasts_s(track) >= MIN_SPAN_S]
        if not seen:
            raise InputError(
                "You were not seen for long enough. Step back until the camera sees most of you, "
                "and record again."
            )
        seen.sort(key=lambda track: -len(track.times_s))
        self._recordings_made += 1
        shows, source = seen[0], f"webcam {self._recordings_made}"
        length_s = take.end_s - take.start_s
        example = stretch(take.label, source, shows.times_s, shows.keypoints_xyc, 0.0, length_s)
        return Kept(0, example, tuple(seen))

    @property
    def empty(self) -> bool:
        return self.kept is None

    @property
    def unsaved(self) -> list[str]:
        return [] if self.kept is None else [self.name]


def _within(take: Take, person: PersonResult) -> Track:
    """A person during a recording; times from its start."""
    times_s = person.track_times_s
    inside = (times_s >= take.start_s) & (times_s <= take.end_s)
    return Track(person.id, times_s[inside] - take.start_s, person.keypoints_xyc[inside])


def _lasts_s(track: Track) -> float:
    return float(np.ptp(track.times_s)) if len(track.times_s) else 0.0


def record_controller(visitor: Visitor) -> RecordController:
    """A visitor's; see `dashboard.visitor.Visitor.state`."""
    return RecordController(visitor.new_storage(), visitor.files)
