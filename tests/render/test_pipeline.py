"""Analyze as a pipeline: the video drawn after it, errors that end it at once, few frames kept."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from taught_examples import example
from waiting import PATIENCE_S

import harec.render.annotated_video
from harec.analysis.pose_pass import PREFETCHED_FRAMES
from harec.analysis.results import AnalysisSettings
from harec.core.errors import (
    Cancelled,
    InputError,
    ModelError,
    VideoError,
)
from harec.core.poses import Poses
from harec.core.progress import Progress
from harec.render.annotated_video import render_video
from harec.render.canvas import PlanesCanvas
from harec.render.overlay import PersonOverlay
from harec.render.pipeline import analyze_and_render
from harec.taught.action_set import ActionSet
from harec.video import VideoWriter
from harec.video.planes import Planes

EVERY_FRAME = AnalysisSettings(skip=0)
SCRIPT = "CLAPPING_HANDS:3,STANDING:1.5,JUMPING:3;STANDING:2,BOXING:5"
JACKS = "STANDING:1,JUMPING_JACKS:5,STANDING:1"


class Drawn(NamedTuple):
    """The people on each frame, and the frame with them."""

    people: list[list[PersonOverlay]]
    images: list[np.ndarray]


def stage_threads() -> list[str]:
    names = ("decode", "decode again", "pose", "draw")
    return [t.name for t in threading.enumerate() if t.name.removeprefix("harec-") in names]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What is drawn."""
    draw, seen = harec.render.annotated_video.draw_people_on, Drawn([], [])

    def drawing(canvas: PlanesCanvas, people: list[PersonOverlay], **options: object) -> None:
        draw(canvas, people, **options)
        seen.people.append(people)
        seen.images.append(canvas.planes.i420())

    monkeypatch.setattr(harec.render.annotated_video, "draw_people_on", drawing)
    return seen


def test_the_video_is_the_one_that_the_page_draws(
    make_clip, truth_estimator, tmp_path: Path, drawn: Drawn
) -> None:
    path, truth = make_clip(JACKS, drawn=False)
    out = tmp_path / "out.mp4"
    result = analyze_and_render(path, estimator=truth_estimator(truth), video_out=out)
    (segment,) = result.people[0].segments
    last = [p for (p,) in drawn.people if p.action is not None][-1]
    assert (last.action, last.repetitions) == ("JUMPING_JACKS", segment.repetitions)
    images = drawn.images.copy()
    drawn.images.clear()
    render_video(result, path, out)
    assert np.array_equal(drawn.images, images)  # the encoder's bytes may differ


def test_taught_actions_are_drawn(make_clip, truth_estimator, tmp_path: Path, drawn: Drawn) -> None:
    path, truth = make_clip(JACKS, drawn=False)
    gym = ActionSet.teach([example("JUMPING_JACKS", n, "STAR") for n in range(4)])
    seen: list[Progress] = []
    result = analyze_and_render(
        path,
        estimator=truth_estimator(truth),
        video_out=tmp_path / "out.mp4",
        actions=gym,
        on_progress=seen.append,
    )
    assert {s.action for s in result.people[0].segments} == {"STAR"}
    assert {p.action for (p,) in drawn.people} == {"STAR", None}
    fractions = [p.fraction for p in seen if p.fraction is not None]
    assert fractions == sorted(fractions)  # one job, not two
    assert [p.stage for p in seen].count("done") == 1


def test_the_stages_take_their_time_side_by_side(make_clip, truth_estimator, tmp_path) -> None:
    path, truth = make_clip(SCRIPT, drawn=False)
    estimator = truth_estimator(truth)
    plain = analyze_and_render(path, estimator=estimator)
    result = analyze_and_render(path, estimator=estimator, video_out=tmp_path / "out.mp4")
    assert set(plain.timings.stages_s) == {"load", "decode", "camera", "pose", "track", "recognize"}
    assert set(result.timings.stages_s) == {*plain.timings.stages_s, "draw", "encode"}
    assert min(result.timings.stages_s.values()) >= 0
    assert [p.segments for p in result.people] == [p.segments for p in plain.people]


class Failing:
    """An engine that sees a few frames and then breaks."""

    name = "failing"

    def __init__(self, after: int) -> None:
        self.calls, self.after = 0, after

    def reset(self) -> None:
        pass

    def estimate(self, rgb: np.ndarray) -> Poses:
        self.calls += 1
        if self.calls > self.after:
            raise ModelError("The engine is out of order.")
        return Poses.empty()


def test_an_engine_that_fails_ends_everything(make_clip, tmp_path: Path) -> None:
    path, _ = make_clip(SCRIPT, drawn=False)
    with pytest.raises(ModelError, match="out of order"):
        analyze_and_render(path, estimator=Failing(20), video_out=tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
    assert stage_threads() == []


def test_a_video_that_cannot_be_written_ends_everything(
    make_clip, truth_estimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk."""
    path, truth = make_clip("STANDING:10", drawn=False)
    write, written = VideoWriter.write, []

    def fails(self: VideoWriter, *arguments: object) -> None:
        written.append(arguments)
        if len(written) > 5:
            raise VideoError('"out.mp4" could not be written: the disk is full. Free some space.')
        write(self, *arguments)

    monkeypatch.setattr(VideoWriter, "write", fails)
    estimator = truth_estimator(truth)
    with pytest.raises(VideoError, match="disk is full"):
        analyze_and_render(path, estimator=estimator, video_out=tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
    assert stage_threads() == []


def test_a_folder_that_is_not_there_is_told_before_the_work(
    make_clip, truth_estimator, tmp_path: Path
) -> None:
    path, truth = make_clip("STANDING:2", drawn=False)
    estimator = truth_estimator(truth)
    with pytest.raises(InputError, match="does not exist"):
        analyze_and_render(path, estimator=estimator, video_out=tmp_path / "none" / "out.mp4")
    assert estimator.calls == 0


def test_cancel_while_the_engine_takes_its_time(make_clip, tmp_path: Path) -> None:
    """The waiting for a slow engine is where a user cancels."""
    path, _ = make_clip("STANDING:2", drawn=False)
    cancel, seen = threading.Event(), threading.Event()

    class Slow(Failing):
        def estimate(self, rgb: np.ndarray) -> Poses:
            self.calls += 1
            seen.set()
            cancel.wait(30)
            return Poses.empty()

    engine = Slow(10**6)
    threading.Thread(target=lambda: (seen.wait(PATIENCE_S), cancel.set()), daemon=True).start()
    with pytest.raises(Cancelled):
        analyze_and_render(path, estimator=engine, video_out=tmp_path / "out.mp4", cancel=cancel)
    assert engine.calls <= 2 + PREFETCHED_FRAMES
    assert list(tmp_path.iterdir()) == []
    assert stage_threads() == []


def test_cancel_while_the_file_is_completed_leaves_what_was_there(
    make_clip, truth_estimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last packets, the sound and the index take a while; then comes the cancel."""
    path, truth = make_clip("STANDING:2", drawn=False)
    out, cancel, close = tmp_path / "out.mp4", threading.Event(), VideoWriter.close
    out.write_bytes(b"an earlier video")

    def late(self: VideoWriter) -> None:
        cancel.set()
        close(self)

    monkeypatch.setattr(VideoWriter, "close", late)
    with pytest.raises(Cancelled):
        analyze_and_render(path, estimator=truth_estimator(truth), video_out=out, cancel=cancel)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"an earlier video"]
    assert stage_threads() == []


def test_a_cancel_that_comes_too_late_changes_nothing(
    make_clip, truth_estimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the file is in its place the job has succeeded, and says so."""
    path, truth = make_clip("STANDING:2", drawn=False)
    out, cancel, close = tmp_path / "out.mp4", threading.Event(), VideoWriter.close

    def late(self: VideoWriter) -> None:
        close(self)
        cancel.set()

    monkeypatch.setattr(VideoWriter, "close", late)
    result = analyze_and_render(
        path, estimator=truth_estimator(truth), video_out=out, cancel=cancel
    )
    assert result.video.frames == len(truth.people[0].times_s)
    assert out.stat().st_size > 1000


def test_frames_do_not_pile_up(
    make_clip, truth_estimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the video: a few wait for the engine, a few to be drawn and encoded."""
    path, truth = make_clip("STANDING:10", drawn=False)
    estimator = truth_estimator(truth)
    alive: list[int] = []
    living: dict[int, object] = {}

    def remember(image: np.ndarray | Planes) -> None:
        key = id(image)
        living[key] = weakref.finalize(image, living.pop, key)
        alive.append(len(living))

    honest, draw = estimator.estimate_at, harec.render.annotated_video.draw_people_on

    def estimate(time_s: float, rgb: np.ndarray) -> Poses:
        remember(rgb)
        return honest(time_s, rgb)

    def drawing(canvas: PlanesCanvas, *arguments: object, **options: object) -> None:
        remember(canvas.planes)
        draw(canvas, *arguments, **options)

    estimator.estimate_at = estimate
    monkeypatch.setattr(harec.render.annotated_video, "draw_people_on", drawing)
    gc.disable()  # frames must go by themselves
    try:
        analyze_and_render(path, EVERY_FRAME, estimator=estimator, video_out=tmp_path / "out.mp4")
    finally:
        gc.enable()
    assert len(alive) == 2 * 150  # each frame twice
    assert max(alive) <= 12
    assert not living
