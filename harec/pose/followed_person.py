"""A person whom MoveNet follows from call to call, and which detection is which person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from harec.core.geometry import keypoints_box_xyxy, oks
from harec.core.poses import FloatArray
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


def box_area(keypoints_xyc: FloatArray) -> float:
    """Area in square pixels of the box around the keypoints that are seen."""
    box = keypoints_box_xyxy(keypoints_xyc)
    return 0.0 if box is None else float((box[2] - box[0]) * (box[3] - box[1]))


@dataclass
class FollowedPerson:
    """A person who is followed.

    Attributes:
        keypoints_xyc: (17, 3) in pixels of the frame, at this call.
        previous_xyc: the same at the call before, None at the first.
        crop: where to look for them at the next call.
        weak_calls: calls in a row without a confident torso.
    """

    keypoints_xyc: FloatArray
    previous_xyc: FloatArray | None = None
    crop: Crop | None = None
    weak_calls: int = 0

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
        """Sure and large comes first."""
        return person_score(self.keypoints_xyc) * box_area(self.keypoints_xyc) ** 0.5


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
