"""Keypoints kept close together come out as they went in."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.keypoint_buffer import KeypointBuffer, PoseBuffer
from harec.core.poses import Poses


def frames(counts: list[int]) -> list[Poses]:
    rng = np.random.default_rng(0)
    return [
        Poses(
            rng.uniform(0, 640, (n, 17, 3)).astype(np.float32),
            rng.uniform(size=n).astype(np.float32),
            followed=np.arange(n) + 2**40 if index % 2 else None,
        )
        for index, n in enumerate(counts)
    ]


def test_poses_come_out_as_they_went_in() -> None:
    kept, log = frames([1, 0, 3, 2, 0, *([2] * 200), 0]), PoseBuffer()
    for poses in kept:
        log.append(poses)
    assert len(log) == len(kept)
    for index in (*range(len(kept)), -1, -2, -len(kept)):
        np.testing.assert_array_equal(log[index].keypoints_xyc, kept[index].keypoints_xyc)
        np.testing.assert_array_equal(log[index].scores, kept[index].scores)
        np.testing.assert_array_equal(log[index].followed, kept[index].followed)  # None as well
    assert [len(poses) for poses in log] == [len(poses) for poses in kept]
    assert [len(poses) for poses in log[2:4]] == [3, 2]
    for beyond in (len(kept), -len(kept) - 1):
        with pytest.raises(IndexError):
            log[beyond]
    assert list(PoseBuffer()) == []


def test_what_was_given_out_stays_as_it_was() -> None:
    log = KeypointBuffer()
    keypoints = frames([300])[0].keypoints_xyc
    for row in keypoints[:50]:
        log.append(row)
    early = log.rows()
    for row in keypoints[50:]:
        log.append(row)
    np.testing.assert_array_equal(early, keypoints[:50])
    np.testing.assert_array_equal(log.rows(), keypoints)
    np.testing.assert_array_equal(log.rows(290), keypoints[290:])
    with pytest.raises(ValueError, match="read-only"):
        early[0] = 0
    keypoints[0] = -1
    assert (log.rows()[0] >= 0).all()  # a copy went in
