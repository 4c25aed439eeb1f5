"""What a visitor sees before there is anything to show."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st

from harec.actions.labels import ACTIONS
from harec.render.palette import color_of, title

_CHIP = (
    '<span style="display:inline-flex;align-items:center;gap:.5em;padding:.3em .8em;'
    "border-radius:999px;border:1px solid {color}66;background:{color}1f;"
    'font-size:.9rem;overflow-wrap:anywhere">'
    '<span style="width:.65em;height:.65em;border-radius:50%;background:{color}"></span>'
    "{text}</span>"
)
STEPS: Final = (
    ("accessibility_new", "Find people", "17 joints of each person, frame by frame."),
    ("timeline", "Name the action", "A network reads about a second of motion at a time."),
    ("download", "Take it with you", "Annotated video, and a table of who did what when."),
)


def action_chips(taught: Sequence[str] = ()) -> None:
    """The actions that harec names, and the visitor's own, in the timeline's colours."""
    _chips("Six actions", ACTIONS)
    if taught:
        _chips("And yours", taught)


def _chips(head: str, labels: Sequence[str]) -> None:
    st.subheader(head, anchor=False)
    chips = "".join(
        _CHIP.format(color=color_of(label, labels), text=escape(title(label))) for label in labels
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.5rem">{chips}</div>')


def how_it_works(steps: Sequence[tuple[str, str, str]] = STEPS) -> None:
    """Three short steps: icon, name and what it is."""
    st.subheader("How it works", anchor=False)
    for column, (icon, head, text) in zip(st.columns(3), steps, strict=True):
        column.markdown(f":material/{icon}: **{head}**  \n:small[:gray[{text}]]")
