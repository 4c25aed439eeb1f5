"""A run over many videos: hands jobs out, sees to workers that end or hang, keeps the tables."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final
from uuid import uuid4

from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings
from harec.batch.pool import Hand, Pool, PoolSettings, WorkerLost
from harec.batch.report import Busy, Listener, Pace, Standing, Summary
from harec.batch.sources import Source
from harec.batch.store import Store, plain_reason
from harec.batch.worker import Job, Outcome, failed_row

#: Seconds that a minute of video may take, by engine: ten times its length, and what Detectron2
#: takes on a CPU.
TIMEOUT_S: Final = {"movenet": 600.0, "detectron2": 14_400.0}
_MOST_ATTEMPTS: Final = 3
_LOOK_S: Final = 0.5
_TELL_S: Final = 1.0
_FOLD_S: Final = 30.0
#: A video that another run is at is asked for again after so long.
_BUSY_S: Final = 2.0
_SLOW_START_S: Final = 60.0


@dataclass
class _Task:
    """A job and what was tried of it."""

    job: Job
    attempts: int = 0
    not_before_s: float = 0.0


@dataclass
class _Watch:
    """When a worker last got on with its job."""

    task: _Task
    phase: str = ""
    position: float = -1.0
    moved_s: float = field(default_factory=time.monotonic)
    phase_s: float = field(default_factory=time.monotonic)

    def overdue_s(self, hand: Hand, timeout_s: float, now_s: float) -> float | None:
        """How long it has taken, where that is too long; None where it is not."""
        state = hand.state
        if state.phase != self.phase:
            self.phase, self.phase_s, self.position = state.phase, now_s, -1.0
        if state.position != self.position:
            self.position, self.moved_s = state.position, now_s
        if state.phase != "analyze":
            return now_s - self.moved_s if now_s - self.moved_s > timeout_s else None
        length_s = max(state.duration_s or 0.0, state.position, 60.0)
        took_s = now_s - self.phase_s
        return took_s if took_s > timeout_s * length_s / 60 else None


def run_batch(
    sources: Iterable[Source],
    store: Store,
    settings: BatchSettings,
    pool_settings: PoolSettings,
    listener: Listener,
    *,
    again: bool = False,
    timeout_s: float | None = None,
    analyzer: Any = None,
    more: Callable[[], list[Source] | None] | None = None,
) -> Summary:
    """Analyse videos; those that fail are noted, the rest goes on.

    Args:
        sources: see `harec.batch.planning.make_plan`.
        store: where the library lies.
        again: also what is done already.
        timeout_s: that a minute of video may take, at least that in all; None = `TIMEOUT_S`.
        analyzer: see `harec.batch.making.Analyzer`; None = harec's own.
        more: asked for further sources from time to time; None = there are no more.

    Raises:
        InputError: there is no room for a worker.
    """
    limit_s = TIMEOUT_S[settings.analysis.estimator] if timeout_s is None else timeout_s
    run = _Run(store, settings, listener, again, limit_s, more)
    run.add(sources)
    if not run.has_work:
        run.fold()
        return run.summary
    pool = Pool(store.address, pool_settings, analyzer, run.total if more is None else None)
    try:
        _beside(run, pool)
    finally:
        pool.close()
        run.fold()
    return run.summary


def _beside(run: _Run, pool: Pool) -> None:
    """Let the run go on in another thread: Ray makes a fault of its own of a signal's exception."""
    with ThreadPoolExecutor(1) as beside:
        going = beside.submit(run.go, pool)
        try:
            while not going.done():
                wait([going], timeout=_LOOK_S)
        finally:
            run.stop.set()
    going.result()


class _Run:
    def __init__(
        self,
        store: Store,
        settings: BatchSettings,
        listener: Listener,
        again: bool,
        timeout_s: float,
        more: Callable[[], list[Source] | None] | None,
    ) -> None:
        self.summary = Summary()
        self.stop = Event()
        self._journal = Journal(store)
        self._settings, self._listener, self._again = settings, listener, again
        self._timeout_s, self._more = timeout_s, more
        self._name = uuid4().hex
        self._waiting: deque[_Task] = deque()
        self._at_work: dict[Hand, _Watch] = {}
        self.total = 0
        self._start_s = time.monotonic()
        self._pace = Pace(self._start_s)
        self._told_s = -_TELL_S
        self._folded_s, self._folded = self._start_s, 0

    @property
    def has_work(self) -> bool:
        return bool(self._waiting) or self._more is not None

    def add(self, sources: Iterable[Source]) -> None:
        for source in sources:
            self.total += 1
            job = Job(self.total, source, self._settings, self._name, self._again)
            self._waiting.append(_Task(job))

    def go(self, pool: Pool) -> None:
        slow = False
        while not self.stop.is_set() and (self.has_work or self._at_work):
            if self._more is not None:
                self._take_more()
            self._hand_out(pool)
            for hand in pool.wait(_LOOK_S) if pool.hands else ():
                self._end(pool, hand)
            if not self._at_work:
                time.sleep(0.05)
            self._end_hanging(pool)
            self._tell()
            now_s = time.monotonic()
            if not slow and now_s - self._start_s > _SLOW_START_S:
                slow = True
                if not any(hand.ready for hand in pool.hands):
                    self._listener.note("No worker has started yet: Ray waits for processors.")
            if now_s - self._folded_s > _FOLD_S and self.summary.ended != self._folded:
                self.fold()

    def _take_more(self) -> None:
        assert self._more is not None
        found = self._more()
        if found is None:
            self._more = None
        else:
            self.add(found)

    def _hand_out(self, pool: Pool) -> None:
        now_s = time.monotonic()
        for hand in pool.hands:
            if not hand.ready or hand.job is not None:
                continue
            task = next((t for t in self._waiting if t.not_before_s <= now_s), None)
            if task is None:
                return
            self._waiting.remove(task)
            task.attempts += 1
            pool.start(hand, task.job)
            self._at_work[hand] = _Watch(task)

    def _end(self, pool: Pool, hand: Hand) -> None:
        task = self._at_work.pop(hand).task
        try:
            outcome = pool.outcome(hand)
        except WorkerLost as error:
            self._lost(task, str(error))
            return
        self._take(task, outcome)

    def _take(self, task: _Task, outcome: Outcome) -> None:
        now_s, row = time.monotonic(), outcome.row
        if outcome.kind == "busy":
            task.not_before_s, task.attempts = now_s + _BUSY_S, task.attempts - 1
            self._waiting.append(task)
        elif outcome.kind == "failed":
            self._fail(row | {"attempts": task.attempts})
        elif outcome.kind == "copy":
            self.summary.copies += 1
            self._listener.video_copy(task.job.source.name, task.job.source.address)
        else:
            self.summary.done.append(row)
            self._pace.video(now_s, row["duration_s"] or 0.0)
            self._listener.video_done(row)

    def _lost(self, task: _Task, reason: str) -> None:
        if task.attempts < _MOST_ATTEMPTS:
            self._waiting.appendleft(task)
            return
        text = (
            f"its worker was ended {task.attempts} times ({reason}): the memory may be too small "
            "for so many workers."
        )
        self._fail(failed_row(task.job, text, task.attempts))

    def _fail(self, row: dict[str, Any]) -> None:
        self.summary.failed.append(row)
        with suppress(Exception):  # the disk may be full: the run's last lines tell it anyway
            self._journal.note_failure(row)
        self._listener.video_failed(row)

    def _end_hanging(self, pool: Pool) -> None:
        now_s = time.monotonic()
        for hand, watch in [*self._at_work.items()]:
            took_s = watch.overdue_s(hand, self._timeout_s, now_s)
            if took_s is None:
                continue
            del self._at_work[hand]
            pool.replace(hand)
            text = (
                f"it hung: not done after {took_s:.0f} s, which is more than --timeout "
                f"{self._timeout_s:g} allows."
            )
            self._fail(failed_row(watch.task.job, text, watch.task.attempts))

    def _tell(self) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s < _TELL_S:
            return
        self._told_s = now_s
        running = [
            Busy(hand.number, hand.job.source.name, hand.state.phase, hand.state.fraction)
            for hand in self._at_work
            if hand.job is not None
        ]
        left = self.total - self.summary.ended - sum(each.fraction or 0 for each in running)
        self._listener.standing(
            Standing(
                self.total,
                len(self.summary.done) + self.summary.copies,
                len(self.summary.failed),
                running,
                self._pace.hours_per_hour(now_s),
                self._pace.remaining_s(now_s, left),
            )
        )

    def fold(self) -> None:
        """Bring the tables up to date; a full disk is told, no more: the next run does it."""
        self._folded_s, self._folded = time.monotonic(), self.summary.ended
        try:
            self._journal.fold(self.summary.done if self._again else ())
        except Exception as error:
            self._listener.note(f"The tables could not be written: {plain_reason(error)}.")
