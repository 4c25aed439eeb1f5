"""Recording an example with the webcam: the camera, a countdown over it, keep or again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.live import camera, check, page
from dashboard.polling import polled
from dashboard.server import warmup
from dashboard.teach.cut import preview
from dashboard.teach.names import shown
from dashboard.teach.recorder import LENGTHS_S, RecordController
from dashboard.teach_state import TeachState
from dashboard.text import plain
from dashboard.widget_memory import at_first
from harec.analysis.results import AnalysisSettings
from harec.core.errors import InputError
from harec.live import LiveState
from harec.taught.named import Named

_HERE: Final = Path(__file__).parent
_PRIVACY: Final = "Pictures go to this server only, and none is kept: an example is a skeleton."


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_count = st.components.v2.component(
    "harec_teach_count", html=_part("count.html"), css=_part("count.css"), js=_part("count.js")
)


def show(
    controller: RecordController,
    state: TeachState,
    label: str | None,
    asked: camera.CameraSettings,
    settings: AnalysisSettings,
) -> None:
    """Everything for the webcam; in its picture stands what is named already.

    Args:
        label: what is shown; None: the visitor has not said it yet.
    """
    controller.live.settings = settings
    controller.live.mirror = asked.mirror
    actions = state.trained.actions
    controller.named = Named(actions, builtin=actions is None)
    with st.container(key="teach-camera"):
        camera.stream(controller, asked)
        _overlay(controller)
    _controls(controller, state, label, state.change)


@polled
def _overlay(controller: RecordController) -> None:
    """The countdown."""
    controller.follow()
    take, view = controller.take, controller.live.view()
    left_s = length_s = 0.0
    if take is not None:
        left_s = take.start_s - view.time_s
        length_s = take.end_s - take.start_s
    with st.container(key="teach-count"):
        _count(
            key="teach-countdown",
            data={
                "take": None if take is None else take.start_s,
                "leftS": left_s,
                "lengthS": length_s,
                "aspect": "{} / {}".format(*(view.size_wh or (4, 3))),
            },
        )


@polled
def _controls(
    controller: RecordController, state: TeachState, label: str | None, change: int
) -> None:
    """What can be done now; the rest of the page, and the camera with it, stands still.

    Args:
        change: of the examples that the page shows.
    """
    if state.change != change:
        st.rerun()  # there is a new card
    page.follow_browser(controller)
    controller.follow()
    view = controller.live.view()
    if view.state is LiveState.RUNNING:
        warmup.settle(controller.live.settings.estimator)
    if controller.problem:
        st.error(plain(controller.problem), icon=":material/error:")
    if controller.kept is not None:
        _review(controller, state)
        return
    if controller.take is not None:
        st.button("Cancel", icon=":material/close:", key="teach-stop", on_click=controller.drop)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        length_s = st.select_slider(
            "Seconds", LENGTHS_S, key=at_first("teach-length", 3), width=160
        )
        st.button(
            "Record",
            type="primary",
            icon=":material/radio_button_checked:",
            disabled=label is None or not controller.ready,
            key="teach-record",
            help="Name the action first." if label is None else "After 3, 2, 1.",
            on_click=controller.begin,
            args=(label, length_s),
        )
    page.notices(controller, view, _PRIVACY)


def _review(controller: RecordController, state: TeachState) -> None:
    kept = controller.kept
    assert kept is not None
    with st.container(border=True):
        left, right = st.columns([1, 2], vertical_alignment="center")
        with left:
            preview(kept.example, "teach-recorded")
        with right:
            st.markdown(f"**{plain(shown(kept.example.label))}**: is this what you showed?")
            with st.container(horizontal=True):
                st.button(
                    "Keep", type="primary", icon=":material/check:", key="teach-keep",
                    on_click=_keep, args=(controller, state),
                )  # fmt: skip
                st.button(
                    "Again", icon=":material/replay:", key="teach-again",
                    on_click=controller.again, disabled=not controller.ready,
                )  # fmt: skip
                st.button("Discard", type="tertiary", key="teach-drop", on_click=controller.drop)


def _keep(controller: RecordController, state: TeachState) -> None:
    try:
        state.keep([controller.kept] if controller.kept is not None else [])
    except InputError as problem:
        controller.problem = str(problem)
    else:
        controller.drop()


def watch_camera() -> None:
    """Last on the page, where its empty line is in no one's way."""
    check.camera_check()
