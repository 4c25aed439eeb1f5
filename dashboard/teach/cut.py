"""Moving the start and the end of an example."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.kept import Kept
from dashboard.teach.cards import FIGURE_JS
from dashboard.teach.drawn import drawn
from dashboard.teach.names import shown
from dashboard.teach_state import TeachState
from dashboard.text import NAME_LIMIT, plain
from harec.core.errors import InputError
from harec.taught.examples import Example

_HERE: Final = Path(__file__).parent
#: Steps of the slider, and more than the shortest example.
_STEP_S: Final = 0.1

_preview = st.components.v2.component(
    "harec_teach_preview",
    html='<div class="tp"><canvas role="img" aria-label="A moving skeleton"></canvas></div>',
    css=".tp { max-width: 15rem; margin: 0 auto; border-radius: var(--st-base-radius); "
    "background: var(--st-secondary-background-color); } "
    ".tp canvas { display: block; width: 100%; aspect-ratio: 1; }",
    js=FIGURE_JS + (_HERE / "preview.js").read_text(encoding="utf-8"),
)


def preview(example: Example, key: str) -> None:
    """One moving skeleton."""
    _preview(key=key, data=drawn(example))


def panel(state: TeachState, kept: Kept) -> bool:
    """The example with a slider for its start and end; returns whether the visitor is done."""
    old = kept.example
    with st.container(border=True, key="teach-cut"):
        name = f"**{plain(shown(old.label))}** in {plain(old.source, NAME_LIMIT)}"
        st.markdown(f":material/tune: Where does {name} begin and end?")
        left, right = st.columns([1, 2], vertical_alignment="center")
        with right:
            track = _person(kept)
            seen = kept.tracks[track] if kept.tracks else old
            first_s, last_s = float(seen.times_s[0]), float(seen.times_s[-1])
            low_s, high_s = _whole(first_s, up=False), _whole(last_s, up=True)
            inside = max(low_s, old.start_s), min(high_s, old.end_s)
            if inside[0] >= inside[1]:
                inside = low_s, high_s
            start_s, end_s = st.slider(
                "Start and end",
                low_s,
                high_s,
                (round(inside[0], 1), round(inside[1], 1)),
                step=_STEP_S,
                format="%.1f s",
                key=f"teach-cut-{kept.number}-{track}",
            )
            example, problem = old, None
            try:
                example = kept.cut(track, start_s, end_s).example
            except InputError as error:
                problem = str(error)
            if problem:
                st.warning(plain(problem), icon=":material/info:")
            with st.container(horizontal=True):
                keep = st.button(
                    "Use this part", type="primary", icon=":material/check:", disabled=bool(problem)
                )
                leave = st.button("Leave it as it was", key="teach-cut-leave")
        with left:
            preview(example, "teach-cut-preview")
    if keep:
        state.cut(kept.number, track, start_s, end_s)
    return keep or leave


def _person(kept: Kept) -> int:
    if len(kept.tracks) < 2:
        return kept.track
    chosen = st.segmented_control(
        "Who shows it?",
        range(len(kept.tracks)),
        default=kept.track,
        format_func=lambda place: f"Person {kept.tracks[place].person}",
        required=True,
        key=f"teach-person-{kept.number}",
    )
    return kept.track if chosen is None else chosen


def _whole(time_s: float, *, up: bool) -> float:
    """In steps of the slider."""
    steps = time_s / _STEP_S
    return round((-(-steps // 1) if up else steps // 1) * _STEP_S, 1)
