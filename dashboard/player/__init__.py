"""The player: annotated video and plotly timeline that follow each other without a rerun."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.server.published_files import plotly_url

_HERE = Path(__file__).parent


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


#: Set in front of the script of a component that draws with plotly.
PLOTLY_JS: Final = _part("plotly.js")

_player = st.components.v2.component(
    "harec_player",
    html=_part("player.html"),
    css=_part("player.css"),
    js=PLOTLY_JS + _part("player.js"),
    isolate_styles=False,  # plotly puts its styles into the document
)
_downloads = st.components.v2.component(
    "harec_downloads", html='<div class="hd-row"></div>', css=_part("downloads.css"),
    js=_part("downloads.js"),
)  # fmt: skip


def mount(key: str, data: dict[str, Any]) -> None:
    """The component itself.

    Args:
        data: what ``player.js`` shows: ``figure`` (plotly's JSON or None), ``video`` (an address,
            relative to the page, or None: the timeline alone), ``durationS``, ``people``, and
            ``view``, which changes where the zoom is to be forgotten. With a video also
            ``frameS``, the duration of a frame, and ``seek``, a moment that is followed once
            whenever it changes. Times are in seconds.
            A lane of ``people`` may have a ``name`` (else it is called after its id), and its
            segments a ``kind``: what the legend calls them.
    """
    _player(key=key, data={"plotly": plotly_url(), **data})


def links(key: str, entries: list[tuple[str, str, str]], of: str | None = None) -> None:
    """A row of links to files: text, kind and address of each.

    Args:
        of: what is saved with any of them; see `dashboard.visitor.PageState.unsaved`.
    """
    _downloads(
        key=key,
        data=[{"text": text, "kind": kind, "url": url, "of": of} for text, kind, url in entries],
    )
