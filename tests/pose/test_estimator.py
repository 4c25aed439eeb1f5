"""The public `PoseEstimator`: thresholds, and plain words for images that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.pose.estimator import PoseEstimator
from harec.pose.movenet import MoveNetEstimator
from harec.video import VideoReader


@pytest.fixture(scope="module")
def image(make_clip) -> np.ndarray:
    path, _ = make_clip("BOXING:1", fps=15)
    with VideoReader(path) as frames:
        return next(iter(frames)).rgb


def test_answers_as_the_engine_with_thresholds_applied(image: np.ndarray) -> None:
    expected = MoveNetEstimator("lightweight").estimate(image)
    estimator = PoseEstimator(mode="lightweight", precision="float", keypoint_threshold=0.6)
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
    ("options", "said"),
    [
        ({"name": "openpose"}, "movenet, detectron2"),
        ({"mode": "fast"}, "lightweight, balanced, performance"),
        ({"max_people": 7}, "1..6"),
        ({"precision": "int4"}, "float, mixed or int8"),
        ({"threads": 0}, "at least 1"),
        ({"person_threshold": 1.5}, "between 0 and 1"),
        ({"detection_threshold": 0.5}, "MoveNet has no detection threshold"),
    ],
)
def test_says_what_options_there_are(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        PoseEstimator(**options)
