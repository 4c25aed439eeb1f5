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

from harec.core.errors import Cancelled

_PARTIAL_EVERY_S = 1.0
#: Stages that compute in one thread and in small steps: their seconds are the processor's, for
#: beside other stages most of what the clock shows is waiting for these.
OWN_WORK: Final = frozenset({"camera", "track", "recognize", "draw"})
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


@dataclass(frozen=True)
class Timings:
    """Where the time went, in seconds of this process.

    Attributes:
        stages_s: seconds per stage: load, decode, pose, track, recognize, draw, encode. They
            overlap, so that their sum may exceed ``total_s``; see `StageClock`.
        total_s: from start to end.
        frames: of the video.
        frames_per_second: of the video, over the whole job.
        pose_frames: how many frames the pose model saw.
        precision: of the numbers that it computed with; None = it doesn't say.
    """

    stages_s: dict[str, float]
    total_s: float
    frames: int
    pose_frames: int
    precision: str | None = None

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.total_s if self.total_s > 0 else 0.0


class StageClock:
    """Adds up the seconds that each stage works; stages of several threads overlap."""

    def __init__(self) -> None:
        self.start_s = time.perf_counter()
        self.stages_s: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._here = threading.local()  # seconds of the stages inside the one that runs

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

    def timings(self, frames: int, pose_frames: int, precision: str | None) -> Timings:
        """What was measured so far."""
        with self._lock:
            stages_s = dict(self.stages_s)
        return Timings(stages_s, self.elapsed_s, frames, pose_frames, precision)


class JobContext:
    """What the parts of one long job share: its clock, where reports go, and how it is stopped.

    A part is a pass over the video: `begin`, a `report` a frame, `done`.

    Args:
        on_progress: given the reports, in the job's own thread; None = none are made.
        cancel: set from another thread to stop the job.

    Attributes:
        clock: adds up the seconds of each stage.
        duration_s: of the video, in seconds; None where it does not say.
        span: the share of the whole job, 0..1, at which the part that runs begins and ends.
    """

    def __init__(self, on_progress: OnProgress | None = None, cancel: Event | None = None) -> None:
        self.clock = StageClock()
        self.duration_s: float | None = None
        self.span = (0.0, 1.0)
        self._on_progress, self._cancel = on_progress, cancel
        self._remaining_s: float | None = None
        self._start_s = self._next_partial_s = 0.0

    def check(self) -> None:
        """Raise Cancelled if the job was cancelled."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("The analysis was cancelled.")

    def load(self) -> None:
        """Report that models are being loaded."""
        if self._on_progress is not None:
            self._on_progress(Progress("load"))

    def begin(self, duration_s: float | None) -> None:
        """A part has loaded what it needs; from here on its frames a second are counted."""
        self.duration_s = duration_s
        self._start_s = self.clock.elapsed_s
        self._next_partial_s = self._start_s + _PARTIAL_EVERY_S

    def partial(self, make: Callable[[], T]) -> T | None:
        """What is known so far, about once a second; less often as it gets dearer to make."""
        start_s = self.clock.elapsed_s
        if self._on_progress is None or start_s < self._next_partial_s:
            return None
        made = make()
        cost_s = self.clock.elapsed_s - start_s
        self._next_partial_s = self.clock.elapsed_s + max(_PARTIAL_EVERY_S, 50 * cost_s)
        return made

    def report(self, stage: str, frames: int, time_s: float, partial: Any = None) -> None:
        """Report how far a part is.

        Args:
            frames: of the part that are done.
            time_s: of the last one, in the video.
            partial: see `Progress`.

        Raises:
            Cancelled: the job was cancelled.
        """
        self.check()
        if self._on_progress is None:
            return
        spent_s = max(self.clock.elapsed_s - self._start_s, 1e-3)
        fraction = None
        if self.duration_s:
            low, high = self.span
            done = (high - low) * min(time_s / self.duration_s, 1.0)
            fraction = low + done
            # Some frames at least: the first one is slower than the others. Until then what the
            # part before let expect stands.
            if done and spent_s > 0.5 and (done > 0.01 or frames >= 4):
                self._remaining_s = spent_s * (1 - fraction) / done
        speed = frames / spent_s
        self._on_progress(Progress(stage, fraction, speed, self._remaining_s, time_s, partial))

    def done(self, timings: Timings) -> None:
        """A part has succeeded; if it is the last one, report that the job has."""
        if self._on_progress is not None and self.span[1] == 1.0:
            self._on_progress(Progress("done", 1.0, timings.frames_per_second, 0.0))
