"""The table of moments and the bars of their videos, a page at a time; a click opens one."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
import streamlit as st

from dashboard.library.charts import overview_chart
from dashboard.library.state import LibraryState
from dashboard.widget_memory import chosen_row, table_key
from harec.analysis.tables import clock
from harec.batch import layout
from harec.batch.overview import count, videos_by_name, videos_with
from harec.batch.query import Library, MomentFilter
from harec.render.palette import title

#: Rows of a page of the table.
PAGE_ROWS: Final = 50
#: Videos of a page of the overview, and their moments that are drawn at most.
PAGE_BARS: Final = 12
_MOST_MARKS: Final = 3000
_READERS: Final = 8


@dataclass(frozen=True)
class Found:
    """What matches, as far as the page shows it.

    Attributes:
        moments, videos: how many match.
        page, rows: the page of the table, from 1, and its moments.
        bars_page, bars, marks: the page of the overview, its videos, and their moments.
    """

    moments: int
    videos: int
    page: int
    rows: list[dict[str, Any]]
    bars_page: int
    bars: list[dict[str, Any]]
    marks: list[dict[str, Any]]


def find(library: Library, wanted: MomentFilter, key: str) -> Found:
    """The pages that are chosen.

    Args:
        key: beginning of the keys of the fields with the pages.
    """
    moments, videos = count(library, wanted)
    page = _page(f"{key}-page", moments, PAGE_ROWS)
    bars_page = _page(f"{key}-bars-page", videos, PAGE_BARS)
    bars = videos_with(library, wanted, PAGE_BARS, (bars_page - 1) * PAGE_BARS)
    of_them = replace(wanted, videos=[row["video"] for row in bars])
    return Found(
        moments,
        videos,
        page,
        library.moments(wanted, PAGE_ROWS, (page - 1) * PAGE_ROWS).dicts(),
        bars_page,
        bars,
        library.moments(of_them, _MOST_MARKS).dicts() if bars else [],
    )


def _page(key: str, count: int, size: int) -> int:
    return min(int(st.session_state.get(key, 1)), max(math.ceil(count / size), 1))


def clicked(state: LibraryState, found: Found, key: str) -> dict[str, Any] | None:
    """The moment that was clicked on in this run, in the bars or in the table.

    Call it before they are drawn: the player stands above them.

    Args:
        key: of the table: other moments are another one.
    """
    for widget, place, moments in (
        (_bars_key(key), _bar_clicked(key), found.marks),
        (key, chosen_row(key), found.rows),
    ):
        chosen = None if place is None or place >= len(moments) else (key, place)
        if state.is_new(widget, chosen) and place is not None:
            return moments[place]
    return None


def _bars_key(key: str) -> str:
    return f"{key}-bars"


def _bar_clicked(key: str) -> int | None:
    points = st.session_state.get(_bars_key(key), {}).get("selection", {}).get("points", [])
    if not points or "customdata" not in points[0]:
        return None
    data = points[0]["customdata"]
    return int(data[0] if isinstance(data, list) else data)


def table(library: Library, found: Found, key: str, pager: str) -> None:
    """The table and its pages; ``key`` and ``pager`` as `clicked` and `find` have them."""
    videos = videos_by_name(library, list({row["video"] for row in found.rows}))
    _table(library, found.rows, videos, key)
    _pager(f"{pager}-page", found.page, found.moments, PAGE_ROWS)


def bars(found: Found, key: str, pager: str) -> None:
    """A bar for each video, with its moments that match."""
    st.subheader("Where in the videos", anchor=False)
    st.caption("A click on a moment opens it.")
    st.plotly_chart(
        overview_chart(found.bars, found.marks),
        key=_bars_key(key),
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    _pager(f"{pager}-bars-page", found.bars_page, found.videos, PAGE_BARS)


def _pager(key: str, page: int, count: int, size: int) -> None:
    pages = math.ceil(count / size)
    if pages > 1:
        st.number_input(f"Page, of {pages:,}", 1, pages, page, key=key, width=160)


def _table(
    library: Library,
    rows: Sequence[dict[str, Any]],
    videos: dict[str, dict[str, Any]],
    table: str,
) -> None:
    frame = pd.DataFrame(
        {
            "Video": [row["name"] for row in rows],
            "Action": [title(row["action"]) for row in rows],
            "Start": [clock(row["start_s"]) for row in rows],
            "Duration": [f"{row['duration_s']:.1f} s" for row in rows],
            "Confidence": [
                None if row["confidence"] is None else 100 * row["confidence"] for row in rows
            ],
            "Repetitions": pd.Series([row["repetitions"] for row in rows], dtype="Int64"),
            "Person": pd.Series([row["person"] for row in rows], dtype="Int64"),
            "Of": [
                modified.date() if (modified := videos[row["video"]]["modified"]) else None
                for row in rows
            ],
        }
    )
    with_pictures = any(videos[row["video"]]["has_thumbnails"] for row in rows)
    if with_pictures:
        frame.insert(0, "", _thumbnails(library, rows))
    st.dataframe(
        frame,
        hide_index=True,
        key=table_key(table),
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="",
        row_height=64 if with_pictures else None,
        height=min(38 + (64 if with_pictures else 35) * len(rows), 560),
        column_config={
            "": st.column_config.ImageColumn(width=110),
            "Confidence": st.column_config.NumberColumn(format="%.0f%%"),
            "Of": st.column_config.DateColumn(format="YYYY-MM-DD"),
        },
    )


def _thumbnails(library: Library, rows: Sequence[dict[str, Any]]) -> list[str | None]:
    """The pictures as addresses of their own: a page of them is a few hundred kilobytes."""

    def read(row: dict[str, Any]) -> str | None:
        name = layout.thumbnail_path(row["video"], row["start_s"], row["person"] or 1)
        try:
            data = library.store.read(name)
        except OSError:  # there is none of it
            return None
        return f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"

    with ThreadPoolExecutor(_READERS) as readers:
        return [*readers.map(read, rows)]
