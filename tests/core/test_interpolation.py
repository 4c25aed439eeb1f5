"""Keypoints between the frames on which they were estimated."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.interpolation import blend_keypoints, interpolate_keypoints
from harec.core.skeleton import LEFT_WRIST, NOSE, NUM_KEYPOINTS, RIGHT_WRIST

TIMES = np.array([0.0, 0.1, 0.2, 0.3, 2.0, 2.1])


def moving(scores: tuple[float, ...] = (0.9,) * 6) -> np.ndarray:
    """Keypoints (6, 17, 3) that move 1000 px a second to the right."""
    keypoints = np.zeros((len(TIMES), NUM_KEYPOINTS, 3), np.float32)
    keypoints[:, :, 0] = 1000 * TIMES[:, None]
    keypoints[:, :, 1] = 50 + 20 * np.arange(NUM_KEYPOINTS)
    keypoints[:, :, 2] = np.array(scores)[:, None]
    return keypoints


@pytest.mark.parametrize(
    ("time_s", "x"),
    [
        (0.0, 0.0),
        (0.05, 50.0),
        (0.1, 100.0),
        (0.275, 275.0),
        (0.36, 300.0),  # held for less than a step into the gap
        (0.41, None),
        (1.0, None),
        (1.99, None),
        (2.05, 2050.0),
        (2.15, 2100.0),  # held at the end, for frames that were skipped
        (2.2, None),
        (-0.01, None),
    ],
)
def test_interpolation(time_s, x):
    keypoints = interpolate_keypoints(TIMES, moving(), time_s, 0.5)
    if x is None:
        assert keypoints is None
    else:
        assert keypoints is not None
        assert keypoints.dtype == np.float32
        assert keypoints[NOSE, 0] == pytest.approx(x, abs=0.01)


def test_a_gap_as_long_as_allowed_is_bridged():
    keypoints = interpolate_keypoints(TIMES, moving(), 1.15, 1.7)
    assert keypoints is not None
    assert keypoints[NOSE, 0] == pytest.approx(1150, abs=0.1)


def test_scores_are_interpolated():
    keypoints = interpolate_keypoints(TIMES, moving((0.2, 0.8, 1, 1, 1, 1)), 0.025, 0.5)
    assert keypoints is not None
    assert keypoints[:, 2] == pytest.approx(0.35)


def test_a_joint_missing_on_one_side_is_not_pulled_to_zero():
    keypoints = moving()
    keypoints[1, LEFT_WRIST] = 0
    near_seen = interpolate_keypoints(TIMES, keypoints, 0.04, 0.5)
    near_missing = interpolate_keypoints(TIMES, keypoints, 0.06, 0.5)
    assert near_seen is not None
    assert near_missing is not None
    assert near_seen[LEFT_WRIST] == pytest.approx(keypoints[0, LEFT_WRIST])
    assert near_missing[LEFT_WRIST, 2] == 0
    assert near_missing[RIGHT_WRIST, 2] == pytest.approx(0.9)


def test_no_and_one_estimate():
    assert interpolate_keypoints(np.zeros(0), np.zeros((0, 17, 3), np.float32), 0.0, 1.0) is None
    one = moving()[:1]
    assert interpolate_keypoints(np.array([1.0]), one, 1.0, 1.0) is not None
    assert interpolate_keypoints(np.array([1.0]), one, 1.01, 1.0) is None


def test_the_track_is_not_changed():
    keypoints = moving()
    result = interpolate_keypoints(TIMES, keypoints, 0.1, 0.5)
    assert result is not None
    result[:] = 0
    assert (keypoints == moving()).all()


def random_pose(seed: int) -> np.ndarray:
    """(17, 3) of a body in a frame, in which about every third keypoint is missing."""
    rng = np.random.default_rng(seed)
    pose = np.concatenate(
        [rng.uniform(0, 600, (17, 2)), rng.uniform(0.2, 1, (17, 1))], axis=1
    ).astype(np.float32)
    pose[rng.random(17) < 0.3] = 0
    return pose


@pytest.mark.parametrize("seed", range(20))
def test_a_keypoint_that_one_side_misses_is_the_nearer_side_s(seed: int) -> None:
    a, b = random_pose(seed), random_pose(seed + 100)
    for part in (0.0, 0.2, 0.49, 0.5, 0.7, 1.0):
        blended = blend_keypoints(a, b, np.float32(part))
        for i in range(17):
            if a[i, 2] > 0 and b[i, 2] > 0:
                expected = (1 - part) * a[i] + part * b[i]
            else:
                expected = a[i] if part < 0.5 else b[i]
            np.testing.assert_allclose(blended[i], expected, rtol=1e-5, atol=1e-3)


def test_many_poses_are_blended_at_once_each_at_its_own_fraction() -> None:
    a, b = (np.stack([random_pose(seed + more) for seed in range(6)]) for more in (0, 50))
    fractions = np.linspace(0, 1, 6, dtype=np.float32)
    together = blend_keypoints(a, b, fractions[:, None, None])
    for row, fraction in enumerate(fractions):
        np.testing.assert_array_equal(together[row], blend_keypoints(a[row], b[row], fraction))
