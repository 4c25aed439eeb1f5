"""Loads the models in the background, once in a process, and shows that it does.

Nobody waits for it: the page is drawn first, and who presses Analyze earlier gets the models as
soon as they are there. Python's threads move one at a time; importing PyTorch beside the first run
of a page made it appear half a second later. So it begins when a browser comes back after it has
drawn the page. (Beside a running camera the import would take ten times as long: it can't wait for
the camera either.)

Streamlit collects all garbage after each run of a script or fragment. With torch, plotly and the
models in memory that took 80 ms: half of all time on a page that looks twice a second. What is
loaded once stays anyway; frozen, it is not looked through any more. Objects that nobody refers to
any more go away as before; only garbage in circles that was alive when it was frozen never does.
"""

from __future__ import annotations

import gc
import importlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

import streamlit as st

from dashboard.server.jobs import UNEXPECTED
from dashboard.text import plain
from harec.analysis.results import AnalysisSettings
from harec.core.errors import HarecError
from harec.pose.base import MODES, Mode, Precision
from harec.pose.registry import ESTIMATORS, create_estimator

_POLL_S: Final = 0.5
#: What pages and jobs import where they use it, once the models are there.
_LATER: Final = ("harec.live.pipeline", "harec.yoga.practice.live", "dashboard.analyze.result")
#: In the visitor's state: the browser has drawn a page.
_DRAWN: Final = "drawn_once"

_log = logging.getLogger(__name__)


class WarmthState(StrEnum):
    """Where the models of an engine and mode stand."""

    COLD = "cold"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class Wanted:
    """Which models: an engine in a mode."""

    engine: str
    mode: Mode
    precision: Precision = "float"


#: ``load(wanted, settings)`` returns when the models are in memory.
Load = Callable[[Wanted, AnalysisSettings], Any]


class WarmUp:
    """Loads models in a thread, each engine and mode once. Any thread may call the methods."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._changed = threading.Lock()
        self._turns = threading.Lock()  # one loads at a time
        self._states: dict[Wanted, WarmthState] = {}
        self._problems: dict[Wanted, str] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def begin(self, wanted: Wanted, settings: AnalysisSettings) -> None:
        """Load them, unless it was done or is being done; after a failure, once more.

        Args:
            settings: of the first visitor who wants them: an engine may build its network for them.
        """
        with self._changed:
            state = self._states.get(wanted, WarmthState.COLD)
            if self._closed or state in (WarmthState.LOADING, WarmthState.READY):
                return
            self._states[wanted] = WarmthState.LOADING
            thread = threading.Thread(
                target=self._run, args=(wanted, settings), name="harec-warm", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def state(self, wanted: Wanted) -> WarmthState:
        return self._states.get(wanted, WarmthState.COLD)

    def problem(self, wanted: Wanted) -> str | None:
        """One plain line, None unless FAILED."""
        return self._problems.get(wanted) if self.state(wanted) is WarmthState.FAILED else None

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for what loads now."""
        for thread in [*self._threads]:
            thread.join(timeout_s)

    def close(self) -> None:
        """The process ends: nothing more begins. Waits at most 10 s for what loads."""
        with self._changed:
            self._closed = True
        self.wait(10)

    def _run(self, wanted: Wanted, settings: AnalysisSettings) -> None:
        state, problem = WarmthState.READY, ""
        try:
            with self._turns:
                if not self._closed:
                    self._load(wanted, settings)
        except HarecError as error:
            state, problem = WarmthState.FAILED, str(error)
        except Exception:
            _log.exception("The models could not be loaded")
            state, problem = WarmthState.FAILED, UNEXPECTED
        with self._changed:
            self._states[wanted], self._problems[wanted] = state, problem
        if state is WarmthState.READY and not self._closed:
            _import_later()
            settle(f"{wanted.engine} {wanted.mode} {wanted.precision}")


def load_models(wanted: Wanted, settings: AnalysisSettings) -> None:
    """The action model and an engine's networks; each is kept by its own module.

    Raises:
        ModelError: a file is missing or damaged.
    """
    from harec.analysis import analyze as analysis  # PyTorch, onnxruntime

    analysis.load_action_model()
    create_estimator(
        wanted.engine,
        mode=wanted.mode,
        max_people=settings.max_people,
        detection_threshold=settings.detection_threshold,
        precision=wanted.precision,
    )


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


def show(place: Any, told: str | None = None) -> None:
    """Call it at the end of each run of a page: loads what the visitor's choice needs.

    Args:
        place: a container for what goes wrong.
        told: what the page says already.
    """
    settings = _settings()
    wanted = Wanted(settings.estimator, settings.mode, settings.precision)
    state = warm_up().state(wanted)
    if state is WarmthState.FAILED:
        _failed(place, wanted, settings, told)
    elif state is not WarmthState.READY:
        _loading(wanted, settings)


def _settings() -> AnalysisSettings:
    """What the visitor has chosen so far; an engine that can't run yet is not waited for."""
    chosen = st.session_state
    engine = chosen.get("engine", "movenet")
    if ESTIMATORS[engine].unavailable() is not None:
        engine = "movenet"
    mode = chosen.get("mode")
    defaults = AnalysisSettings(engine)
    return AnalysisSettings(
        engine,
        mode if mode in MODES else defaults.mode,
        max_people=chosen.get("people", defaults.max_people),
        detection_threshold=chosen.get(f"detection_threshold_{engine}"),
        precision="int8" if chosen.get("int8") and engine == "movenet" else "float",
    )


@st.fragment(run_every=_POLL_S)
def _loading(wanted: Wanted, settings: AnalysisSettings) -> None:
    """Says so while it takes; begins at the browser's second look, when it has drawn the page."""
    warm = warm_up()
    if _DRAWN in st.session_state:
        warm.begin(wanted, settings)
    st.session_state[_DRAWN] = True
    if warm.state(wanted) in (WarmthState.READY, WarmthState.FAILED):
        st.rerun()  # without this fragment
    with st.container(key="warm-up", width="content"):  # page.css puts it into a corner
        st.badge("Loading the models …", icon=":material/hourglass_top:", color="gray")


def _failed(place: Any, wanted: Wanted, settings: AnalysisSettings, told: str | None) -> None:
    problem = warm_up().problem(wanted)
    if problem is None or problem == told:
        return
    with place:
        st.error(plain(problem), icon=":material/error:")
        st.button(
            "Try again",
            icon=":material/refresh:",
            key="warm-up-again",
            on_click=warm_up().begin,
            args=(wanted, settings),
        )
