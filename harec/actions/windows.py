"""Windows: 32 steps of one person, resampled by time to the rate that the model was trained at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harec.core.interpolation import blend_keypoints
from harec.core.poses import FloatArray, TrackedPerson
from harec.core.skeleton import LEFT_ANKLE, RIGHT_ANKLE

STEPS = 32
RATE_HZ = 20.0
#: Time from the first to the last step of a full window.
SPAN_S = (STEPS - 1) / RATE_HZ

#: A longer silence ends a person's run: no window and no overlay bridges it. It bounds the pose
#: model's interval too: 0.6 s is every 18th frame at 30 frames/s.
MAX_GAP_S = 0.6

#: Keypoints seen all the time that tell whether a body moves as one piece; it bends by less than
#: this share of its way then, and to its quieter side it goes at least this share of the other.
_MIN_RIGID_KEYPOINTS = 6
_RIGID = 0.4
_ALL_SIDES = 0.35
_ANKLES = [LEFT_ANKLE, RIGHT_ANKLE]
#: Where the background told of the camera's motion in less of a window, the body is asked.
_CAMERA_KNOWN = 0.9

# Timestamps are compared with this tolerance, so that 0.1 + 0.2 is on time for 0.3.
_EPSILON_S = 1e-6


@dataclass(frozen=True, eq=False)
class Window:
    """What the network sees of one person.

    Attributes:
        person_id: whose it is.
        start_s, end_s: the span of time that was really seen; shorter than ``SPAN_S`` at the
            beginning and at the end of a track, where the steps beyond are filled by reflection.
        keypoints_xyc: float32 (32, 17, 3): pixels and score, 0 = keypoint missing.
    """

    person_id: int
    start_s: float
    end_s: float
    keypoints_xyc: FloatArray

    @property
    def time_s(self) -> float:
        """The middle of what was seen: the prediction from the window is centred there."""
        return (self.start_s + self.end_s) / 2


@dataclass
class _Run:
    """A tracklet: one person, seen without a gap."""

    start_s: float
    next_due_s: float
    times_s: deque[float] = field(default_factory=deque)
    keypoints_xyc: deque[FloatArray] = field(default_factory=deque)
    camera_known: deque[bool] = field(default_factory=deque)

    @property
    def last_s(self) -> float:
        return self.times_s[-1]

    def append(self, time_s: float, person: TrackedPerson) -> None:
        self.times_s.append(time_s)
        self.keypoints_xyc.append(person.steady_xyc)
        self.camera_known.append(person.camera.known)
        # One sample before the window's start stays: it is what the first step interpolates from.
        while len(self.times_s) > 2 and self.times_s[1] <= time_s - SPAN_S - _EPSILON_S:
            self.times_s.popleft()
            self.keypoints_xyc.popleft()
            self.camera_known.popleft()

    def window(self, person_id: int, start_s: float, end_s: float, at_end: bool) -> Window:
        """The steps of [start_s, end_s]; filled up behind the end, or before the start."""
        first_s = start_s if at_end else end_s - SPAN_S
        steps_s = first_s + np.arange(STEPS) / RATE_HZ
        steps_s = reflect(steps_s, start_s, end_s)
        keypoints = resample(np.array(self.times_s), np.stack(self.keypoints_xyc), steps_s)
        if sum(self.camera_known) < _CAMERA_KNOWN * len(self.camera_known):
            keypoints = without_shake(keypoints)
        return Window(person_id, start_s, end_s, keypoints)


class WindowBuilder:
    """Turns people over time into windows; never splices two people or a gap.

    Args:
        stride_s: seconds between two windows of a person. The default, two of the model's steps,
            gives the timeline a resolution of a tenth of a second.
        min_span_s: a person must be seen this long before the first window, and so must be what
            is left at the end of a track.
        max_gap_s: a longer silence ends a person's run; the next window starts afresh.
    """

    def __init__(
        self, *, stride_s: float = 0.1, min_span_s: float = 0.8, max_gap_s: float = MAX_GAP_S
    ) -> None:
        if not 0 < min_span_s <= SPAN_S:
            raise ValueError(f"min_span_s must be in (0, {SPAN_S}], got {min_span_s}")
        if stride_s <= 0 or max_gap_s <= 0:
            raise ValueError("stride_s and max_gap_s must be positive")
        self.stride_s, self.min_span_s, self.max_gap_s = stride_s, min_span_s, max_gap_s
        self._runs: dict[int, _Run] = {}
        self._time_s = -np.inf

    def push(self, time_s: float, people: Sequence[TrackedPerson]) -> list[Window]:
        """The windows that this moment completes.

        Args:
            time_s: later than at the call before.
            people: who is seen now; keypoints with score 0 are missing. The camera's own motion is
                taken out.

        Raises:
            ValueError: when time does not move forward.
        """
        if time_s <= self._time_s:
            raise ValueError(f"time must move forward: {time_s} after {self._time_s}")
        self._time_s = time_s
        windows = list(self._end_runs(before_s=time_s - self.max_gap_s))
        for person in people:
            run = self._runs.get(person.id)
            if run is None:
                run = self._runs[person.id] = _Run(time_s, time_s + self.min_span_s)
            run.append(time_s, person)
            if time_s >= run.next_due_s - _EPSILON_S:
                start_s = max(run.start_s, time_s - SPAN_S)
                windows.append(run.window(person.id, start_s, time_s, at_end=False))
                # Due times stay on their grid, except after a pause longer than the stride.
                late = max(0.0, time_s - run.next_due_s) // self.stride_s
                run.next_due_s += (late + 1) * self.stride_s
        return windows

    def finish(self) -> list[Window]:
        """The windows at the end of every track; the builder is ready for another stream."""
        self._time_s = -np.inf
        return list(self._end_runs(before_s=np.inf))

    def _end_runs(self, before_s: float) -> Iterator[Window]:
        ended = [(i, r) for i, r in self._runs.items() if r.last_s < before_s - _EPSILON_S]
        for person_id, run in ended:
            del self._runs[person_id]
            start_s = max(run.start_s, run.last_s - SPAN_S) + self.stride_s
            while run.last_s - start_s >= self.min_span_s - _EPSILON_S:
                yield run.window(person_id, start_s, run.last_s, at_end=True)
                start_s += self.stride_s


def without_shake(keypoints_xyc: FloatArray) -> FloatArray:
    """A window without the camera's shaking, where no background told of it.

    A hand shakes the picture to all sides, and both feet on the floor move as one piece, or the
    whole body does. Nobody moves like that by themselves: who jumps goes up and down and bends
    their legs. Only a window that is of the first kind is changed; of simulated
    people before a camera that stands still, that is none who does one of the actions in a plain
    way, and 3 % of the windows of all ways to jump.

    Args:
        keypoints_xyc: float32 (S, 17, 3), missing keypoints with score 0.

    Returns:
        The same array, or one in which the common motion (less its trend, which a walk would be) is
        taken out.
    """
    always = np.all(keypoints_xyc[..., 2] > 0, axis=0)
    points = keypoints_xyc[..., :2].astype(np.float64)
    common = None
    if always[_ANKLES].all():
        common = _shake(points[:, _ANKLES])
        if common is not None and not _calms(common, points[:, always]):
            common = None
    if common is None and np.count_nonzero(always) >= _MIN_RIGID_KEYPOINTS:
        common = _shake(points[:, always])
    if common is None:
        return keypoints_xyc
    out = keypoints_xyc.copy()
    out[..., :2] -= np.where(out[..., 2:] > 0, common[:, None], 0).astype(np.float32)
    return out


def _shake(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """How points (S, K, 2) move as one piece to all sides, (S, 2); None where they don't."""
    points = _detrended(points - points.mean(axis=0))
    common = np.median(points, axis=1)
    own = points - common[:, None]
    moved, bent = (float(np.sqrt((v**2).sum(axis=-1).mean())) for v in (common, own))
    least, most = sorted(common.std(axis=0).tolist())
    return None if bent > _RIGID * moved or least < _ALL_SIDES * most else common


def _calms(common: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    """Whether points (S, K, 2) move less, most of them, from step to step without a motion (S, 2).

    What feet do beyond the rest of the body, as in a dance, is no camera's motion.
    """
    steps = np.diff(points, axis=0)
    left = steps - np.diff(common, axis=0)[:, None]
    return bool(np.median((left**2).sum((0, 2)) - (steps**2).sum((0, 2))) < 0)


def _detrended(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (S, ...) of mean 0 less their least-squares line over the steps."""
    steps = np.linspace(-1, 1, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    return values - steps * (steps * values).sum(axis=0) / (steps * steps).sum()


def reflect(
    times: NDArray[np.float64],
    start: float | NDArray[np.float64],
    end: float | NDArray[np.float64],
) -> NDArray[np.float64]:
    """Fold times into [start, end] as a mirror at each end would (a triangle wave).

    The three may be of any shapes that broadcast; where start and end are the same, so is the
    answer.
    """
    length = np.asarray(end, np.float64) - start
    period = np.where(length > 0, 2 * length, 1.0)
    folded = start + length - np.abs((times - start) % period - length)
    return np.where(length > 0, folded, start)


def resample(
    times_s: NDArray[np.float64], keypoints_xyc: FloatArray, steps_s: NDArray[np.float64]
) -> FloatArray:
    """Keypoints at the given times, linearly interpolated one by one.

    A keypoint that is missing (score 0) on one side of a step takes the other side's place when
    that is the nearer one, else it stays missing; nothing is invented across a missing keypoint.

    Args:
        times_s: (F,) ascending.
        keypoints_xyc: (F, 17, 3).
        steps_s: (S,) within times_s, ends included.

    Returns:
        float32 (S, 17, 3).
    """
    if len(times_s) == 1:
        return np.repeat(keypoints_xyc, len(steps_s), axis=0).astype(np.float32)
    after = np.clip(np.searchsorted(times_s, steps_s, side="right"), 1, len(times_s) - 1)
    before = after - 1
    fraction = (steps_s - times_s[before]) / (times_s[after] - times_s[before])
    share = np.clip(fraction, 0, 1).astype(np.float32)[:, None, None]
    return blend_keypoints(keypoints_xyc[before], keypoints_xyc[after], share)
