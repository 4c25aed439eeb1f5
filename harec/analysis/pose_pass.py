"""The pose pass over a video: decode, pose, track. The same for actions and for yoga."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.analysis.results import AnalysisSettings
from harec.analysis.sampling import EVERYBODY, Look, Sampler
from harec.analysis.stream_poses import StreamPoses
from harec.core.keypoint_buffer import KeypointBuffer, PoseBuffer
from harec.core.poses import (
    FloatArray,
    Poses,
    TrackedPerson,
)
from harec.core.progress import JobContext, StageClock
from harec.core.stages import Stages
from harec.pose.base import BatchPoseEngine, PoseEngine, Precision, precision_in_use
from harec.tracking.presence import Presence, least_presence_s
from harec.tracking.selection import TrackSelector
from harec.video import UnseenFrame, VideoInfo, VideoReader
from harec.video.frame_rate import rate_as_read

#: Frames that may wait for the pose engine as images, or a batch where it takes more: up to 3 MB
#: each for MoveNet, 6 for Detectron2.
PREFETCHED_FRAMES: Final = 3
#: Decoded frames of which few become images: so many that the decoder need not rest, ...
_UNSEEN_FRAMES: Final = 8
#: ... and no more than so many pixels, at 1.5 bytes each.
_UNSEEN_PIXELS: Final = 2**24


class TrackCollector:
    """From poses to tracks; what a moved slider runs again.

    Args:
        settings: the thresholds, ``max_people`` and ``bystanders`` are used.

    Attributes:
        sampled: frames that the pose engine has seen.
        tracks: id -> times in seconds and the keypoints at each of them.
    """

    def __init__(self, settings: AnalysisSettings) -> None:
        self.selector = TrackSelector(settings.selection)
        self._least_s = least_presence_s(settings.bystanders)
        self.sampled = 0
        self.tracks: dict[int, tuple[array[float], KeypointBuffer]] = {}
        self._presence = Presence()

    def push(self, time_s: float, poses: Poses) -> list[TrackedPerson]:
        """One frame; times must grow. Returns the people in it."""
        people = self.selector.update(time_s, poses)
        self.sampled += 1
        self._presence.update(time_s, (person.id for person in people))
        for person in people:
            times, track = self.tracks.setdefault(person.id, (array("d"), KeypointBuffer()))
            times.append(time_s)
            track.append(person.keypoints_xyc)
        return people

    @property
    def seen_s(self) -> dict[int, float]:
        """Id -> for how long they were seen."""
        return self._presence.seen_s

    def finish(self) -> None:
        """The video has ended."""

    def people_seen(self, duration_s: float) -> Iterator[tuple[int, array[float], FloatArray]]:
        """(track id, times, keypoints (F, 17, 3)) of the people seen for long enough, in order."""
        shortest_s = min(self._least_s, duration_s / 2) if self.sampled > 1 else 0.0
        for track_id, (times, track) in self.tracks.items():
            if self.seen_s[track_id] >= shortest_s:
                yield track_id, times, track.rows()


@dataclass
class PosePassResult:
    """What is known of a video so far.

    Attributes:
        info: the file's own claims; as they turned out once the video was read to its end.
        times_s: of all frames.
        pose_times_s, poses: of the sampled frames, before any threshold.
        warnings: about the file.
        precision: of the numbers that the engine computed with; None = it doesn't say.
    """

    info: VideoInfo
    times_s: array[float] = field(default_factory=lambda: array("d"))
    pose_times_s: array[float] = field(default_factory=lambda: array("d"))
    poses: PoseBuffer = field(default_factory=PoseBuffer)
    warnings: tuple[str, ...] = ()
    precision: Precision | None = None

    @property
    def duration_s(self) -> float:
        """In seconds; until the container's claim is known, what was read."""
        return self.info.duration_s or (self.times_s[-1] if self.times_s else 0.0)


@dataclass(frozen=True, eq=False)
class _Sample:
    """A frame for the engine and the times of the frames up to it; the last one may have none.

    Attributes:
        times_s: of the frames after the sample before.
        frame: None = the video has ended.
        rgb: its image; None = it is the frame of the sample before, which is still shown.
        look: what to look at.
    """

    times_s: list[float]
    frame: UnseenFrame | None = None
    rgb: NDArray[np.uint8] | None = None
    look: Look = EVERYBODY


def run_pose_pass(
    reader: VideoReader,
    estimator: PoseEngine,
    sampler: Sampler,
    collector: TrackCollector,
    job: JobContext,
    partial: Callable[[PosePassResult], Any],
) -> PosePassResult:
    """Bring a whole video through pose engine and tracker.

    Decoding, the pose engine and the rest (in this thread) work at the same time.

    Args:
        sampler: says which frames the engine sees.
        collector: is given the poses of every sampled frame, then the end.
        partial: makes what `harec.core.progress.Progress.partial` shows, about once a second.

    Raises:
        Cancelled: the job was cancelled.
    """
    passed = PosePassResult(reader.info, precision=precision_in_use(estimator))
    batch_size = estimator.batch_size if isinstance(estimator, BatchPoseEngine) else 1

    clock = job.clock
    with Stages() as stages:
        size_wh = (reader.info.width, reader.info.height)
        samples = _prefetched(reader, sampler, stages, clock, max(PREFETCHED_FRAMES, batch_size))
        batches = _in_batches(samples, batch_size)
        stream = StreamPoses(estimator, clock)
        found = _estimate_all(stream, batches, size_wh, sampler)
        answers = stages.prefetch(found, "pose", check=job.check)
        for batch, poses in answers:
            job.check()
            found_in = iter(poses)
            for sample in batch:
                passed.times_s.extend(sample.times_s)
                if sample.frame is None:
                    continue
                time_s = sample.frame.time_s
                with clock.stage("track"):
                    people = next(found_in)
                    collector.push(time_s, people)
                passed.pose_times_s.append(time_s)
                passed.poses.append(people)
            so_far = job.partial(lambda: partial(passed))
            times_s = passed.times_s
            job.report("analyze", len(times_s), times_s[-1], so_far)
    collector.finish()
    passed.info = _as_read(reader.info, passed.times_s, passed.pose_times_s[-1])
    passed.warnings = tuple(reader.warnings)
    return passed


def _prefetched(
    reader: VideoReader, sampler: Sampler, stages: Stages, clock: StageClock, most: int
) -> Iterator[_Sample]:
    """What the engine shall see, decoded in a thread of its own; made images there, too, where it
    is known ahead which frames will be seen."""
    frames: Iterator[UnseenFrame] = clock.timed("decode", reader.unseen_frames())
    if sampler.ahead:
        return stages.prefetch(_samples(frames, sampler, clock), "decode", most=most)
    pixels = reader.info.width * reader.info.height
    most = max(most, min(_UNSEEN_FRAMES, _UNSEEN_PIXELS // pixels))
    return _samples(stages.prefetch(frames, "decode", most=most), sampler, clock)


def _samples(
    frames: Iterator[UnseenFrame], sampler: Sampler, clock: StageClock
) -> Iterator[_Sample]:
    """The frames that the engine shall see, each with the times of those before it.

    One of them is the last one, unless the user said which: where a player stops, people are drawn.
    """
    times_s: list[float] = []
    whole = -1  # index of the last frame, if everybody in it was looked at
    for frame, after in pairwise(chain(frames, [None])):
        assert frame is not None
        if not frame.repeated:
            times_s.append(frame.time_s)
        again = frame.repeated and frame.index == whole
        look: Look | None = EVERYBODY
        if not frame.repeated and (after is not None or sampler.ahead):
            look = sampler.look(frame.index, frame.time_s, frame.to_gray)
        if look is None:
            continue
        rgb = None
        if not again:
            with clock.stage("decode"):
                rgb = frame.to_rgb()
        yield _Sample(times_s, frame, rgb, look)
        times_s, whole = [], frame.index if look == EVERYBODY else -1
    if times_s:
        yield _Sample(times_s)


def _in_batches(samples: Iterator[_Sample], size: int) -> Iterator[list[_Sample]]:
    """So many at a time, which is what an engine takes; a rest at the end."""
    while batch := list(islice(samples, size)):
        yield batch


def _estimate_all(
    stream: StreamPoses,
    batches: Iterator[list[_Sample]],
    size_wh: tuple[int, int],
    sampler: Sampler,
) -> Iterator[tuple[list[_Sample], list[Poses]]]:
    newest = Poses.empty()
    for samples in batches:
        seen = [(s.frame, s.rgb) for s in samples if s.frame is not None and s.rgb is not None]
        frames, images = [frame for frame, _ in seen], [rgb for _, rgb in seen]
        found: list[Poses] = []
        if images:
            only = samples[0].look.only if len(samples) == 1 else None
            found = stream.estimate([f.time_s for f in frames], images, size_wh, only)
        for frame, poses in zip(frames, found, strict=True):
            sampler.saw(frame.time_s, poses, frame.to_gray)
        estimated = iter(found)
        answers = []
        for sample in samples:
            if sample.frame is not None:
                newest = newest if sample.rgb is None else next(estimated)
                answers.append(newest)
        yield samples, answers


def _as_read(info: VideoInfo, times: Sequence[float], sampled_s: float) -> VideoInfo:
    """The video's facts as they turned out; containers guess, and truncated files lie."""
    if len(times) < 2:
        step_s = float(1 / info.frame_rate) if info.frame_rate else 0.0
        return replace(info, frames=len(times), duration_s=step_s)
    step_s = (times[-1] - times[0]) / (len(times) - 1)
    rate = rate_as_read(info.frame_rate, step_s)
    end_s = max(times[-1] + step_s, sampled_s)  # the last frame may be shown for long
    return replace(info, frames=len(times), duration_s=end_s, frame_rate=rate)
