"""The sidebar of the Yoga page: what makes an asana and a hold, and the pose model."""

from __future__ import annotations

from functools import cache
from typing import Final

import streamlit as st

from dashboard.sidebar import default_engine, engine_thresholds, pose_model
from dashboard.visitor import Visitor
from dashboard.widget_memory import at_first
from dashboard.yoga.settings import YogaSettings
from harec.analysis.results import AnalysisSettings
from harec.core.errors import ModelError
from harec.yoga.practice.holds import HoldSettings
from harec.yoga.recognition.classifier import AsanaConfig, load_asana_model

#: One person is coached; a second one is followed, so that the two are not taken for one.
MAX_PEOPLE: Final = 2


def sidebar(visitor: Visitor, *, live: bool = False, still: bool = False) -> YogaSettings:
    """Draw the sidebar; returns what is set.

    Args:
        live: everything acts at once.
        still: for a photo, which has no holds.
    """
    default = default_engine()
    at_first("engine", default.name)
    with st.sidebar:
        st.subheader("Asanas")
        st.caption("These act at once." if live else "These act at once on a result.")
        threshold = st.slider(
            "Asana threshold",
            0.05,
            0.95,
            step=0.05,
            key=at_first("asana_threshold", _threshold()),
            help="How sure the model must be before it names an asana. Higher: fewer false names, "
            "but more asanas missed.",
        )
        min_hold_s = HoldSettings().min_hold_s
        if not still:
            min_hold_s = st.slider(
                "Minimum hold (s)",
                0.5,
                10.0,
                step=0.5,
                key=at_first("min_hold", min_hold_s),
                help="How long an asana must be held to count. Higher: passing through a pose is "
                "no hold, but short ones are lost.",
            )
        asked = pose_model(visitor, default, live, still, "skip" if live else "yoga_skip")
        if not still:
            asked |= {"max_people": MAX_PEOPLE, **engine_thresholds(asked["estimator"])}
    return YogaSettings(threshold, min_hold_s, AnalysisSettings(**asked))


@cache
def _threshold() -> float:
    try:
        return round(load_asana_model().config.threshold, 2)
    except ModelError:  # it is said when the visitor shows something
        return AsanaConfig().threshold
