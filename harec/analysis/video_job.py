"""A job on a whole video: load, read, report what is known so far, and finish."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from harec.analysis.engines import estimator_of
from harec.analysis.pose_pass import PosePassResult, TrackCollector, run_pose_pass
from harec.analysis.results import AnalysisSettings
from harec.analysis.sampling import AutoSampler, EveryNth, Sampler
from harec.core.progress import JobContext, Timings
from harec.pose.base import PoseEngine
from harec.pose.registry import ESTIMATORS
from harec.video import VideoInfo, VideoReader

T = TypeVar("T")


class VideoTask(ABC, Generic[T]):
    """What a job makes of the poses of a video.

    Attributes:
        settings: of the pose engine.
        collector: given the poses of each sampled frame.
    """

    settings: AnalysisSettings
    collector: TrackCollector

    def sampler(self, video: VideoInfo) -> Sampler:
        """Says which frames the engine sees."""
        skip = self.settings.skip
        return AutoSampler((video.width, video.height)) if skip == "auto" else EveryNth(skip)

    @abstractmethod
    def partial(self, passed: PosePassResult) -> T:
        """The result as far as it is known."""

    def finish(self, passed: PosePassResult) -> T:
        """The result, once the video was read to its end."""
        return self.partial(passed)


def run_video_job(
    path: Path,
    name: str | None,
    asked: AnalysisSettings,
    make_task: Callable[[VideoInfo], VideoTask[T]],
    job: JobContext,
    estimator: PoseEngine | None = None,
    frame_rate: float | None = None,
    sampler: Sampler | None = None,
) -> T:
    """Bring a video through the pose pass and make of it what a task makes.

    Args:
        path: a video file.
        name: what messages and the result call the file; None = the path's name.
        asked: says which engine sees the frames, and how the camera was held.
        make_task: loads what the task needs, given the file's own claims.
        estimator: to use instead of the one that the task's settings ask for.
        frame_rate: frames a second, of a file whose frames have no times (a bare .h264 or .mjpeg).
        sampler: to use instead of the task's.

    Raises:
        VideoError: the file is not a video that can be read.
        ModelError: a model file is missing or damaged.
        Cancelled: the job was cancelled.
    """
    job.load()
    max_side = ESTIMATORS[asked.estimator].frame_side
    with VideoReader(
        path,
        name,
        max_side=max_side,
        exact=False,
        scale_first=asked.skip == "auto",  # else every image is as it always was
        frame_rate=frame_rate,
        correction=asked.correction,
    ) as reader:
        with job.clock.stage("load"):
            task = make_task(reader.info)
            estimator = estimator or estimator_of(task.settings)
            estimator.reset()
        job.begin(reader.info.duration_s)
        sampler = sampler or task.sampler(reader.info)
        passed = run_pose_pass(reader, estimator, sampler, task.collector, job, task.partial)
        result = task.finish(passed)
    job.done(timings_of(passed, job))
    return result


def timings_of(passed: PosePassResult, job: JobContext) -> Timings:
    """What a job took so far."""
    return job.clock.timings(len(passed.times_s), len(passed.poses), passed.precision)
