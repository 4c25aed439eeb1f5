"""The outcome of an analysis: player and timeline, tables, downloads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.analyze import analysis_player, beside, correcting
from dashboard.analyze.job import AnalyzeJob
from dashboard.analyze.outcome import Outcome
from dashboard.analyze.running import render_button, rendering_panel
from dashboard.analyze.saved import is_labels_alone, thresholds_for
from dashboard.chosen_row import Moment
from dashboard.teach_state import TeachState
from dashboard.text import NAME_LIMIT, plain
from dashboard.widget_memory import at_first
from harec.analysis.results import AnalysisSettings
from harec.analysis.tables import (
    SegmentRow,
    action_totals,
    clock,
    segment_rows,
    short_number,
)
from harec.core.errors import HarecError, InputError
from harec.pose.registry import ESTIMATORS
from harec.render.palette import rgb, title
from harec.taught.named import Named
from harec.video.container import LIVE_CODEC

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler


def show(job: AnalyzeJob, settings: AnalysisSettings, named: Named, teach: TeachState) -> None:
    """Everything below the chosen file once there is a result.

    Args:
        settings, named: as the sidebar says.
        teach: gets corrections as examples, if the visitor wants that.
    """
    outcome = job.outcome
    assert outcome is not None
    if job.source is not None and outcome.source is not job.source:
        st.info(
            f"Below is the result of **{plain(outcome.source.name, NAME_LIMIT)}**; press "
            "**Analyze** for the new video.",
            icon=":material/history:",
        )
    if outcome.film is None and outcome.base.video.codec != LIVE_CODEC:
        video = plain(outcome.shown.video.name, NAME_LIMIT)
        st.info(
            f"This result was saved without its video: drop **{video}** above to see both.",
            icon=":material/movie:",
        )
    as_saved = outcome.opened and _is_as_saved(outcome, settings)
    if as_saved and not is_labels_alone(outcome.base):
        threshold = outcome.base.settings.action_threshold
        at = "" if threshold is None else f", with an action threshold of {threshold:.2f}"
        st.caption(
            f"**{plain(outcome.source.name, NAME_LIMIT)}** is shown as it was saved{at}; the "
            "sliders for labels act on it once they are moved."
        )
    _follow_editor(job, outcome)
    _follow_sidebar(job, outcome, settings, named)
    for warning in outcome.shown.warnings:
        st.warning(plain(warning), icon=":material/info:")
    rows = segment_rows(outcome.shown)
    judged = any(len(person.estimate_times_s) for person in outcome.shown.people)
    if judged and not rows:
        st.info(
            "No action was seen clearly enough. Lower the action threshold to see weaker guesses.",
            icon=":material/tune:",
        )
    person_id = _choose_person(outcome)
    moments = [Moment(row.person, row.start_s, row.end_s, row.start_s) for row in rows]
    # Other rows are another table.
    table = outcome.chosen.follow(f"segments-{outcome.version}", moments)
    compared = beside.compared(job.beside, outcome)
    analysis_player.show(outcome, person_id, outcome.chosen.seek, compared, teach.labels)
    _downloads(job, outcome)
    correcting.teach_button(job, teach)
    beside.panel(job, outcome, compared)
    if rows:
        with st.container(key="tables"):  # side by side where both are whole: see page.css
            with st.container():
                _segment_table(table, rows, outcome.shown.taught)
            with st.container():
                _totals_table(rows, outcome.shown.taught)
    _how_it_ran(outcome)


def _follow_sidebar(
    job: AnalyzeJob, outcome: Outcome, settings: AnalysisSettings, named: Named
) -> None:
    if outcome.opened:
        settings = _settings_of_opened(outcome, settings)
        if is_labels_alone(outcome.base):
            if any(p.segments and not len(p.track_times_s) for p in outcome.base.people):
                return
            settings = outcome.base.settings
        if outcome.base.taught and named.actions is None and settings != outcome.base.settings:
            st.info(
                "This result names actions of a set that is not here, so it is shown as it was "
                "saved: open their pack on **Teach** for thresholds to act on them.",
                icon=":material/school:",
            )
            settings = outcome.base.settings
    if settings.needs_pose(outcome.base.settings):
        if outcome.source is job.source:  # else the page asks for Analyze already
            st.info(
                "Engine, mode, int8, detection threshold, skip frames, turn, mirrored or more "
                "people need the pose model: press **Analyze** again. Below is the last result.",
                icon=":material/refresh:",
            )
        settings = outcome.builtin.settings
    try:
        with st.spinner("Labelling anew …"):  # unseen where it takes milliseconds
            job.relabel(settings, named)
    except HarecError as problem:
        st.error(plain(str(problem)), icon=":material/error:")


def _is_as_saved(outcome: Outcome, sidebar: AnalysisSettings) -> bool:
    """Whether the sidebar is as it was when an opened result was first shown."""
    return outcome.sidebar in (None, sidebar)


def _settings_of_opened(outcome: Outcome, sidebar: AnalysisSettings) -> AnalysisSettings:
    """A result is opened as it was saved; it follows the sidebar's thresholds once they move."""
    if _is_as_saved(outcome, sidebar):
        outcome.sidebar = sidebar
        return outcome.base.settings
    return thresholds_for(outcome.base, sidebar)


def _choose_person(outcome: Outcome) -> int | None:
    ids = [person.id for person in outcome.shown.people]
    if len(ids) < 2:
        return ids[0] if ids else None
    chosen = st.pills(
        "Probabilities of",
        ids,
        format_func=lambda i: f"Person {i}",
        key=at_first(f"person-of-{'-'.join(map(str, ids))}", ids[0]),
        required=True,
    )
    return chosen or ids[0]


def _follow_editor(job: AnalyzeJob, outcome: Outcome) -> None:
    try:
        corrections = correcting.newest(outcome)
        if corrections is not None:
            job.correct(corrections)
    except InputError as problem:
        st.error(plain(str(problem)), icon=":material/error:")


def _downloads(job: AnalyzeJob, outcome: Outcome) -> None:
    if job.rendering is not None:
        rendering_panel(job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if outcome.film is not None and job.rendering is None and outcome.annotated_video is None:
            render_button(job, "Annotated video")
        analysis_player.downloads(outcome)
        with st.popover("Other formats", icon=":material/download:"):
            analysis_player.formats(outcome)


def _segment_table(key: str, rows: list[SegmentRow], taught: Sequence[str]) -> None:
    st.subheader("Segments", anchor=False)
    st.caption("A click on a row jumps to its start in the video.")
    frame = pd.DataFrame(
        {
            "Person": [row.person for row in rows],
            "Action": [title(row.action) for row in rows],
            "Start": [clock(row.start_s, 2) for row in rows],
            "End": [clock(row.end_s, 2) for row in rows],
            "Duration": [f"{row.duration_s:.2f} s" for row in rows],
            "Confidence": [100 * row.confidence for row in rows],
            "Repetitions": _counts([row.repetitions for row in rows]),
        }
    )
    if any(row.by == "human" for row in rows):
        frame["By"] = ["you" if row.by == "human" else "model" for row in rows]
    st.dataframe(
        _colored(frame, [row.action for row in rows], taught),
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="",
        height=min(38 + 35 * len(rows), 420),
        column_config={
            "Person": st.column_config.NumberColumn(width=62),
            "Confidence": st.column_config.NumberColumn(format="%.0f%%"),
        },
    )


def _colored(frame: pd.DataFrame, labels: list[str], taught: Sequence[str]) -> Styler:
    """A table whose rows are of these labels, in their colours."""
    colors = ["rgba({}, {}, {}, 0.3)".format(*rgb(label, taught)) for label in labels]
    grounds = [f"background-color: {color}" for color in colors]
    style = frame.style.apply(lambda _: grounds, subset=["Action"])
    return style.format(na_rep="", subset=["Repetitions"])


def _totals_table(rows: list[SegmentRow], taught: Sequence[str]) -> None:
    st.subheader("Per action", anchor=False)
    totals = action_totals(rows)
    frame = pd.DataFrame(
        {
            "Action": [title(total.action) for total in totals],
            "Times": [total.count for total in totals],
            "In total": [clock(total.total_s) for total in totals],
            "Repetitions": _counts([total.repetitions for total in totals]),
        }
    )
    style = _colored(frame, [total.action for total in totals], taught)
    st.dataframe(style, hide_index=True, placeholder="")


def _counts(values: list[int | None]) -> pd.Series:
    """Whole numbers; some are missing."""
    return pd.Series(values, dtype="Int64")


def _engine(outcome: Outcome) -> str:
    made_with = outcome.base.provenance
    known = ESTIMATORS[outcome.base.settings.estimator].title
    return "A file" if made_with.keypoints or made_with.labels else known


def _how_it_ran(outcome: Outcome) -> None:
    timings, settings = outcome.base.timings, outcome.base.settings
    with st.expander("How it ran", icon=":material/speed:"):
        with st.container(horizontal=True, gap="large"):  # wraps where the page is narrow
            st.metric("Total", clock(timings.total_s), width="content")
            speed = short_number(timings.frames_per_second)
            st.metric("Frames per second", speed, width="content")
            st.metric("Engine", _engine(outcome), width="content")
            st.metric("Mode", settings.mode.capitalize(), width="content")
            if timings.precision:
                st.metric("Precision", timings.precision.capitalize(), width="content")
        per_frame = 1000 / max(timings.frames, 1)
        stages = timings.stages_s
        st.dataframe(
            pd.DataFrame(
                {
                    "Stage": [name.capitalize() for name in stages],
                    "Seconds": [round(seconds, 2) for seconds in stages.values()],
                    "ms per frame": [round(seconds * per_frame, 1) for seconds in stages.values()],
                }
            ),
            hide_index=True,
        )
        st.caption(
            f"{timings.frames} frames, {timings.pose_frames} of them seen by the pose model. "
            "Stages work at the same time: their seconds may add up to more than the total."
        )
