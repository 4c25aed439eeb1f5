"""Augmented windows: balanced, finite, and the same from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from harec.actions.labels import ACTIONS, OTHER
from harec.actions.windows import RATE_HZ, STEPS
from harec.simulate.motion.motion import make_motion
from harec.training.augment import augment, torso_px, webcam_picture
from harec.training.datasets import Clip, simulated_clips
from harec.training.far import far_noise
from harec.training.sampling import (
    SamplingWeights,
    WindowSampler,
    fixed_windows,
    project,
    webcam_camera,
)


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return simulated_clips(2, 1, seed=0)


def real(label: str, name: str, source: str, seconds: float = 3.0) -> Clip:
    frames = np.ones((int(seconds * 30) + 1, 17, 3), np.float32)
    frames[..., 0] = np.arange(len(frames))[:, None]
    return Clip(frames, False, label, source, name, name, 30.0)


def test_shares_of_classes_sources_and_gestures(clips: list[Clip]) -> None:
    many = [
        *clips,
        *(real("BOXING", f"a{i}", "big") for i in range(100)),
        *(real("BOXING", f"b{i}", "small") for i in range(4)),
        *(real("WALKING", f"c{i}", "big") for i in range(10)),
        *(real("DRAW_X", f"d{i}", "big") for i in range(10)),
    ]
    sampler = WindowSampler(many, SamplingWeights(other=0.4, simulated=0.5, gestures=0.3))
    share = sampler.probabilities
    assert share.sum() == pytest.approx(1)
    for target in range(len(ACTIONS)):
        assert share[sampler.targets == target].sum() == pytest.approx(0.1)
    other = sampler.targets == len(ACTIONS)
    assert share[other].sum() == pytest.approx(0.4)
    label = np.array([c.label for c in many])
    source = np.array([c.source for c in many])
    gestures, everyday = label == "DRAW_X", (label == "WALKING") & (source == "big")
    # The share of people seated at a webcam goes to the others: there are none.
    assert share[gestures].sum() / share[everyday].sum() == pytest.approx(0.3 / 0.5)
    boxing = label == "BOXING"
    # 100 clips weigh five times what 4 do, not twenty-five times.
    assert share[boxing & (source == "big")].sum() == pytest.approx(
        5 * share[boxing & (source == "small")].sum()
    )


def test_batches_are_reproducible_and_finite(clips: list[Clip]) -> None:
    sampler = WindowSampler(clips)
    a, b = (sampler.sample(np.random.default_rng(3), 64) for _ in range(2))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])
    assert a[0].shape == (64, STEPS, 17, 3)
    assert a[0].dtype == np.float32
    assert np.isfinite(a[0]).all()
    assert set(np.unique(a[0][..., 2])) <= {0, 1}
    assert (a[0][a[0][..., 2] == 0] == 0).all()
    other = sampler.sample(np.random.default_rng(4), 64)[0]
    assert not np.array_equal(a[0], other)


def test_projection_of_a_known_point() -> None:
    joints = np.zeros((1, 1, 17, 3), np.float32)
    joints[0, 0, 9] = (1.0, 0.5, 0.0)  # left wrist: one metre to the person's left, half up
    args = (np.zeros(1), np.zeros(1), np.array([5.0]), np.zeros((1, 2)))
    view = project(joints, *args)[0, 0]
    np.testing.assert_allclose(view[9, :2], [100, -50])  # 500 px / 5 m; left is right in the frame
    turned = project(joints, np.array([np.pi / 2]), *args[1:])[0, 0]
    # Turned by 90 degrees the wrist points away from the camera: centred, and smaller.
    np.testing.assert_allclose(turned[9, :2], [0, -500 * 0.5 / 6], atol=1e-4)


def test_torso_falls_back_to_the_shoulders() -> None:
    windows = np.zeros((3, 4, 17, 3), np.float32)
    windows[:2, :, 5:7] = [[40, 0, 1], [-40, 0, 1]]
    windows[0, :, 11:13] = [[20, 100, 1], [-20, 100, 1]]
    np.testing.assert_allclose(torso_px(windows), [100, 80 * 1.35, 1])


def test_fixed_windows_are_cut_by_time() -> None:
    clip = real("WALKING", "a", "lab", seconds=4.0)
    windows, owners = fixed_windows([clip, real(OTHER, "b", "lab", seconds=1.0)], stride_s=0.5)
    assert (owners == 0).sum() == 5  # starts at 0, 0.5, 1, 1.5, 2 s of 4 - 1.55 s
    np.testing.assert_allclose(
        windows[1, :, 0, 0], 30 * (0.5 + np.arange(STEPS) / RATE_HZ), atol=1e-3
    )
    # The short clip goes back and forth.
    assert windows[owners == 1][0, :, 0, 0].max() == pytest.approx(30)


def test_a_webcam_sees_the_head_and_no_hips() -> None:
    rng = np.random.default_rng(0)
    joints = np.stack([make_motion("SEATED_DESK", 1.6, rng)[:32] for _ in range(40)])
    view = webcam_camera(rng, joints)
    torso = torso_px(view)[:, None, None, None]
    nobody = np.zeros(len(view), bool)
    inside = webcam_picture(rng, view[..., :2], view[..., 2], torso, nobody)
    assert inside[:, :, 0].mean() > 0.95  # the nose
    assert inside[:, :, 5:7].mean() > 0.9
    assert inside[:, :, 11:13].mean() < 0.4
    assert not inside[:, :, 15:].any()
    wrists = inside[:, :, 9:11]
    assert 0.2 < wrists.mean() < 0.9, "hands come in and go out"


def test_a_webcam_does_not_leave_out_the_hand_that_waves() -> None:
    rng = np.random.default_rng(1)
    joints = np.stack([make_motion("WAVING_2HANDS", 1.6, rng)[:32] for _ in range(40)])
    view = webcam_camera(rng, joints)
    torso = torso_px(view)[:, None, None, None]
    everybody = np.ones(len(view), bool)
    inside = webcam_picture(rng, view[..., :2], view[..., 2], torso, everybody)
    moving = np.ptp(view[:, :, 9:11, :2], axis=1).max(-1) > 0.5 * torso[:, 0, :, 0]
    assert inside[:, :, 9:11].mean(1)[moving].min() > 0.6


def test_seated_people_get_their_share(clips: list[Clip]) -> None:
    many = [
        *clips,
        *(real("WALKING", f"a{i}", "lab") for i in range(10)),
        *(real("DRAW_X", f"b{i}", "lab") for i in range(10)),
        *(real("SIGN_ME", f"c{i}", "mp_hello") for i in range(10)),
    ]
    sampler = WindowSampler(
        many, SamplingWeights(other=0.4, simulated=0.5, gestures=0.3, seated=0.2)
    )
    seated = np.array([c.source == "mp_hello" for c in many])
    assert sampler.probabilities[seated].sum() == pytest.approx(0.4 * 0.5 * 0.2)


def test_errors_grow_as_people_get_smaller() -> None:
    rng = np.random.default_rng(0)
    points = np.zeros((2000, 32, 17, 2), np.float32)
    score = np.ones(points.shape[:3], np.float32)
    torso = np.full((2000, 1, 1, 1), 200.0)
    sizes = np.repeat([15.0, 60.0], 1000)
    moved, seen = far_noise(rng, points, score, torso, sizes)
    step = np.median(np.abs(np.diff(moved, axis=1)), axis=(1, 3)) / 200  # of torso lengths
    near, far = step[1000:].mean(axis=0), step[:1000].mean(axis=0)
    np.testing.assert_allclose(far / near, 4, rtol=0.15)  # spikes add a little
    measured = 0.063 * 0.6745 * 2**0.5  # a wrist, without its spikes and slow part
    assert measured < far[9] < 1.4 * measured
    assert far[9] > 1.3 * far[5]
    missing = 1 - seen.mean(axis=1)
    assert missing[:1000, 9].mean() == pytest.approx(0.067, rel=0.2)
    assert missing[:, 0].max() == 0


def test_hands_that_move_quickly_are_missed_more_often_and_the_trunk_is_not() -> None:
    windows = np.ones((400, STEPS, 17, 3), np.float32)
    windows[..., :2] = np.random.default_rng(2).uniform(-50, 50, (17, 2))
    windows[:, :, 5:7, :2], windows[:, :, 11:13, :2] = [(-20, -50), (20, -50)], [(-15, 0), (15, 0)]
    to_and_fro = 30 * np.sin(2 * np.pi * 3 * np.arange(STEPS) / RATE_HZ)
    windows[:, :, 9:11, 0] += to_and_fro[:, None]
    seen = augment(np.random.default_rng(0), windows, np.zeros(400, bool))[..., 2].mean((0, 1))
    assert seen[9:11].mean() < seen[7:9].mean() - 0.1
    assert seen[7:9].mean() == pytest.approx(seen[11:13].mean(), abs=0.05)
