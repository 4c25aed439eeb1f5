"""Bodies in single pictures: more looks where the first one is not sure, back in its own pixels."""

import numpy as np
import pytest

from harec.core.poses import Poses
from harec.yoga.practice.still_pose import find_bodies


class Corners:
    """An engine that "finds" a body whose joints all lie on the picture's one red pixel.

    Args:
        sure: score by (height > width of what it is shown, shown with a border).
    """

    name = "movenet"

    def __init__(self, size_hw, sure) -> None:
        self.size_hw, self.sure = size_hw, sure
        self.seen: list[tuple[int, int]] = []
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def estimate(self, rgb) -> Poses:
        height, width = rgb.shape[:2]
        self.seen.append((height, width))
        score = self.sure(rgb, self.size_hw)
        if score is None:
            return Poses.empty()
        y, x = np.argwhere((rgb == (255, 0, 0)).all(axis=2))[0]
        keypoints = np.tile(np.array([x, y, 0.9], np.float32), (1, 17, 1))
        return Poses(keypoints, np.array([score], np.float32))


def picture(size_hw=(120, 200), at=(150, 30)) -> np.ndarray:
    rgb = np.zeros((*size_hw, 3), np.uint8)
    rgb[at[1], at[0]] = 255, 0, 0
    return rgb


def test_a_sure_find_is_taken_at_once():
    engine = Corners((120, 200), lambda rgb, size: 0.9)
    poses = find_bodies(picture(), engine)
    assert set(engine.seen) == {(120, 200)}
    np.testing.assert_array_equal(poses.keypoints_xyc[0, 0, :2], (150, 30))


@pytest.mark.parametrize("quarters", [0, 1, 3])
def test_a_body_found_in_a_turned_picture_is_in_the_picture_s_own_pixels(quarters):
    """Sure only when shown with a border and turned so: told by where the red pixel is."""
    framed = np.pad(picture(), ((50, 50), (50, 50), (0, 0)))
    wanted = np.rot90(framed, quarters)

    def sure(rgb, size):
        return 0.9 if rgb.shape == wanted.shape and (rgb == wanted).all() else 0.3

    poses = find_bodies(picture(), Corners((120, 200), sure))
    assert poses.scores[0] == pytest.approx(0.9)
    np.testing.assert_array_equal(poses.keypoints_xyc[0, 0, :2], (150, 30))


def test_the_best_of_all_looks_is_kept_when_none_is_sure():
    engine = Corners((120, 200), lambda rgb, size: 0.5 if rgb.shape[:2] == size else 0.4)
    assert find_bodies(picture(), engine).scores[0] == pytest.approx(0.5)
    assert len(set(engine.seen)) == 3  # itself, with a border, and turned


def test_nobody_stays_nobody():
    assert len(find_bodies(picture(), Corners((120, 200), lambda rgb, size: None))) == 0


def test_the_engine_is_left_without_memory_of_the_picture():
    engine = Corners((120, 200), lambda rgb, size: 0.9)
    find_bodies(picture(), engine)
    assert engine.resets == 2  # before, and after
