"""What can be done with the taught actions: try them, take them home, add to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.analyze.job import AnalyzeJob
from dashboard.analyze.video_job import Source
from dashboard.taught import Taught
from dashboard.teach import example_pack, packs
from dashboard.teach.packs import Packs
from dashboard.teach_state import TeachState
from dashboard.visitor import Visitor
from dashboard.widget_memory import set_value
from harec.analysis.results import AnalysisSettings
from harec.video import probe

#: Of who does what the example pack teaches; made by tools/make_sample.py.
SAMPLE: Final = Path(__file__).parents[2] / "assets" / "teach-sample.mp4"


def show(visitor: Visitor, state: TeachState, files: Packs, settings: AnalysisSettings) -> None:
    """Try them, and packs.

    Args:
        settings: for the sample.
    """
    st.subheader("Use it", anchor=False)
    if state.trained.actions is not None:
        _try_it(visitor, state, settings)
    save, load = st.columns(2, gap="small")
    if state.trained.actions is None:
        save, load = load, save
    with save:
        packs.save_link(state, files)
    with load:
        packs.opener(state, files)


def _try_it(visitor: Visitor, state: TeachState, settings: AnalysisSettings) -> None:
    """Analyze or Live, where only the taught actions are named."""
    job = visitor.state(AnalyzeJob)
    sample = job.empty and SAMPLE.exists() and {*state.labels} >= example_pack.LABELS
    on_clip, on_live = st.columns(2, gap="small")
    text = "Try it on a sample" if sample else "Try it on a clip"
    clip = on_clip.button(
        text, icon=":material/movie:", type="primary", width="stretch", key="teach-try-clip"
    )
    live = on_live.button("Try it live", icon=":material/videocam:", width="stretch")
    if not (clip or live):
        return
    visitor.state(Taught).choice = "taught"
    set_value("actions", "taught")
    if clip and sample:
        job.source = Source(SAMPLE, SAMPLE.name, probe(SAMPLE, SAMPLE.name))
        job.analyze(replace(settings, skip=AnalysisSettings().skip))
    st.switch_page("pages/analyze.py" if clip else "pages/live.py")
