"""MoveNet in onnxruntime: the pose engine that ships with harec and needs no GPU.

MultiPose finds the people of a frame roughly; Lightning or Thunder then refines each person in a
square crop that follows them, which is cheaper per frame and far more exact. MultiPose runs again
when it is needed: no person is followed, one got lost, two crops show one person, the whole frame
changed at once (a cut), and every few calls for newcomers. One who comes close to the camera when
as many as wanted are followed takes over, by the rule of `harec.core.prominence`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.geometry import full_body_size
from harec.core.poses import FloatArray, Poses
from harec.core.prominence import TAKEOVER_RATIO, TAKEOVER_S, ProminentPeople
from harec.core.threads import pose_threads, quiet_opencv
from harec.pose.base import Mode, Precision
from harec.pose.crops import Crop, crop_of_box, next_crop
from harec.pose.followed_person import (
    TORSO_THRESHOLD,
    FollowedPerson,
    as_poses,
    by_prominence,
    is_easy,
    is_there,
    is_twin,
    match,
    torso_score,
)
from harec.pose.movenet_modes import MODE_SETTINGS, REFINER_DIRS
from harec.pose.movenet_onnx import (
    MODELS_DIR,
    Detection,
    MultiPose,
    SinglePose,
)
from harec.pose.tiles import tiles_of

#: MultiPose returns at most this many people.
MOST_PEOPLE: Final = 6

#: MultiPose's own score from which a detection is worth refining.
DETECTION_THRESHOLD: Final = 0.11
#: A detection that the refiner does not confirm is kept from this score on.
SURE_DETECTION: Final = 0.3
#: The same where the refiner shows a person in front: a half hidden one scores less.
HIDDEN_DETECTION: Final = 0.2
#: OKS from which two detections that MultiPose tells apart are one person nevertheless.
SAME_DETECTION: Final = 0.7
#: Calls between two detections that a weak person causes.
WEAK_DETECTION_EVERY: Final = 4
#: After losing a person: detect again every so many calls, for so many calls.
SEARCH_EVERY: Final = 3
SEARCH_CALLS: Final = 36
#: With no person in the frame: a detection in higher resolution every so many calls, ...
LARGE_DETECTION_EVERY: Final = 8
#: ... and, after so many empty calls, a detection in every second frame only.
IDLE_AFTER: Final = 60
#: People up to this height in the detector's input, in its pixels, are small: it finds those of 30
#: nearly always, of 20 hardly.
SMALL_PX: Final = 60.0
#: Mean change of brightness (0..255) from one call to the next that is taken for a cut.
CUT_CHANGE: Final = 50.0


class MoveNetEstimator:
    """Follows up to six people through one stream of frames.

    Modes, with the cost of one frame with one person on two CPU cores (see models/movenet.md for
    the measured accuracy):

    - ``lightweight``: Lightning in the crop; about 10 ms. For live use and long videos.
    - ``balanced``: Thunder in the crop; about 30 ms.
    - ``performance``: Thunder on the crop and its mirror image, MultiPose with a larger input;
      about 70 ms. For small people and exact keypoints.

    Each further person costs one more inference on a crop.
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
                (models/movenet.md), but small and turned people are labelled less well. ``mixed``
                takes it for who is upright, large and surely seen, float for others.
                People are found in float: in int8 some more and some less.

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
        self.precision = precision
        self.max_people = max_people
        self.settings = MODE_SETTINGS[mode]
        threads = threads or pose_threads()
        self._detector = MultiPose(threads, models_dir or MODELS_DIR)
        self._refiner, *quick = (
            SinglePose(self.settings.refiner, threads, models_dir or folder)
            for folder in REFINER_DIRS[precision]
        )
        self._quick_refiner = quick[0] if quick else None
        self.reset()

    def reset(self) -> None:
        """Forget the people that are being followed: a new video, a cut or a gap comes next."""
        self._people: list[FollowedPerson] = []
        self._shown: frozenset[int] = frozenset()  # numbers of those in the last answer, or held
        self._sample: NDArray[np.int16] | None = None
        self._since_detection: float = self.settings.detect_every  # calls; of some people, a share
        self._empty_calls = 0
        self._search_calls = 0
        self._looks = self._tile_looks = 0
        self._time_s = 0.0
        # a crop that lost its person is given up at once: the detector may find them again
        self._prominent = ProminentPeople(hold_s=0)

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """`estimate_at` a time that is not known: a much larger newcomer takes over at once."""
        return self.estimate_at(self._time_s + TAKEOVER_S, rgb)

    def estimate_at(self, time_s: float, rgb: NDArray[np.uint8]) -> Poses:
        """People in an RGB frame uint8 (H, W, 3) of any size, most prominent first.

        Args:
            time_s: in seconds of the stream, later than at the call before.

        Raises:
            ValueError: the frame is not uint8 RGB, or has no pixels.
        """
        return self.estimate_some(time_s, rgb, None)

    def estimate_some(
        self, time_s: float, rgb: NDArray[np.uint8], only: frozenset[int] | None
    ) -> Poses:
        """`estimate_at`, of the people with these numbers, and newcomers; the others stay followed.

        Args:
            only: numbers of `Poses.followed`; None = everybody.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
            raise ValueError(f"a frame must be uint8 (H, W, 3), got {rgb.dtype} {rgb.shape}")
        if self._is_cut(rgb):
            self._people, self._empty_calls = [], 0
        self._time_s = time_s
        followed = len(self._people)
        held = frozenset[int]() if only is None else self._shown - only
        looked = 1 - len(held) / len(self._people) if self._people else 1
        people = self._without_twins(self._follow(rgb, held))
        self._since_detection += looked
        size_wh = rgb.shape[1], rgb.shape[0]
        if self._must_detect(people, followed, size_wh):
            people = self._detect(rgb, people, everywhere=len(people) < followed)
        found = {person.number: person for person in people}
        chosen = self._prominent.update(
            time_s, {i: person.prominence for i, person in found.items()}, self.max_people
        )
        rivals = self._prominent.rivals & found.keys()
        self._people = [found[i] for i in (*chosen, *rivals)]
        self._empty_calls = 0 if self._people else self._empty_calls + 1
        for person in self._people:
            person.crop = next_crop(person.keypoints_xyc, person.previous_xyc, size_wh)
        shown = self._people[: len(chosen)]
        self._shown = frozenset(person.number for person in shown)
        return as_poses([person for person in shown if person.number not in held])

    def _is_cut(self, rgb: NDArray[np.uint8]) -> bool:
        """Whether the whole frame changed since the last call (or its size did)."""
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

    def _follow(self, rgb: NDArray[np.uint8], held: frozenset[int]) -> list[FollowedPerson]:
        """Refine each person in their crop; who is gone, or unsure for too long, is left out.

        Args:
            held: numbers of those who stay as they are.
        """
        known = [person for person in self._people if person.crop is not None]
        looked = [person for person in known if person.number not in held]
        quick = set[int]()
        if self._quick_refiner is not None:
            alone = len(known) == 1
            quick = {person.number for person in looked if is_easy(person, alone=alone)}
            self._see(rgb, [p for p in looked if p.number in quick], self._quick_refiner)
        self._see(rgb, [p for p in looked if p.number not in quick], self._refiner)
        return [person for person in known if person.number in held or is_there(person)]

    def _see(self, rgb: NDArray[np.uint8], people: list[FollowedPerson], by: SinglePose) -> None:
        crops = [person.crop for person in people if person.crop is not None]
        found = by(rgb, crops, mirrored=self.settings.mirrored)
        for person, keypoints in zip(people, found, strict=True):
            person.see(keypoints)

    def _without_twins(self, people: list[FollowedPerson]) -> list[FollowedPerson]:
        """Two crops on one person: the one that moved there from another person goes."""
        kept: list[FollowedPerson] = []
        for person in sorted(people, key=lambda p: -p.steadiness):
            if not is_twin(person.keypoints_xyc, kept):
                kept.append(person)
        return kept

    def _must_detect(
        self, people: list[FollowedPerson], followed: int, size_wh: tuple[int, int]
    ) -> bool:
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
        if len(people) > self.max_people:  # one more: who may take over
            return False
        every = self.settings.detect_every / (2 if self._are_small(people, size_wh) else 1)
        if len(people) == self.max_people:  # who comes can only take over
            every *= 2
        return self._since_detection >= every

    def _detect(
        self, rgb: NDArray[np.uint8], people: list[FollowedPerson], *, everywhere: bool
    ) -> list[FollowedPerson]:
        """Add newcomers, find weak ones again; with ``everywhere`` not in a part of the frame."""
        self._since_detection = 0
        self._looks += 1
        size_wh = rgb.shape[1], rgb.shape[0]
        if not everywhere and self._looks_at_part(people) and self._are_small(people, size_wh):
            return self._add_detections(rgb, people, self._detect_in_tile(rgb))
        detections = self._detector(rgb, self.settings.detector_side, DETECTION_THRESHOLD)
        people = self._add_detections(rgb, people, detections)
        if not people and self._empty_calls % LARGE_DETECTION_EVERY == 0:
            detections = self._detector(rgb, self.settings.large_side, DETECTION_THRESHOLD)
            people = self._add_detections(rgb, people, detections)
        return people

    def _looks_at_part(self, people: list[FollowedPerson]) -> bool:
        """Whether it is a part's turn: every second time, and nobody is to be found again."""
        if people:
            return self._looks % 2 == 0 and not any(person.weak_calls for person in people)
        empty = self._empty_calls
        return (empty if empty < IDLE_AFTER else empty // 2) % 2 == 1

    def _are_small(self, people: list[FollowedPerson], size_wh: tuple[int, int]) -> bool:
        """Whether the detector sees people of their size badly in the whole frame, and parts of it
        are looked at."""
        limit = SMALL_PX * max(size_wh) / self.settings.detector_side
        small = (full_body_size(person.keypoints_xyc) < limit for person in people)
        return self.settings.tiles and all(small)

    def _detect_in_tile(self, rgb: NDArray[np.uint8]) -> list[Detection]:
        """The people of one part of the frame, the next one at the next call."""
        size_wh = rgb.shape[1], rgb.shape[0]
        tiles = tiles_of(size_wh)
        self._tile_looks += 1
        tile = tiles[self._tile_looks % len(tiles)]
        found = self._detector(tile.of(rgb), self.settings.detector_side, DETECTION_THRESHOLD)
        placed = [detection.moved(tile.x, tile.y) for detection in found]
        return [d for d in placed if not tile.is_cut_off(d.box_xyxy, size_wh)]

    def _add_detections(
        self, rgb: NDArray[np.uint8], people: list[FollowedPerson], detections: list[Detection]
    ) -> list[FollowedPerson]:
        """The people with newcomers added, and with the weak ones refined where they were detected.

        Each detection is at most one of the known people and the other way round, so a person who
        stands close behind a known one counts as a newcomer.
        """
        people = list(people)
        detections = by_prominence(detections)
        known = match([detection.keypoints_xyc for detection in detections], people)
        for index, detection in enumerate(detections):
            person = known.get(index)
            if person is None and not self._has_place(people, detection):
                continue
            if person is not None and not person.weak_calls:
                continue
            others = [p for p in people if p is not person]
            keypoints = self._refine_detection(rgb, detection, others)
            if keypoints is None:
                continue
            if person is None:
                people.append(FollowedPerson(keypoints))
            else:
                person.keypoints_xyc, person.weak_calls = keypoints, 0
        return people

    def _has_place(self, people: list[FollowedPerson], detection: Detection) -> bool:
        """Whether a newcomer is followed: for good, or since they may take over soon."""
        if len(people) < self.max_people:
            return True
        least = min(person.prominence for person in people)
        large = full_body_size(detection.keypoints_xyc) >= TAKEOVER_RATIO * least
        return large and len(people) == self.max_people

    def _refine_detection(
        self, rgb: NDArray[np.uint8], detection: Detection, people: list[FollowedPerson]
    ) -> FloatArray | None:
        """The keypoints of a newly detected person, or None when it is none.

        A crop can show two people, and the network then picks one: where that one is known already,
        MultiPose's own rougher keypoints stay.
        """
        keypoints = self._refine(rgb, crop_of_box(detection.box_xyxy))
        if torso_score(keypoints) >= TORSO_THRESHOLD:
            if not is_twin(keypoints, people):
                return keypoints
            enough = HIDDEN_DETECTION
        else:
            enough = SURE_DETECTION
        if detection.score >= enough and not is_twin(
            detection.keypoints_xyc, people, SAME_DETECTION
        ):
            return detection.keypoints_xyc
        return None
