"""Ray's part of a batch: a cluster or this machine's processors, and workers on them.

The only module that imports Ray.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harec.batch.worker import Job, Outcome, State, Worker
from harec.core.errors import InputError
from harec.core.threads import cpu_count

#: For what workers hand back, which is small: the least that Ray takes.
_OBJECT_STORE_BYTES: Final = 80 << 20
_STATUS: Final = "status"
#: Ray puts sockets below its folder, whose paths may have 107 characters.
_LONGEST_FOLDER: Final = 40


@dataclass(frozen=True)
class PoolSettings:
    """Which machines work, and how they are shared.

    Attributes:
        workers: how many; None = as many as there are processors for.
        cpus_per_worker: processors of each, which is how many threads it computes with.
        gpus_per_worker: graphics cards of each, 0.5 where two share one.
        address: of a Ray cluster to join, or ``auto``; None = one on this machine, for this run.
    """

    workers: int | None = None
    cpus_per_worker: float = 1
    gpus_per_worker: float = 0
    address: str | None = None


class WorkerLost(Exception):
    """A worker's process ended while it worked."""


#: Workers that end before they have started, one after the other, and the run gives up.
_MOST_FALSE_STARTS: Final = 5


@dataclass(eq=False)
class Hand:
    """A worker as its run sees it.

    Attributes:
        number: 1, 2, ... for people who read about it.
        job: what it does; None = nothing.
        state: what it said last.
        ready: it has started.
    """

    number: int
    actor: Any
    starting: Any
    job: Job | None = None
    state: State = field(default_factory=State)
    ready: bool = False
    result: Any = None
    asked: Any = None


class Pool:
    """Workers; lost ones are replaced.

    Args:
        out: address of the library.
        settings: how many, and their share.
        analyzer: see `harec.batch.making.Analyzer`.
        most: no more workers than this, such as there are videos.

    Attributes:
        hands: the workers that are there, started or not.

    Raises:
        InputError: there is no room for a worker; from `wait`: workers can't start.
    """

    def __init__(
        self, out: str, settings: PoolSettings, analyzer: Any = None, most: int | None = None
    ) -> None:
        import ray

        self._ray = ray
        self._false_starts = 0
        self._numbers = iter(range(1, sys.maxsize))
        self._arguments = (out, max(int(settings.cpus_per_worker), 1), analyzer)
        remote: Any = ray.remote  # its types lack the groups
        self._class = remote(
            num_cpus=settings.cpus_per_worker,
            num_gpus=settings.gpus_per_worker,
            max_restarts=0,
            max_task_retries=0,
            concurrency_groups={_STATUS: 1},
        )(Worker)
        count = settings.workers or _room(ray.cluster_resources(), settings)
        self.hands = [self._new() for _ in range(min(count, most or count))]

    def _new(self) -> Hand:
        actor = self._class.remote(*self._arguments)
        return Hand(next(self._numbers), actor, actor.process.remote())

    def start(self, hand: Hand, job: Job) -> None:
        """Give a worker that is ready and has nothing to do a job."""
        hand.job, hand.state = job, State(job.number)
        hand.result = hand.actor.run.remote(job)

    def wait(self, timeout_s: float) -> list[Hand]:
        """Workers whose job has ended, or all that happened within a time; also notes who is ready
        and what each does."""
        busy = {hand.result: hand for hand in self.hands if hand.result is not None}
        starting = {hand.starting: hand for hand in self.hands if not hand.ready}
        waited = [*busy, *starting]
        done = self._ray.wait(waited, num_returns=1, timeout=timeout_s)[0] if waited else []
        done = self._ray.wait(waited, num_returns=len(waited), timeout=0)[0] if done else []
        for ref in done:
            if ref in starting:
                self._note_start(starting[ref])
        self._look(busy.values())
        return [busy[ref] for ref in done if ref in busy]

    def _note_start(self, hand: Hand) -> None:
        try:
            self._ray.get(hand.starting)
        except self._ray.exceptions.RayError as error:
            self._false_starts += 1
            if self._false_starts >= _MOST_FALSE_STARTS:
                reason = str(error).strip().rpartition("\n")[2][:300]
                raise InputError(f"The workers end before they have started: {reason}") from None
            self.replace(hand)
            return
        hand.ready, self._false_starts = True, 0

    def _look(self, hands: Any) -> None:
        for hand in hands:
            if hand.asked is None:
                hand.asked = hand.actor.state.options(concurrency_group=_STATUS).remote()
        asked = {hand.asked: hand for hand in hands}
        for ref in self._ray.wait([*asked], num_returns=len(asked), timeout=0)[0] if asked else ():
            hand, asked[ref].asked = asked[ref], None
            with suppress(self._ray.exceptions.RayError):  # its job's end says so, too
                state = self._ray.get(ref)
                if hand.job is not None and state.job == hand.job.number:
                    hand.state = state

    def outcome(self, hand: Hand) -> Outcome:
        """How a job ended, which is taken off the worker.

        Raises:
            WorkerLost: it ended in the midst of it; another one has taken its place.
        """
        ref, hand.result, hand.job, hand.state = hand.result, None, None, State()
        try:
            outcome: Outcome = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            self.replace(hand)
            raise WorkerLost(_words(error)) from None
        return outcome

    def replace(self, hand: Hand) -> None:
        """End a worker at once, and start another one in its place."""
        with suppress(Exception):  # it may be gone already
            self._ray.kill(hand.actor, no_restart=True)
        self.hands[self.hands.index(hand)] = self._new()

    def close(self) -> None:
        """End all workers at once."""
        for hand in self.hands:
            with suppress(Exception):
                self._ray.kill(hand.actor, no_restart=True)


def _words(error: Exception) -> str:
    return "out of memory" if "OutOfMemory" in f"{type(error)}{error}" else "killed, or crashed"


def _room(resources: dict[str, float], settings: PoolSettings) -> int:
    count = resources.get("CPU", 1) // max(settings.cpus_per_worker, 0.01)
    if settings.gpus_per_worker:
        count = min(count, resources.get("GPU", 0) // settings.gpus_per_worker)
    if count < 1:
        raise InputError(
            "There is no room for a worker: give --workers, or a smaller --cpus-per-worker or "
            "--gpus-per-worker."
        )
    return int(count)


@contextmanager
def ray_session(settings: PoolSettings) -> Iterator[None]:
    """Ray is there: the cluster that the settings name, this process's own, or one of this machine.

    What Ray says on standard output while it runs goes nowhere.

    Raises:
        InputError: there is no such cluster.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing leaves the machine
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    if ray.is_initialized():
        yield
        return
    ending = signal.getsignal(signal.SIGTERM)
    with (
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
        tempfile.TemporaryDirectory(prefix="harec-ray-", ignore_cleanup_errors=True) as folder,
    ):
        how = _how(settings, folder)
        try:
            ray.init(**how, logging_level=logging.ERROR, log_to_driver=False)
        except SystemError as error:  # what Ray makes of an exception from a signal's handler
            raise error.__cause__ or error from None
        except (ConnectionError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(f"Ray can't be started or joined: {reason}") from None
        with suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, ending)
        try:
            yield
        finally:
            ray.shutdown()


def _how(settings: PoolSettings, folder: str) -> dict[str, Any]:
    """Options of ``ray.init``; ``folder`` takes Ray's logs, which it would leave in /tmp/ray."""
    if settings.address is not None:
        return {"address": settings.address}
    workers = settings.workers or max(int(cpu_count() // max(settings.cpus_per_worker, 0.01)), 1)
    return {
        "_temp_dir": folder if len(folder) <= _LONGEST_FOLDER else None,
        "num_cpus": max(int(workers * settings.cpus_per_worker + 0.999), 1),
        "include_dashboard": False,
        "object_store_memory": _OBJECT_STORE_BYTES,
    }
