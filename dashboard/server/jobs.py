"""Heavy work of many users, one piece at a time: a queue with one worker thread.

Two users never run at once (the model already uses every core), so a job waits in line, can tell
how many are before it, and can be cancelled at any moment. Owners (one per browser session) take
turns: somebody who asks for ten jobs doesn't keep out somebody who asks for one.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from harec.core.errors import Cancelled, HarecError

#: What a job runs: ``work(report, cancel)``. It calls ``report(snapshot)`` as often as it likes
#: and raises `harec.core.errors.Cancelled` soon after the event is set.
Work = Callable[[Callable[[Any], None], threading.Event], Any]

#: Shown instead of the text of an error that nobody foresaw; the traceback goes to the log.
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
        state: a `JobState`; it changes at most twice (to RUNNING, then to one of the ends).
        progress: the newest snapshot that the work reported, None before the first.
        result: what the work returned, None unless DONE.
        error: one plain line, None unless FAILED.
    """

    def __init__(self, queue: JobQueue, work: Work, owner: str) -> None:
        self.owner = owner
        self.state = JobState.QUEUED
        self.progress: Any = None
        self.result: Any = None
        self.error: str | None = None
        self._queue = queue
        self._work = work
        self._cancel = threading.Event()
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        """True once the state can't change any more."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; False if it didn't come in time."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Give the job up: it is CANCELLED at once, also while its work still finds its way out.

        The worker takes the next job only when the work has returned. A job that has ended stays
        as it is.
        """
        self._queue._cancel(self)

    @property
    def before(self) -> list[Job]:
        """The jobs that end before this one starts, in their order; empty unless QUEUED."""
        return self._queue._before(self)


class JobQueue:
    """Runs jobs one after another in a thread of its own, owners in turn."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        #: Waiting jobs of each owner; the first owner's first job is next.
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._working: Job | None = None  # may be CANCELLED already, its work not yet returned
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, work: Work, owner: str) -> Job:
        """Put ``work`` at the end of the owner's line.

        Raises:
            RuntimeError: the queue has been closed.
        """
        job = Job(self, work, owner)
        with self._changed:
            if self._closed:
                raise RuntimeError("the queue is closed")
            self._waiting.setdefault(owner, deque()).append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="harec-jobs", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return job

    def forget(self, owner: str) -> None:
        """The owner has left: cancel what waits or runs for them and keep nothing of it."""
        with self._changed:
            theirs = list(self._waiting.get(owner, ()))
            if self._working is not None and self._working.owner == owner:
                theirs.append(self._working)
            for job in theirs:
                self._cancel(job)

    def close(self) -> None:
        """Cancel everything and let the thread end. Waits at most 10 s for the running work."""
        with self._changed:
            self._closed = True
            for owner in [*self._waiting]:
                self.forget(owner)
            if self._working is not None:
                self._cancel(self._working)
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10)

    def _cancel(self, job: Job) -> None:
        with self._changed:
            if job.ended:
                return
            job._cancel.set()
            line = self._waiting.get(job.owner)
            if line is not None and job in line:
                line.remove(job)
                if not line:
                    del self._waiting[job.owner]
            self._end(job, JobState.CANCELLED)

    def _end(self, job: Job, state: JobState) -> None:
        job.state = state
        job._work = _no_work  # what it closes over may be large
        job._ended.set()

    def _before(self, job: Job) -> list[Job]:
        with self._changed:
            if job.state is not JobState.QUEUED:
                return []
            before = [self._working] if self._working is not None else []
            lines = [list(line) for line in self._waiting.values()]
            place = next(line.index(job) for line in lines if job in line)
            own = next(i for i, line in enumerate(lines) if job in line)
            # FairScheduler go round: every owner has `place` full turns, those ahead have one more.
            for turn in range(place + 1):
                for i, line in enumerate(lines):
                    if turn < len(line) and (turn < place or i < own):
                        before.append(line[turn])
            return before

    def _next(self) -> Job | None:
        """Wait for a job and take it; None when the queue is closed."""
        with self._changed:
            self._working = None
            while not self._waiting:
                if self._closed:
                    return None
                self._changed.wait()
            owner, line = next(iter(self._waiting.items()))
            job = line.popleft()
            if line:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            job.state = JobState.RUNNING
            self._working = job
            return job

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._perform(job, job._work)
            del job  # an idle worker must not keep the last result alive

    def _perform(self, job: Job, work: Work) -> None:
        result, error, state = None, None, JobState.DONE
        try:
            result = work(lambda snapshot: setattr(job, "progress", snapshot), job._cancel)
        except Cancelled:
            state = JobState.CANCELLED
        except HarecError as problem:
            state, error = JobState.FAILED, str(problem)
        except Exception:
            if not job.ended:  # after a cancel the files may be gone: nothing to report
                _log.exception("A job failed")
            state, error = JobState.FAILED, UNEXPECTED
        with self._changed:
            if not job.ended:
                job.result, job.error = result, error
                self._end(job, state)


def _no_work(report: Callable[[Any], None], cancel: threading.Event) -> None:
    """Stands for the work of a job that has ended."""
