"""The player: a video with people drawn on it, and a timeline that follows it without a rerun."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import streamlit as st

from dashboard.server.published_files import font_url, plotly_url
from harec.core.correction import UNCORRECTED, Correction
from harec.render.drawing import DRAWING
from harec.render.labels import label_font

_HERE = Path(__file__).parent


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_DRAWING: Final = ("drawing.js", "label_placement.js", "coaching.js", "track.js")


def _drawing_js() -> str:
    fonts = {
        "harec-label": "data:font/otf;base64," + base64.b64encode(label_font()).decode("ascii"),
        "harec-dejavu": font_url("dejavu"),
        "harec-dejavu-bold": font_url("dejavu-bold"),
    }
    head = f"const DRAWING = {json.dumps(DRAWING)};\nconst DRAWING_FONTS = {json.dumps(fonts)};\n"
    return head + "".join(map(_part, _DRAWING))


#: Set in front of the script of a component that draws with plotly.
PLOTLY_JS: Final = _part("plotly.js")
#: Draws people on a canvas, and reads where they are.
DRAWING_JS: Final = _drawing_js()

#: What a human says of people; see `mount`, ``correct``.
CORRECTIONS_JS: Final = _part("corrections.js")

_EDITOR: Final = ("edit_bar.js", "edit_lanes.js", "edit_keys.js", "editor.js")
_PLAYER: Final = ("stage.js", "timeline.js", "layout.js", *_EDITOR, "player.js")
_player = st.components.v2.component(
    "harec_player",
    html=_part("player.html"),
    css=_part("player.css") + _part("editor.css"),
    js=PLOTLY_JS + DRAWING_JS + CORRECTIONS_JS + "".join(map(_part, _PLAYER)),
    isolate_styles=False,  # plotly puts its styles into the document
)
_downloads = st.components.v2.component(
    "harec_downloads", html='<div class="hd-row"></div>', css=_part("downloads.css"),
    js=_part("downloads.js"),
)  # fmt: skip


class Seek(NamedTuple):
    """A moment that a visitor asked for.

    Attributes:
        time_s: where the video goes.
        request: another number is another wish, even for the same moment.
    """

    time_s: float
    request: int


def film(
    url: str,
    size_wh: tuple[int, int],
    start_s: float = 0.0,
    correction: Correction = UNCORRECTED,
) -> dict[str, Any]:
    """A video for the player, as `mount` takes it.

    Args:
        url: of a file that browsers play.
        size_wh: of the upright video, in pixels in which people are drawn.
        start_s: where the browser has its first frame.
        correction: what the browser has to do with the frames.
    """
    return {
        "url": url,
        "startS": start_s,
        "turnDeg": correction.turn_deg,
        "mirrored": correction.mirrored,
        "width": size_wh[0],
        "height": size_wh[1],
    }


def mount(key: str, data: dict[str, Any], seek: Seek | None = None) -> None:
    """The component itself.

    Args:
        data: what ``player.js`` shows: ``figure`` (plotly's JSON or None), ``video`` (see `film`;
            None: the timeline alone), ``durationS``, ``people``, and ``view``, which changes where
            the zoom is to be forgotten. With a video also ``frameS``, the duration of a frame; with
            people to draw ``tracks``, the address of their keypoints (`harec.render.track_file`),
            and ``keypointThreshold``. Times are in seconds, addresses relative to the page.
            With ``lanes``, the figure has others than those of ``people``: which person each is, or
            None.
            A lane of ``people`` may have a ``name`` (else it is called after its id), and its
            segments a ``kind``: what the legend calls them. Segments have ``action``, ``percents``
            and ``moments`` where they are drawn on labels. With ``coached``, a yoga coach's angles
            are drawn (`harec.yoga.output.drawn_moments`) and segments are holds, with ``sanskrit``
            and ``english``.
            With ``correct``, segments can be corrected: ``of`` (another result: begin anew),
            ``revision`` (of the corrections that it holds), ``labels`` and ``other`` (each with
            ``action``, ``title``, ``color``, ``ink``), ``restS`` (what is left of the model's
            segments is shown from this length on), ``people`` (``id``, ``first``, ``last``,
            ``model``: its segments, ``said``: triples of action or None, start, end). What is
            corrected comes back as the state ``corrections``: ``of``, ``revision``, ``people``.
        seek: followed once, by its number.
    """
    wish = None if seek is None else {"at": seek.time_s, "request": seek.request}
    _player(
        key=key,
        data={"plotly": plotly_url(), "seek": wish, **data},
        default={"corrections": None},
        on_corrections_change=lambda: None,
    )


def links(key: str, entries: list[tuple[str, str, str]], of: str | None = None) -> None:
    """A row of links to files: text, kind and address of each.

    Args:
        of: what is saved with any of them; see `dashboard.visitor.PageState.unsaved`.
    """
    _downloads(
        key=key,
        data=[{"text": text, "kind": kind, "url": url, "of": of} for text, kind, url in entries],
    )
