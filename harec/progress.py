"""How far a long job is, where its time goes, and how it is stopped."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

from harec.errors import Cancelled
from harec.results import Timings
from harec.video import VideoInfo

_PARTIAL_EVERY_S = 1.0


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a job is.

    Attributes:
        stage: ``load``, ``analyze``, ``render`` or ``done``.
        fraction: of the whole job, 0..1; None when the video does not say how long it is.
        frames_per_second: of this stage so far.
        remaining_s: estimate for the whole job; None when there is none yet.
        time_s: position in the video.
        partial: what is known so far, about once a second; None in between. Of the type that the
            job ends with.
    """

    stage: str
    fraction: float | None = None
    frames_per_second: float = 0.0
    remaining_s: float | None = None
    time_s: float = 0.0
    partial: Any = None


OnProgress = Callable[[Progress], None]


class StageClock:
    """Adds up the seconds of each stage."""

    def __init__(self) -> None:
        self.start_s = time.perf_counter()
        self.stages_s: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start_s = time.perf_counter()
        try:
            yield
        finally:
            self.stages_s[name] += time.perf_counter() - start_s

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.start_s

    def timings(self, frames: int, pose_frames: int) -> Timings:
        return Timings(dict(self.stages_s), self.elapsed_s, frames, pose_frames)


class Reporter:
    """Turns positions into Progress, and stops the work when it is cancelled."""

    def __init__(
        self,
        on_progress: OnProgress | None,
        cancel: Event | None,
        clock: StageClock,
        info: VideoInfo,
    ) -> None:
        self.on_progress, self.cancel, self.clock, self.info = on_progress, cancel, clock, info
        self.next_partial_s = self.clock.elapsed_s + _PARTIAL_EVERY_S
        self.stage_name, self.stage_start_s = "", clock.elapsed_s
        self.last_s = clock.elapsed_s  # of the last report

    def check(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("The analysis was cancelled.")

    def partial(self, make: Callable[[], Any]) -> Any:
        """What is known so far, about once a second; less often as it gets dearer to make."""
        start_s = self.clock.elapsed_s
        if self.on_progress is None or start_s < self.next_partial_s:
            return None
        made = make()
        cost_s = self.clock.elapsed_s - start_s
        self.next_partial_s = self.clock.elapsed_s + max(_PARTIAL_EVERY_S, 20 * cost_s)
        return made

    def __call__(
        self,
        stage: str,
        done: int,
        time_s: float,
        low: float,
        high: float,
        partial: Any,
    ) -> None:
        """Report ``done`` frames of a stage that spans [low, high] of the whole job."""
        self.check()
        if stage != self.stage_name:
            self.stage_name, self.stage_start_s = stage, self.last_s
        if self.on_progress is None:
            return
        elapsed_s = self.last_s = self.clock.elapsed_s
        share = time_s / self.info.duration_s if self.info.duration_s else None
        fraction = None if share is None else low + (high - low) * min(share, 1.0)
        remaining_s = None
        work_s = elapsed_s - self.clock.stages_s["load"]
        # Some frames at least: the first one is slower than the others.
        if fraction and work_s > 0.5 and (fraction > 0.01 or done >= 4):
            remaining_s = work_s * (1 - fraction) / fraction
        seconds = max(elapsed_s - self.stage_start_s, 1e-3)
        self.on_progress(Progress(stage, fraction, done / seconds, remaining_s, time_s, partial))
