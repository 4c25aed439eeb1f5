"""The tab for a practice video: what was held when, how well, and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import weights_panel
from dashboard.analyze import running, source
from dashboard.polling import polled
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
}
_EXAMPLE: Final = "warrior II left, triangle right, tree left, natarajasana"


def tab(practice: PracticeJob, settings: YogaSettings) -> None:
    """Everything in the tab."""
    if practice.source is None:
        left, right = st.columns([3, 1], vertical_alignment="center")
        with left:
            source.uploader(practice)
        with right:
            source.sample_button(practice, settings, SAMPLE)
    else:
        source.chosen(practice, settings, SAMPLE)
    if practice.problem:
        st.error(plain(practice.problem), icon=":material/error:")
    elif practice.job is None:
        weights_panel.hint(settings.pose.estimator)
    if practice.job is not None:
        running.progress_panel(practice, practice_player.show_partial, _STAGES)
    elif practice.outcome is not None:
        _result(practice, practice.outcome, settings)
    gallery.show(folded=practice.job is not None or practice.outcome is not None)


def _result(practice: PracticeJob, outcome: PracticeOutcome, settings: YogaSettings) -> None:
    if outcome.source is not practice.source:
        st.info(
            f"Below is the result of **{plain(outcome.source.name, NAME_LIMIT)}**; press "
            "**Analyze** for the new video.",
            icon=":material/history:",
        )
    _follow_sliders(practice, outcome, settings)
    practice.draw_pictures()
    _ask_sequence(practice)
    for warning in outcome.shown.warnings:
        st.warning(plain(warning), icon=":material/info:")
    table = holds.follow_choice(outcome)
    practice_player.show(outcome, outcome.chosen.seek)
    _downloads(practice, outcome)
    if outcome.sequence is not None:
        holds.sequence(outcome.sequence)
    holds.table(outcome, table)
    if practice.drawing is not None:
        _pictures_note(practice)
    holds.best_moments(outcome)


def _follow_sliders(
    practice: PracticeJob, outcome: PracticeOutcome, settings: YogaSettings
) -> None:
    if settings.pose.needs_pose(outcome.base.settings) or _other_people(outcome, settings):
        if outcome.source is practice.source:  # else the page asks for Analyze already
            st.info(
                "Engine, mode, skip frames, turn, mirrored and what its finds must reach need the "
                "pose model: press **Analyze** again. Below is the last result.",
                icon=":material/refresh:",
            )
        return
    try:
        practice.relabel(settings.holds)
    except HarecError as problem:
        st.error(plain(str(problem)), icon=":material/error:")


def _other_people(outcome: PracticeOutcome, settings: YogaSettings) -> bool:
    return settings.pose.thresholds != outcome.base.settings.thresholds


def _ask_sequence(practice: PracticeJob) -> None:
    # Streamlit forgets the field whenever it is not drawn: in other tabs, or during an analysis.
    st.session_state.setdefault("yoga-expected", practice.expected)
    text = st.text_input(
        "Expected sequence",
        placeholder=f"Optional, such as: {_EXAMPLE}",
        key="yoga-expected",
        max_chars=2000,
        help="Asanas in order, in Sanskrit or English, with a side where it matters. They are "
        "ticked off below and in the report.",
    )
    practice.expected = text
    try:
        practice.expect(tuple(parse_sequence(text)) if text.strip() else ())
    except InputError as problem:
        st.error(plain(str(problem)), icon=":material/error:")


@polled
def _pictures_note(practice: PracticeJob) -> None:
    """While the best moments are drawn; they come by themselves."""
    job = practice.drawing
    if job is None or job.ended:
        st.rerun()
    st.caption(":material/draw: Drawing the best moments for the page and the report …")


def _downloads(practice: PracticeJob, outcome: PracticeOutcome) -> None:
    if practice.rendering is not None:
        running.rendering_panel(practice)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if practice.rendering is None and outcome.coached_video is None:
            running.render_button(practice, "Coached video")
        practice_player.downloads(outcome)
