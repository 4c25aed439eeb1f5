"""People at a webcam: hands come up, stay, touch, talk, and never do one of the six actions."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NOSE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from harec.simulate.motion.motion import RATE_HZ, SEATED, make_motion

WRISTS = [LEFT_WRIST, RIGHT_WRIST]
SHOULDERS = [LEFT_SHOULDER, RIGHT_SHOULDER]


def clips(label: str, count: int = 25, seconds: float = 6.0) -> np.ndarray:
    """(count, T, 17, 3)"""
    rng = np.random.default_rng(0)
    return np.stack([make_motion(label, seconds, rng) for _ in range(count)]).astype(float)


def swings(signal: np.ndarray, least: float) -> int:
    """How often a signal (T,) turns round after at least ``least``."""
    count, low, high, way = 0, signal[0], signal[0], 0
    for value in signal:
        low, high = min(low, value), max(high, value)
        if value > low + least and way <= 0:
            count, way, high = count + (way < 0), 1, value
        elif value < high - least and way >= 0:
            count, way, low = count + (way > 0), -1, value
        if way > 0:
            low = high = max(high, value)
        elif way < 0:
            low = high = min(low, value)
    return count


@pytest.mark.parametrize("label", SEATED)
def test_everybody_sits(label: str) -> None:
    joints = clips(label, 8, 3.0)
    hips = joints[:, :, [LEFT_HIP, RIGHT_HIP], 1].mean(axis=(1, 2))
    shoulders = joints[:, :, SHOULDERS, 1].mean(axis=(1, 2))
    assert (hips < 0.75 * shoulders).all()
    assert np.ptp(joints[:, :, [LEFT_HIP, RIGHT_HIP], 1], axis=1).max() < 0.05


def test_a_raised_hand_is_up_and_still() -> None:
    joints = clips("SEATED_HAND_UP")
    up = (joints[:, :, WRISTS, 1] > joints[:, :, SHOULDERS, 1] - 0.15).any(axis=2)
    assert up.mean() > 0.3
    for clip in joints:
        for wrist in WRISTS:
            sideways = clip[:, wrist, 0] - clip[:, SHOULDERS, 0].mean(axis=1)
            raised = clip[:, wrist, 1] > clip[:, SHOULDERS, 1].mean(axis=1) - 0.1
            if raised.sum() > RATE_HZ:
                runs = np.split(sideways, np.flatnonzero(np.diff(raised)) + 1)
                assert max(swings(run, 0.08) for run in runs) < 3


def test_one_sway_never_swings_twice() -> None:
    for clip in clips("SEATED_ONE_SWAY"):
        for wrist in WRISTS:
            sideways = clip[:, wrist, 0] - clip[:, SHOULDERS, 0].mean(axis=1)
            assert swings(sideways, 0.07) <= 4  # up, aside, back, home


def test_hands_at_the_face_are_near_it() -> None:
    joints = clips("SEATED_HANDS_AT_FACE")
    away = np.linalg.norm(joints[:, :, WRISTS] - joints[:, :, [NOSE]], axis=-1).min(axis=(1, 2))
    assert np.median(away) < 0.22


def test_hands_that_talk_move_and_are_uneven() -> None:
    joints = clips("SEATED_TALKING")
    wrists = joints[:, :, WRISTS] - joints[:, :, SHOULDERS].mean(axis=2, keepdims=True)
    speed = np.linalg.norm(np.diff(wrists, axis=1), axis=-1) * RATE_HZ
    assert np.quantile(speed.max(axis=2), 0.75) > 0.2
    assert wrists[..., 1].mean() < 0.0
