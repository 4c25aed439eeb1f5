"""The article's loop, re-built: everything frame by frame in one thread.

Read with OpenCV, bring the frame to the pose engine, put its keypoints into a window of 32, ask the
LSTM about the window, draw, write with OpenCV's mp4v. As in the article only the first person that
is sure enough is used, only every (skip + 1)th frame is brought to the pose engine, and a
frame in between is written with the last label and without keypoints.

Not as in the article, so that only the way of working differs from harec's: the engine and the
network are those that it is given, and PyTorch has one thread (with more, the article's own way is
slower still on a CPU, see `harec.actions.model.load_action_model`). The window holds frames, as in
the article, not times: the network then answers less well, in the same time.

    python -m benchmarks.speed.article_loop CLIP OUT.mp4 [--estimator detectron2] [--mode M]
        [--skip N]
"""

from __future__ import annotations

import argparse
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.stopwatch import Stopwatch
from harec.actions.labels import LABELS
from harec.actions.model import ActionModel, load_action_model
from harec.core.errors import VideoError
from harec.core.poses import FloatArray
from harec.core.skeleton import EDGES
from harec.pose.base import MODES, PoseEngine
from harec.pose.registry import ESTIMATORS, create_estimator

#: Frames with a person in a window of the LSTM.
WINDOW: Final = 32
_LABEL_BGR: Final = (102, 255, 255)
_KEYPOINT_BGR, _LIMB_BGR = (0, 255, 0), (255, 128, 0)


@dataclass(frozen=True)
class ArticleRun:
    """What one pass over a video gave.

    Attributes:
        labels: what is written on each frame, of ``LABELS``; None until the first window is full.
        pose_frames: how many frames the pose engine saw.
        stages_s: seconds of decode, pose, recognize, draw, encode.
        total_s: from opening the source to the closed output.
    """

    labels: tuple[str | None, ...]
    pose_frames: int
    stages_s: dict[str, float]
    total_s: float

    @property
    def frames(self) -> int:
        return len(self.labels)


class ArticleLoop:
    """The loop's memory from frame to frame.

    Args:
        person_threshold: 0..1; people who score less are passed over.
        keypoint_threshold: 0..1; keypoints that score less are not drawn.
    """

    def __init__(
        self,
        estimator: PoseEngine,
        model: ActionModel,
        *,
        skip: int = 0,
        person_threshold: float = 0.3,
        keypoint_threshold: float = 0.2,
    ) -> None:
        self.estimator, self.model, self.skip = estimator, model, skip
        self.person_threshold = person_threshold
        self.keypoint_threshold = keypoint_threshold
        self.watch = Stopwatch()
        self.window: deque[FloatArray] = deque(maxlen=WINDOW)
        self.labels: list[str | None] = []
        self.label: str | None = None
        self.pose_frames = 0

    def frame(self, bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The image to write for the next frame (H, W, 3)."""
        with self.watch.stage("draw"):
            image = bgr.copy()
        if len(self.labels) % (self.skip + 1) == 0:
            keypoints = self._estimate(bgr)
            if keypoints is not None:
                with self.watch.stage("draw"):
                    draw_keypoints(image, keypoints, self.keypoint_threshold)
                self._recognize(keypoints)
        if self.label is not None:
            with self.watch.stage("draw"):
                _write_label(image, self.label)
        self.labels.append(self.label)
        return image

    def _estimate(self, bgr: NDArray[np.uint8]) -> FloatArray | None:
        """(17, 3) of the first person who is sure enough."""
        with self.watch.stage("pose"):
            poses = self.estimator.estimate(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)))
        self.pose_frames += 1
        sure = np.flatnonzero(poses.scores >= self.person_threshold)
        return poses.keypoints_xyc[sure[0]] if len(sure) else None

    def _recognize(self, keypoints: FloatArray) -> None:
        with self.watch.stage("recognize"):
            self.window.append(keypoints)
            if len(self.window) == WINDOW:
                probabilities = self.model.predict(np.stack(self.window)[None])[0]
                self.label = LABELS[int(probabilities.argmax())]


def article_loop(path: Path, out: Path, loop: ArticleLoop) -> ArticleRun:
    """Bring a whole video through the loop.

    Args:
        out: .mp4 to write.

    Raises:
        VideoError: OpenCV can't read the source or write the output.
    """
    watch = loop.watch = Stopwatch()
    with _released(cv2.VideoCapture(str(path))) as source:
        if not source.isOpened():
            raise VideoError(f"OpenCV can't read {path.name}.")
        size_wh = tuple(
            int(source.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        fourcc = cv2.VideoWriter.fourcc(*"mp4v")
        rate = source.get(cv2.CAP_PROP_FPS) or 30.0
        with _released(cv2.VideoWriter(str(out), fourcc, rate, size_wh)) as writer:
            if not writer.isOpened():
                raise VideoError(f"OpenCV can't write {out.name}.")
            while True:
                with watch.stage("decode"):
                    there, bgr = source.read()
                if not there:
                    break
                image = loop.frame(bgr)
                with watch.stage("encode"):
                    writer.write(image)
    return ArticleRun(tuple(loop.labels), loop.pose_frames, dict(watch.stages_s), watch.elapsed_s)


def draw_keypoints(image: NDArray[np.uint8], keypoints: FloatArray, threshold: float) -> None:
    """Circles and lines of OpenCV on a BGR image, in place."""
    seen = keypoints[:, 2] >= threshold
    points = keypoints[:, :2].round().astype(int).tolist()
    for a, b in EDGES:
        if seen[a] and seen[b]:
            cv2.line(image, points[a], points[b], _LIMB_BGR, 2)
    for point, there in zip(points, seen, strict=True):
        if there:
            cv2.circle(image, point, 4, _KEYPOINT_BGR, cv2.FILLED)


def _write_label(image: NDArray[np.uint8], label: str) -> None:
    height, width = image.shape[:2]
    place = (max(0, width - 400), height - 50)
    font = cv2.FONT_HERSHEY_COMPLEX
    cv2.putText(image, f"Action: {label}", place, font, 0.9, _LABEL_BGR, 2)


@contextmanager
def _released(thing: Any) -> Iterator[Any]:
    """One of OpenCV's captures or writers, closed in the end."""
    try:
        yield thing
    finally:
        thing.release()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--estimator", default="movenet", choices=ESTIMATORS)
    parser.add_argument("--mode", default="balanced", choices=MODES)
    parser.add_argument("--skip", type=int, default=0)
    chosen = parser.parse_args()
    engine = ESTIMATORS[chosen.estimator]
    loop = ArticleLoop(
        create_estimator(chosen.estimator, mode=chosen.mode),
        load_action_model(),
        skip=chosen.skip,
        person_threshold=engine.person_threshold,
        keypoint_threshold=engine.keypoint_threshold,
    )
    run = article_loop(chosen.clip, chosen.out, loop)
    print(f"{run.frames} frames in {run.total_s:.1f} s ({run.frames / run.total_s:.1f}/s)")
    print("  ".join(f"{stage} {1000 * s / run.frames:.1f} ms" for stage, s in run.stages_s.items()))
    print(", ".join(f"{label}: {count}" for label, count in Counter(run.labels).items()))


if __name__ == "__main__":
    main()
