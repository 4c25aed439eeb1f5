"""The people of a frame: checked values, and OKS by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.poses import (
    Poses,
    TrackedPerson,
)
from harec.core.skeleton import (
    EDGES,
    KEYPOINT_NAMES,
    NUM_KEYPOINTS,
)


def person(x: float = 0.0) -> np.ndarray:
    keypoints = np.ones((17, 3), np.float32)
    keypoints[:, 0] = x + np.arange(17) * 10
    keypoints[:, 1] = np.arange(17) * 20
    return keypoints


@pytest.mark.parametrize(
    ("keypoints", "scores"),
    [
        (np.zeros((1, 16, 3)), np.zeros(1)),
        (np.zeros((2, 17, 3)), np.zeros(1)),
        (np.full((1, 17, 3), np.nan), np.zeros(1)),
        (np.zeros((17, 3)), np.zeros(1)),
    ],
)
def test_wrong_shapes_and_values_are_refused(keypoints: np.ndarray, scores: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        Poses(keypoints, scores)


def test_select_and_empty() -> None:
    poses = Poses(np.stack([person(0), person(5)]), np.array([0.9, 0.2]))
    kept = poses.select(poses.scores > 0.5)
    assert len(kept) == 1
    assert kept.keypoints_xyc[0, 0, 0] == 0
    assert len(Poses.empty()) == 0


def test_ids_start_at_one() -> None:
    with pytest.raises(ValueError, match="positive"):
        TrackedPerson(0, person(), 1.0)


def test_bones_join_neighbours_of_one_side() -> None:
    assert len(set(EDGES)) == len(EDGES)
    for a, b in EDGES:
        assert 0 <= a < NUM_KEYPOINTS
        assert 0 <= b < NUM_KEYPOINTS
        sides = {KEYPOINT_NAMES[i].split("_")[0] for i in (a, b)} & {"left", "right"}
        names = {KEYPOINT_NAMES[i].split("_")[-1] for i in (a, b)}
        assert len(sides) < 2 or names in ({"shoulder"}, {"hip"})


def test_an_engines_own_following_goes_with_its_people() -> None:
    poses = Poses(np.zeros((3, 17, 3)), np.array([0.9, 0.1, 0.5]), followed=np.array([7, 3, 9]))
    assert poses.above(0.3, 0.2).followed.tolist() == [7, 9]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="followed"):
        Poses(np.zeros((3, 17, 3)), np.zeros(3), followed=np.array([1]))
