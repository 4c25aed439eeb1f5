"""How far a long job is, where its time goes, and how it is stopped."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any, Final, TypeVar

from harec.analysis.results import Timings
from harec.core.errors import Cancelled
from harec.video import VideoInfo

_PARTIAL_EVERY_S = 1.0
#: Stages that compute in one thread and in small steps: their seconds are the processor's, for
#: beside other stages most of what the clock shows is waiting for these.
OWN_WORK: Final = frozenset({"track", "recognize", "draw"})
T = TypeVar("T")


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
    """Adds up the seconds that each stage works; stages of several threads overlap."""

    def __init__(self) -> None:
        self.start_s = time.perf_counter()
        self.stages_s: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._here = threading.local()  # seconds of the stages inside the one that goes on

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done in here; a stage inside another one is not counted for that one."""
        seconds = time.thread_time if name in OWN_WORK else time.perf_counter
        start_s = seconds()
        outside_s = getattr(self._here, "inside_s", 0.0)
        self._here.inside_s = 0.0
        try:
            yield
        finally:
            spent_s = seconds() - start_s
            with self._lock:
                self.stages_s[name] += spent_s - self._here.inside_s
            self._here.inside_s = outside_s + spent_s

    def timed(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The same items; the time to make each of them counts for the stage."""
        source = iter(items)
        end = object()
        while True:
            with self.stage(name):
                item = next(source, end)
            if item is end:
                return
            yield item  # type: ignore[misc]  # not the sentinel

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.start_s

    def timings(self, frames: int, pose_frames: int) -> Timings:
        """What was measured so far."""
        with self._lock:
            stages_s = dict(self.stages_s)
        return Timings(stages_s, self.elapsed_s, frames, pose_frames)


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
        self.next_partial_s = self.clock.elapsed_s + max(_PARTIAL_EVERY_S, 50 * cost_s)
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
