"""What a visitor sees of a live session: people, counters, the last minute, meters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.live.link import Link
from dashboard.player import PLOTLY_JS
from dashboard.server.published_files import plotly_url
from harec.actions.labels import own_labels
from harec.actions.repetitions import COUNTED
from harec.analysis.results import Analysis
from harec.analysis.tables import clock, short_number
from harec.live import LivePerson, LiveSession, LiveState, LiveView
from harec.render.palette import color_of, title
from harec.render.timeline import timeline_figure
from harec.taught.named import Named

#: The timeline shows this much.
WINDOW_S: Final = 60.0
#: And is drawn anew at most this often.
_REDRAW_S: Final = 1.0
#: More lanes than this push the meters out of sight.
_LANES: Final = 6
_HERE: Final = Path(__file__).parent

_STATES: Final = {
    LiveState.IDLE: "Camera off",
    LiveState.WAITING: "Waiting for the camera",
    LiveState.LOADING: "Loading the models",
    LiveState.RUNNING: "Live",
    LiveState.PAUSED: "Paused",
    LiveState.FAILED: "Stopped looking",
}


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_people = st.components.v2.component(
    "harec_live_people",
    html=_part("people.html"),
    css=_part("people.css"),
    js=_part("people.js"),
)
_counts = st.components.v2.component(
    "harec_live_counts",
    html=_part("counts.html"),
    css=_part("counts.css"),
    js=_part("counts.js"),
)
_board = st.components.v2.component(
    "harec_live_board",
    html=_part("board.html"),
    css=_part("board.css"),
    js=PLOTLY_JS + _part("board.js"),
    isolate_styles=False,  # plotly puts its styles into the document
)


def people(view: LiveView[object], link: Link) -> None:
    """A card for each person in the frame, and what could be better."""
    state = view.state
    if link.on and state is LiveState.IDLE:
        state = LiveState.WAITING
    _people(key="live-people", data={**people_data(view), **status(state, link.playing)})


def status(state: LiveState, connected: bool) -> dict[str, str]:
    """State of a session for a card's dot, and its words."""
    waiting = state is LiveState.WAITING and not connected
    return {"state": state.value, "stateText": "Connecting" if waiting else _STATES[state]}


def people_data(view: LiveView[object]) -> dict[str, Any]:
    """What ``people.js`` shows below the state."""
    return {
        "recording": recording(view),
        "people": [_card(person, view.labels) for person in view.people],
        "empty": "Looking for people …" if _looking(view) else None,
        "hints": list(view.hints),
    }


def recording(view: LiveView[object]) -> str | None:
    """What stands beside the state while it is recorded."""
    return None if view.recording_s is None else f"REC {clock(view.recording_s, 0)}"


def _looking(view: LiveView[object]) -> bool:
    return view.state is LiveState.RUNNING and not (view.people or view.hints)


def _card(person: LivePerson, labels: Sequence[str]) -> dict[str, Any]:
    taught = own_labels(labels)
    probabilities = [] if person.probabilities is None else person.probabilities.tolist()
    top = max(probabilities, default=0.0)
    if person.action is not None:
        text = title(person.action)
    else:
        text = "No action" if probabilities else "Getting to know you …"
    return {
        "id": person.id,
        "title": text,
        "color": None if person.action is None else color_of(person.action, taught),
        "confidence": None if person.action is None else round(person.confidence, 2),
        "bars": [
            {
                "title": title(label),
                "color": color_of(label, taught),
                "p": round(p, 3),
                "top": p == top,
            }
            for label, p in zip(labels, probabilities, strict=False)
        ],
        "repetitions": [
            {"title": title(action), "count": count}
            for action, count in person.repetitions.items()
            if count
        ],
    }


def counts(view: LiveView[object], named: Named) -> None:
    """A big number for each action that is named and counted, all people together."""
    taught = own_labels(named.labels)
    _counts(
        key="live-counts",
        data=[
            {
                "title": title(action),
                "color": color_of(action, taught),
                "count": view.repetitions.get(action, 0),
            }
            for action in named.labels
            if action in taught or action in COUNTED
        ],
    )


@dataclass
class _Drawn:
    """The timeline that the browser shows, and when it was drawn."""

    figure: str | None = None
    at_s: float = float("-inf")
    of_s: float = -1.0


def board(live: LiveSession[object], view: LiveView[object]) -> None:
    """The last minute and the meters."""
    drawn = st.session_state.setdefault("drawn_live", _Drawn())
    now_s = time.monotonic()
    due = drawn.figure is None or now_s - drawn.at_s >= _REDRAW_S or view.time_s < drawn.of_s
    if view.time_s != drawn.of_s and due:
        analysis = _lanes(live.analysis(last_s=WINDOW_S))
        drawn.at_s, drawn.of_s, drawn.figure = now_s, view.time_s, None
        if analysis.people:
            window_s = (view.time_s - WINDOW_S, view.time_s)
            drawn.figure = timeline_figure(analysis, window_s=window_s).to_json()
    _board(
        key="live-board",
        data={
            "figure": drawn.figure,
            "plotly": plotly_url(),
            "empty": "The last minute: a lane for each person.",
            "meters": meters(view),
        },
    )


def _lanes(analysis: Analysis) -> Analysis:
    """Without those who were seen for a moment only, and with the newest `_LANES` of the others."""
    now_s = analysis.video.duration_s or 0.0
    stayed = [p for p in analysis.people if p.last_s - p.first_s >= 1 or p.last_s >= now_s - 2]
    newest = sorted(stayed, key=lambda person: (person.last_s, person.id))[-_LANES:]
    return replace(analysis, people=tuple(sorted(newest, key=lambda person: person.id)))


def meters(view: LiveView[object]) -> list[dict[str, str]]:
    """Names, values and explanations of how fast it goes."""
    on = view.state not in (LiveState.IDLE, LiveState.WAITING)
    size = "–" if view.size_wh is None or not on else "{} × {}".format(*view.size_wh)
    age = "–" if view.age_s is None or not on else f"{1000 * view.age_s:.0f} ms"
    return [
        {
            "name": "Camera",
            "value": f"{short_number(view.camera_fps)} pictures/s" if on else "–",
            "help": "Pictures that arrive and are shown, a second.",
        },
        {
            "name": "Model",
            "value": f"{short_number(view.inference_fps)} looks/s" if on else "–",
            "help": "Pictures that the model sees, a second; it takes the newest each time.",
        },
        {
            "name": "Result age",
            "value": age,
            "help": "How old what is drawn is: from the picture's arrival to its result's.",
        },
        {"name": "Picture", "value": size, "help": "Size that the camera gives, in pixels."},
        {
            "name": "Time",
            "value": clock(view.time_s, 0),
            "help": "Of this session, without pauses.",
        },
    ]
