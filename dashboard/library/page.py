"""The page: a library's totals, its moments by filters, and the one that is open."""

from __future__ import annotations

import hashlib

import streamlit as st

from dashboard.library import moments, video_player
from dashboard.library.charts import action_chart
from dashboard.library.filters import filters
from dashboard.library.libraries import VARIABLE, named, opened
from dashboard.library.state import LibraryState, Moment
from dashboard.text import plain
from dashboard.visitor import Visitor
from dashboard.widget_memory import at_first
from harec.analysis.tables import short_number
from harec.batch.overview import action_times, choices, totals, videos_by_name
from harec.batch.query import Library
from harec.core.errors import HarecError


def show(visitor: Visitor) -> None:
    """The whole page."""
    st.title("Library", anchor=False)
    if not named():
        st.info(
            "No library is open on this server. Its owner makes one of a folder of videos with "
            f"`harec batch`, and opens it with `harec app --library FOLDER` or `{VARIABLE}`.",
            icon=":material/video_library:",
        )
        return
    moment = Moment.from_address()
    name = _choose(moment)
    try:
        _show(visitor.state(LibraryState), name, opened(name), moment)
    except HarecError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _choose(moment: Moment | None) -> str:
    """The library: the visitor's choice, at first that of the link."""
    names = [*named()]
    linked = moment.library if moment is not None and moment.library in names else names[0]
    if len(names) == 1:
        return names[0]
    chosen = st.pills("Library", names, key=at_first("library", linked), required=True)
    return chosen or names[0]


def _show(state: LibraryState, name: str, library: Library, moment: Moment | None) -> None:
    key = f"library-{name}"
    place = st.container()
    _totals(library)
    wanted = filters(choices(library), key)
    found = moments.find(library, wanted, key)
    asked = f"{wanted} {found.page} {found.bars_page} {library.stamp()}"
    table = f"{key}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    click = moments.clicked(state, found, table)
    if click is not None:
        moment = Moment(name, click["video"], click["start_s"])
        moment.to_address()
    if moment is not None and moment.library in ("", name):
        with place:
            _open(state, library, moment)
    words = f"{found.moments:,} {'moment' if found.moments == 1 else 'moments'}"
    videos = f"{found.videos:,} {'video' if found.videos == 1 else 'videos'}"
    st.subheader(f"{words} in {videos}", anchor=False)
    if not found.rows:
        st.caption("None matches: take filters back.")
        return
    moments.table(library, found, table, key)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        moments.bars(found, table, key)
    with right:
        st.subheader("Time per action", anchor=False)
        st.caption("Of all moments that match.")
        chart = action_chart(action_times(library, wanted))
        st.plotly_chart(chart, key=f"{key}-times", config={"displayModeBar": False})


def _open(state: LibraryState, library: Library, moment: Moment) -> None:
    row = videos_by_name(library, [moment.video]).get(moment.video)
    if row is None:
        st.warning(
            "The link's video is not in this library (any more).", icon=":material/link_off:"
        )
        return
    video_player.show(state, library, row, moment)


def _totals(library: Library) -> None:
    all_of_it = totals(library)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Videos", f"{all_of_it.videos:,}", width="content")
        short = all_of_it.hours < 1
        length = all_of_it.hours * (60 if short else 1)
        text = f"{length:,.0f}" if length >= 10 else short_number(length)
        st.metric("Minutes" if short else "Hours", text, width="content")
        st.metric("People", f"{all_of_it.people:,}", width="content")
        st.metric("Moments", f"{all_of_it.moments:,}", width="content")
        if all_of_it.failed:
            st.metric("Failed", f"{all_of_it.failed:,}", width="content")
