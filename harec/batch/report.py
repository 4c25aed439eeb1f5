"""What a run tells while it goes on, and at its end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

#: As many of the last videos say how fast it goes.
_RECENT: Final = 50


@dataclass(frozen=True)
class Busy:
    """What a worker does.

    Attributes:
        worker: its number.
        name: of the video.
        phase: ``read``, ``analyze`` or ``write``.
        fraction: of the video, 0..1; None where it is not known.
    """

    worker: int
    name: str
    phase: str
    fraction: float | None


@dataclass(frozen=True)
class Standing:
    """How far a run is.

    Attributes:
        total: videos of this run.
        done, failed: of them; those that were done already do not count.
        running: what each worker does that does something.
        hours_per_hour: hours of video an hour; None until a video is done.
        remaining_s: how long it will take, in seconds; None until a video is done.
    """

    total: int
    done: int
    failed: int
    running: list[Busy]
    hours_per_hour: float | None
    remaining_s: float | None


class Listener(Protocol):
    """Who follows a run."""

    def video_done(self, row: dict[str, Any]) -> None:
        """A video is done: its row of ``videos.parquet``."""

    def video_copy(self, name: str, address: str) -> None:
        """A video's contents were done already, here or by another run."""

    def video_failed(self, row: dict[str, Any]) -> None:
        """A video failed: its row, with a reason."""

    def standing(self, standing: Standing) -> None:
        """How far the run is, about once a second."""

    def note(self, text: str) -> None:
        """Something that a user should know."""


@dataclass
class Summary:
    """How a run ended.

    Attributes:
        done: rows of ``videos.parquet``.
        copies: videos whose contents were done already.
        failed: rows with reasons.
    """

    done: list[dict[str, Any]] = field(default_factory=list)
    copies: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ended(self) -> int:
        """Videos that need no more work in this run."""
        return len(self.done) + self.copies + len(self.failed)


class Pace:
    """How fast a run goes, from the videos that ended last."""

    def __init__(self, start_s: float) -> None:
        self._ends: deque[tuple[float, float]] = deque([(start_s, 0.0)], _RECENT)

    def video(self, now_s: float, duration_s: float) -> None:
        """A video ended."""
        self._ends.append((now_s, duration_s))

    def hours_per_hour(self, now_s: float) -> float | None:
        """Seconds of video a second; None until there is one."""
        if len(self._ends) < 2:
            return None
        seen_s = sum(duration for _, duration in self._ends) - self._ends[0][1]
        return seen_s / max(now_s - self._ends[0][0], 1e-3)

    def remaining_s(self, now_s: float, left: float) -> float | None:
        """How long so many more videos take; None until one ended."""
        if len(self._ends) < 2:
            return None
        each_s = (self._ends[-1][0] - self._ends[0][0]) / (len(self._ends) - 1)
        return max(each_s * left - (now_s - self._ends[-1][0]), 0.0)
