"""The real networks on simulated people, whose keypoints are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from harec.pose.base import Mode
from harec.pose.registry import create_estimator
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec
from harec.tracking.tracker import PersonTracker

BODY = slice(5, 17)  # shoulders to ankles


def torso(joints_xyc: np.ndarray) -> float:
    return float(
        np.linalg.norm(joints_xyc[5:7, :2].mean(axis=0) - joints_xyc[11:13, :2].mean(axis=0))
    )


@pytest.mark.parametrize(
    ("mode", "size_wh"),
    [
        ("balanced", (640, 480)),
        ("lightweight", (270, 480)),
        pytest.param("balanced", (270, 480), marks=pytest.mark.long),
        pytest.param("lightweight", (640, 480), marks=pytest.mark.long),
    ],
)
def test_keypoints_are_where_they_are(mode: Mode, size_wh: tuple[int, int]) -> None:
    """Ten frames a second: the arms move far between two calls."""
    spec = ClipSpec((((("JUMPING_JACKS", 1.5)), ("BOXING", 0.5)),), size_wh=size_wh, fps=10, seed=1)
    estimator = create_estimator(mode=mode)
    errors = []
    for frame in simulate_frames(spec):
        poses = estimator.estimate(frame.rgb)
        assert len(poses) == 1
        (truth,) = frame.keypoints_xyc
        off = np.linalg.norm(poses.keypoints_xyc[0, BODY, :2] - truth[BODY, :2], axis=1)
        errors.append(off / torso(truth))
    assert np.median(errors) <= 0.06
    assert np.mean(np.concatenate(errors) <= 0.2) >= 0.95  # PCK@0.2


@pytest.mark.long
def test_two_who_walk_past_each_other_keep_their_ids() -> None:
    """One hides the other for about 0.7 s in the middle."""
    walk = (("WALKING", 4.0),)
    spec = ClipSpec((walk, walk), fps=15, seed=2, crossing=True)
    estimator, tracker = create_estimator(), PersonTracker()
    frames = list(simulate_frames(spec))
    answers = [tracker.update(f.time_s, estimator.estimate(f.rgb)) for f in frames]

    def who(index: int) -> list[int]:
        """The id at each true person."""
        return [
            min(
                answers[index],
                key=lambda p: np.abs(p.keypoints_xyc[BODY, :2] - truth[BODY, :2]).mean(),
            ).id
            for truth in frames[index].keypoints_xyc
        ]

    assert sorted(who(8)) == [1, 2]
    assert who(len(frames) - 5) == who(8)
