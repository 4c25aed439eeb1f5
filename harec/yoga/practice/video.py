"""A practice video: who is coached, what is held when, and how well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from threading import Event
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.analysis.pose_pass import PosePassResult, TrackCollector
from harec.analysis.results import AnalysisSettings
from harec.analysis.sampling import EvenSampler, Sampler
from harec.analysis.video_job import VideoTask, run_video_job, timings_of
from harec.core.geometry import body_size
from harec.core.poses import FloatArray
from harec.core.progress import JobContext, OnProgress, Timings
from harec.core.skeleton import NUM_KEYPOINTS
from harec.core.uprightness import CAREFUL, advise_turn, turn_hint
from harec.pose.base import PoseEngine
from harec.video import VideoInfo
from harec.yoga.coaching.coach import AsanaCoach, Coaching
from harec.yoga.coaching.viewpoint import sure_keypoints
from harec.yoga.practice.holds import (
    Hold,
    HoldSettings,
)
from harec.yoga.practice.moments import coach_track
from harec.yoga.practice.photo import several
from harec.yoga.recognition.asanas import Side

#: Sampled frames a second that are enough to follow poses that are held.
SAMPLE_RATE_HZ: Final = 10.0
#: A track of a person smaller than this share of the coached person is another person.
_LIKE_SIZE: Final = 0.5


@dataclass(frozen=True, eq=False)
class Practice:
    """What was found in a practice video; L sampled frames of the coached person.

    Attributes:
        video: the source, with the length and number of frames that were really read.
        settings, hold_settings: that the rest holds for.
        times_s: float64 (L,), growing.
        keypoints_xyc: float32 (L, 17, 3): pixels of the full frame, score; 0 = not seen.
        probabilities: float32 (L, 12), of each frame by itself.
        names, sides: (L,) what each frame shows, with smoothed probabilities.
        scores: float64 (L,), 0..100; nan where nothing could be judged.
        holds: in order of time.
        coachings: (len(holds),) what the coach says of each hold's best moment.
        people: how many were seen at once.
        notes: plain sentences about this result.
        file_warnings: plain sentences about the file itself.
        timings: of the run of the pose model.
    """

    video: VideoInfo
    settings: AnalysisSettings
    hold_settings: HoldSettings
    times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    names: tuple[str | None, ...] = field(repr=False)
    sides: tuple[Side | None, ...] = field(repr=False)
    scores: NDArray[np.float64] = field(repr=False)
    holds: tuple[Hold, ...]
    coachings: tuple[Coaching, ...] = field(repr=False)
    people: int
    notes: tuple[str, ...]
    file_warnings: tuple[str, ...]
    timings: Timings

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that the user should know."""
        return (*self.file_warnings, *self.notes)

    def nearest_index(self, time_s: float) -> int:
        """Index of the sampled frame nearest to a moment; there must be one."""
        return int(np.abs(self.times_s - time_s).argmin())

    def hold_at(self, time_s: float) -> Hold | None:
        """The hold at a moment, if there is one."""
        return next((h for h in self.holds if h.start_s <= time_s <= h.end_s), None)


def practice_settings(
    frame_rate: float | None, skip: int | None = None, **others: object
) -> AnalysisSettings:
    """Settings of the pose pass; without ``skip``, about `SAMPLE_RATE_HZ` frames a second.

    Raises:
        InputError: a setting is out of its range.
    """
    if skip is None:
        skip = max(round((frame_rate or SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ) - 1, 0)
    return AnalysisSettings(skip=skip, **others)  # type: ignore[arg-type]


def practise(
    path: str | PathLike[str],
    settings: AnalysisSettings | None = None,
    hold_settings: HoldSettings | None = None,
    *,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    estimator: PoseEngine | None = None,
    coach: AsanaCoach | None = None,
    frame_rate: float | None = None,
) -> Practice:
    """Find the asanas that a person holds in a video.

    Args:
        path: a video file.
        settings: of the pose engine and the people; None = MoveNet, ten frames a second.
        hold_settings: None = the defaults at the coach's threshold.
        name: what messages and the result call the file; None = the path's name.
        on_progress: called after every sampled frame, in this thread; a partial
            result is a Practice.
        cancel: set it from another thread to stop within a frame's time.
        estimator, coach: to use instead of those that the settings name.
        frame_rate: frames a second, of a file whose frames have no times (a bare .h264 or .mjpeg).

    Raises:
        VideoError: the file is not a video that can be read.
        InputError: a setting is out of its range.
        ModelError: a model file is missing or damaged.
        Cancelled: ``cancel`` was set.
    """
    job = JobContext(on_progress, cancel)

    def make_task(video: VideoInfo) -> _PracticeTask:
        rate = video.frame_rate
        chosen = settings or practice_settings(float(rate) if rate else None)
        return _PracticeTask(chosen, hold_settings, coach or AsanaCoach(), job)

    asked = settings or AnalysisSettings()
    return run_video_job(Path(path), name, asked, make_task, job, estimator, frame_rate)


class _PracticeTask(VideoTask[Practice]):
    """From poses to what one person holds."""

    def __init__(
        self,
        settings: AnalysisSettings,
        hold_settings: HoldSettings | None,
        coach: AsanaCoach,
        job: JobContext,
    ) -> None:
        self.settings = settings
        self.collector = TrackCollector(settings)
        self._holding = hold_settings or HoldSettings.at(coach.threshold)
        self._coach, self._job = coach, job

    def sampler(self, video: VideoInfo) -> Sampler:
        auto = self.settings.skip == "auto"
        return EvenSampler(SAMPLE_RATE_HZ) if auto else super().sampler(video)

    def partial(self, passed: PosePassResult) -> Practice:
        with self._job.clock.stage("recognize"):
            practice = _practice(passed, self.settings, self._holding, self.collector, self._coach)
        return replace(practice, timings=timings_of(passed, self._job))


def relabel_practice(
    practice: Practice, hold_settings: HoldSettings, *, coach: AsanaCoach | None = None
) -> Practice:
    """The same practice under other settings of holds, from the kept keypoints."""
    return _with_holds(practice, hold_settings, coach or AsanaCoach())


def _practice(
    passed: PosePassResult,
    settings: AnalysisSettings,
    hold_settings: HoldSettings,
    collector: TrackCollector,
    coach: AsanaCoach,
) -> Practice:
    tracks = [(t, k) for _, t, k in collector.people_seen(passed.duration_s)]
    times_s, keypoints = coached_track(tracks)
    keypoints = sure_keypoints(keypoints, (passed.info.width, passed.info.height))
    probabilities = coach.model.probabilities(keypoints)
    empty = Practice(
        video=passed.info,
        settings=settings,
        hold_settings=hold_settings,
        times_s=times_s,
        keypoints_xyc=keypoints,
        probabilities=probabilities,
        names=(),
        sides=(),
        scores=np.zeros(0),
        holds=(),
        coachings=(),
        people=most_at_once([times for times, _ in tracks]),
        notes=(),
        file_warnings=passed.warnings,
        timings=Timings({}, 0.0, 0, 0),
    )
    return _with_holds(empty, hold_settings, coach)


def _with_holds(practice: Practice, settings: HoldSettings, coach: AsanaCoach) -> Practice:
    coached, found, steady = coach_track(
        coach, settings, practice.times_s, practice.keypoints_xyc, practice.probabilities
    )
    # What continues above the lower threshold is judged, though it was not enough to begin with.
    judging = AsanaCoach(coach.model, coach.references, max(settings.exit, 1e-3))
    holds = tuple(found)
    best = [practice.nearest_index(hold.best_s) for hold in holds]
    scores = [np.nan if each.score is None else each.score for each in coached]
    made = replace(
        practice,
        hold_settings=settings,
        names=tuple(each.asana for each in coached),
        sides=tuple(each.side for each in coached),
        scores=np.array(scores, np.float64),
        holds=holds,
        coachings=tuple(judging.judge_as(steady[i], coached[i].probabilities) for i in best),
    )
    return replace(made, notes=tuple(_notes(made)))


def _notes(practice: Practice) -> Iterator[str]:
    """What a user should know of this result, in plain sentences."""
    settings = practice.hold_settings
    if not len(practice.times_s):
        yield "Nobody was found in this video: film closer, with more light and the whole body."
        return
    if practice.people > 1:
        yield several(practice.people)
    track = (practice.times_s, practice.keypoints_xyc)
    advice = list(advise_turn(practice.settings.correction, [track], CAREFUL))
    yield from advice or _turned_holds(practice)
    steps_s = np.diff(practice.times_s)
    if len(steps_s) and float(np.median(steps_s)) >= settings.max_gap_s:
        yield (
            "Too many frames are skipped to follow what is held; choose a smaller skip for this "
            "video's frame rate."
        )
    elif not practice.holds:
        yield f"No asana was held for {settings.min_hold_s:g} s or longer in this video."


def _turned_holds(practice: Practice) -> Iterator[str]:
    """Said where most holds fit only in a picture that is turned."""
    turns = Counter(coaching.turn_deg for coaching in practice.coachings)
    for turn_deg, count in turns.most_common(1):
        if turn_deg and count > len(practice.holds) / 2:
            yield turn_hint(practice.settings.correction, turn_deg, "video", " in most holds")


def coached_track(
    tracks: Sequence[tuple[Sequence[float], FloatArray | Sequence[FloatArray]]],
) -> tuple[NDArray[np.float64], FloatArray]:
    """The most prominent person: who is seen longest, and largest.

    Tracking may lose a person who stands on the hands, say, and find them again as another person:
    tracks of people of like size that fill each other's gaps are taken for one.

    Args:
        tracks: (times, keypoints (17, 3) at each of them) of all people.

    Returns:
        float64 (L,) and float32 (L, 17, 3).
    """
    sizes = [float(np.median([body_size(k) for k in keypoints])) for _, keypoints in tracks]
    lengths = [times[-1] - times[0] for times, _ in tracks]
    order = sorted(range(len(tracks)), key=lambda i: -(lengths[i] + 1e-3) * sizes[i])
    chosen: list[int] = []
    for i in order:
        like = not chosen or sizes[i] >= _LIKE_SIZE * sizes[chosen[0]]
        if like and not any(_overlap(tracks[i][0], tracks[j][0]) for j in chosen):
            chosen.append(i)
    chosen.sort(key=lambda i: tracks[i][0][0])
    times_s = np.array([t for i in chosen for t in tracks[i][0]], np.float64)
    pieces = [np.reshape(tracks[i][1], (-1, NUM_KEYPOINTS, 3)) for i in chosen]
    keypoints = np.concatenate([np.zeros((0, NUM_KEYPOINTS, 3)), *pieces]).astype(np.float32)
    return times_s, keypoints


def most_at_once(times_s: Sequence[Sequence[float]]) -> int:
    """How many people are seen at the same moment, at most."""
    counted = Counter(time_s for times in times_s for time_s in times)
    return max(counted.values(), default=0)


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] <= b[-1] and b[0] <= a[-1]
