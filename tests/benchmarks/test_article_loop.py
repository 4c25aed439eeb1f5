"""The article's loop: which frames it infers on, what it writes on each frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.speed.article_loop import WINDOW, ArticleLoop, ArticleRun, article_loop
from harec.actions.labels import LABELS
from harec.core.errors import VideoError
from harec.core.poses import Poses
from harec.video import VideoReader, VideoWriter

FRAMES = 70


class CountingEngine:
    """One person, whose keypoints say how many frames came before."""

    name = "stub"

    def __init__(self, score: float = 0.9) -> None:
        self.inferences, self.score = 0, score

    def estimate(self, rgb: np.ndarray) -> Poses:
        assert rgb.shape == (48, 64, 3)
        keypoints = np.full((1, 17, 3), 0.9, np.float32)
        keypoints[..., :2] = 5 + self.inferences % 32
        self.inferences += 1
        return Poses(keypoints, np.array([self.score], np.float32))

    def reset(self) -> None:
        self.inferences = 0


class CountingNetwork:
    """Answers another label each time; remembers what it was asked."""

    def __init__(self) -> None:
        self.windows: list[np.ndarray] = []

    def predict(self, keypoints_xyc: np.ndarray) -> np.ndarray:
        assert keypoints_xyc.shape == (1, 32, 17, 3)
        self.windows.append(keypoints_xyc[0])
        answer = np.zeros((1, len(LABELS)), np.float32)
        answer[0, (len(self.windows) - 1) % len(LABELS)] = 1
        return answer


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("article") / "grey.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        for number in range(FRAMES):
            writer.write(np.full((48, 64, 3), number, np.uint8), number / 30)
    return path


def run(
    clip: Path, out: Path, engine: CountingEngine, skip: int = 0
) -> tuple[ArticleRun, CountingNetwork]:
    network = CountingNetwork()
    loop = ArticleLoop(engine, network, skip=skip)  # type: ignore[arg-type]
    return article_loop(clip, out, loop), network


@pytest.mark.parametrize(
    ("skip", "inferences", "first"),
    [
        (0, 70, 31),  # the window is full with the 32nd inference
        (1, 35, 62),
        (4, 14, None),  # never full
    ],
)
def test_each_frame_gets_the_label_of_the_last_32_inferences(
    clip: Path, tmp_path: Path, skip: int, inferences: int, first: int | None
) -> None:
    engine = CountingEngine()
    done, network = run(clip, tmp_path / "out.mp4", engine, skip)
    assert (done.frames, done.pose_frames, engine.inferences) == (FRAMES, inferences, inferences)
    expected: list[str | None] = [None] * FRAMES
    if first is not None:
        for frame in range(first, FRAMES):
            expected[frame] = LABELS[(frame - first) // (skip + 1) % len(LABELS)]
    assert list(done.labels) == expected
    assert len(network.windows) == max(0, inferences - WINDOW + 1)  # one an inference: no batches
    for number, window in enumerate(network.windows):
        assert [int(step[0, 0]) - 5 for step in window] == [(number + i) % 32 for i in range(32)]
    assert set(done.stages_s) >= {"decode", "pose", "draw", "encode"}
    assert sum(done.stages_s.values()) <= done.total_s  # one thing at a time
    with VideoReader(tmp_path / "out.mp4") as reader:
        assert sum(1 for _ in reader) == FRAMES


def test_an_unsure_person_is_passed_over(clip: Path, tmp_path: Path) -> None:
    done, network = run(clip, tmp_path / "out.mp4", CountingEngine(score=0.2))
    assert done.labels == (None,) * FRAMES
    assert not network.windows


def test_what_opencv_cannot_read_is_a_plain_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    with pytest.raises(VideoError, match=r"bad\.mp4"):
        run(bad, tmp_path / "out.mp4", CountingEngine())
