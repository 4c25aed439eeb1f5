"""The video of a moment: its annotated video, if the library has it, with the timeline."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard import player
from dashboard.library.state import LibraryState, Moment
from dashboard.server.published_files import Download
from dashboard.text import NAME_LIMIT, plain
from harec.batch import layout
from harec.batch.query import Library, MomentFilter
from harec.core.errors import HarecError, InputError
from harec.render.palette import color_of, title

_KEY: Final = "library-player"


def show(state: LibraryState, library: Library, row: dict[str, Any], moment: Moment) -> None:
    """The player at a moment.

    Args:
        row: the video's, of the table ``videos``.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(row["name"], NAME_LIMIT), anchor=False, width="stretch")
        if st.button("Close", icon=":material/close:"):
            st.query_params.clear()
            st.rerun()
    st.caption("The address bar holds a link to this moment.")
    made_of = (moment.library, row["video"], library.stamp())
    if state.shown is None or state.shown[0] != made_of:
        state.shown = made_of, _data(state, library, row)
    data = state.shown[1]
    if data["video"] is None:
        st.info(
            "This library has no annotated video of it: `harec batch --video` keeps them.",
            icon=":material/videocam_off:",
        )
    wish = zlib.crc32(f"{moment.video} {moment.time_s}".encode())
    player.mount(_KEY, data, player.Seek(moment.time_s, wish))


def _data(state: LibraryState, library: Library, row: dict[str, Any]) -> dict[str, Any]:
    moments = library.moments(MomentFilter(videos=[row["video"]])).dicts()
    rate = row["frame_rate"]
    return {
        "durationS": max([row["duration_s"] or 0.0, *(each["end_s"] for each in moments)]),
        "people": _lanes(moments),
        "figure": _figure(library, row),
        "video": _video(state, library, row),
        "frameS": 1 / rate if rate else 1 / 30,
        "view": row["key"],
    }


def _lanes(moments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    people = sorted({each["person"] or 1 for each in moments})
    return [
        {
            "id": person,
            "segments": [
                {
                    "title": title(each["action"]),
                    "color": color_of(each["action"]),
                    "start": each["start_s"],
                    "end": each["end_s"],
                }
                for each in moments
                if (each["person"] or 1) == person
            ],
        }
        for person in people
    ]


def _figure(library: Library, row: dict[str, Any]) -> str | None:
    """The timeline of actions as plotly's JSON; None where there is nobody, or it is a practice."""
    from harec.analysis.document import analysis_of
    from harec.core.plain import parse_json, refusing
    from harec.render.timeline import timeline_figure

    if row["kind"] != "actions":
        return None
    try:
        data = library.store.read(layout.json_path(row["video"]))
        with refusing(row["name"], "a result of harec"):
            analysis = analysis_of(parse_json(data, row["name"]))
    except (OSError, HarecError) as error:
        st.warning(f"The result can't be read: {plain(str(error))}", icon=":material/error:")
        return None
    return str(timeline_figure(analysis).to_json()) if analysis.people else None


def _video(state: LibraryState, library: Library, row: dict[str, Any]) -> dict[str, Any] | None:
    """The annotated video for the player; None where the library has none."""
    state.published.withdraw()
    name = layout.annotated_path(row["video"])
    if not row["has_video"] or not layout.is_name(row["video"]) or not library.store.exists(name):
        return None
    try:
        path = _path(state, library, name)
    except OSError as error:
        raise InputError(f"The video can't be fetched ({error.strerror or error}).") from None
    url = state.published.publish(
        Download("video", path, f"{row['video']}.mp4", "video/mp4"),
    )
    return player.film(url, (row["width"], row["height"]))


def _path(state: LibraryState, library: Library, name: str) -> Path:
    """The file in the library's folder; from a bucket a copy, read in parts."""
    if library.store.folder is not None:
        return library.store.folder / name
    state.storage.keep_only([])
    with library.store.open(name) as source, st.spinner("Fetching the video …"):
        copy = state.storage.new_folder() / "annotated.mp4"
        with copy.open("wb") as target:
            shutil.copyfileobj(source, target, 4 << 20)
    return copy
