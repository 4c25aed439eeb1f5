"""Work in the background: a job that can be watched and given up, and a queue with one worker.

Two users never run at once (the model already uses every core), so a job waits in line, says
how many are before it, and can be cancelled at any moment. Owners (one per browser session) take
turns: an owner of ten jobs doesn't keep out an owner of one. Loading models and downloading weights
are jobs, too, each in a queue of its own.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from enum import StrEnum
from typing import Any

from harec.core.errors import Cancelled, HarecError

#: What a job runs: ``work(report, cancel)``. It calls ``report(snapshot)`` as often as it likes
#: and raises `harec.core.errors.Cancelled` soon after the event is set.
Work = Callable[[Callable[[Any], None], threading.Event], Any]

#: Shown instead of the text of an unforeseen error; the traceback goes to the log.
UNEXPECTED = "Something went wrong on the server. Try again; the details are in the server's log."

_log = logging.getLogger(__name__)


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job:
    """One piece of work. Made by `JobQueue.submit`; every attribute may be read by any thread.

    Attributes:
        owner: whose job it is.
        progress: the newest snapshot that the work reported, None before the first.
    """

    def __init__(self, work: Work, owner: str, before: Callable[[Job], list[Job]]) -> None:
        self.owner = owner
        self.progress: Any = None
        self._work: Work | None = work
        self._find_before = before
        self._cancel = threading.Event()
        self._running = False
        # Result and error. It never counts as running, so that `cancel` ends it at any moment.
        self._end: Future[tuple[Any, str | None]] = Future()

    @property
    def state(self) -> JobState:
        """It changes at most twice: to RUNNING, then to one of the ends."""
        if self._end.cancelled():
            return JobState.CANCELLED
        if self._end.done():
            return JobState.DONE if self.error is None else JobState.FAILED
        return JobState.RUNNING if self._running else JobState.QUEUED

    @property
    def ended(self) -> bool:
        """True once the state can't change any more."""
        return self._end.done()

    @property
    def result(self) -> Any:
        """What the work returned, None unless DONE."""
        return self._outcome()[0]

    @property
    def error(self) -> str | None:
        """One plain line, None unless FAILED."""
        return self._outcome()[1]

    @property
    def before(self) -> list[Job]:
        """The jobs that end before this one starts, in their order; empty unless QUEUED."""
        return self._find_before(self)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; False if it didn't come in time."""
        with contextlib.suppress(CancelledError, TimeoutError):
            self._end.exception(timeout_s)
        return self.ended

    def cancel(self) -> None:
        """Give the job up: it is CANCELLED at once, also while its work has not returned yet.

        The worker takes the next job only when the work has returned. A job that has ended stays
        as it is.
        """
        if self._end.cancel():
            self._cancel.set()
            self._work = None  # what it closes over may be large

    def run(self) -> None:
        """For the worker: do the work, unless the job was cancelled meanwhile."""
        work, self._work = self._work, None
        self._running = True
        if work is None or self.ended:
            return
        result, error = None, None
        try:
            result = work(self._report, self._cancel)
        except Cancelled:
            self.cancel()
        except HarecError as problem:
            error = str(problem)
        except BaseException:  # a library's SystemExit, too: the worker has to outlive its jobs
            if not self.ended:  # after a cancel the files may be gone: nothing to report
                _log.exception("A job failed")
            error = UNEXPECTED
        with contextlib.suppress(InvalidStateError):  # cancelled
            self._end.set_result((result, error))

    def _report(self, snapshot: Any) -> None:
        self.progress = snapshot

    def _outcome(self) -> tuple[Any, str | None]:
        if not self._end.done() or self._end.cancelled():
            return None, None
        return self._end.result()


class JobQueue:
    """Runs jobs one after another, owners in turn, in a thread that lives while there is work."""

    def __init__(self, name: str = "harec-jobs") -> None:
        self._name = name
        self._lock = threading.Lock()
        #: Waiting jobs of each owner; the first owner's first job is next.
        self._waiting: dict[str, list[Job]] = {}
        self._working: Job | None = None  # may be CANCELLED already, its work not yet returned
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, work: Work, owner: str = "") -> Job:
        """Put ``work`` at the end of the owner's line; a closed queue gives a CANCELLED job."""
        job = Job(work, owner, self._before)
        with self._lock:
            if self._closed:
                job.cancel()
                return job
            self._waiting.setdefault(owner, []).append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        return job

    def busy_for(self, owner: str) -> bool:
        """Whether a job of theirs waits or runs."""
        return any(not job.ended for job in self._jobs(owner))

    def forget(self, owner: str) -> None:
        """The owner has left: cancel what waits or runs for them and keep nothing of it."""
        for job in self._jobs(owner):
            job.cancel()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all work has returned; False if that didn't come in time."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def close(self, wait_s: float = 10.0) -> None:
        """Cancel everything, take nothing more; waits for the running work, but not longer."""
        with self._lock:
            self._closed = True
        for job in self._jobs():
            job.cancel()
        self.wait(wait_s)

    def _jobs(self, owner: str | None = None) -> list[Job]:
        """Which wait or run, of one owner or of all."""
        with self._lock:
            jobs = [job for line in self._waiting.values() for job in line]
            if self._working is not None:
                jobs.append(self._working)
        return [job for job in jobs if owner in (None, job.owner)]

    def _before(self, job: Job) -> list[Job]:
        with self._lock:
            self._drop_ended()
            lines = list(self._waiting.values())
            own = next((i for i, line in enumerate(lines) if job in line), None)
            if own is None:
                return []
            before = [self._working] if self._working is not None else []
            place = lines[own].index(job)
            # Owners take turns: each has `place` full ones, those ahead have one more.
            for turn in range(place + 1):
                for i, line in enumerate(lines):
                    if turn < len(line) and (turn < place or i < own):
                        before.append(line[turn])
            return before

    def _drop_ended(self) -> None:
        """Lines without cancelled jobs; no line is empty."""
        lines = {
            owner: [job for job in line if not job.ended] for owner, line in self._waiting.items()
        }
        self._waiting = {owner: line for owner, line in lines.items() if line}

    def _next(self) -> Job | None:
        """Take a job; None when there is none, and the thread ends."""
        with self._lock:
            self._working = None
            self._drop_ended()
            if not self._waiting:
                self._thread = None
                return None
            owner = next(iter(self._waiting))
            self._working, *rest = self._waiting.pop(owner)
            if rest:
                self._waiting[owner] = rest  # behind the other owners
            return self._working

    def _run(self) -> None:
        while (job := self._next()) is not None:
            job.run()
