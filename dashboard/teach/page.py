"""The Teach page: show an action, see what harec knows of it, try it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard.analyze import intro
from dashboard.live import camera
from dashboard.teach import cards, clips_panel, cut, packs, report, use, webcam
from dashboard.teach.clips import Clips
from dashboard.teach.names import OTHER_TITLE, shown
from dashboard.teach.packs import Packs
from dashboard.teach.recorder import record_controller
from dashboard.teach.sidebar import sidebar
from dashboard.teach_state import TeachState
from dashboard.text import plain
from dashboard.visitor import Visitor
from dashboard.widget_memory import at_first
from harec.actions.labels import OTHER
from harec.analysis.results import AnalysisSettings
from harec.core.errors import InputError
from harec.taught.examples import checked_label

CLIPS, WEBCAM, RESULT = (
    ":material/movie: Clips",
    ":material/videocam: Webcam",
    ":material/timeline: From a result",
)
#: In place of a name; no example has it.
NEW: Final = ""
_STEPS: Final = (
    ("front_hand", "Show it", "A few clips, your webcam, or a stretch of a result."),
    ("school", "harec learns", "At once, and says what is still unsure."),
    ("play_circle", "See it named", "In videos and live, with its repetitions counted."),
)
#: The example whose start and end are moved, in the session's state.
_CUT: Final = "teach-cut"
#: A training is waited for so long before the page says that it is on its way.
_SOON_S: Final = 0.7


def show(visitor: Visitor) -> None:
    """The whole page."""
    state, clips, files = visitor.state(TeachState), visitor.state(Clips), visitor.state(Packs)
    problem = _follow(state)
    clips.collect(state)
    state.wait(_SOON_S)
    st.title("Teach", anchor=False)
    st.markdown("Show harec your own actions, three times each: it names them from then on.")
    if problem:
        st.error(plain(problem), icon=":material/error:")
    left, right = st.columns([5, 4], gap="medium")
    with left:
        with st.container(border=True):
            settings, watched = _show_action(visitor, state, clips)
        if clips.working:
            clips_panel.progress(clips)
        clips_panel.problems(clips)
        if not state.empty:
            with st.container(border=True):
                use.show(visitor, state, files, settings)
    with right, st.container(border=True):
        _knows(state, files)
    if state.empty:
        intro.how_it_works(_STEPS)
    else:
        _examples(state)
    if watched:
        webcam.watch_camera()


def _follow(state: TeachState) -> str | None:
    """What was asked for on the cards; returns what is wrong with it."""
    try:
        chosen = cards.follow(state)
    except InputError as problem:
        return str(problem)
    if chosen is not None:
        st.session_state[_CUT] = chosen
    return None


def _show_action(
    visitor: Visitor, state: TeachState, clips: Clips
) -> tuple[AnalysisSettings, bool]:
    """Name an action and show it; returns what is set, and whether the webcam is on the page."""
    st.subheader("Show an action", anchor=False)
    label = _name(state)
    by = st.segmented_control(
        "Show it by", (CLIPS, WEBCAM, RESULT), key=at_first("teach-by", CLIPS), required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if by == WEBCAM:
        controller = visitor.state(record_controller)
        asked = camera.sidebar(controller, recordable=False)
        settings = sidebar(visitor, live=True)
        webcam.show(controller, state, label, asked, settings)
        return settings, True
    settings = sidebar(visitor, live=False)
    if by == CLIPS:
        clips_panel.uploader(clips, label, settings)
    else:
        _from_result()
    return settings, False


def _name(state: TeachState) -> str | None:
    """Which action is shown: one of those that are there, none of them, or a new one."""
    known = [label for label in state.labels if label != OTHER]
    options = [*known, NEW, OTHER]
    key = at_first("teach-name", NEW)
    if st.session_state[key] not in options:  # its last example was deleted
        st.session_state[key] = NEW
    chosen = st.pills(
        "Which action?", options, key=key, required=True, format_func=_pill,
        help=f"{OTHER_TITLE}: near misses and other motion that must not be named.",
    )  # fmt: skip
    if chosen != NEW:
        return chosen
    said = st.text_input(
        "Its name", key=at_first("teach-new", ""), placeholder="Type its name, such as Squat",
        label_visibility="collapsed",
    )  # fmt: skip
    if not said.strip():
        return None
    for label in known:  # a second one would be another action
        if said.strip().casefold() in (label.casefold(), shown(label).casefold()):
            return label
    try:
        return checked_label(said)
    except InputError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return None


def _pill(label: str) -> str:
    return ":material/add: New action" if label == NEW else plain(shown(label))


def _from_result() -> None:
    st.markdown(
        "On **Analyze**, press **Correct** above a result's timeline: mend segments or draw new "
        "ones. **Use … corrections** makes them examples here."
    )
    if st.button("Go to Analyze", icon=":material/movie:"):
        st.switch_page("pages/analyze.py")


def _knows(state: TeachState, files: Packs) -> None:
    """The report; at first, how to come by one."""
    st.subheader("What harec knows", anchor=False)
    if not state.empty:
        report.show(state)
        return
    st.markdown(
        "Nothing of yours yet. One example is a beginning, three are good; other people and other "
        "sides help most."
    )
    packs.example_button(state)
    st.caption("Squats, lunges and biceps curls of simulated people.")
    packs.opener(state, files)


def _examples(state: TeachState) -> None:
    """The cards, and the one that is being changed."""
    with st.container(horizontal=True, vertical_alignment="center", key="teach-examples"):
        st.subheader("Your examples", anchor=False)
        with st.popover("Delete all", icon=":material/delete:", type="tertiary"):
            st.markdown("All examples, saved or not?")
            if st.button("Delete all examples", type="primary"):
                state.clear()
                st.rerun()
    chosen = next((k for k in state.kept if k.number == st.session_state.get(_CUT)), None)
    if chosen is not None and cut.panel(state, chosen):
        st.session_state[_CUT] = None
        st.rerun()
    cards.show(state, chosen.number if chosen is not None else None)
