"""The filters of the page: which moments are wanted."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.widget_memory import at_first
from harec.batch.overview import Choices
from harec.batch.query import MomentFilter
from harec.render.palette import title


def filters(choices: Choices, key: str) -> MomentFilter:
    """The widgets, and what they are set to.

    Args:
        key: of the library: another one has filters of its own.
    """
    with st.container(border=True):
        actions = st.multiselect(
            "Action",
            choices.actions,
            format_func=title,
            key=at_first(f"{key}-actions", []),
            placeholder="All actions",
        )
        first, second, third, fourth = st.columns(4)
        shortest_s = first.number_input(
            "At least, seconds", 0.0, step=0.5, key=at_first(f"{key}-shortest", 0.0), format="%.1f"
        )
        confidence = second.slider(
            "Confidence from", 0, 100, key=at_first(f"{key}-confidence", 0), format="%d%%"
        )
        repetitions = third.number_input(
            "Repetitions from",
            0,
            step=1,
            key=at_first(f"{key}-repetitions", 0),
            disabled=not choices.counted,
        )
        name = fourth.text_input(
            "Video's name",
            key=at_first(f"{key}-name", ""),
            placeholder="part of it, or cam2*",
        )
        since, until = _days(choices, key)
    return MomentFilter(
        actions=actions,
        min_duration_s=shortest_s or None,
        min_confidence=confidence / 100 or None,
        min_repetitions=int(repetitions) or None,
        name=name.strip(),
        since=since,
        until=until,
    )


def _days(choices: Choices, key: str) -> tuple[date | None, date | None]:
    """First and last day; None where the visitor takes all."""
    first, last = choices.first, choices.last
    if first is None or last is None or first == last:
        return None, None
    since, until = st.slider(
        "Files of",
        first,
        last,
        (first, last),
        key=at_first(f"{key}-days-{first}-{last}", (first, last)),
        format="YYYY-MM-DD",
    )
    return (None if since == first else since, None if until == last else until)
