"""What a visitor has set on the Yoga page."""

from __future__ import annotations

from dataclasses import dataclass

from harec.analysis.results import AnalysisSettings
from harec.yoga.practice.holds import HoldSettings


@dataclass(frozen=True)
class YogaSettings:
    """What a visitor has set.

    Attributes:
        threshold: probability from which an asana is named, 0..1.
        min_hold_s: shorter holds don't count.
        pose: engine and what its detections must reach.
    """

    threshold: float
    min_hold_s: float
    pose: AnalysisSettings

    @property
    def holds(self) -> HoldSettings:
        """The same, for the search for holds."""
        return HoldSettings.at(self.threshold, min_hold_s=self.min_hold_s)
