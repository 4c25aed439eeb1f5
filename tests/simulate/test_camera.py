"""The camera: hand-computed projections, and framing that just fits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harec.simulate.camera import Camera


def test_the_target_is_in_the_middle_at_its_distance() -> None:
    camera = Camera((640, 480), target=(1.0, 2.0, 3.0), distance=4.0, yaw=0.7, pitch=0.2, roll=0.3)
    pixels, depth = camera.project(np.array([1.0, 2.0, 3.0]))
    assert pixels == pytest.approx([320, 240], abs=1e-3)
    assert depth == pytest.approx(4.0, abs=1e-4)


def test_a_hand_computed_point() -> None:
    # 90 degrees of view: half the height (240 px) is as far from the middle as the depth
    camera = Camera((640, 480), target=(0, 0, 0), distance=2.0, fov=math.radians(90))
    pixels, depth = camera.project(np.array([[1.0, 0.5, 0.0], [0.0, 0.0, 1.0]]))
    assert pixels[0] == pytest.approx([320 + 120, 240 - 60], abs=1e-3)
    assert depth == pytest.approx([2.0, 1.0], abs=1e-5)


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({}, True),  # a person who faces the camera has the left hand on the right
        ({"yaw": math.pi}, False),  # from behind it is on the left
    ],
)
def test_left_of_the_person(change: dict[str, float], right: bool) -> None:
    camera = Camera((200, 200), target=(0, 0, 0), distance=3.0, **change)  # type: ignore[arg-type]
    pixels, _ = camera.project(np.array([0.3, 0.0, 0.0]))
    assert (pixels[0] > 100) == right


def test_yaw_brings_the_left_side_nearer() -> None:
    camera = Camera((200, 200), target=(0, 0, 0), distance=3.0, yaw=math.pi / 2)
    _, depth = camera.project(np.array([[0.5, 0, 0], [-0.5, 0, 0]]))
    assert depth == pytest.approx([2.5, 3.5], abs=1e-4)


def test_a_raised_camera_sees_the_far_floor_higher() -> None:
    camera = Camera((200, 200), distance=3.0, pitch=0.4)
    pixels, _ = camera.project(np.array([[0, 0, -1.0], [0, 0, 1.0]]))
    assert pixels[0, 1] < pixels[1, 1]
    assert camera.position[1] > 0.95


def test_positive_roll_turns_the_picture_clockwise() -> None:
    camera = Camera((200, 200), target=(0, 0, 0), distance=3.0, roll=math.radians(90))
    pixels, _ = camera.project(np.array([0, 0.5, 0]))  # what was on top is on the right
    assert pixels[0] > 120
    assert pixels[1] == pytest.approx(100, abs=0.01)


def test_behind_the_camera_has_no_depth() -> None:
    _, depth = Camera((200, 200), distance=3.0).project(np.array([0, 0.95, 5.0]))
    assert depth <= 0


def test_rays_go_through_their_pixels() -> None:
    camera = Camera((64, 48), yaw=0.4, pitch=0.2, roll=-0.1)
    rays = camera.pixel_rays()
    pixels, _ = camera.project(camera.position + 3 * rays[10, 20])
    assert pixels == pytest.approx([20.5, 10.5], abs=0.01)


@pytest.mark.parametrize("size_wh", [(640, 480), (480, 854), (200, 200)])
@pytest.mark.parametrize("yaw", [0.0, 1.2])
def test_framing_fits_and_touches(size_wh: tuple[int, int], yaw: float) -> None:
    points = np.random.default_rng(3).uniform([-1, 0, -0.4], [1.5, 1.9, 0.4], (200, 3))
    camera = Camera(size_wh, yaw=yaw, pitch=0.15).framing(points, margin=0.1)
    pixels, depth = camera.project(points)
    share = pixels / size_wh
    assert depth.min() > 0
    assert share.min() > 0.1 - 1e-3
    assert share.max() < 0.9 + 1e-3
    # not further away than needed: one direction is used up
    assert np.ptp(share, axis=0).max() == pytest.approx(0.8, abs=2e-3)


@pytest.mark.parametrize(
    "wrong",
    [{"size_wh": (0, 5)}, {"size_wh": (5, 5), "distance": 0.0}, {"size_wh": (5, 5), "fov": 4.0}],
)
def test_impossible_cameras(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Camera(**wrong)  # type: ignore[arg-type]
