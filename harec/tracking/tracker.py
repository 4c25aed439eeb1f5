"""Tracking by similarity of skeletons: the same person keeps the same id from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.camera_view import STILL, CameraView
from harec.core.geometry import SEEN, body_centre, full_body_size, keypoint_similarity
from harec.core.poses import (
    FloatArray,
    Poses,
    TrackedPerson,
)
from harec.core.skeleton import NUM_KEYPOINTS, OKS_SIGMAS, TRUNK

#: Keypoints that two skeletons must both show to be compared one by one.
MIN_SHARED_KEYPOINTS: Final = 4
#: OKS of COCO is made for annotation error (a few pixels); between two frames a person moves much
#: more. The constants are widened by this factor, so that 0.5 stands for "about half a limb away".
OKS_SIGMA_SCALE: Final = 3.0
#: Sizes may differ by this factor between two detections shortly after each other, and more later.
SIZE_RATIO: Final = 1.8
SIZE_RATIO_PER_S: Final = 1.0
#: The prediction may be wrong by this many person sizes at once, and per second undetected.
GATE_RADIUS: Final = 0.35
GATE_RADIUS_PER_S: Final = 1.2
#: Keypoints from which a body counts as seen whole: all but the face or an arm.
WHOLE_KEYPOINTS: Final = 12
#: Time constants: how long a hidden keypoint's place is worth something beside those that are seen,
#: and how slowly the size of a person who is partly hidden shrinks.
MEMORY_S: Final = 0.5
SHRINK_TIME_S: Final = 3.0
#: Time constant of the velocity estimate, and the fastest that anyone moves (person sizes per s).
VELOCITY_TIME_S: Final = 0.15
FASTEST: Final = 4.0
#: A moving person does not continue straight for ever: prediction ends after this time.
LONGEST_PREDICTION_S: Final = 0.5
#: No person is lost in fewer updates than this, however slow the stream is, ...
MAX_MISSED_UPDATES: Final = 2.5
#: ... and as long as the pace is not known, an update may come this late.
FIRST_INTERVAL_S: Final = 1.5
IMPOSSIBLE: Final = 1e6
_OF_TRUNK: Final = np.isin(np.arange(NUM_KEYPOINTS), TRUNK)


@dataclass(frozen=True, eq=False)
class _Detection:
    """A person in this frame, measured once for all tracks."""

    keypoints_xyc: FloatArray
    seen: NDArray[np.bool_]
    centre: NDArray[np.float64]
    size: float

    @classmethod
    def of(cls, keypoints_xyc: FloatArray) -> _Detection:
        return cls(
            keypoints_xyc,
            keypoints_xyc[:, 2] > SEEN,
            body_centre(keypoints_xyc),
            full_body_size(keypoints_xyc),
        )


@dataclass
class _Track:
    """One person over time. Lengths in pixels of the frame.

    Attributes:
        body_xyc: (17, 3) where each keypoint is, or would be: those that are hidden now are carried
            along with the rest. Score 1; 0 = never seen so far.
        seen_s: (17,) when each keypoint was last seen.
        size: of the whole body, `full_body_size`; hidden parts don't make it shrink at once.
        velocity: (2,) pixels a second.
    """

    id: int
    body_xyc: FloatArray
    seen_s: NDArray[np.float64]
    size: float
    last_s: float
    velocity: NDArray[np.float64]
    detections: int = 1
    confirmed: bool = False

    @classmethod
    def start(cls, time_s: float, detection: _Detection) -> _Track:
        body = detection.keypoints_xyc.copy()
        body[:, 2] = detection.seen
        # ids are given on confirmation, so that ghosts leave no holes in the numbering
        return cls(0, body, np.full(len(body), time_s), detection.size, time_s, np.zeros(2))

    def motion(self, time_s: float) -> NDArray[np.float64]:
        """How far the person should have moved since the last detection."""
        return self.velocity * min(time_s - self.last_s, LONGEST_PREDICTION_S)

    def warp(self, moved: NDArray[np.float64]) -> None:
        """The camera moved: (2, 3) takes where they were seen to where that is now."""
        points = self.body_xyc[:, :2]
        self.body_xyc[:, :2] = points @ moved[:, :2].T + moved[:, 2]
        self.velocity = moved[:, :2] @ self.velocity
        self.size *= float(np.hypot(moved[0, 0], moved[1, 0]))

    def memory(self, time_s: float) -> NDArray[np.float64]:
        """(17,) how much the place of each keypoint says, 0..1; 0 = never seen."""
        fresh = np.exp(-(time_s - self.seen_s) / MEMORY_S)
        return np.where(self.body_xyc[:, 2] > 0, np.maximum(fresh, 1e-3), 0.0)

    def moved_on(self, memory: NDArray[np.float64], other: _Detection) -> NDArray[np.float64]:
        """How far the person is from here if they are the detected one, x and y in pixels.

        Measured on the keypoints that both show, so that what is hidden in one of them does not
        count as motion; on the trunk, that arms don't move, where at least two of its are shared.
        """
        weights = memory * other.seen
        trunk = weights * _OF_TRUNK
        if np.count_nonzero(trunk) >= 2:
            weights = trunk
        total = weights.sum()
        if total == 0:
            return other.centre - body_centre(self.body_xyc)
        return weights @ (other.keypoints_xyc[:, :2] - self.body_xyc[:, :2]) / total

    def size_ratio(self, memory: NDArray[np.float64], other: _Detection) -> float:
        """Larger over smaller size, at least 1, both of what is seen in both.

        By how far the keypoints are spread, or by the limbs, whichever differs less: an arm that
        moves changes the one, limbs that point at the camera the other. 1 where little is shared: a
        part tells only how large a body is at least.
        """
        weights = memory * other.seen
        both = weights > 0
        if np.count_nonzero(both) < MIN_SHARED_KEYPOINTS:
            return 1.0
        weights /= weights.sum()
        mine, theirs = self.body_xyc, other.keypoints_xyc
        by_spread = _ratio(_spread(mine, weights), _spread(theirs, weights))
        if by_spread < SIZE_RATIO:
            return by_spread
        mine, theirs = (np.where(both[:, None], k, np.float32(0)) for k in (mine, theirs))
        return min(by_spread, _ratio(full_body_size(mine), full_body_size(theirs)))

    def update(self, time_s: float, detection: _Detection) -> None:
        elapsed = time_s - self.last_s
        moved = self.moved_on(self.memory(time_s), detection)
        fastest = FASTEST * self.size
        # the same smoothing at any frame rate
        keep = math.exp(-elapsed / VELOCITY_TIME_S)
        measured = (moved / elapsed).clip(-fastest, fastest)
        self.velocity = keep * self.velocity + (1 - keep) * measured
        # limbs that point at the camera look short: parts of a body only tell how large it is at
        # least
        whole = detection.seen.sum() >= WHOLE_KEYPOINTS
        if detection.size < self.size and not whole:
            keep = math.exp(-elapsed / SHRINK_TIME_S)
        self.size = keep * self.size + (1 - keep) * detection.size
        self.body_xyc[:, :2] += moved
        self.body_xyc[detection.seen] = detection.keypoints_xyc[detection.seen]
        self.body_xyc[detection.seen, 2] = 1
        self.seen_s[detection.seen] = time_s
        self.last_s = time_s
        self.detections += 1


def _spread(keypoints_xyc: FloatArray, weights: NDArray[np.float64]) -> float:
    """Deviation in pixels of keypoints (17, 3) from their mean; weights (17,) of sum 1."""
    away = keypoints_xyc[:, :2] - weights @ keypoints_xyc[:, :2]
    return math.sqrt(weights @ (away**2).sum(axis=1))


def _ratio(a: float, b: float) -> float:
    return max(a, b, 1.0) / max(min(a, b), 1.0)


def pose_similarity(
    a_xyc: FloatArray,
    b_xyc: FloatArray,
    size: float,
    weights: NDArray[np.float64] | None = None,
) -> float | None:
    """OKS-like similarity 0..1 of two skeletons (17, 3) of people about ``size`` pixels high.

    COCO's formula with the constants widened for motion between frames. None when fewer than four
    keypoints are seen in both.

    Args:
        weights: (17,) how much each keypoint counts; None = all alike.
    """
    both = (a_xyc[:, 2] > SEEN) & (b_xyc[:, 2] > SEEN)
    if both.sum() < MIN_SHARED_KEYPOINTS:
        return None
    # a standing person's box is about 0.4 x as wide as high
    area = 0.4 * size**2
    sigmas = OKS_SIGMA_SCALE * OKS_SIGMAS[both]
    return keypoint_similarity(
        a_xyc[both], b_xyc[both], sigmas, area, None if weights is None else weights[both]
    )


class PersonTracker:
    """Gives the people of each frame ids that stay the same.

    People of this frame are assigned to the known ones by the similarity of their skeletons after
    moving each known one on by its own velocity (so two who cross keep their ids), in one optimal
    assignment. A person who was not seen for ``lost_after_s`` is gone; coming back gives a new id.

    People are compared by the keypoints that are seen in both, and hidden ones are remembered: who
    steps behind a desk, a post or another person, or half out of the frame, keeps the id.

    All times are seconds of the stream, so any frame rate and any number of skipped frames act the
    same. The same input always gives the same ids.

    A newcomer is only returned from the second detection on (``min_detections``), which keeps out
    people that the estimator imagines in a single frame. The first update of a stream is an
    exception: who is there from the start is returned at once. So at most the first
    ``min_detections - 1`` observations of a person are left out.
    """

    def __init__(
        self,
        lost_after_s: float = 1.2,
        min_detections: int = 2,
        confirm_within_s: float = 0.6,
        similarity_threshold: float = 0.25,
    ) -> None:
        """Set the rules of life.

        Args:
            lost_after_s: a person not seen for longer is gone; also the longest gap between two
                updates over which ids live on (where updates are slower than this, 2.5 of their
                intervals). Longer: ids survive longer hiding, at the risk of taking another
                person for them.
            min_detections: detections after which a newcomer counts (1 = at once).
            confirm_within_s: a newcomer not seen again within this time is forgotten.
            similarity_threshold: 0..1, below it two skeletons are not the same person.
        """
        if lost_after_s <= 0 or confirm_within_s <= 0 or min_detections < 1:
            raise ValueError("times must be positive and min_detections at least 1")
        self.lost_after_s = lost_after_s
        self.min_detections = min_detections
        self.confirm_within_s = confirm_within_s
        self.similarity_threshold = similarity_threshold
        self._next_id = 1
        self.reset()

    def reset(self) -> None:
        """Forget all people (a cut, a new video). Ids are never used again."""
        self._tracks: list[_Track] = []
        self._camera = STILL
        self._time_s: float | None = None
        self._interval_s: float | None = None

    def update(self, time_s: float, poses: Poses | None) -> list[TrackedPerson]:
        """The people of one frame with their ids, in order of id.

        Args:
            time_s: time of the frame in seconds of the stream; must be later than the last one.
            poses: who is in the frame; None or empty: no person was seen. At a cut (another shot of
                ``poses.camera``) everybody is forgotten.

        Raises:
            ValueError: time does not move forward.
        """
        poses = replace(Poses.empty(), camera=self._camera) if poses is None else poses
        if self._time_s is not None and time_s <= self._time_s:
            raise ValueError(f"time must move forward: {time_s} s after {self._time_s} s")
        self._follow(poses.camera)
        first = self._time_s is None
        slow_s = self._slow_interval_s(time_s)
        self._tracks = [track for track in self._tracks if self._alive(track, time_s, slow_s)]
        detections = [_Detection.of(keypoints) for keypoints in poses.keypoints_xyc]
        by_track = self._assign(time_s, detections)
        seen: list[tuple[_Track, int]] = []
        for track, index in by_track:
            track.update(time_s, detections[index])
            seen.append((track, index))
        taken = {index for _, index in by_track}
        for index in range(len(poses)):
            if index not in taken:
                track = _Track.start(time_s, detections[index])
                self._tracks.append(track)
                seen.append((track, index))
        for track, _ in seen:
            if not track.confirmed and (first or track.detections >= self.min_detections):
                track.confirmed, track.id = True, self._next_id
                self._next_id += 1
        return [
            TrackedPerson(
                track.id, poses.keypoints_xyc[index], float(poses.scores[index]), poses.camera
            )
            for track, index in sorted(seen, key=lambda item: item[0].id)
            if track.confirmed
        ]

    def sizes(self) -> dict[int, float]:
        """Size in pixels of each active person, of the whole body, hidden parts included."""
        return {track.id: track.size for track in self._tracks if track.confirmed}

    def _follow(self, camera: CameraView) -> None:
        """Move the people with the background; at a cut forget them."""
        if camera.shot != self._camera.shot:
            self.reset()
        elif not camera.same(self._camera):
            moved = camera.since(self._camera)
            for track in self._tracks:
                track.warp(moved)
        self._camera = camera

    def is_active(self, track_id: int) -> bool:
        """Whether a person may still be seen again under this id."""
        return any(track.id == track_id for track in self._tracks)

    def _slow_interval_s(self, time_s: float) -> float:
        """The shortest life that a person must have at the stream's pace: 2.5 updates.

        Few frames per second with many skipped can mean seconds between updates, and that is not a
        gap. The pace is the interval before this one; the very first may be `FIRST_INTERVAL_S`.
        """
        before_s, pace_s = self._time_s, self._interval_s
        self._time_s = time_s
        if before_s is None:
            return 0.0
        self._interval_s = time_s - before_s
        return FIRST_INTERVAL_S if pace_s is None else MAX_MISSED_UPDATES * pace_s

    def _alive(self, track: _Track, time_s: float, slow_s: float) -> bool:
        patience_s = self.lost_after_s if track.confirmed else self.confirm_within_s
        return time_s - track.last_s <= max(patience_s, slow_s)

    def _assign(self, time_s: float, detections: list[_Detection]) -> list[tuple[_Track, int]]:
        """Pairs of a track and an index into ``detections``; those that fit no track are absent."""
        if not self._tracks or not detections:
            return []
        memories = [track.memory(time_s) for track in self._tracks]
        cost = np.array(
            [
                [self._cost(track, memory, time_s, detection) for detection in detections]
                for track, memory in zip(self._tracks, memories, strict=True)
            ]
        )
        from scipy.optimize import linear_sum_assignment  # settings do without it

        rows, columns = linear_sum_assignment(cost)
        return [
            (self._tracks[row], int(column))
            for row, column in zip(rows, columns, strict=True)
            if cost[row, column] < IMPOSSIBLE
        ]

    def _cost(
        self, track: _Track, memory: NDArray[np.float64], time_s: float, detection: _Detection
    ) -> float:
        """0 (certainly this person) to about 2, or IMPOSSIBLE."""
        unseen_s = time_s - track.last_s
        motion = track.motion(time_s)
        larger = max(detection.size, track.size)
        # standing still is as likely as moving on: take the better of the two predictions
        moved_on = track.moved_on(memory, detection)
        off = [math.hypot(*(moved_on - motion)) / larger, math.hypot(*moved_on) / larger]
        reach = GATE_RADIUS + GATE_RADIUS_PER_S * unseen_s
        if min(off) > reach:
            return IMPOSSIBLE
        if track.size_ratio(memory, detection) > SIZE_RATIO * (1 + SIZE_RATIO_PER_S * unseen_s):
            return IMPOSSIBLE
        predicted = track.body_xyc.copy()
        predicted[:, :2] += motion
        similarity = pose_similarity(predicted, detection.keypoints_xyc, larger, memory)
        # the longer unseen, the less the old skeleton says
        fading = math.exp(-unseen_s / self.lost_after_s)
        if similarity is None:
            similarity = 0.5
        elif similarity < self.similarity_threshold * fading and min(off) > GATE_RADIUS / 2:
            return IMPOSSIBLE
        new_person = 0.0 if track.confirmed else 0.2
        return (1 - similarity) + off[0] / reach + new_person
