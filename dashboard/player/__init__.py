"""The player: annotated video and plotly timeline that follow each other without a rerun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.analyze.job import Outcome
from dashboard.server.published_files import plotly_url
from harec.analysis.results import Analysis
from harec.analysis.tables import end_of
from harec.render.palette import ACTION_COLORS, title
from harec.render.timeline import timeline_figure

_HERE = Path(__file__).parent


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_player = st.components.v2.component(
    "harec_player",
    html=_part("player.html"),
    css=_part("player.css"),
    js=_part("player.js"),
    isolate_styles=False,  # plotly puts its styles into the document
)
_downloads = st.components.v2.component(
    "harec_downloads", html='<div class="hd-row"></div>', css=_part("downloads.css"),
    js=_part("downloads.js"),
)  # fmt: skip


def show(outcome: Outcome, person_id: int | None, seek: float | None = None) -> None:
    """The player of a result.

    Args:
        person_id: whose probabilities to draw.
        seek: a moment that the visitor asked for, in seconds; followed once whenever it changes.
    """
    shown = outcome.shown
    if person_id not in outcome.cache:
        outcome.cache[person_id] = timeline_figure(shown, person_id).to_json()
    rate = shown.video.frame_rate
    mount(
        "player",
        {
            **_base(shown),
            "figure": outcome.cache[person_id] if shown.people else None,
            "video": outcome.urls["video"],
            "frameS": float(1 / rate) if rate else 1 / 30,
            "seek": seek,
            "view": outcome.urls["json"],  # another analysis: forget the zoom
        },
    )


def show_lanes(analysis: Analysis, key: str) -> None:
    """The timeline alone, while there is no video yet."""
    figure = timeline_figure(analysis).to_json()
    mount(key, {**_base(analysis), "figure": figure, "video": None, "view": key})


def mount(key: str, data: dict[str, Any]) -> None:
    """The component itself, for whoever has other lanes to show; ``data`` as of `show`.

    A lane of ``people`` may have a ``name`` (else it is called after its id), and its segments a
    ``kind``: what the legend calls them.
    """
    _player(key=key, data=data)


def _base(analysis: Analysis) -> dict[str, Any]:
    return {
        "plotly": plotly_url(),
        "durationS": end_of(analysis),
        "people": [
            {
                "id": person.id,
                "segments": [
                    {
                        "title": title(segment.action),
                        "color": ACTION_COLORS.get(segment.action, ACTION_COLORS["OTHER"]),
                        "start": segment.start_s,
                        "end": segment.end_s,
                    }
                    for segment in person.segments
                ],
            }
            for person in analysis.people
        ],
    }


def downloads(outcome: Outcome) -> None:
    """Links to the annotated video, JSON and CSV; streamed from disk."""
    links(
        "downloads",
        [
            ("Annotated video", "MP4", outcome.urls["video"] + "?save"),
            ("Everything", "JSON", outcome.urls["json"] + "?save"),
            ("Segments", "CSV", outcome.urls["csv"] + "?save"),
        ],
    )


def links(key: str, entries: list[tuple[str, str, str]]) -> None:
    """A row of links to files: text, kind and address of each."""
    _downloads(
        key=key, data=[{"text": text, "kind": kind, "url": url} for text, kind, url in entries]
    )
