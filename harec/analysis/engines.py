"""From settings to a pose engine."""

from __future__ import annotations

from harec.analysis.results import AnalysisSettings
from harec.pose.base import PoseEngine
from harec.pose.registry import create_estimator


def estimator_of(settings: AnalysisSettings) -> PoseEngine:
    """The estimator that the settings ask for; raises as `create_estimator`."""
    return create_estimator(
        settings.estimator,
        mode=settings.mode,
        max_people=settings.max_people,
        detection_threshold=settings.detection_threshold,
        precision=settings.precision,
    )
