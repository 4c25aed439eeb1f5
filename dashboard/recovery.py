"""Loads a page anew of which pieces were lost on the way.

What the end of a run sends is thrown away by Streamlit (1.67) when a part that runs by itself asks
for its turn in the moment in which the run has ended and the busy server has not passed its pieces
on. The browser then gets pieces whose place it doesn't know ("Bad delta path index") and shows
nothing any more. After a reload everything is there again, see `dashboard.browser_tab`.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "harec_recovery",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def watch() -> None:
    """Mount the component; call it in each run, before anything else is shown."""
    _component(key="recovery")
