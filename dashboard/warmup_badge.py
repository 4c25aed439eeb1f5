"""Says that the models load, or why they could not; begins to load what a visitor has chosen."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from dashboard.polling import polled
from dashboard.server import warmup
from dashboard.server.jobs import JobState
from dashboard.server.warmup import Wanted
from dashboard.text import plain
from harec.analysis.results import AnalysisSettings
from harec.pose.base import MODES
from harec.pose.registry import ESTIMATORS

#: In the visitor's state: the browser has drawn a page.
_DRAWN: Final = "drawn_once"


def show(place: Any, reported: str | None = None) -> None:
    """Call it at the end of each run of a page: loads what the visitor's choice needs.

    Args:
        place: a container for what goes wrong.
        reported: what the page says already.
    """
    settings = _settings()
    wanted = Wanted(settings.estimator, settings.mode, settings.precision)
    state = warmup.warm_up().state(wanted)
    if state is JobState.FAILED:
        _failed(place, wanted, settings, reported)
    elif state is not JobState.DONE:
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
        precision=chosen.get("precision", defaults.precision) if engine == "movenet" else "auto",
    )


@polled
def _loading(wanted: Wanted, settings: AnalysisSettings) -> None:
    """The badge. Loading begins at the browser's second poll, when it has drawn the page."""
    warm_up = warmup.warm_up()
    if _DRAWN in st.session_state:
        warm_up.begin(wanted, settings)
    st.session_state[_DRAWN] = True
    if warm_up.state(wanted) in (JobState.DONE, JobState.FAILED):
        st.rerun()  # without this fragment
    with st.container(key="warm-up", width="content"):  # page.css puts it into a corner
        st.badge("Loading the models …", icon=":material/hourglass_top:", color="gray")


def _failed(place: Any, wanted: Wanted, settings: AnalysisSettings, reported: str | None) -> None:
    warm_up = warmup.warm_up()
    problem = warm_up.problem(wanted)
    if problem is None or problem == reported:
        return
    with place:
        st.error(plain(problem), icon=":material/error:")
        st.button(
            "Try again",
            icon=":material/refresh:",
            key="warm-up-again",
            on_click=warm_up.begin,
            args=(wanted, settings),
        )
