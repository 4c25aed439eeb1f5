"""What is set on one page is set on the next, and in the next tab."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

#: Key of the tabs of a page that has some.
TAB: Final = "tab"


@dataclass
class _Memory:
    """What a visitor has set, beyond what Streamlit remembers: see `keep`."""

    page: str | None = None
    shows: tuple[str | None, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)


def _memory() -> _Memory:
    memory: _Memory = st.session_state.setdefault("memory", _Memory())
    return memory


def keep(page: str) -> None:
    """Call it before a page runs: what is set on one page is set on the next.

    Streamlit takes the same widget on two pages for two, forgets all values of one page before it
    runs the other, and gives a widget that comes back its lowest value.
    """
    memory = _memory()
    # What decides which widgets there are.
    shows = (page, st.session_state.get("engine"), st.session_state.get(TAB))
    if page == memory.page:
        now = {key: st.session_state[key] for key in memory.drawn if key in st.session_state}
        memory.values.update(now)
    if shows != memory.shows:  # other widgets than before
        memory.drawn.clear()
    memory.page, memory.shows = page, shows


def at_first(key: str, value: Any) -> str:
    """The key of a widget on all pages; a new one gets the value of before, or ``value``."""
    memory = _memory()
    if key not in memory.drawn:
        st.session_state[key] = memory.values.get(key, value)
        memory.drawn.add(key)
    return key
