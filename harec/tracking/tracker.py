"""Tracking by similarity of skeletons: the same person keeps the same id from frame to frame."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.camera_view import STILL, CameraView
from harec.core.poses import Poses, TrackedPerson
from harec.tracking.track import (
    MIN_SHARED_KEYPOINTS,
    SIZE_RATIO,
    Detection,
    Track,
    pose_similarity,
)

#: Sizes may differ by `SIZE_RATIO`, and by so much more per second undetected.
SIZE_RATIO_PER_S: Final = 1.0
#: The prediction may be wrong by this many person sizes at once, and per second undetected.
GATE_RADIUS: Final = 0.35
GATE_RADIUS_PER_S: Final = 1.2
#: No person is lost in fewer updates than this, however slow the stream is, ...
MAX_MISSED_UPDATES: Final = 2.5
#: ... and as long as the pace is not known, an update may come this late.
FIRST_INTERVAL_S: Final = 1.5
#: A person is followed for so long by detections that are too faint to count as a person.
FAINT_S: Final = 3.0
#: From this similarity on a faint detection shows a person who is seen clearly as well.
SAME_BODY: Final = 0.5
IMPOSSIBLE: Final = 1e6


class PersonTracker:
    """Gives the people of each frame ids that stay the same.

    People of this frame are assigned to the known ones by the similarity of their skeletons after
    moving each known one on by its own velocity (so two who cross keep their ids), in one optimal
    assignment. A person who was not seen for ``lost_after_s`` is gone; coming back gives a new id.

    People are compared by the keypoints that are seen in both, and hidden ones are remembered: who
    steps behind a desk, a post or another person, or half out of the frame, keeps the id.

    A person whose detections become too faint to count as one (only the face shows over a desk,
    say) is not returned, but followed for `FAINT_S`, and keeps the id.

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
        self._tracks: list[Track] = []
        self._camera = STILL
        self._time_s: float | None = None
        self._interval_s: float | None = None

    def update(
        self, time_s: float, poses: Poses | None, faint: Poses | None = None
    ) -> list[TrackedPerson]:
        """The people of one frame with their ids, in order of id.

        Args:
            time_s: time of the frame in seconds of the stream; must be later than the last one.
            poses: who is in the frame; None or empty: no person was seen. At a cut (another shot of
                ``poses.camera``) everybody is forgotten.
            faint: detections that are no person by themselves. They are never returned and begin no
                track, but a known person who is not among ``poses`` may be followed by one of them.

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
        detections = [Detection.of(keypoints) for keypoints in poses.keypoints_xyc]
        by_track = self._assign(time_s, detections, self._tracks)
        if faint is not None and len(faint):
            self._follow_faintly(time_s, faint, detections, {id(track) for track, _ in by_track})
        seen: list[tuple[Track, int]] = []
        for track, index in by_track:
            track.update(time_s, detections[index])
            track.sure_s = time_s
            seen.append((track, index))
        taken = {index for _, index in by_track}
        for index in range(len(poses)):
            if index not in taken:
                track = Track.start(time_s, detections[index])
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

    def _alive(self, track: Track, time_s: float, slow_s: float) -> bool:
        patience_s = self.lost_after_s if track.confirmed else self.confirm_within_s
        if time_s - track.last_s > max(patience_s, slow_s):
            return False
        return time_s - track.sure_s <= max(patience_s, slow_s, FAINT_S)

    def _follow_faintly(
        self, time_s: float, faint: Poses, sure: list[Detection], found: set[int]
    ) -> None:
        """Move known people who were not found to faint detections of nobody else.

        Args:
            sure: the detections that count.
            found: ``id`` of the tracks that have one of them.
        """
        missed = [t for t in self._tracks if t.confirmed and id(t) not in found]
        alone = [
            detection
            for detection in (Detection.of(keypoints) for keypoints in faint.keypoints_xyc)
            if detection.seen.sum() >= MIN_SHARED_KEYPOINTS
            and not any(_same_body(detection, other) for other in sure)
        ]
        for track, index in self._assign(time_s, alone, missed):
            track.update(time_s, alone[index])

    def _assign(
        self, time_s: float, detections: list[Detection], tracks: list[Track]
    ) -> list[tuple[Track, int]]:
        """Pairs of a track and an index into ``detections``; those that fit no track are absent."""
        if not tracks or not detections:
            return []
        memories = [track.memory(time_s) for track in tracks]
        cost = np.array(
            [
                [self._cost(track, memory, time_s, detection) for detection in detections]
                for track, memory in zip(tracks, memories, strict=True)
            ]
        )
        from scipy.optimize import linear_sum_assignment  # settings do without it

        rows, columns = linear_sum_assignment(cost)
        return [
            (tracks[row], int(column))
            for row, column in zip(rows, columns, strict=True)
            if cost[row, column] < IMPOSSIBLE
        ]

    def _cost(
        self, track: Track, memory: NDArray[np.float64], time_s: float, detection: Detection
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


def _same_body(a: Detection, b: Detection) -> bool:
    """Whether two detections of one frame show the same person."""
    alike = pose_similarity(a.keypoints_xyc, b.keypoints_xyc, min(a.size, b.size))
    return alike is not None and alike > SAME_BODY
