"""Analyze as a pipeline: the video drawn behind it, errors that end it at once, few frames kept."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from waiting import PATIENCE_S

import harec.render.annotated_video
from harec.analysis.observer import AnalysisChunk
from harec.analysis.pose_pass import PREFETCHED_FRAMES
from harec.analysis.results import AnalysisSettings
from harec.core.errors import (
    Cancelled,
    ModelError,
    VideoError,
)
from harec.core.poses import Poses
from harec.render.annotated_video import render_video
from harec.render.annotations import AnnotationStream
from harec.render.pipeline import analyze_and_render
from harec.video import VideoWriter

EVERY_FRAME = AnalysisSettings(skip=0)
SCRIPT = "CLAPPING_HANDS:3,STANDING:1.5,JUMPING:3;STANDING:2,BOXING:5"


def stage_threads() -> list[str]:
    names = ("decode", "pose", "draw", "render")
    return [t.name for t in threading.enumerate() if t.name.removeprefix("harec-") in names]


@pytest.mark.parametrize("skip", [0, 2])
def test_the_video_is_the_one_that_is_drawn_afterwards(
    make_clip, truth_estimator, tmp_path: Path, skip: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, truth = make_clip(SCRIPT, drawn=False)
    settings = AnalysisSettings(skip=skip)
    write, written = VideoWriter.write, []

    def remember(self: VideoWriter, rgb: np.ndarray, *arguments: float | None) -> None:
        written.append((arguments, rgb.tobytes()))
        write(self, rgb, *arguments)

    monkeypatch.setattr(VideoWriter, "write", remember)
    out = tmp_path / "out.mp4"
    result = analyze_and_render(path, settings, estimator=truth_estimator(truth), video_out=out)
    behind = written.copy()
    written.clear()
    render_video(result, path, out, repetitions=False)
    assert "CLAPPING_HANDS" in {s.action for p in result.people for s in p.segments}
    assert [times for times, _ in behind] == [times for times, _ in written]
    assert len(behind) == result.video.frames
    pairs = zip(behind, written, strict=True)
    assert [times[0] for (times, first), (_, second) in pairs if first != second] == []


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
    """As on a full disk; long before the pose model has seen all."""
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
    assert estimator.calls < len(truth.people[0].times_s)


def test_a_folder_that_is_not_there_is_told_before_the_work(
    make_clip, truth_estimator, tmp_path: Path
) -> None:
    path, truth = make_clip("STANDING:2", drawn=False)
    estimator = truth_estimator(truth)
    with pytest.raises(VideoError, match="its folder does not exist"):
        analyze_and_render(path, estimator=estimator, video_out=tmp_path / "none" / "out.mp4")
    assert estimator.calls < len(truth.people[0].times_s)


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

    def slow(self: VideoWriter) -> None:
        cancel.set()
        time.sleep(0.3)
        close(self)

    monkeypatch.setattr(VideoWriter, "close", slow)
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

    def slow(self: VideoWriter) -> None:
        close(self)
        cancel.set()
        time.sleep(0.3)

    monkeypatch.setattr(VideoWriter, "close", slow)
    result = analyze_and_render(
        path, estimator=truth_estimator(truth), video_out=out, cancel=cancel
    )
    assert result.video.frames == len(truth.people[0].times_s)
    assert out.stat().st_size > 1000


def test_a_failed_video_is_told_while_the_engine_is_busy(
    make_clip, truth_estimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the drawing waits for labels, which take seconds with a slow engine."""
    path, truth = make_clip("STANDING:10", drawn=False)
    estimator = truth_estimator(truth)
    honest, write, put = estimator.estimate_at, VideoWriter.write, AnnotationStream.put
    busy, ended, settled_s = threading.Event(), threading.Event(), [0.0]

    def estimate(time_s: float, rgb: np.ndarray) -> Poses:
        if estimator.calls == 100:
            busy.set()
            ended.wait(PATIENCE_S)
        return honest(time_s, rgb)

    def remember(self: AnnotationStream, chunk: AnalysisChunk) -> None:
        settled_s[0] = chunk.until_s
        put(self, chunk)

    def fails(self: VideoWriter, rgb: np.ndarray, time_s: float, *more: float | None) -> None:
        assert busy.wait(PATIENCE_S)
        if time_s + 1 / 15 >= settled_s[0]:  # the next frame waits for its labels
            threading.Timer(1, ended.set).start()  # the engine has its frame at last
            raise VideoError("The disk is full.")
        write(self, rgb, time_s, *more)

    monkeypatch.setattr(VideoWriter, "write", fails)
    monkeypatch.setattr(AnnotationStream, "put", remember)
    estimator.estimate_at = estimate
    with pytest.raises(VideoError, match="disk is full"):
        analyze_and_render(path, EVERY_FRAME, estimator=estimator, video_out=tmp_path / "out.mp4")
    assert estimator.calls <= 101 + PREFETCHED_FRAMES
    assert list(tmp_path.iterdir()) == []


def test_frames_do_not_pile_up(
    make_clip, truth_estimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the video: a few wait for the engine, a few to be drawn and encoded."""
    path, truth = make_clip("STANDING:10", drawn=False)
    estimator = truth_estimator(truth)
    alive: list[int] = []
    living: dict[int, object] = {}

    def remember(rgb: np.ndarray) -> None:
        key = id(rgb)
        living[key] = weakref.finalize(rgb, living.pop, key)
        alive.append(len(living))

    honest, draw = estimator.estimate_at, harec.render.annotated_video.draw_people

    def estimate(time_s: float, rgb: np.ndarray) -> Poses:
        remember(rgb)
        return honest(time_s, rgb)

    def drawing(rgb: np.ndarray, *arguments: object, **options: object) -> np.ndarray:
        remember(rgb)
        return draw(rgb, *arguments, **options)

    estimator.estimate_at = estimate
    monkeypatch.setattr(harec.render.annotated_video, "draw_people", drawing)
    gc.disable()  # frames must go by themselves
    try:
        analyze_and_render(path, EVERY_FRAME, estimator=estimator, video_out=tmp_path / "out.mp4")
    finally:
        gc.enable()
    assert len(alive) == 2 * 150  # each frame twice
    assert max(alive) <= 12
    assert not living
