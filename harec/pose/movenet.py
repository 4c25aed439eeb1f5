"""MoveNet in onnxruntime: the pose engine that ships with harec and needs no GPU.

MultiPose finds the people of a frame roughly; Lightning or Thunder then looks at each person in a
square crop that follows them, which is cheaper per frame and far more exact. MultiPose runs again
when it is needed: nobody is followed, someone got lost, two crops show one person, the picture
changed at once (a cut), and every few calls to meet newcomers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from harec.core.geometry import keypoints_box_xyxy, oks
from harec.core.poses import FloatArray, Poses
from harec.core.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    RIGHT_HIP,
    RIGHT_SHOULDER,
)
from harec.core.threads import pose_threads, quiet_opencv
from harec.pose.base import Mode, Precision
from harec.pose.crops import (
    Crop,
    crop_of_box,
    next_crop,
)
from harec.pose.movenet_onnx import (
    INT8_DIR,
    MODELS_DIR,
    Detection,
    MultiPose,
    SinglePose,
)

#: MultiPose returns at most this many people.
MOST_PEOPLE: Final = 6

#: MultiPose's own score from which a find is worth a closer look.
DETECTION_THRESHOLD: Final = 0.11
#: A find that the closer look does not confirm is kept from this score on.
SURE_DETECTION: Final = 0.3
#: The same where the closer look shows a person in front: a half hidden one scores less.
HIDDEN_DETECTION: Final = 0.2
#: Shoulders or hips must reach this mean score, or the crop holds no (whole) person.
TORSO_THRESHOLD: Final = 0.3
#: OKS from which two skeletons are one person: two crops of one frame / found again.
SAME_PERSON: Final = 0.5
SAME_FIND: Final = 0.7  # for two that MultiPose itself tells apart
FOUND_AGAIN: Final = 0.3
#: Below this person score a crop shows nobody at all any more.
NOBODY: Final = 0.15
#: Calls that a person is still followed without a confident torso.
WEAK_CALLS: Final = 3
#: Calls between two detections that a weak person causes.
WEAK_DETECTION_EVERY: Final = 4
#: After losing someone: look again every so many calls, for so many calls.
SEARCH_EVERY: Final = 3
SEARCH_CALLS: Final = 36
#: With nobody in sight: a look at the frame in higher resolution every so many calls, ...
LARGE_DETECTION_EVERY: Final = 8
#: ... and, after so many empty calls, a look at every second frame only.
IDLE_AFTER: Final = 60
#: Mean change of brightness (0..255) from one call to the next that is taken for a cut.
CUT_CHANGE: Final = 50.0
FIRST_BODY_JOINT: Final = 5


@dataclass(frozen=True)
class ModeSettings:
    """What a mode spends.

    Attributes:
        detector_side: long side of MultiPose's input in pixels.
        large_side: the same for the second look when nobody is found.
        refiner: the single-person network.
        mirrored: run it a second time on the mirrored crop.
        detect_every: calls between two looks for newcomers.
    """

    detector_side: int
    large_side: int
    refiner: Literal["lightning", "thunder"]
    mirrored: bool
    detect_every: int


MODE_SETTINGS: Final[dict[Mode, ModeSettings]] = {
    "lightweight": ModeSettings(256, 384, "lightning", False, 15),
    "balanced": ModeSettings(256, 512, "thunder", False, 10),
    "performance": ModeSettings(384, 640, "thunder", True, 6),
}


def person_score(keypoints_xyc: FloatArray) -> float:
    """How sure it is that these joints are a person, 0..1.

    The mean score of the best eight of the twelve body joints, so that a person whose legs are out
    of the picture is as much a person as one who is seen whole.
    """
    return float(np.sort(keypoints_xyc[FIRST_BODY_JOINT:, 2])[-8:].mean())


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
    """Area in square pixels of the box around the joints that are seen."""
    box = keypoints_box_xyxy(keypoints_xyc)
    return 0.0 if box is None else float((box[2] - box[0]) * (box[3] - box[1]))


@dataclass
class _Person:
    """Someone who is being followed: joints at this call, at the one before, and where to look."""

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
        """OKS with the call before; low for a crop that jumped to somebody else."""
        return 0.0 if self.previous_xyc is None else oks(self.previous_xyc, self.keypoints_xyc)

    @property
    def prominence(self) -> float:
        """Sure and large comes first."""
        return person_score(self.keypoints_xyc) * box_area(self.keypoints_xyc) ** 0.5


class MoveNetEstimator:
    """Follows up to six people through one stream of frames.

    Modes, with the cost of one frame with one person on two CPU cores (see models/movenet.md for
    the measured accuracy):

    - ``lightweight``: Lightning in the crop; about 10 ms. For live use and long videos.
    - ``balanced``: Thunder in the crop; about 30 ms.
    - ``performance``: Thunder on the crop and its mirror image, MultiPose with a larger input;
      about 70 ms. For small people and exact joints.

    Each further person costs one more look at a crop.
    """

    name = "movenet"

    def __init__(
        self,
        mode: Mode = "balanced",
        max_people: int = 4,
        threads: int | None = None,
        models_dir: Path | None = None,
        *,
        precision: Precision = "float",
    ) -> None:
        """Load the networks (once per process).

        Args:
            max_people: follow at most this many, 1..6; the most prominent ones.
            threads: CPU threads for one network; None = `harec.core.threads.pose_threads`.
            models_dir: folder of the ``movenet-*.onnx`` files; None takes those that ship.
            precision: of the single-person network that ships: ``int8`` takes about half the time
                on processors with VNNI and costs at most 0.2 points of PCK@0.2
                (models/movenet.md). People are found in float: in int8 some more and some less.

        Raises:
            ModelError: a model file is missing or damaged.
            ValueError: an argument is out of range.
        """
        if mode not in MODE_SETTINGS:
            raise ValueError(f"mode must be one of {', '.join(MODE_SETTINGS)}, got {mode!r}")
        if not 1 <= max_people <= MOST_PEOPLE:
            raise ValueError(f"max_people must be 1..{MOST_PEOPLE}, got {max_people}")
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1, got {threads}")
        quiet_opencv()
        self.mode = mode
        self.max_people = max_people
        self.settings = MODE_SETTINGS[mode]
        threads = threads or pose_threads()
        followers = INT8_DIR if precision == "int8" else MODELS_DIR
        self._detector = MultiPose(threads, models_dir or MODELS_DIR)
        self._refiner = SinglePose(self.settings.refiner, threads, models_dir or followers)
        self.reset()

    def reset(self) -> None:
        """Forget the people that are being followed: a new video, a cut or a gap comes next."""
        self._people: list[_Person] = []
        self._sample: NDArray[np.int16] | None = None
        self._since_detection = self.settings.detect_every
        self._empty_calls = 0
        self._search_calls = 0

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """People in an RGB frame uint8 (H, W, 3) of any size, most prominent first.

        Raises:
            ValueError: the frame is not uint8 RGB, or has no pixels.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
            raise ValueError(f"a frame must be uint8 (H, W, 3), got {rgb.dtype} {rgb.shape}")
        if self._is_cut(rgb):
            self._people, self._empty_calls = [], 0
        followed = len(self._people)
        people = self._without_twins(self._follow(rgb))
        self._since_detection += 1
        if self._must_detect(people, followed):
            people = self._detect(rgb, people)
        people.sort(key=lambda person: -person.prominence)
        self._people = people[: self.max_people]
        self._empty_calls = 0 if self._people else self._empty_calls + 1
        size_wh = rgb.shape[1], rgb.shape[0]
        for person in self._people:
            person.crop = next_crop(person.keypoints_xyc, person.previous_xyc, size_wh)
        return self._poses()

    def _poses(self) -> Poses:
        if not self._people:
            return Poses.empty()
        keypoints = np.stack([person.keypoints_xyc for person in self._people])
        return Poses(keypoints, np.array([person_score(k) for k in keypoints], np.float32))

    def _is_cut(self, rgb: NDArray[np.uint8]) -> bool:
        """Whether the whole picture changed since the last call (or its size did)."""
        step = max(1, max(rgb.shape[:2]) // 96)
        sample = rgb[::step, ::step, 1].astype(np.int16)
        before, self._sample = self._sample, sample
        if before is None:
            return False
        if before.shape != sample.shape:
            return True
        return float(np.abs(sample - before).mean()) > CUT_CHANGE

    def _refine(self, rgb: NDArray[np.uint8], crop: Crop) -> FloatArray:
        return self._refiner(rgb, [crop], mirrored=self.settings.mirrored)[0]

    def _follow(self, rgb: NDArray[np.uint8]) -> list[_Person]:
        """Look where everybody should be now; who is gone, or unsure for too long, is left out."""
        known = [(person, person.crop) for person in self._people if person.crop is not None]
        looks = self._refiner(rgb, [crop for _, crop in known], mirrored=self.settings.mirrored)
        people = []
        for (person, _), keypoints in zip(known, looks, strict=True):
            person.see(keypoints)
            if person.weak_calls <= WEAK_CALLS and person_score(person.keypoints_xyc) >= NOBODY:
                people.append(person)
        return people

    def _without_twins(self, people: list[_Person]) -> list[_Person]:
        """Two crops on one person: the one that moved there from somebody else goes."""
        kept: list[_Person] = []
        for person in sorted(people, key=lambda p: -p.steadiness):
            if not is_twin(person.keypoints_xyc, kept):
                kept.append(person)
        return kept

    def _must_detect(self, people: list[_Person], followed: int) -> bool:
        if not people:
            return self._empty_calls < IDLE_AFTER or self._empty_calls % 2 == 0
        if len(people) < followed:
            self._search_calls = SEARCH_CALLS
            return True
        if self._search_calls > 0:
            self._search_calls -= 1
            if self._search_calls % SEARCH_EVERY == 0:
                return True
        if any(person.weak_calls for person in people):
            return self._since_detection >= WEAK_DETECTION_EVERY
        newcomers = len(people) < self.max_people
        return newcomers and self._since_detection >= self.settings.detect_every

    def _detect(self, rgb: NDArray[np.uint8], people: list[_Person]) -> list[_Person]:
        """Add newcomers, find weak ones again."""
        self._since_detection = 0
        detections = self._detector(rgb, self.settings.detector_side, DETECTION_THRESHOLD)
        people = self._meet(rgb, people, detections)
        if not people and self._empty_calls % LARGE_DETECTION_EVERY == 0:
            detections = self._detector(rgb, self.settings.large_side, DETECTION_THRESHOLD)
            people = self._meet(rgb, people, detections)
        return people

    def _meet(
        self, rgb: NDArray[np.uint8], people: list[_Person], detections: list[Detection]
    ) -> list[_Person]:
        """The people with newcomers added, and with the weak ones looked at where they were found.

        Each find is at most one of the known people and the other way round, so someone who stands
        close behind a known person counts as a newcomer.
        """
        people = list(people)
        known = match([found.keypoints_xyc for found in detections], people)
        for index, found in enumerate(detections):
            person = known.get(index)
            if person is None and len(people) >= self.max_people:
                continue
            if person is not None and not person.weak_calls:
                continue
            others = [p for p in people if p is not person]
            keypoints = self._look_closer(rgb, found, others)
            if keypoints is None:
                continue
            if person is None:
                people.append(_Person(keypoints))
            else:
                person.keypoints_xyc, person.weak_calls = keypoints, 0
        return people

    def _look_closer(
        self, rgb: NDArray[np.uint8], found: Detection, people: list[_Person]
    ) -> FloatArray | None:
        """The joints of a newly found person, or None when it is nobody.

        A crop can show two people, and the network then picks one: where that one is known already,
        MultiPose's own rougher joints stay.
        """
        keypoints = self._refine(rgb, crop_of_box(found.box_xyxy))
        if torso_score(keypoints) >= TORSO_THRESHOLD:
            if not is_twin(keypoints, people):
                return keypoints
            enough = HIDDEN_DETECTION
        else:
            enough = SURE_DETECTION
        if found.score >= enough and not is_twin(found.keypoints_xyc, people, SAME_FIND):
            return found.keypoints_xyc
        return None


def is_twin(
    keypoints_xyc: FloatArray, people: list[_Person], threshold: float = SAME_PERSON
) -> bool:
    """Whether these joints are those of one of the people."""
    return any(similarity(keypoints_xyc, p.keypoints_xyc) > threshold for p in people)


def match(found: list[FloatArray], people: list[_Person]) -> dict[int, _Person]:
    """Which find is which of the known people: index of the find -> person."""
    if not found or not people:
        return {}
    alike = np.array([[similarity(f, p.keypoints_xyc) for p in people] for f in found])
    pairs = zip(*linear_sum_assignment(-alike), strict=True)
    return {int(f): people[p] for f, p in pairs if alike[f, p] > FOUND_AGAIN}
