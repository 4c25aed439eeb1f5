"""Analyze: a video in, who does which action when out."""

import streamlit as st

from dashboard import weights_panel
from dashboard.analyze import intro, running, source
from dashboard.analyze.job import AnalyzeJob
from dashboard.sidebar import sidebar
from dashboard.taught import Taught, named_actions
from dashboard.teach_state import TeachState
from dashboard.text import plain
from dashboard.visitor import current_visitor

visitor = current_visitor()
video = visitor.state(AnalyzeJob)
named = named_actions(visitor)
settings = sidebar(visitor)
video.collect()

st.title("Who does which action when", anchor=False)
if video.source is None:
    st.markdown("Drop a video of people: harec finds each person and names what they do, when.")
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        source.uploader(video)
    with right:
        source.sample_button(video, settings)
else:
    source.chosen(video, settings)

if video.problem:
    st.error(plain(video.problem), icon=":material/error:")
elif video.job is None:
    weights_panel.hint(settings.estimator)

if video.job is not None:
    running.progress_panel(video)
elif video.outcome is not None:
    from dashboard.analyze import result  # pandas: the first page does not wait for it

    result.show(video, settings, named, visitor.state(TeachState))
else:
    intro.action_chips(visitor.state(Taught).labels)
    intro.how_it_works()
