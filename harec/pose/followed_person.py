"""A person whom MoveNet follows from call to call, and which detection is which person."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from harec.core.geometry import full_body_size, oks
from harec.core.poses import FloatArray
from harec.core.prominence import prominence
from harec.core.skeleton import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from harec.pose.crops import Crop

#: Shoulders or hips must reach this mean score, or the crop holds no (whole) person.
TORSO_THRESHOLD: Final = 0.3
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
