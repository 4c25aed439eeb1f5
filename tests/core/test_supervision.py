"""To roboflow's supervision and back, against the real package."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.poses import Poses


@pytest.fixture
def poses() -> Poses:
    keypoints = np.random.default_rng(0).uniform(0, 1, (2, 17, 3)).astype(np.float32)
    keypoints[..., :2] *= 100
    keypoints[1, 3] = 0
    return Poses(keypoints, np.array([0.9, 0.5], np.float32))


def test_there_and_back(poses: Poses) -> None:
    sv = pytest.importorskip("supervision", reason="pip install -r requirements-dev.txt has it")
    points = poses.to_supervision()
    assert isinstance(points, sv.KeyPoints)
    assert len(points) == 2
    np.testing.assert_array_equal(points.xy, poses.keypoints_xyc[..., :2])
    assert not points.visible[1, 3]
    assert points.visible.sum() == 33
    back = Poses.from_supervision(points)
    np.testing.assert_array_equal(back.keypoints_xyc, poses.keypoints_xyc)
    np.testing.assert_array_equal(back.scores, poses.scores)
    assert len(Poses.from_supervision(Poses.empty().to_supervision())) == 0
    assert len(Poses.from_supervision(sv.KeyPoints.empty())) == 0


def test_annotators_draw_them(poses: Poses) -> None:
    sv = pytest.importorskip("supervision", reason="pip install -r requirements-dev.txt has it")
    image = np.zeros((120, 120, 3), np.uint8)
    drawn = sv.VertexAnnotator(radius=1).annotate(image.copy(), poses.to_supervision())
    x, y = poses.keypoints_xyc[0, 0, :2].astype(int)
    assert drawn[y, x].any()


def test_without_confidences() -> None:
    sv = pytest.importorskip("supervision", reason="pip install -r requirements-dev.txt has it")
    poses = Poses.from_supervision(sv.KeyPoints(xy=np.full((1, 17, 2), 5, np.float32)))
    assert poses.keypoints_xyc[0].tolist() == [[5, 5, 1]] * 17
    assert poses.scores.tolist() == [1]


def test_other_skeletons_are_refused() -> None:
    hand = SimpleNamespace(xy=np.zeros((1, 21, 2)), keypoint_confidence=None, visible=None)
    with pytest.raises(InputError, match="COCO's 17"):
        Poses.from_supervision(hand)


def test_says_what_to_install(poses: Poses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(InputError, match="pip install supervision"):
        poses.to_supervision()
