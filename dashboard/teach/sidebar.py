"""The sidebar of the Teach page: how examples are looked at, every frame of them."""

from __future__ import annotations

import streamlit as st

from dashboard.sidebar import default_engine, engine_thresholds, pose_model
from dashboard.visitor import Visitor
from dashboard.widget_memory import at_first
from harec.analysis.results import AnalysisSettings


def sidebar(visitor: Visitor, *, live: bool) -> AnalysisSettings:
    """Draw the sidebar; returns what is set.

    Args:
        live: for the webcam; else for clips.
    """
    default = default_engine()
    at_first("engine", default.name)
    with st.sidebar:
        asked = pose_model(
            visitor,
            default,
            live,
            skip_key=None,
            when="These hold for the clips that you drop next.",
        )
        asked |= engine_thresholds(asked["estimator"])
    return AnalysisSettings(**asked)
