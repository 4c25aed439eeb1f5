"""Parts of a frame cover it, and small people are found by them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from harec.core.geometry import oks
from harec.pose.crops import Crop
from harec.pose.followed_person import FollowedPerson
from harec.pose.movenet import MoveNetEstimator
from harec.pose.movenet_onnx import Detection
from harec.pose.tiles import Tile, tiles_of
from harec.simulate.clip import simulate_frames, simulate_truth
from harec.simulate.spec import ClipSpec


@pytest.mark.parametrize(
    "size_wh", [(640, 480), (480, 640), (1280, 720), (1920, 1080), (3840, 2160), (64, 48), (900, 9)]
)
def test_tiles_cover_the_frame_and_stay_in_it(size_wh: tuple[int, int]) -> None:
    covered = np.zeros(size_wh[::-1], bool)
    tiles = tiles_of(size_wh)
    for tile in tiles:
        assert tile.of(covered).shape == (tile.height, tile.width)  # nothing is outside
        tile.of(covered)[:] = True
    assert covered.all()
    assert len(tiles) <= 15


def test_a_person_of_a_tenth_of_the_height_is_whole_in_one_tile() -> None:
    size_wh, side = (1920, 1080), 108
    tiles = tiles_of(size_wh)
    for x in range(0, size_wh[0] - side, 7):
        for y in range(0, size_wh[1] - side, 7):
            box = np.array([x, y, x + side, y + side], np.float32)
            assert any(
                tile.x <= x and x + side <= tile.x + tile.width
                and tile.y <= y and y + side <= tile.y + tile.height
                and not tile.is_cut_off(box, size_wh)
                for tile in tiles
            ), box  # fmt: skip


def test_what_an_inner_border_cuts_is_no_person() -> None:
    tile, size_wh = Tile(0, 0, 400, 400), (1000, 400)
    assert tile.is_cut_off(np.array([300, 10, 399, 300], np.float32), size_wh)
    assert not tile.is_cut_off(np.array([300, 10, 380, 300], np.float32), size_wh)
    assert not tile.is_cut_off(np.array([0, 0, 100, 400], np.float32), size_wh)  # the frame's own


def test_small_people_of_a_large_frame_are_found() -> None:
    """60 pixels of 1080: 8 of the 256 that the network sees the whole frame at."""
    spec = ClipSpec(((("WAVING_1HAND", 1.0),),), size_wh=(480, 480), fps=10, seed=1)
    first = next(iter(simulate_frames(spec)))
    box = first.keypoints_xyc[0]
    scale = 60 / float(np.ptp(box[:, 1]))
    side = round(480 * scale)
    picture = cv2.resize(first.rgb, (side, side), interpolation=cv2.INTER_AREA)
    frame = cv2.resize(cv2.GaussianBlur(first.rgb, (0, 0), 25), (1920, 1080))
    frame[700 : 700 + side, 1300 : 1300 + side] = picture
    truth = box.copy()
    truth[:, :2] = truth[:, :2] * scale + [1300, 700]
    estimator = MoveNetEstimator("lightweight")
    for index in range(32):  # each of 15 parts was looked at
        poses = estimator.estimate_at(index / 15, np.asarray(frame, np.uint8))
        if len(poses):
            break
    assert len(poses) == 1
    assert oks(truth, poses.keypoints_xyc[0]) > 0.5


@pytest.mark.parametrize(("height", "parts"), [(0, True), (60, True), (400, False)])
def test_parts_and_the_whole_take_turns_and_large_people_cost_none(
    height: float, parts: bool
) -> None:
    """With nobody there every second look is at a part; beside a large person none is."""
    seen: list[tuple[int, ...]] = []

    def detect(rgb: np.ndarray, long_side: int, threshold: float) -> list[Detection]:
        seen.append(rgb.shape[1::-1])
        return []

    estimator = MoveNetEstimator("lightweight")
    estimator._detector = detect  # type: ignore[assignment]
    estimator._refiner = lambda rgb, crops, mirrored=False: [standing(height) for _ in crops]  # type: ignore
    if height:
        estimator._people = [FollowedPerson(standing(height), crop=Crop(300, 240, 500))]
    for index in range(64):
        estimator.estimate_at(index / 30, np.zeros((480, 640, 3), np.uint8))
    whole = seen.count((640, 480))
    assert len(seen) - whole == pytest.approx(whole if parts else 0, abs=whole // 4)


def standing(height: float) -> np.ndarray:
    spec = ClipSpec(((("STANDING", 0.2),),), size_wh=(480, 480), fps=10)
    keypoints = simulate_truth(spec).people[0].keypoints_xyc[0].copy()
    scale = height / float(np.ptp(keypoints[:, 1]))
    keypoints[:, :2] = (keypoints[:, :2] - 240) * scale + [300, 240]
    return np.asarray(keypoints, np.float32)
