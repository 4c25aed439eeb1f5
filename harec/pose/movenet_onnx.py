"""The MoveNet networks as plain functions of an image: loading, input size, output layout.

Facts of the files are in models/movenet.md. Networks are loaded once per process and shared by all
estimators: onnxruntime sessions may be run from several threads at once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from harec.core import telemetry  # noqa: F401  # off before onnxruntime is there

# isort: split
import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from harec.core.errors import ModelError
from harec.core.loading import once
from harec.core.poses import FloatArray
from harec.core.resources import MODELS_DIR
from harec.core.skeleton import MIRROR, NUM_KEYPOINTS
from harec.pose.crops import Crop, cut_out

onnxruntime.disable_telemetry_events()  # where the host program has loaded it before

#: Side of the square input of each single-person network.
SINGLE_SIDES: Final = {"lightning": 192, "thunder": 256}
#: The multi-person network halves its input five times.
MULTI_STRIDE: Final = 32
#: Order of x, y, score in the networks' y, x, score.
XYC: Final = [1, 0, 2]


@once
def load_session(path: Path, threads: int) -> Any:
    """The onnxruntime session of a model file, the same one for the same arguments.

    Raises:
        ModelError: the file is missing or damaged.
    """
    restore = "restore it with `git checkout -- models` or make it again as models/movenet.md says"
    if not path.is_file():
        raise ModelError(f"The pose model {path.name} is missing: {restore}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin while they wait for each other take the cores from everything else: from
    # decoding, and from a live frame on its way. Asleep, an inference takes half the processor time
    # (37 instead of 67 ms, Thunder on two cores) and no longer.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only; they are raised as well
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions have no common base
        raise ModelError(f"The pose model {path.name} is damaged: {restore}.") from error


def _run(session: Any, image: NDArray[np.int32]) -> FloatArray:
    (result,) = session.run(None, {session.get_inputs()[0].name: image})
    return np.asarray(result, np.float32)


class _Sessions:
    """One estimator's sessions of a file, by threads of an inference.

    `load_session` is not asked each time: it may be busy with another caller's network.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = 0
        self._loaded: dict[int, Any] = {}

    def get(self, threads: int) -> Any:
        """Raises ModelError, see `load_session`."""
        if self._process != os.getpid():  # a fork has no threads of its parent's: they never answer
            self._process, self._loaded = os.getpid(), {}
        if threads not in self._loaded:
            self._loaded[threads] = load_session(self._path, threads)
        return self._loaded[threads]


class SinglePose:
    """Lightning or Thunder: the keypoints of the one person in the middle of a square crop."""

    def __init__(
        self, name: Literal["lightning", "thunder"], threads: int, models_dir: Path = MODELS_DIR
    ) -> None:
        self.side = SINGLE_SIDES[name]
        self._path, self._threads = models_dir / f"movenet-{name}.onnx", threads
        self._sessions = _Sessions(self._path)
        self._sessions.get(threads)

    def __call__(
        self, rgb: NDArray[np.uint8], crops: Sequence[Crop], mirrored: bool = False
    ) -> list[FloatArray]:
        """Keypoints float32 (17, 3) in pixels of the frame, scores 0..1, for each crop.

        Several crops are inferred side by side with a thread each, which is sooner done than one
        after the other with all threads (two crops on two cores: 31 instead of 35 ms).

        Args:
            mirrored: a second inference sees each crop mirrored and the two answers are averaged,
                weighted by their scores: twice the work for steadier keypoints.
        """
        cuts = [cut_out(rgb, crop, self.side) for crop in crops]
        images = [image for image, _ in cuts]
        if mirrored:
            images += [image[:, ::-1] for image in images]
        answers = self._infer(images)
        if mirrored:
            pairs = zip(answers[: len(crops)], answers[len(crops) :], strict=True)
            answers = [_average(straight, _mirror(other)) for straight, other in pairs]
        for keypoints_xyc, (_, to_frame) in zip(answers, cuts, strict=True):
            keypoints_xyc[:, :2] = to_frame(keypoints_xyc[:, :2] * self.side)
        return answers

    def _infer(self, images: list[NDArray[np.uint8]]) -> list[FloatArray]:
        """Keypoints (17, 3) in 0..1 of each image."""
        threads = max(1, self._threads // max(1, len(images)))
        session = self._sessions.get(threads)

        def keypoints(image: NDArray[np.uint8]) -> FloatArray:
            output = _run(session, image[None].astype(np.int32))  # (1, 1, 17, 3)
            return output.reshape(NUM_KEYPOINTS, 3)[:, XYC]

        if len(images) < 2 or self._threads < 2:
            return [keypoints(image) for image in images]
        return list(_pool(self._threads).map(keypoints, images))


@once
def _pool(threads: int) -> ThreadPoolExecutor:
    """The threads that infer side by side, the same for all estimators of the process."""
    return ThreadPoolExecutor(threads, thread_name_prefix="harec-pose")


def _mirror(keypoints_xyc: FloatArray) -> FloatArray:
    mirrored = keypoints_xyc[list(MIRROR)]
    mirrored[:, 0] = 1 - mirrored[:, 0]
    return mirrored


def _average(a_xyc: FloatArray, b_xyc: FloatArray) -> FloatArray:
    """Mean of two answers about the same keypoints; the surer one weighs more."""
    weight = a_xyc[:, 2:] / np.maximum(a_xyc[:, 2:] + b_xyc[:, 2:], 1e-6)
    points = a_xyc[:, :2] * weight + b_xyc[:, :2] * (1 - weight)
    return np.concatenate([points, (a_xyc[:, 2:] + b_xyc[:, 2:]) / 2], axis=1)


@dataclass(frozen=True, eq=False)
class Detection:
    """One person detected in the whole frame: keypoints (17, 3), box in pixels, score 0..1."""

    keypoints_xyc: FloatArray
    box_xyxy: FloatArray
    score: float

    def moved(self, x: float, y: float) -> Detection:
        """The same person, in the pixels of a frame of which this was the part at x, y."""
        by = np.array([x, y], np.float32)
        keypoints = self.keypoints_xyc.copy()
        keypoints[:, :2] += by
        return Detection(keypoints, self.box_xyxy + np.tile(by, 2), self.score)


class MultiPose:
    """MultiPose: up to six people of a whole frame, roughly."""

    def __init__(self, threads: int, models_dir: Path = MODELS_DIR) -> None:
        self._sessions, self._threads = _Sessions(models_dir / "movenet-multipose.onnx"), threads
        self._sessions.get(threads)

    def __call__(self, rgb: NDArray[np.uint8], long_side: int, threshold: float) -> list[Detection]:
        """People scoring above ``threshold``, best first; the frame is resized to ``long_side``."""
        height, width = rgb.shape[:2]
        scale = long_side / max(height, width)
        new_w, new_h = max(1, round(width * scale)), max(1, round(height * scale))
        padded_h, padded_w = (-(-n // MULTI_STRIDE) * MULTI_STRIDE for n in (new_h, new_w))
        image = np.zeros((1, padded_h, padded_w, 3), np.int32)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image[0, :new_h, :new_w] = cv2.resize(rgb, (new_w, new_h), interpolation=how)
        # one factor for x and one for y: rounding makes them differ for extreme shapes
        to_frame = np.array([padded_w * width / new_w, padded_h * height / new_h], np.float32)
        session = self._sessions.get(self._threads)
        people = _run(session, image)[0]  # (6, 56): 17 x (y, x, score), box yxyx, score
        detections = []
        for row in sorted(people[people[:, 55] > threshold], key=lambda row: -row[55]):
            keypoints = row[:51].reshape(NUM_KEYPOINTS, 3)[:, XYC].copy()
            keypoints[:, :2] *= to_frame
            box = row[[52, 51, 54, 53]] * np.tile(to_frame, 2)
            detections.append(Detection(keypoints, box.astype(np.float32), float(row[55])))
        return detections
