"""A person whom MoveNet follows from call to call, and which detection is which person."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from harec.core.geometry import full_body_size, oks
from harec.core.poses import FloatArray, Poses
from harec.core.prominence import prominence
from harec.core.skeleton import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from harec.pose.crops import Crop

if TYPE_CHECKING:
    from harec.pose.movenet_onnx import Detection  # loads onnxruntime

#: Shoulders or hips must reach this mean score, or the crop holds no (whole) person.
TORSO_THRESHOLD: Final = 0.3
#: Below this person score a crop shows no person at all any more.
NO_PERSON: Final = 0.15
#: Calls that a person is still followed without a confident torso.
WEAK_CALLS: Final = 3
#: Who is as large, in pixels of the frame, and scores as high is easy to see.
LARGE_PX: Final = 120.0
SURE: Final = 0.5
#: The same among others: in a crowd where who is hidden scores below it, int8 shows motion.
SURE_AMONG: Final = 0.65
#: OKS from which two skeletons are one person: two crops of one frame / found again.
SAME_PERSON: Final = 0.5
FOUND_AGAIN: Final = 0.3
FIRST_BODY_KEYPOINT: Final = 5


def person_score(keypoints_xyc: FloatArray) -> float:
    """How sure it is that these keypoints are a person, 0..1.

    The mean score of the best eight of the twelve keypoints of the body, so that a person whose
    legs are out of the frame is as much a person as one who is seen whole.
    """
    return float(np.sort(keypoints_xyc[FIRST_BODY_KEYPOINT:, 2])[-8:].mean())


def torso_score(keypoints_xyc: FloatArray) -> float:
    """Mean score of the shoulders or of the hips, whichever is better."""
    scores = keypoints_xyc[:, 2]
    return float(
        max(scores[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(), scores[[LEFT_HIP, RIGHT_HIP]].mean())
    )


def similarity(a_xyc: FloatArray, b_xyc: FloatArray) -> float:
    """OKS with the larger of the two people as the scale."""
    return max(oks(a_xyc, b_xyc), oks(b_xyc, a_xyc))


@dataclass
class FollowedPerson:
    """A person who is followed.

    Attributes:
        keypoints_xyc: (17, 3) in pixels of the frame, at this call.
        previous_xyc: the same at the call before, None at the first.
        crop: where to look for them at the next call.
        weak_calls: calls in a row without a confident torso.
        number: of this one alone in the process.
    """

    keypoints_xyc: FloatArray
    previous_xyc: FloatArray | None = None
    crop: Crop | None = None
    weak_calls: int = 0
    number: int = field(default_factory=itertools.count().__next__)

    def see(self, keypoints_xyc: FloatArray) -> None:
        self.previous_xyc, self.keypoints_xyc = self.keypoints_xyc, keypoints_xyc
        weak = torso_score(keypoints_xyc) < TORSO_THRESHOLD
        self.weak_calls = self.weak_calls + 1 if weak else 0

    @property
    def steadiness(self) -> float:
        """OKS with the call before; low for a crop that jumped to another person."""
        return 0.0 if self.previous_xyc is None else oks(self.previous_xyc, self.keypoints_xyc)

    @property
    def prominence(self) -> float:
        """In pixels, see `harec.core.prominence`."""
        return prominence(full_body_size(self.keypoints_xyc), person_score(self.keypoints_xyc))


def is_twin(
    keypoints_xyc: FloatArray, people: list[FollowedPerson], threshold: float = SAME_PERSON
) -> bool:
    """Whether these keypoints are those of one of the people."""
    return any(similarity(keypoints_xyc, p.keypoints_xyc) > threshold for p in people)


def match(detected: list[FloatArray], people: list[FollowedPerson]) -> dict[int, FollowedPerson]:
    """Which detection is which of the known people: index of the detection -> person."""
    if not detected or not people:
        return {}
    alike = np.array([[similarity(d, p.keypoints_xyc) for p in people] for d in detected])
    pairs = zip(*linear_sum_assignment(-alike), strict=True)
    return {int(d): people[p] for d, p in pairs if alike[d, p] > FOUND_AGAIN}


def is_easy(person: FollowedPerson, *, alone: bool) -> bool:
    """Whether int8 is exact enough for somebody: who is large, upright and surely seen.

    Args:
        alone: nobody else is followed; one of several must be seen more surely.
    """
    points = person.keypoints_xyc[:, :2]
    shoulders = points[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0)
    x, y = points[[LEFT_HIP, RIGHT_HIP]].mean(axis=0) - shoulders
    upright = bool(y > abs(x))
    sure = person_score(person.keypoints_xyc) >= (SURE if alone else SURE_AMONG)
    return upright and sure and full_body_size(person.keypoints_xyc) >= LARGE_PX


def is_there(person: FollowedPerson) -> bool:
    """Whether the crop still shows them, as far as the last calls tell."""
    return person.weak_calls <= WEAK_CALLS and person_score(person.keypoints_xyc) >= NO_PERSON


def by_prominence(detections: list[Detection]) -> list[Detection]:
    """The largest and surest person first; of several detections of one person the surest."""
    persons: list[Detection] = []  # the surest detection of each
    prominence_of: list[float] = []
    for detection in detections:  # the surest first
        keypoints = detection.keypoints_xyc
        same = (p for p in persons if similarity(p.keypoints_xyc, keypoints) > FOUND_AGAIN)
        first = next(same, detection)
        if first is detection:
            persons.append(detection)
        prominence_of.append(first.score * full_body_size(first.keypoints_xyc))
    order = sorted(range(len(detections)), key=lambda index: -prominence_of[index])
    return [detections[index] for index in order]


def as_poses(people: Sequence[FollowedPerson]) -> Poses:
    """What is known of them now."""
    if not people:
        return Poses.empty()
    keypoints = np.stack([person.keypoints_xyc for person in people])
    scores = np.array([person_score(k) for k in keypoints], np.float32)
    return Poses(keypoints, scores, followed=np.array([person.number for person in people]))
