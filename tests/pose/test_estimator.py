"""The public `PoseEstimator`: thresholds, and plain words for images that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.pose.estimator import PoseEstimator, check_image
from harec.pose.movenet import MoveNetEstimator
from harec.video import VideoReader


@pytest.fixture(scope="module")
def image(make_clip) -> np.ndarray:
    path, _ = make_clip("BOXING:1", fps=15)
    with VideoReader(path) as frames:
        return next(iter(frames)).rgb


def test_answers_as_the_engine_with_thresholds_applied(image: np.ndarray) -> None:
    expected = MoveNetEstimator("lightweight").estimate(image)
    estimator = PoseEstimator(mode="lightweight", keypoint_threshold=0.6)
    people = estimator(image)
    assert len(people) == len(expected) == 1
    seen = expected.keypoints_xyc[..., 2] >= 0.6
    assert 0 < seen.sum() < seen.size
    np.testing.assert_array_equal(people.keypoints_xyc[seen], expected.keypoints_xyc[seen])
    assert not people.keypoints_xyc[~seen].any()
    estimator.reset()
    np.testing.assert_array_equal(estimator(image).keypoints_xyc, people.keypoints_xyc)
    assert not len(PoseEstimator(mode="lightweight", person_threshold=1.0)(image))


def test_takes_views(image: np.ndarray) -> None:
    """``image[..., ::-1]`` is how people turn OpenCV's BGR to RGB."""
    bgr = np.ascontiguousarray(image[..., ::-1])
    people, same = (PoseEstimator(mode="lightweight")(i) for i in (image, bgr[..., ::-1]))
    np.testing.assert_array_equal(people.keypoints_xyc, same.keypoints_xyc)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ([[1, 2], [3, 4]], "not list"),
        (np.zeros((8, 8), np.uint8), r"from grey: np\.dstack"),
        (np.zeros((8, 8, 1), np.uint8), r"from grey"),
        (np.zeros((8, 8, 4), np.uint8), r"RGBA by image\[\.\.\., :3\]"),
        (np.zeros((3, 8, 8), np.uint8), r"np\.moveaxis\(image, 0, -1\)"),
        (np.zeros((2, 8, 8, 3), np.uint8), r"one a call"),
        (np.zeros((8, 8, 3), np.float32), r"not float32 \(8, 8, 3\): .* \* 255"),
        (np.zeros((8, 8, 3), np.uint16), r"not uint16"),
        (np.zeros((0, 8, 3), np.uint8), "no pixels"),
        (np.zeros(8, np.uint8), r"\(8,\)"),
    ],
)
def test_says_how_to_make_an_image(image: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_image(image)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "openpose"}, "movenet, detectron2"),
        ({"mode": "fast"}, "lightweight, balanced, performance"),
        ({"max_people": 7}, "1..6"),
        ({"precision": "int4"}, "float or int8"),
        ({"threads": 0}, "at least 1"),
        ({"person_threshold": 1.5}, "between 0 and 1"),
        ({"detection_threshold": 0.5}, "MoveNet has no detection threshold"),
    ],
)
def test_says_what_options_there_are(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        PoseEstimator(**options)
