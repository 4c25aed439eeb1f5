"""The sidebar: every setting of an analysis, with what it trades."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from safetensors import SafetensorError, safe_open

from dashboard import weights_panel
from dashboard.visitor import Visitor
from dashboard.widget_memory import at_first
from harec.actions.segments import DEFAULT_ACTION_THRESHOLD
from harec.analysis.results import AnalysisSettings
from harec.analysis.sampling import Skip
from harec.core.correction import TURNS_DEG
from harec.core.resources import MODELS_DIR
from harec.pose.base import (
    ANY_PRECISION,
    MODES,
    AnyPrecision,
    Mode,
)
from harec.pose.detectron2 import compat
from harec.pose.registry import (
    ESTIMATORS,
    DefaultEstimator,
    default_estimator,
)
from harec.pose.weights import DETECTRON2, locate

#: The same file as ``harec.actions.model.DEFAULT_MODEL``, which takes torch to import.
_MODEL: Final = MODELS_DIR / "action-lstm.safetensors"

_SKIPS: Final[tuple[Skip, ...]] = ("auto", *range(11))


def sidebar(visitor: Visitor, live: bool = False) -> AnalysisSettings:
    """Draw the sidebar; returns what is set.

    Args:
        live: for a page where everything acts at once.
    """
    default = default_engine()
    # The sliders above the engine's field depend on it; at first there is no such field yet.
    at_first("engine", default.name)
    with st.sidebar:
        labels = _labels(st.session_state["engine"], live)
        pose = pose_model(visitor, default, live)
    return AnalysisSettings(**labels, **pose)


def default_engine() -> DefaultEstimator:
    """`default_estimator`, which may import torch, asked once for each answer it could give."""
    return _default_engine(compat.installed(), locate(DETECTRON2))


@lru_cache(maxsize=4)
def _default_engine(installed: bool, weights: Path | None) -> DefaultEstimator:
    return default_estimator()


def _labels(engine: str, live: bool) -> dict[str, Any]:
    defaults = AnalysisSettings()
    st.subheader("Labels")
    st.caption("These act at once." if live else "These act at once on a result.")
    action = st.slider(
        "Action threshold",
        0.05,
        0.95,
        step=0.05,
        key=at_first("action_threshold", _action_threshold()),
        help="How sure the model must be, over its first seconds, before an action is named. "
        "It then lasts while the model is less sure, too, so lower numbers are seen in it. "
        "Higher: fewer false alarms, but more actions missed.",
    )
    smoothing = st.slider(
        "Smoothing (s)",
        0.0,
        2.0,
        step=0.1,
        key=at_first("smoothing", defaults.smoothing_s),
        help="Averages the probabilities over time. Higher: calmer labels, but short actions "
        "blur away.",
    )
    people = st.slider(
        "People",
        1,
        6,
        key=at_first("people", defaults.max_people),
        help="At most this many are followed, the most prominent first. More people cost "
        f"time{'' if live else '; more than were analyzed need a new analysis'}.",
    )
    bystanders = st.toggle(
        "Bystanders",
        key=at_first("bystanders", defaults.bystanders),
        help="Also people who are seen for less than a second, or stand far behind the others.",
    )
    return {
        "action_threshold": action,
        "smoothing_s": smoothing,
        "max_people": people,
        "bystanders": bystanders,
        **engine_thresholds(engine),
    }


def engine_thresholds(engine: str) -> dict[str, float]:
    """What an engine's detections must reach."""
    person = st.slider(
        "Person threshold",
        0.0,
        0.95,
        step=0.05,
        key=at_first(f"person_threshold_{engine}", ESTIMATORS[engine].person_threshold),
        help="How sure the pose engine must be that this is a person. Higher: no phantoms, "
        "but small or half-hidden people are lost. Below the detection threshold, where an engine "
        "has one, it changes nothing.",
    )
    keypoint = st.slider(
        "Keypoint threshold",
        0.0,
        0.9,
        step=0.01,  # one engine's keypoints are seen from 0.05 on
        key=at_first(f"keypoint_threshold_{engine}", ESTIMATORS[engine].keypoint_threshold),
        help="Joints less sure than this count as hidden. Higher: only trustworthy joints, "
        "but gaps in the motion.",
    )
    return {"person_threshold": person, "keypoint_threshold": keypoint}


def pose_model(
    visitor: Visitor,
    default: DefaultEstimator,
    live: bool,
    still: bool = False,
    skip_key: str | None = "skip",
    when: str = "These take effect with **Analyze**.",
) -> dict[str, Any]:
    """Engine and mode, with what brings an engine's weights; the part that takes a new analysis.

    Args:
        still: for photos: they get the engine's best mode, and no frame is skipped.
        skip_key: of the frames to skip; None: none is.
        when: what is set takes effect, for whole videos.
    """
    defaults = AnalysisSettings()
    st.subheader("Pose model")
    st.caption(
        "A photo gets the engine's best look."
        if still
        else "These act at once, too; other networks take a moment to load."
        if live
        else when
    )
    engine = st.selectbox(
        "Engine",
        list(ESTIMATORS),
        key="engine",
        format_func=lambda name: ESTIMATORS[name].title,
        help="What finds the joints in a frame. All engines give the same 17 joints.",
    )
    info = ESTIMATORS[engine]
    st.caption(default.reason if engine == default.name else f"Your choice: {info.description}.")
    weights_panel.panel(visitor, engine)
    mode: Mode = "performance"
    if not still:
        mode = st.select_slider(
            "Mode",
            MODES,
            format_func=str.capitalize,
            key=at_first("mode", defaults.mode),
            help=info.modes,
        )
    precision: AnyPrecision = "float"
    if "int8" in info.precisions and not still:
        precision = st.selectbox(
            "Precision",
            ANY_PRECISION,
            format_func=str.capitalize,
            key=at_first("precision", defaults.precision),
            help="Int8 is about twice as fast on most processors since 2020 (those with VNNI), and "
            "large people's joints hardly differ; small people are seen less well. "
            "Mixed takes it for large people. Auto is mixed where int8 is fast. "
            "Float gives the same answers everywhere.",
        )
    detection = None
    if info.detection_threshold is not None:
        detection = st.slider(
            "Detection threshold",
            0.05,
            0.95,
            step=0.05,
            key=at_first(f"detection_threshold_{engine}", info.detection_threshold),
            help=f"{info.title}'s SCORE_THRESH_TEST: what it finds with a lower score is dropped "
            "before its joints are looked for. Lower: finds more, at more time per frame.",
        )
    skipped: Skip = 0
    if not still and skip_key is not None:
        skipped = st.select_slider(
            "Skip frames",
            _SKIPS,
            format_func=lambda skip: str(skip).capitalize(),
            key=at_first(skip_key, defaults.skip),
            help="Frames left out between two that the pose model sees. Auto: each person is "
            "looked at as often as their labels need. 0: every frame. Higher: faster, but quick "
            "motion is lost.",
        )
    return {
        "estimator": engine,
        "mode": mode,
        "precision": precision,
        "skip": skipped,
        "detection_threshold": detection,
        **_camera(live, "photo" if still else "video"),
    }


def _camera(live: bool, what: str) -> dict[str, Any]:
    """How the camera was held; a webcam shows no mirror's image to the model."""
    turn_deg = st.selectbox(
        "Turn",
        TURNS_DEG,
        key=at_first("live_turn" if live else "turn", 0),
        format_func=lambda degrees: f"{degrees}°" if degrees else "As it is",
        help="Clockwise, for a camera that was upside down (180°) or on its side.",
    )
    if live:
        return {"turn_deg": turn_deg}
    mirrored = st.toggle(
        f"Mirrored {what}",
        key=at_first("mirrored", False),
        help="For selfies that were saved as a mirror shows them: left and right are swapped back.",
    )
    return {"turn_deg": turn_deg, "mirrored": mirrored}


@cache
def _action_threshold() -> float:
    """The threshold that the model's measured figures hold for, from the head of its file: the
    weights (and torch) are for the worker."""
    try:
        with safe_open(_MODEL, framework="np") as file:
            return round(float(json.loads((file.metadata() or {})["harec"])["threshold"]), 2)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return DEFAULT_ACTION_THRESHOLD  # what is wrong is said when the visitor presses Analyze
