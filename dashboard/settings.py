"""The sidebar: every setting of an analysis, with what it trades."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from safetensors import SafetensorError, safe_open

from harec.actions.segments import DEFAULT_ACTION_THRESHOLD
from harec.estimators import ESTIMATORS
from harec.estimators.base import MODES
from harec.results import AnalysisSettings

#: The same file as ``harec.actions.model.DEFAULT_MODEL``, which takes torch to import.
_MODEL: Final = Path(__file__).parents[1] / "models" / "action-lstm.safetensors"


def engine_title(name: str) -> str:
    """An engine's name as people write it: the first words of its description."""
    return ESTIMATORS[name].description.partition(" (")[0]


def sidebar() -> AnalysisSettings:
    """Draw the sidebar; returns what is set."""
    defaults = AnalysisSettings()
    with st.sidebar:
        st.subheader("Labels")
        st.caption("These act at once on a result.")
        action = st.slider(
            "Action threshold",
            0.05,
            0.95,
            _action_threshold(),
            0.05,
            key="action_threshold",
            help="How sure the model must be before an action is named. Higher: fewer false "
            "alarms, but more actions missed.",
        )
        smoothing = st.slider(
            "Smoothing (s)",
            0.0,
            2.0,
            defaults.smoothing_s,
            0.1,
            key="smoothing",
            help="Averages the probabilities over time. Higher: calmer labels, but short actions "
            "blur away.",
        )
        people = st.slider(
            "People",
            1,
            6,
            defaults.max_people,
            key="people",
            help="At most this many are followed, the most prominent first. More people cost "
            "time; more than were analyzed need a new analysis.",
        )
        engine = st.session_state.get("engine") or defaults.estimator
        person = st.slider(
            "Person threshold",
            0.0,
            0.95,
            _person_threshold(engine),
            0.05,
            key=f"person_threshold_{engine}",
            help="How sure the pose engine must be that this is a person. Higher: no phantoms, "
            "but small or half-hidden people are lost.",
        )
        keypoint = st.slider(
            "Keypoint threshold",
            0.0,
            0.9,
            defaults.keypoint_threshold,
            0.05,
            key="keypoint",
            help="Joints less sure than this count as hidden. Higher: only trustworthy joints, "
            "but gaps in the motion.",
        )
        st.subheader("Pose model")
        st.caption("These take effect with **Analyze**.")
        skip = st.slider(
            "Skip frames",
            0,
            10,
            defaults.skip,
            key="skip",
            help="Frames left out between two that the pose model sees. Higher: faster, but quick "
            "motion is lost.",
        )
        mode = st.select_slider(
            "Mode",
            MODES,
            defaults.mode,
            format_func=str.capitalize,
            key="mode",
            help="Lightweight takes a third of Balanced's time and is less exact. Performance "
            "takes twice the time; joints shake a little less.",
        )
        engine = st.selectbox(
            "Engine",
            list(ESTIMATORS),
            key="engine",
            format_func=engine_title,
            help="What finds the joints in a frame. All engines give the same 17 joints.",
        )
    return AnalysisSettings(
        estimator=engine,
        mode=mode,
        skip=skip,
        person_threshold=person,
        keypoint_threshold=keypoint,
        action_threshold=action,
        smoothing_s=smoothing,
        max_people=people,
    )


def _person_threshold(engine: str) -> float:
    spec = ESTIMATORS.get(engine)
    return round(spec.person_threshold, 2) if spec else 0.3


@cache
def _action_threshold() -> float:
    """The threshold that the model's measured figures hold for, from the head of its file: the
    weights (and torch) are for the worker."""
    try:
        with safe_open(_MODEL, framework="np") as file:
            return round(float(json.loads((file.metadata() or {})["harec"])["threshold"]), 2)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return DEFAULT_ACTION_THRESHOLD  # what is wrong is said when the visitor presses Analyze
