"""Windows: by time, never across a gap or two people."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.actions.windows import (
    RATE_HZ,
    SPAN_S,
    STEPS,
    Window,
    WindowBuilder,
    reflect,
    resample,
    without_shake,
)
from harec.core.camera_view import CameraView
from harec.core.poses import TrackedPerson


def person_at(time_s: float, person_id: int = 1, offset: float = 0.0) -> TrackedPerson:
    """A person whose x tells the time and whose y tells who it is."""
    keypoints = np.ones((17, 3), np.float32)
    keypoints[:, 0], keypoints[:, 1] = 100 * time_s + offset, 1000 * person_id
    return TrackedPerson(person_id, keypoints, 1.0)


def run(times: list[float], builder: WindowBuilder | None = None) -> list[Window]:
    builder = builder or WindowBuilder()
    windows = [w for t in times for w in builder.push(t, [person_at(t)])]
    return windows + builder.finish()


@pytest.mark.parametrize("rate", [8, 15, 24, 29.97, 30, 60])
def test_a_full_window_holds_the_same_motion_at_any_frame_rate(rate: float) -> None:
    windows = run([i / rate for i in range(int(3 * rate))])
    full = [w for w in windows if w.end_s - w.start_s > SPAN_S - 1e-6]
    assert full
    for window in full:
        expected = 100 * (window.start_s + np.arange(STEPS) / RATE_HZ)
        np.testing.assert_allclose(window.keypoints_xyc[:, 0, 0], expected, atol=0.02)


def test_first_window_comes_at_the_minimum_span_and_is_filled_by_reflection() -> None:
    first = run([i / 20 for i in range(40)], WindowBuilder(min_span_s=0.8))[0]
    assert (first.start_s, first.end_s) == (0.0, pytest.approx(0.8))
    x = first.keypoints_xyc[:, 0, 0]
    assert x[-1] == pytest.approx(80, abs=0.01)
    # 0.8 s are 16 steps back from the end; before them time runs the other way.
    assert x[STEPS - 17] == pytest.approx(0, abs=0.01)
    assert x[STEPS - 18] == pytest.approx(5, abs=0.01)
    assert x.min() >= -1e-3


def test_windows_at_the_end_reach_the_last_moment() -> None:
    windows = run([i / 30 for i in range(91)])
    assert max(w.time_s for w in windows) == pytest.approx(3 - 0.4, abs=0.1)
    assert min(w.time_s for w in windows) == pytest.approx(0.4, abs=0.05)
    times = np.array([w.time_s for w in windows])
    assert np.diff(times).max() < 0.11, "no hole in the timeline"


def test_a_gap_is_never_spanned() -> None:
    times = [i / 30 for i in range(60)] + [3 + i / 30 for i in range(60)]
    windows = run(times, WindowBuilder(max_gap_s=0.5))
    last_before = times[59]
    assert windows
    assert all(w.end_s <= last_before + 1e-9 or w.start_s >= 3 for w in windows)


def test_a_short_loss_is_bridged() -> None:
    times = [i / 30 for i in range(45)] + [1.8 + i / 30 for i in range(45)]
    assert any(w.start_s < 1.4 and w.end_s > 1.9 for w in run(times, WindowBuilder(max_gap_s=0.5)))


def test_people_are_never_mixed() -> None:
    builder, windows = WindowBuilder(), []
    for i in range(60):
        windows += builder.push(i / 30, [person_at(i / 30, 1), person_at(i / 30, 2)])
    windows += builder.finish()
    assert {w.person_id for w in windows} == {1, 2}
    for window in windows:
        assert (window.keypoints_xyc[..., 1] == 1000 * window.person_id).all()


def test_short_tracklets_give_no_window() -> None:
    assert run([i / 30 for i in range(20)]) == []
    assert run([0.0]) == []


def test_time_must_move_forward() -> None:
    builder = WindowBuilder()
    builder.push(1.0, [])
    with pytest.raises(ValueError, match="forward"):
        builder.push(1.0, [])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.005, 0.9), min_size=2, max_size=120), st.floats(0.2, 1.0))
def test_property_windows_hold_only_what_was_seen(steps: list[float], max_gap_s: float) -> None:
    times = np.cumsum(steps).tolist()
    windows = run(times, WindowBuilder(max_gap_s=max_gap_s))
    gaps = [(a, b) for a, b in itertools.pairwise(times) if b - a > max_gap_s + 1e-5]
    for window in windows:
        assert 0.8 - 1e-5 <= window.end_s - window.start_s <= SPAN_S + 1e-5
        assert not any(window.start_s < b - 1e-9 and window.end_s > a + 1e-9 for a, b in gaps)
        x = window.keypoints_xyc[:, 0, 0] / 100
        assert x.min() >= window.start_s - 1e-3
        assert x.max() <= window.end_s + 1e-3
    keys = [(w.start_s, w.end_s) for w in windows]
    assert len(set(keys)) == len(keys), "the same window twice"


def test_reflect_is_a_triangle_wave() -> None:
    np.testing.assert_allclose(
        reflect(np.array([-0.5, 0.0, 0.4, 1.0, 1.3, 2.2]), 0.0, 1.0), [0.5, 0, 0.4, 1, 0.7, 0.2]
    )
    np.testing.assert_allclose(reflect(np.array([3.0, 9.0]), 2.0, 2.0), [2, 2])


def test_resample_invents_nothing_across_a_missing_joint() -> None:
    keypoints = np.zeros((3, 17, 3), np.float32)
    keypoints[0, 0], keypoints[1, 0], keypoints[2, 0] = (10, 0, 1), (0, 0, 0), (30, 0, 1)
    out = resample(np.array([0.0, 1.0, 2.0]), keypoints, np.array([0.25, 0.75, 1.25, 1.75]))
    np.testing.assert_allclose(out[:, 0, 2], [1, 0, 0, 1])
    np.testing.assert_allclose(out[:, 0, 0], [10, 0, 0, 30])


def _rigid(motion_xy: np.ndarray, bend: float = 0.0) -> np.ndarray:
    """A window of a person (32, 17, 3), 200 px high, who moves as one piece; the legs may bend."""
    rng = np.random.default_rng(3)
    body = rng.uniform(0, 200, (17, 2))
    points = body + motion_xy[:, None]
    points[:, 13:] += bend * motion_xy[:, None]
    points += rng.normal(0, 0.5, points.shape)
    return np.concatenate([points, np.full((32, 17, 1), 0.9)], axis=2).astype(np.float32)


def _marching() -> np.ndarray:
    """One foot goes up and sideways after the other, and the knees bend."""
    window = _rigid(0 * SHAKE)
    for foot, phase in ((15, 0.0), (16, np.pi)):
        lifted = np.maximum(np.sin(6 * T + phase), 0)[:, None]
        window[:, [foot, foot - 2], :2] += lifted[..., None] * np.array([10, -30], np.float32)
    return window


T = np.arange(32) / RATE_HZ
SHAKE = np.stack([9 * np.sin(9 * T), 8 * np.sin(13 * T + 1)], axis=1)
JUMPS = np.stack([0 * T, 20 * np.abs(np.sin(6 * T))], axis=1)


def test_a_picture_that_shakes_moves_nobody_though_no_background_tells() -> None:
    window = _rigid(SHAKE)
    window[:, 4] = 0
    calm = without_shake(window)
    assert calm[:, :4, :2].std(axis=0).max() < 1.5
    assert (calm[:, 4] == 0).all()


def test_a_squat_in_a_picture_that_shakes_stays_a_squat() -> None:
    window = _rigid(SHAKE)
    down = np.concatenate([np.linspace(0, 60, 16), np.linspace(60, 0, 16)])
    window[:, :13, 1] += down[:, None]
    window[:, 13:15, 1] += down[:, None] / 2
    calm = without_shake(window)
    assert calm[:, 15:, :2].std(axis=0).max() < 1.5  # the feet stand
    deepest = calm[14:18, 0, 1].mean() - calm[:2, 0, 1].mean()
    assert deepest == pytest.approx(57, abs=3)


@pytest.mark.parametrize(
    "window",
    [
        _rigid(JUMPS, bend=-0.6),  # a jump
        _rigid(JUMPS),  # with stiff legs: to no side
        _rigid(SHAKE, bend=2.0),  # a dance
        _rigid(JUMPS, bend=2.0),  # who pulls the feet up
        _marching(),
        _rigid(0 * SHAKE),  # somebody who stands
        _rigid(np.stack([100 * T, 0 * T], axis=1)),  # a walk
    ],
)
def test_what_people_do_themselves_stays(window: np.ndarray) -> None:
    assert without_shake(window) is window


@pytest.mark.parametrize("known", [True, False])
def test_windows_are_calmed_where_the_background_told_nothing(known: bool) -> None:
    builder = WindowBuilder()
    windows: list[Window] = []
    for time_s, keypoints in zip(T, _rigid(SHAKE), strict=True):
        view = CameraView(known=known)
        windows += builder.push(float(time_s), [TrackedPerson(1, keypoints, 0.9, view)])
    moved = windows[-1].keypoints_xyc[..., :2].std(axis=0).max()
    assert (moved > 4) == known
