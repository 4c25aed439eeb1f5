"""Motions that come near one of the six actions and are none; and one that is: a single jump."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.skeleton import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from harec.simulate.motion.motion import RATE_HZ, make_motion, make_single_jump

WRISTS, SHOULDERS = [LEFT_WRIST, RIGHT_WRIST], [LEFT_SHOULDER, RIGHT_SHOULDER]
ANKLES, HIPS = [LEFT_ANKLE, RIGHT_ANKLE], [LEFT_HIP, RIGHT_HIP]


def clips(label: str, count: int = 20, style: str = "rich") -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([make_motion(label, 5.0, rng, style=style) for _ in range(count)]).astype(float)


def rises(signal: np.ndarray, level: float) -> np.ndarray:
    """Frames at which a signal (T,) rises through a level."""
    return np.flatnonzero((signal[:-1] < level) & (signal[1:] >= level))


def test_an_arc_comes_once_in_a_while_and_overhead() -> None:
    reached = 0
    for clip in clips("ONE_ARC"):
        height = (clip[:, WRISTS, 1] - clip[:, SHOULDERS, 1]).max(axis=1)
        times = rises(height, 0.0) / RATE_HZ
        assert (np.diff(times) > 1.5).all()
        reached += height.max() > 0.25
    assert reached > 14


@pytest.mark.parametrize("style", ["rich", "plain"])
def test_single_jumps_are_one_jump(style: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(30):
        joints, highest_s = make_single_jump(rng.uniform(2.0, 4.0), rng, style=style)
        ankle = joints[:, ANKLES, 1].min(axis=1)
        flights = rises(ankle, ankle[0] + 0.05)
        assert len(flights) == 1
        assert 0 <= highest_s - flights[0] / RATE_HZ < 0.5
        hips = joints[:, HIPS, 1].mean(axis=1)
        assert abs(hips[0] - hips[-1]) < 0.1, "standing before and after"
    with pytest.raises(InputError, match=r"1\.5 seconds"):
        make_single_jump(1.0, rng)


def test_stairs_lead_up_and_down_and_feet_are_on_them() -> None:
    climbed = []
    for clip in clips("STAIRS"):
        hips = clip[:, HIPS, 1].mean(axis=1)
        climbed.append(hips[-1] - hips[0])
        still = np.abs(np.diff(clip[:, ANKLES], axis=0)).max(axis=(-1)) < 1e-3
        assert still.any(axis=1).mean() > 0.7, "one foot stands"
    assert max(climbed) > 0.5
    assert min(climbed) < -0.3


def test_hands_on_a_ladder_reach_in_turn() -> None:
    for clip in clips("CLIMBING", 10, "plain"):
        left, right = (clip[:, WRISTS, 1] - clip[:, SHOULDERS, 1]).T
        assert max(left.max(), right.max()) > 0.1
        assert np.corrcoef(left, right)[0, 1] < -0.5


def test_a_beckoning_hand_goes_to_and_fro_not_from_side_to_side() -> None:
    for clip in clips("COME_HERE", 10, "plain"):
        wrist = clip[:, WRISTS] - clip[:, SHOULDERS]
        travel = np.quantile(wrist, 0.95, axis=0) - np.quantile(wrist, 0.05, axis=0)
        side = travel[:, 1].argmax()
        assert travel[side, 1:].max() > 1.5 * travel[side, 0]
