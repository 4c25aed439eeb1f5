"""Whom we follow: from what a pose engine finds in a frame to people with ids."""

from __future__ import annotations

from harec.analysis.results import AnalysisSettings
from harec.core.poses import Poses, TrackedPerson
from harec.tracking.tracker import PersonTracker


class TrackSelector:
    """Thresholds, ids, and the most prominent people only; the same for whole videos and cameras.

    Args:
        settings: the person and keypoint thresholds and ``max_people`` are used. They may be
            replaced at any time; ids go on.
    """

    def __init__(self, settings: AnalysisSettings) -> None:
        self.settings = settings
        self._tracker = PersonTracker()
        self._followed: set[int] = set()

    def update(self, time_s: float, poses: Poses) -> list[TrackedPerson]:
        """The people of one frame, at most ``max_people``.

        Args:
            time_s: later than at the call before.
            poses: as the engine found them; joints below the keypoint threshold come out with
                score 0.

        Raises:
            ValueError: time does not move forward.
        """
        thresholds = self.settings.thresholds
        kept = poses.select(poses.scores >= thresholds.person_threshold)
        keypoints = kept.keypoints_xyc.copy()
        keypoints[keypoints[..., 2] < thresholds.keypoint_threshold] = 0
        people = self._tracker.update(time_s, Poses(keypoints, kept.scores))
        # Whom we follow already comes first: two people of like size must not take turns.
        people = sorted(people, key=lambda person: person.id not in self._followed)
        people = people[: self.settings.max_people]
        self._followed.update(person.id for person in people)
        return people

    def knows(self, person_id: int) -> bool:
        """Whether somebody may still be seen again under this id."""
        return self._tracker.knows(person_id)

    def reset(self) -> None:
        """The stream breaks off: forget everybody. Ids are never used again."""
        self._tracker.reset()
        self._followed.clear()
