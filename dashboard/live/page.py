"""The Live page's own parts that change by themselves: they run anew twice a second, the rest of
the page, and the camera with it, stands still."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import player
from dashboard.analyze import intro
from dashboard.live import check, panel
from dashboard.live.controller import LiveController
from dashboard.live.notice import PRIVACY, Notice, notice
from dashboard.polling import polled
from dashboard.server import warmup
from dashboard.text import plain
from harec.actions.labels import own_labels
from harec.live import LiveState, LiveView
from harec.pose.registry import ESTIMATORS

_TURN_DOC: Final = Path(__file__).parents[2] / "docs" / "turn.md"


@polled
def now(controller: LiveController) -> None:
    """What to do, and all people in the frame."""
    follow_browser(controller)
    view = controller.live.view()
    if view.state is LiveState.RUNNING:
        warmup.settle(controller.live.settings.estimator)
    panel.people(view, controller.link)
    notices(controller, view)
    if not controller.link.on and controller.empty:
        intro.action_chips(own_labels(controller.named.labels))


@polled
def board(controller: LiveController) -> None:
    """The last minute, and how fast it goes."""
    panel.board(controller.live, controller.live.view())


@polled
def controls(controller: LiveController, counts: bool = True) -> None:
    """Pause, Reset, Save session, what was saved, and the counters if wanted."""
    live, empty = controller.live, controller.empty
    view = live.view()
    running = view.state not in (LiveState.IDLE, LiveState.WAITING)
    with st.container(horizontal=True):
        if live.paused and running:
            st.button(
                "Resume", icon=":material/play_arrow:", key="live-pause", on_click=live.resume
            )
        else:
            st.button(
                "Pause",
                icon=":material/pause:",
                key="live-pause",
                on_click=live.pause,
                disabled=not running,
            )
        reset = st.button(
            "Reset",
            icon=":material/restart_alt:",
            key="live-reset",
            on_click=controller.reset,
            disabled=empty,
            help="Forgets everything that was seen, and recordings.",
        )
        saved = st.button(
            "Save session",
            icon=":material/save:",
            key="live-save",
            on_click=_save,
            args=(controller,),
            disabled=empty,
            help="Writes everything since the start or the last reset. A recording that runs ends.",
        )
    if controller.problem:
        st.error(plain(controller.problem), icon=":material/error:")
    if controller.saved:
        links = [(file.text, file.kind, file.url) for file in controller.saved]
        player.links("live-saved", links, controller.saved_as)
    if counts:
        panel.counts(view, controller.named)
    if saved or reset:
        st.rerun()  # the switch in the sidebar has moved, and other things may be lost now


def _save(controller: LiveController) -> None:
    controller.save()
    controller.follow_record(False)
    controller.switch_off = True


def follow_browser(controller: LiveController) -> None:
    """Take what the browser says of its camera, and give the page a new frame with a Start button
    when the connection of the old one is dead."""
    controller.check = check.newest()
    if controller.link.is_dead():
        controller.link.break_off()
        st.rerun()


def notices(controller: LiveController, view: LiveView[object], privacy: str = PRIVACY) -> None:
    """What to say to the visitor now, if anything; see `notice`."""
    missing = None
    if view.state is LiveState.FAILED:
        missing = ESTIMATORS[controller.live.settings.estimator].unavailable()
    shown = notice(view, controller.link, controller.check, missing, privacy)
    if shown is not None:
        _show_notice(controller, shown)


def _show_notice(controller: LiveController, shown: Notice) -> None:
    """Show a notice, with what it offers to do."""
    show = {"info": st.info, "warning": st.warning, "error": st.error}[shown.kind]
    show(shown.text, icon=f":material/{shown.icon}:")
    if shown.retry:
        st.button(
            "Try again", icon=":material/refresh:", key="live-retry", on_click=controller.live.retry
        )
    if shown.turn:
        with st.expander("For whoever runs this server: set a TURN server"):
            _, _, text = _TURN_DOC.read_text(encoding="utf-8").partition("\n")
            st.markdown(text.replace("\n## ", "\n#### "))
    if controller.ice_problem:
        st.warning(
            f"{plain(controller.ice_problem)} No such server is used.", icon=":material/dns:"
        )
