"""Analyze: a video in, who does which action when out."""

import streamlit as st

from dashboard import weights
from dashboard.analyze import (
    intro,
    running,
    source,
)
from dashboard.sidebar import sidebar
from dashboard.visitor import current

session = current()
settings = sidebar(session)
session.collect()

st.title("Who does which action when", anchor=False)
if session.source is None:
    st.markdown("Drop a video of people: harec finds each person and names what they do, when.")
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        source.uploader(session)
    with right:
        source.sample_button(session, settings)
else:
    source.chosen(session, settings)

if session.problem:
    st.error(source.plain(session.problem), icon=":material/error:")
elif session.job is None:
    weights.hint(settings.estimator)

if session.job is not None:
    running.progress_panel(session)
elif session.outcome is not None:
    from dashboard.analyze import result  # pandas: the first page does not wait for it

    result.show(session, settings)
else:
    intro.action_chips()
    intro.how_it_works()
