"""What `harec bench` times: each case warm, on a clip, in a process of its own.

    python -m benchmarks.speed.cases JOB

``JOB`` is a `Job` as JSON. The process loads what the case needs, brings a short clip through it,
writes a line ``{"ready": true}``, and then for each line ``run`` on its standard input one line
with a `Measured`. What it can't do is a line ``{"error": "a plain sentence"}``. It ends with its
standard input. Whatever libraries print goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TextIO

from benchmarks.speed.stopwatch import Stopwatch, cpu_seconds, peak_memory_mb
from harec.analysis.sampling import Skip
from harec.core.errors import HarecError

Case = Callable[[Path], "Measured"]


@dataclass(frozen=True)
class Job:
    """What a child process is asked for.

    Attributes:
        case: a key of `CASES`.
        clip, warm_clip: the video to time, and a short one like it.
        out: folder for what the case writes.
        estimator, mode, skip, precision: as in `harec.analysis.results.AnalysisSettings`.
        people: in the clip; only MediaPipe wants to know.
    """

    case: str
    clip: str
    warm_clip: str
    out: str
    estimator: str = "movenet"
    mode: str = "balanced"
    skip: Skip = "auto"
    people: int = 1
    precision: str = "auto"

    def settings(self) -> Any:
        from harec.analysis.results import AnalysisSettings

        mode: Any = self.mode
        precision: Any = self.precision
        return AnalysisSettings(self.estimator, mode, self.skip, precision=precision)

    def without_auto(self) -> Job:
        """Every frame in float, where it is left to harec how often to look."""
        return replace(self, skip=0, precision="float") if self.skip == "auto" else self


@dataclass
class Measured:
    """One pass over the clip.

    Attributes:
        seconds: from start to end.
        frames: of the video, those that are skipped included.
        cpu_s: processor seconds, all threads together.
        stages_s: seconds by stage; stages that overlap add up to more than ``seconds``.
        first_progress_s: until the first report of sampled frames.
        people: mean number of people an inference found; None where it is not counted.
        peak_mb: the most memory that the process has held, 10^6 bytes, less ``held_mb``.
        held_mb: the frames that case (a) keeps in memory.
    """

    seconds: float
    frames: int
    cpu_s: float
    stages_s: dict[str, float] = field(default_factory=dict)
    first_progress_s: float | None = None
    people: float | None = None
    peak_mb: float | None = None
    held_mb: float = 0.0


def pose_alone(job: Job) -> Case:
    """(a) The pose model on decoded frames in memory: nothing that infers can be faster."""
    from benchmarks.pose_engines import answer
    from harec.analysis.engines import estimator_of
    from harec.pose.registry import ESTIMATORS
    from harec.video import VideoReader

    settings = job.without_auto().settings()
    estimator = estimator_of(settings)
    every, side = settings.skip + 1, ESTIMATORS[settings.estimator].frame_side
    cache: dict[Path, tuple[int, list[Any]]] = {}

    def run(clip: Path) -> Measured:
        if clip not in cache:
            with VideoReader(clip, max_side=side) as reader:
                frames = list(reader.frames(lambda index: index % every == 0))
            images = [frame.rgb for frame in frames if frame.rgb is not None]
            cache.clear()
            cache[clip] = len(frames), images
        count, images = cache[clip]
        estimator.reset()
        cpu_s, watch = cpu_seconds(), Stopwatch()
        with watch.stage("pose"):
            found = answer(estimator, images)
        return Measured(
            watch.elapsed_s,
            count,
            cpu_seconds() - cpu_s,
            dict(watch.stages_s),
            people=sum(map(len, found)) / len(found),
            held_mb=round(sum(rgb.nbytes for rgb in images) / 1e6, 1),
        )

    return run


def whole_job(job: Job) -> Case:
    """(b) `harec.render.pipeline.analyze_and_render`: with the annotated video."""
    return _analysis(job, Path(job.out) / "annotated.mp4")


def without_video(job: Job) -> Case:
    """(c) `harec.analysis.analyze.analyze` alone."""
    return _analysis(job, None)


def as_before(job: Job) -> Case:
    """(f) The same as (b), of every frame, in float."""
    return whole_job(job.without_auto())


def _analysis(job: Job, out: Path | None) -> Case:
    from harec.core.progress import Progress
    from harec.render.pipeline import analyze_and_render

    settings = job.settings()

    def run(clip: Path) -> Measured:
        first_s: list[float] = []
        cpu_s, watch = cpu_seconds(), Stopwatch()

        def on_progress(progress: Progress) -> None:
            if not first_s and progress.stage == "analyze":
                first_s.append(watch.elapsed_s)

        analysis = analyze_and_render(clip, settings, video_out=out, on_progress=on_progress)
        seconds = watch.elapsed_s
        counts = [len(poses) for poses in analysis.poses]
        return Measured(
            seconds,
            analysis.timings.frames,
            cpu_seconds() - cpu_s,
            dict(analysis.timings.stages_s),
            first_s[0] if first_s else None,
            sum(counts) / max(1, len(counts)),
        )

    return run


def article(job: Job) -> Case:
    """(d) The article's loop, with the engine of (a) to (c)."""
    from benchmarks.speed.article_loop import ArticleLoop, article_loop
    from harec.actions.model import load_action_model
    from harec.analysis.engines import estimator_of

    settings = job.without_auto().settings()
    estimator = estimator_of(settings)
    model = load_action_model()

    def run(clip: Path) -> Measured:
        estimator.reset()
        loop = ArticleLoop(
            estimator,
            model,
            skip=settings.skip,
            person_threshold=settings.thresholds.person_threshold,
            keypoint_threshold=settings.thresholds.keypoint_threshold,
        )
        cpu_s = cpu_seconds()
        done = article_loop(clip, Path(job.out) / "article.mp4", loop)
        return Measured(done.total_s, done.frames, cpu_seconds() - cpu_s, done.stages_s)

    return run


CASES: Final[Mapping[str, Callable[[Job], Case]]] = {
    "a": pose_alone,
    "b": whole_job,
    "c": without_video,
    "d": article,
    "article": article,
    "f": as_before,
}


def serve(job: Job, asked: TextIO, answers: TextIO) -> int:
    """Answer each line of ``asked``; returns the process's exit code."""

    def say(**words: Any) -> None:
        answers.write(json.dumps(words) + "\n")
        answers.flush()

    try:
        case = CASES[job.case](job)
        case(Path(job.warm_clip))
        say(ready=True)
        for _ in asked:
            measured = case(Path(job.clip))
            peak_mb = peak_memory_mb()
            if peak_mb is not None:
                measured.peak_mb = peak_mb - measured.held_mb
            say(**asdict(measured))
    except HarecError as error:
        say(error=str(error))
        return 2
    return 0


def main() -> None:
    # Nothing but answers may come out of the pipe: a library that prints would break the protocol.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.exit(serve(Job(**json.loads(sys.argv[1])), sys.stdin, answers))


if __name__ == "__main__":
    main()
