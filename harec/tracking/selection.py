"""Which people are tracked: from the detections of a pose engine to people with ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harec.core.poses import Poses, TrackedPerson
from harec.core.prominence import FAR_BEHIND, ProminentPeople, prominence
from harec.tracking.tracker import PersonTracker

#: A known person is followed, without being returned, down to this share of the person threshold.
FAINT: Final = 0.5


@dataclass(frozen=True)
class SelectionSettings:
    """What a detection needs to be tracked.

    Attributes:
        person_threshold: people whose score (0..1) is lower are left out; a known one who falls
            below keeps the id for a while (`harec.tracking.tracker.FAINT_S`).
        keypoint_threshold: keypoints whose score (0..1) is lower count as not seen.
        max_people: so many, the most prominent ones, are kept (`harec.core.prominence`).
        bystanders: also those who stand far behind the others.
    """

    person_threshold: float
    keypoint_threshold: float
    max_people: int
    bystanders: bool = False


class TrackSelector:
    """Thresholds, ids, and the most prominent people only; the same for whole videos and cameras.

    Who is selected stays it, until another one is much more prominent for a while: see
    `harec.core.prominence.ProminentPeople`.

    Attributes:
        settings: may be replaced at any time; ids continue.
    """

    def __init__(self, settings: SelectionSettings) -> None:
        self.settings = settings
        self._tracker = PersonTracker()
        self._prominent = ProminentPeople()

    def update(self, time_s: float, poses: Poses) -> list[TrackedPerson]:
        """The people of one frame, at most ``max_people``, in order of id.

        Args:
            time_s: later than at the call before.
            poses: as the engine detected them; keypoints below the threshold come out with
                score 0.

        Raises:
            ValueError: time does not move forward.
        """
        settings = self.settings
        known = poses.above(FAINT * settings.person_threshold, settings.keypoint_threshold)
        sure = known.scores >= settings.person_threshold
        people = self._tracker.update(time_s, known.select(sure), known.select(~sure))
        sizes = self._tracker.sizes()
        chosen = self._prominent.update(
            time_s,
            {person.id: prominence(sizes[person.id], person.score) for person in people},
            settings.max_people,
            0.0 if settings.bystanders else FAR_BEHIND,
        )
        return [person for person in people if person.id in chosen]

    def reset(self) -> None:
        """The stream breaks off: forget all people. Ids are never used again."""
        self._tracker.reset()
        self._prominent.reset()
