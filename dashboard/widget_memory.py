"""What is set on one page is set on the next, and in the next tab."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from dashboard.visitor import PageState, Visitor, current_visitor

#: Key of the tabs of a page that has some.
TAB: Final = "tab"


class _Memory(PageState):
    """What a visitor has set, beyond what Streamlit remembers: see `keep`."""

    def __init__(self, visitor: Visitor) -> None:
        self.page: tuple[str | None, ...] = ()
        self.shows: tuple[str | None, ...] = ()
        self.values: dict[str, Any] = {}
        self.drawn: set[str] = set()


def keep(page: str) -> None:
    """Call it before a page runs: what is set on one page is set on the next.

    Streamlit takes the same widget on two pages for two, forgets all values of one page before it
    runs the other, and gives a widget that comes back its lowest value. After a reload it has
    forgotten everything.
    """
    visitor = current_visitor()
    memory = visitor.state(_Memory)
    opened = (visitor.browser, page)
    # What decides which widgets there are.
    shows = (*opened, st.session_state.get("engine"), st.session_state.get(TAB))
    if opened == memory.page:
        now = {key: st.session_state[key] for key in memory.drawn if key in st.session_state}
        memory.values.update(now)
    if shows != memory.shows:  # other widgets than before
        memory.drawn.clear()
    memory.page, memory.shows = opened, shows


def at_first(key: str, value: Any) -> str:
    """The key of a widget on all pages; a new one gets the value of before, or ``value``.

    One that was not drawn for a while is new again.
    """
    memory = current_visitor().state(_Memory)
    if key not in memory.drawn or key not in st.session_state:
        st.session_state[key] = memory.values.get(key, value)
        memory.drawn.add(key)
    return key


def set_value(key: str, value: Any) -> None:
    """What a widget of another page shows from now on."""
    current_visitor().state(_Memory).values[key] = value


def table_key(key: str) -> str:
    """The key of a table in which a click on a cell chooses its row; see `chosen_row`."""
    return at_first(key, {"selection": {"cells": []}})


def chosen_row(key: str) -> int | None:
    """The row that was clicked on in a table, before the table itself is drawn."""
    cells = st.session_state[table_key(key)]["selection"]["cells"]
    return cells[0][0] if cells else None
