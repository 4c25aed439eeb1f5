"""Detectron2 trained by itself on known frames: the adapter must find the keypoints in them.

Proves what random weights can't: the order of colours and of keypoints, and the way from the
frame's pixels to the network's and back. Training takes minutes: `make test-all` only. What random
weights can show, in test_detectron2.py, is part of `make test`.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks import overfit
from harec.core.skeleton import MIRROR
from harec.pose.detectron2.estimator import Detectron2Estimator

pytestmark = [pytest.mark.long, pytest.mark.detectron2, pytest.mark.timeout(3600)]

SIZES = pytest.mark.parametrize("size_wh", overfit.SIZES_WH, ids=["480p", "1080p"])


@pytest.fixture(scope="module")
def estimator(tmp_path_factory) -> Detectron2Estimator:
    state = overfit.learn(tmp_path_factory.mktemp("overfit"))
    return Detectron2Estimator(settings=overfit.SETTINGS, state=state, device="cpu")


def surest(estimator: Detectron2Estimator, rgb: np.ndarray, least: float = 0.9) -> np.ndarray:
    """Keypoints (17, 3) of the surest person in a frame; the article's person filter lets it by."""
    poses = estimator.estimate(np.ascontiguousarray(rgb))
    assert poses.scores.max(initial=0) >= least
    return poses.keypoints_xyc[poses.scores.argmax()]


def offsets(found_xyc: np.ndarray, truth_xyc: np.ndarray) -> np.ndarray:
    """(17, 17) distances of each found keypoint to each true one, in torso lengths."""
    middle = truth_xyc[[5, 11], :2] + truth_xyc[[6, 12], :2]
    torso = np.linalg.norm(middle[0] - middle[1]) / 2
    return np.linalg.norm(found_xyc[:, None, :2] - truth_xyc[None, :, :2], axis=2) / torso


def hits(found_xyc: np.ndarray, truth_xyc: np.ndarray) -> np.ndarray:
    """Which keypoints (17,) are less than 0.2 torso lengths off: their share is PCK@0.2."""
    return offsets(found_xyc, truth_xyc).diagonal() <= 0.2


@SIZES
def test_keypoints_are_where_they_are(estimator, size_wh) -> None:
    share = np.mean(
        [hits(surest(estimator, f.rgb), f.keypoints_xyc[0]) for f in overfit.frames(size_wh)]
    )
    assert share >= 0.9


def test_order_of_keypoints(estimator) -> None:
    """Each keypoint is nearest to the true one of its own number, on average: none are swapped.

    Even in the face, where PCK@0.2 can't tell an eye from the other.
    """
    known = [frame for size_wh in overfit.SIZES_WH for frame in overfit.frames(size_wh)]
    distances = [offsets(surest(estimator, f.rgb), f.keypoints_xyc[0]) for f in known]
    np.testing.assert_array_equal(np.mean(distances, axis=0).argmin(axis=1), np.arange(17))


@SIZES
def test_order_of_colours(estimator, size_wh) -> None:
    """With red and blue swapped, left is taken for right: that can't pass for the right order."""
    for frame in overfit.frames(size_wh):
        truth, keypoints = (
            frame.keypoints_xyc[0],
            surest(estimator, frame.rgb[..., ::-1]),
        )
        assert np.mean(hits(keypoints, truth)) <= 0.5
        assert np.mean(hits(keypoints, truth[list(MIRROR)])) >= 0.8


def test_keypoints_grow_with_the_frame(estimator) -> None:
    """The same frame at twice and half the size has the same keypoints, in its own pixels.

    It has learnt the frame at one size: how sure it is at another one depends on the processor that
    it was trained on (0.84 and more were seen), where the keypoints are does not.
    """
    (frame, *_) = overfit.frames((640, 480))
    for size_wh in ((1280, 960), (320, 240)):
        rgb = cv2.resize(frame.rgb, size_wh, interpolation=cv2.INTER_AREA)
        truth = frame.keypoints_xyc[0] * np.float32([size_wh[0] / 640, size_wh[1] / 480, 1])
        assert np.mean(hits(surest(estimator, rgb, least=0.5), truth)) >= 0.9
