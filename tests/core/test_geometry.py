"""Measures of bodies: box, OKS and torso length by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.geometry import (
    keypoint_similarity,
    keypoints_box_xyxy,
    oks,
    torso_length,
)
from harec.core.skeleton import OKS_SIGMAS


def person(x: float = 0.0) -> np.ndarray:
    keypoints = np.ones((17, 3), np.float32)
    keypoints[:, 0] = x + np.arange(17) * 10
    keypoints[:, 1] = np.arange(17) * 20
    return keypoints


def test_box_is_around_the_joints_that_are_seen() -> None:
    keypoints = person()
    keypoints[16] = (9999, 9999, 0.05)
    np.testing.assert_allclose(keypoints_box_xyxy(keypoints), [0, 0, 150, 300])
    keypoints[:, 2] = 0
    assert keypoints_box_xyxy(keypoints) is None


def test_oks_by_the_formula() -> None:
    a = person()
    assert oks(a, a) == pytest.approx(1.0)
    b = a.copy()
    b[:, 0] += 12.0
    area = 160.0 * 320.0
    expected = np.exp(-(12.0**2) / (2 * area * (2 * OKS_SIGMAS.astype(float)) ** 2)).mean()
    assert oks(a, b) == pytest.approx(expected, rel=1e-5)
    b[2:, 2] = 0
    assert oks(a, b) == 0.0, "two keypoints in common are not enough"


def test_wider_sigmas_forgive_more_and_a_larger_area_too() -> None:
    a, b = person(), person(30)
    exact = keypoint_similarity(a, b, OKS_SIGMAS, 160 * 320)
    # three times the distance at three times the sigmas, or at nine times the area
    far = person(90)
    assert keypoint_similarity(a, far, 3 * OKS_SIGMAS, 160 * 320) == pytest.approx(exact, rel=1e-5)
    assert keypoint_similarity(a, far, OKS_SIGMAS, 9 * 160 * 320) == pytest.approx(exact, rel=1e-5)


def test_torso_length_in_a_frame_and_in_space() -> None:
    pose = np.zeros((17, 3), np.float32)
    pose[5], pose[6], pose[11], pose[12] = (40, 0, 5), (-40, 0, 5), (70, 80, 5), (50, 80, 5)
    assert torso_length(pose[:, :2]) == pytest.approx(100)
    pose[[11, 12], 2] = 5 + 75
    assert torso_length(np.stack([pose, 2 * pose])) == pytest.approx([125, 250])
