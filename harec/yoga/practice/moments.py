"""From keypoints to named, judged moments and holds: the same for files and cameras."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS
from harec.yoga.coaching.coach import AsanaCoach, Coaching
from harec.yoga.practice.holds import ROUNDING_S, Hold, HoldFinder, HoldSettings
from harec.yoga.recognition.angles import Angles, joint_angles

#: Keypoints are averaged over this time before they are judged: a held body hardly moves. Where
#: keypoints are off by 4 pixels of 480, a hold's mean score is then off by 1.4 and not by 4.5, and
#: scores change by 1.6 and not by 5.1 from moment to moment, too little to be read as trembling.
STEADY_S: Final = 0.3


class SteadyKeypoints:
    """The mean of a person's keypoints over the last `STEADY_S`.

    Attributes:
        mean: float32 (17, 3), of the last update.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, FloatArray]] = deque()
        self.mean: FloatArray = np.zeros((NUM_KEYPOINTS, 3), np.float32)

    def update(self, time_s: float, keypoints_xyc: FloatArray) -> FloatArray:
        """Take the newest keypoints (17, 3) in and return the mean; what is not seen now is not."""
        self._recent.append((time_s, keypoints_xyc))
        while time_s - self._recent[0][0] > STEADY_S + ROUNDING_S:
            self._recent.popleft()
        stack = np.stack([keypoints for _, keypoints in self._recent])
        seen = (stack[..., 2] > 0).astype(np.float32)
        total = (stack * seen[..., None]).sum(axis=0)
        mean = total / np.maximum(seen.sum(axis=0), 1)[:, None]
        mean[keypoints_xyc[:, 2] <= 0] = 0
        self.mean = np.asarray(mean, np.float32)
        return self.mean


def steady_keypoints(times_s: NDArray[np.float64], keypoints_xyc: FloatArray) -> FloatArray:
    """`SteadyKeypoints` of a whole track: times (L,), keypoints (L, 17, 3) in and out."""
    keypoints = SteadyKeypoints()
    steady = np.zeros((len(times_s), NUM_KEYPOINTS, 3), np.float32)
    for i, (time_s, now) in enumerate(zip(times_s.tolist(), keypoints_xyc, strict=True)):
        steady[i] = keypoints.update(time_s, now)
    return steady


def coach_moment(
    coach: AsanaCoach,
    finder: HoldFinder,
    time_s: float,
    steady_xyc: FloatArray,
    probabilities: FloatArray,
    angles_deg: Angles | None = None,
    *,
    warn: bool = True,
) -> Coaching:
    """Name and judge one moment; `HoldFinder.update` comes next.

    Args:
        coach: names and judges; its own threshold is not used.
        finder: its settings and what is held decide from which probability an asana is named.
        steady_xyc: (17, 3), from `SteadyKeypoints`.
        probabilities: (12,), of this moment by itself.
        angles_deg: of ``steady_xyc``, if they are known.
        warn: see `AsanaCoach.judge_all`.
    """
    smoothed = finder.smoothed(time_s, probabilities)
    return coach.judge_moment(
        steady_xyc,
        joint_angles(steady_xyc) if angles_deg is None else angles_deg,
        smoothed,
        threshold=finder.naming_threshold(time_s, smoothed),
        warn=warn,
    )


def coach_track(
    coach: AsanaCoach,
    settings: HoldSettings,
    times_s: NDArray[np.float64],
    keypoints_xyc: FloatArray,
    probabilities: FloatArray,
) -> tuple[list[Coaching], list[Hold], FloatArray]:
    """Name and judge all moments of a person, and find the holds; hours take seconds.

    Args:
        times_s: (L,), growing.
        keypoints_xyc: (L, 17, 3).
        probabilities: (L, 12), of each moment by itself.

    Returns:
        The moments (L) without warnings; the holds; float32 (L, 17, 3), the steady keypoints that
        were judged.
    """
    finder, moments = HoldFinder(settings), []
    steady = steady_keypoints(times_s, keypoints_xyc)
    rows = zip(times_s.tolist(), steady, probabilities, joint_angles(steady), strict=True)
    for time_s, *row in rows:
        moments.append(coach_moment(coach, finder, time_s, *row, warn=False))
        finder.update(time_s, moments[-1])
    finder.finish()
    return moments, finder.holds, steady
