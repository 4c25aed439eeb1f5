"""Loads the models in the background, once in a process.

Nobody waits for it: the page is drawn first, and who presses Analyze earlier gets the models as
soon as they are there. Python's threads move one at a time; importing PyTorch beside the first run
of a page made it appear half a second later. So it begins when a browser comes back after it has
drawn the page.

Streamlit collects all garbage after each run of a script or fragment. With torch, plotly and the
models in memory that took 80 ms: half of all time on a page that polls twice a second. What is
loaded once stays anyway; frozen, it is not scanned any more. Objects that nothing refers to any
more go away as before; only garbage in circles that was alive when it was frozen never does.

It can be frozen only once it is there, and until then there is more and more of it: beside a page
with a running camera the collections took nine tenths of the time, and an import of 4 s took 40, in
which connections were lost. So while something loads there are none but Python's own.
"""

from __future__ import annotations

import gc
import importlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from streamlit import config

from dashboard.server.jobs import Job, JobQueue, JobState
from harec.analysis.results import AnalysisSettings
from harec.pose.base import AnyPrecision, Mode
from harec.pose.registry import create_estimator

#: What pages and jobs import where they use it, once the models are there.
_LATER: Final = ("harec.live.pipeline", "harec.yoga.live", "dashboard.analyze.result")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """Which models: an engine in a mode."""

    engine: str
    mode: Mode
    precision: AnyPrecision = "auto"


#: ``load(wanted, settings)`` returns when the models are in memory.
Load = Callable[[Wanted, AnalysisSettings], Any]


class WarmUp:
    """Loads models one by one, each engine and mode once. Any thread may call the methods."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._queue = JobQueue("harec-warm-up")
        self._beginning = threading.Lock()
        self._jobs: dict[Wanted, Job] = {}

    def begin(self, wanted: Wanted, settings: AnalysisSettings) -> None:
        """Load them, unless it was done or is being done; after a failure, once more.

        Args:
            settings: of the first visitor who wants them: an engine may build its network for them.
        """

        def work(report: Callable[[Any], None], cancel: threading.Event) -> None:
            with _few_collections():
                self._load(wanted, settings)
            stage = f"{wanted.engine} {wanted.mode} {wanted.precision}"
            self._queue.submit(lambda report, cancel: _after(stage))  # the models are there already

        with self._beginning:
            if self.state(wanted) in (None, JobState.FAILED):
                self._jobs[wanted] = self._queue.submit(work)

    def state(self, wanted: Wanted) -> JobState | None:
        """Of the newest try to load them; None before the first."""
        job = self._jobs.get(wanted)
        return None if job is None else job.state

    def problem(self, wanted: Wanted) -> str | None:
        """One plain line, None unless FAILED."""
        job = self._jobs.get(wanted)
        return None if job is None else job.error

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for what loads now; False if that didn't end in time."""
        return self._queue.wait(timeout_s)

    def close(self) -> None:
        """The process ends: nothing more begins. Waits at most 10 s for what loads."""
        self._queue.close(wait_s=10)


def load_models(wanted: Wanted, settings: AnalysisSettings) -> None:
    """The action model and an engine's networks; each is kept by its own module.

    Raises:
        ModelError: a file is missing or damaged.
    """
    from harec.actions.model import load_action_model  # PyTorch

    load_action_model()
    create_estimator(
        wanted.engine,
        mode=wanted.mode,
        max_people=settings.max_people,
        detection_threshold=settings.detection_threshold,
        precision=wanted.precision,
    )


def _after(stage: str) -> None:
    with _few_collections():
        _import_later()
        settle(stage)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Streamlit leaves the garbage to Python meanwhile."""
    option = "runner.postScriptGC"
    before = config.get_option(option)
    config.set_option(option, False)
    try:
        yield
    finally:
        config.set_option(option, before)


@cache
def _import_later() -> None:
    for module in _LATER:
        try:
            importlib.import_module(module)
        except Exception:
            _log.exception("%s could not be imported", module)  # who needs it will say so


@cache
def settle(stage: str) -> None:
    """Freeze what is in memory, the first time that a stage is reached: an engine runs, ..."""
    gc.collect()
    gc.freeze()


@cache
def warm_up() -> WarmUp:
    """This process's."""
    return WarmUp(load_models)
