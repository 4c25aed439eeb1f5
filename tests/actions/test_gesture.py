"""The part of a recording in which a person moves."""

from __future__ import annotations

import numpy as np
import pytest

from harec.actions.gesture import MIN_SPAN_S, filled, gesture_steps, motion_speed, moving_part
from harec.simulate.motion.motion import RATE_HZ, make_motion
from harec.training.sampling import project


@pytest.fixture
def squats_between_rests() -> np.ndarray:
    """Two seconds of squats between two rests of 1.5 s, in pixels: (F, 17, 3)."""
    rng = np.random.default_rng(0)
    moving = make_motion("SQUAT", 2.0, rng, style="plain")
    rest = int(1.5 * RATE_HZ)
    joints = np.concatenate([moving[:1].repeat(rest, 0), moving, moving[-1:].repeat(rest, 0)])
    one = np.ones(1)
    return project(joints[None], one * 0, one * 0, one * 4, np.zeros((1, 2)))[0]


def test_rests_before_and_after_are_left_out(squats_between_rests) -> None:
    speed = motion_speed(squats_between_rests[..., :2], RATE_HZ)
    start_s, end_s = moving_part(speed, RATE_HZ)
    assert 1.1 < start_s < 2.1
    assert 2.9 < end_s < 3.9


def test_a_blink_of_motion_is_given_room_and_stillness_is_all_of_it() -> None:
    speed = np.zeros(90)
    assert moving_part(speed, 30.0) == (0.0, pytest.approx(89 / 30))
    speed[45] = 1.0
    start_s, end_s = moving_part(speed, 30.0)
    assert end_s - start_s == pytest.approx(MIN_SPAN_S)
    assert start_s < 1.5 < end_s


def test_a_gesture_is_the_same_at_any_frame_rate(squats_between_rests) -> None:
    times_s = np.arange(len(squats_between_rests)) / RATE_HZ
    whole = gesture_steps(times_s, squats_between_rests, 1.0, 4.0)
    half = gesture_steps(times_s[::2], squats_between_rests[::2], 1.0, 4.0)
    assert whole.shape == (32, 17, 3)
    assert np.abs(whole - half)[..., :2].max() < 6  # pixels


def test_keypoints_that_are_lost_stay_where_they_were() -> None:
    track = np.ones((4, 17, 3), np.float32)
    track[:, 9, 0] = [1, 0, 0, 7]
    track[1:3, 9, 2] = 0
    track[:2, 10] = 0
    track[2:, 10, 0] = 5
    assert filled(track)[:, 9, 0].tolist() == [1, 1, 1, 7]
    assert filled(track)[:, 10, 0].tolist() == [5, 5, 5, 5]
