"""The examples as cards with a small moving skeleton each: one component for all of them.

What a visitor does with a card comes as a list of numbered wishes, which the browser sends until
it is told that they were followed: a page that is busy loses none and follows none twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.kept import Kept
from dashboard.player import DRAWING_JS
from dashboard.teach.drawn import drawn
from dashboard.teach.names import OTHER_TITLE, color, shown
from dashboard.teach_state import TeachState
from harec.actions.labels import OTHER
from harec.core.errors import InputError

_KEY: Final = "teach-cards"
_HERE: Final = Path(__file__).parent


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


#: Draws moving skeletons.
FIGURE_JS: Final = DRAWING_JS + _part("figure.js")
_cards = st.components.v2.component(
    "harec_teach_cards",
    html='<div class="tc"></div>',
    css=_part("cards.css"),
    js=FIGURE_JS + _part("cards.js"),
)


def show(state: TeachState, chosen: int | None) -> None:
    """All examples, by their names.

    Args:
        chosen: whose start and end are being moved.
    """
    groups = [_group(state, label) for label in state.labels]
    names = dict.fromkeys((*state.labels, OTHER))
    labels = [[label, shown(label)] for label in names]
    _cards(
        key=_KEY,
        data={"groups": groups, "labels": labels, "chosen": chosen, "done": state.followed},
        default={"acts": None},
        on_acts_change=lambda: None,
    )


def _group(state: TeachState, label: str) -> dict[str, Any]:
    cards = [each for each in state.kept if each.example.label == label]
    return {
        "label": label,
        "title": OTHER_TITLE if label == OTHER else shown(label),
        "color": color(label, state.labels),
        "count": f"{len(cards)} example{'s' * (len(cards) != 1)}",
        "cards": [_card(each) for each in cards],
    }


def _card(kept: Kept) -> dict[str, Any]:
    example = kept.example
    length_s = example.times_s[-1] - example.times_s[0]
    return {
        "number": kept.number,
        "title": f"{shown(example.label)}, {example.source}",
        "source": example.source,
        "length": f"{length_s:.1f} s",
        "by": " (named by harec)" if example.by == "model" else "",
        "figure": drawn(example),
    }


def follow(state: TeachState) -> int | None:
    """Do what the visitor asked for since the last run; call it before anything is shown.

    Returns:
        The example whose start and end are to be moved, if that was asked for.

    Raises:
        InputError: a name can't be one; the rest was done.
    """
    sent = (st.session_state.get(_KEY) or {}).get("acts")
    chosen, problem = None, None
    for act in sent if isinstance(sent, list) else ():
        if not isinstance(act, Mapping) or type(act.get("n")) is not int:
            continue
        if act["n"] <= state.followed or type(act.get("number")) is not int:
            continue
        state.followed = act["n"]
        try:
            if act.get("what") == "delete":
                state.delete(act["number"])
            elif act.get("what") == "relabel":
                state.relabel(act["number"], str(act.get("label")))
            elif act.get("what") == "cut":
                chosen = act["number"]
        except InputError as error:
            problem = error
    if problem is not None:
        raise problem
    return chosen
