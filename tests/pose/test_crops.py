"""Crops: pixels come from where they should, keypoints go back to where they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.pose.crops import (
    Crop,
    body_motion,
    crop_of_box,
    cut_out,
    next_crop,
)


def person(x: float, y: float, height: float) -> np.ndarray:
    """Seventeen keypoints spread over a box of a standing person, feet at (x, y)."""
    across = np.linspace(-0.2, 0.2, 17)
    up = np.linspace(-1, 0, 17)
    return np.column_stack([x + across * height, y + up * height, np.full(17, 0.9)]).astype(
        np.float32
    )


# centre and side: inside, over each edge, reducing a lot, enlarging
CROPS = [
    Crop(200, 150, 100),
    Crop(205.3, 148.7, 33.3),
    Crop(30, 40, 300),
    Crop(390, 290, 250),
    Crop(200, 150, 2000),
    Crop(200, 150, 700),
]


@pytest.mark.parametrize("crop", CROPS)
@pytest.mark.parametrize("side", [192, 256])
def test_a_spot_comes_back_to_its_place(crop: Crop, side: int) -> None:
    """The middle of a bright spot, found in the cut-out, maps to its middle in the frame."""
    radius = max(2, round(crop.side / 40))
    wanted = crop.x + crop.side / 10, crop.y - crop.side / 12
    spot = np.clip(wanted, 2 * radius, [400 - 2 * radius, 300 - 2 * radius]).round()
    ys, xs = np.mgrid[:300, :400]
    lit = np.hypot(xs - spot[0], ys - spot[1]) <= radius
    rgb = np.where(lit[..., None], 255, 0).astype(np.uint8).repeat(3, axis=2)
    image, to_frame = cut_out(rgb, crop, side)
    assert image.shape == (side, side, 3)
    weight = image[..., 0].astype(float)
    rows, columns = np.mgrid[:side, :side] + 0.5  # pixel centres
    middle = np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()
    pixel = crop.side / side  # a pixel of the cut-out, in pixels of the frame
    np.testing.assert_allclose(to_frame(middle), spot + 0.5, atol=max(0.25, 0.3 * pixel))


def test_outside_the_frame_is_black() -> None:
    rgb = np.full((100, 100, 3), 200, np.uint8)
    image, _ = cut_out(rgb, Crop(0, 50, 100), 256)
    assert image[:, :126].max() == 0
    assert image[4:-4, 130:].min() == 200, "up to the edge of the crop"
    far, _ = cut_out(rgb, Crop(-500, -500, 100), 256)
    assert far.shape == (256, 256, 3)
    assert far.max() == 0


def test_reducing_averages_instead_of_picking() -> None:
    """A checkerboard of single pixels becomes grey, not a moire of black and white."""
    rgb = (np.indices((800, 800)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
    image, _ = cut_out(rgb, Crop(400, 400, 800), 192)
    assert abs(image[5:-5, 5:-5].astype(int) - 127).max() < 20


def test_crop_of_box() -> None:
    assert crop_of_box(np.float32([10, 20, 50, 120])) == Crop(30, 70, 125)
    assert crop_of_box(np.float32([10, 20, 12, 22])).side == 48, "never smaller than this"


@given(st.floats(40, 400), st.floats(-0.4, 0.4), st.floats(-0.2, 0.2))
@settings(deadline=None, derandomize=True)
def test_the_next_crop_holds_a_person_who_goes_on(height: float, dx: float, dy: float) -> None:
    """After a move of up to 0.4 heights between two calls, one more such move stays inside."""
    places = [(300 + i * dx * height, 400 + i * dy * height) for i in range(3)]
    before, now, after = (person(x, y, height) for x, y in places)
    crop = next_crop(now, before, (640, 480))
    assert crop is not None
    away = np.abs(after[:, :2] - [crop.x, crop.y]).max()
    assert away <= crop.side / 2


def test_standing_still_keeps_the_crop_tight() -> None:
    crop = next_crop(person(300, 400, 200), person(300, 400, 200), (640, 480))
    assert crop is not None
    assert crop.side == pytest.approx(1.35 * 200)
    np.testing.assert_allclose([crop.x, crop.y], [300, 300], atol=1e-3)


def test_no_keypoints_no_crop() -> None:
    unseen = person(300, 400, 200)
    unseen[:, 2] = 0.05
    assert next_crop(unseen, None, (640, 480)) is None
    assert not body_motion(unseen, person(0, 0, 200), limit=50).any()
