"""The tab for a practice video: what was held when, how well, and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import weights
from dashboard.analyze import running, source
from dashboard.text import NAME_LIMIT, plain
from dashboard.yoga import gallery, holds, practice_player
from dashboard.yoga.practice_job import PracticeJob, PracticeOutcome
from dashboard.yoga.settings import YogaSettings
from harec.core.errors import HarecError, InputError
from harec.yoga.practice.sequence import parse_sequence

#: A simulated practice, made by tools/make_yoga_sample.py.
SAMPLE: Final = Path(__file__).parents[2] / "assets" / "yoga-sample.mp4"
_STAGES: Final = {
    **running.STAGES,
    "analyze": "Finding your asanas",
    "render": "Drawing the coached video",
}
_EXAMPLE: Final = "warrior II left, triangle right, tree left, natarajasana"


def tab(desk: PracticeJob, settings: YogaSettings) -> None:
    """Everything in the tab."""
    if desk.source is None:
        left, right = st.columns([3, 1], vertical_alignment="center")
        with left:
            source.uploader(desk)
        with right:
            source.sample_button(desk, settings, SAMPLE)
    else:
        source.chosen(desk, settings, SAMPLE)
    if desk.problem:
        st.error(plain(desk.problem), icon=":material/error:")
    elif desk.job is None:
        weights.hint(settings.pose.estimator)
    if desk.job is not None:
        running.progress_panel(desk, practice_player.show_partial, _STAGES)
    elif desk.outcome is not None:
        _result(desk, desk.outcome, settings)
    gallery.show(folded=desk.job is not None or desk.outcome is not None)


def _result(desk: PracticeJob, outcome: PracticeOutcome, settings: YogaSettings) -> None:
    if outcome.source is not desk.source:
        st.info(
            f"Below is the result of **{plain(outcome.source.name, NAME_LIMIT)}**; press "
            "**Analyze** for the new video.",
            icon=":material/history:",
        )
    _follow_sliders(desk, outcome, settings)
    _ask_sequence(desk)
    for warning in outcome.shown.warnings:
        st.warning(plain(warning), icon=":material/info:")
    practice_player.show(outcome, seek=holds.wanted_moment(outcome))
    _drawn_note(desk, outcome)
    practice_player.downloads(outcome)
    if outcome.sequence is not None:
        holds.sequence(outcome.sequence)
    holds.table(outcome)
    holds.best_moments(outcome)


def _follow_sliders(desk: PracticeJob, outcome: PracticeOutcome, settings: YogaSettings) -> None:
    if settings.pose.needs_pose(outcome.base.settings) or _other_people(outcome, settings):
        if outcome.source is desk.source:  # else the page asks for Analyze already
            st.info(
                "Engine, mode, skip frames and what its finds must reach need the pose model: "
                "press **Analyze** again. Below is the last result.",
                icon=":material/refresh:",
            )
        return
    try:
        desk.relabel(settings.holds)
    except HarecError as problem:
        st.error(plain(str(problem)), icon=":material/error:")


def _other_people(outcome: PracticeOutcome, settings: YogaSettings) -> bool:
    return settings.pose.thresholds != outcome.base.settings.thresholds


def _ask_sequence(desk: PracticeJob) -> None:
    # Streamlit forgets the field whenever it is not drawn: in other tabs, or during an analysis.
    st.session_state.setdefault("yoga-expected", desk.expected)
    text = st.text_input(
        "Expected sequence",
        placeholder=f"Optional, such as: {_EXAMPLE}",
        key="yoga-expected",
        max_chars=2000,
        help="Asanas in order, in Sanskrit or English, with a side where it matters. They are "
        "ticked off below and in the report.",
    )
    desk.expected = text
    try:
        desk.expect(tuple(parse_sequence(text)) if text.strip() else ())
    except InputError as problem:
        st.error(plain(str(problem)), icon=":material/error:")


def _drawn_note(desk: PracticeJob, outcome: PracticeOutcome) -> None:
    if desk.redraw is not None:
        running.redraw_panel(desk)
    elif not outcome.up_to_date:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":material/history: Timeline and tables follow the sliders; **video, pictures and "
                "report** are still the earlier ones.",
                width="stretch",
            )
            if st.button("Update them", icon=":material/movie_edit:", key="yoga-redraw"):
                desk.draw_anew()
                st.rerun()
