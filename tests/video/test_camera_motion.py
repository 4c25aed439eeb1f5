"""The camera's motion from the background: pictures moved by known amounts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from harec.core.camera_view import STILL, CameraView
from harec.core.poses import Poses
from harec.video.camera_follower import CameraFollower
from harec.video.camera_motion import CameraMotion, background_mask

SIZE_WH = 160, 120
EVERYWHERE = np.full((120, 160), 255, np.uint8)


def nobody() -> np.ndarray:
    return EVERYWHERE


def wall(seed: int = 0, contrast: float = 40.0) -> np.ndarray:
    """A large picture (360, 480) with soft structure, float32."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((360, 480), np.float32)
    for cells, weight in ((12, 1.0), (30, 0.6), (100, 0.4)):
        grid = rng.normal(size=(cells * 3 // 4, cells)).astype(np.float32)
        picture += weight * cv2.resize(grid, (480, 360), interpolation=cv2.INTER_CUBIC)
    return 128 + contrast * picture / picture.std()


def seen(
    picture: np.ndarray, dx: float = 0, dy: float = 0, scale: float = 1, noise: int | None = None
) -> np.ndarray:
    """What a camera sees whose background is moved by (dx, dy) and scaled about the middle."""
    x = 240 - 80 / scale - dx / scale
    y = 180 - 60 / scale - dy / scale
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    view = cv2.warpAffine(picture, matrix, SIZE_WH, flags=cv2.INTER_LINEAR)
    if noise is not None:
        view = view + np.random.default_rng(noise).normal(0, 1.5, view.shape)
    return view.round().clip(0, 255).astype(np.uint8)


def with_person(picture: np.ndarray, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """A person of stripes, 24 x 70 pixels, at (x, y); the picture, and the background."""
    out = picture.copy()
    left, top = round(x), round(y)
    stripes = np.tile(np.array([30, 220], np.uint8).repeat(3), 12)[:70]
    out[top : top + 70, left : left + 24] = stripes[: out[top : top + 70].shape[0], None]
    return out, without(x - 6, y - 6, x + 30, y + 76)


def without(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """The background but for a box."""
    mask = EVERYWHERE.copy()
    mask[max(round(y0), 0) : max(round(y1), 0), max(round(x0), 0) : max(round(x1), 0)] = 0
    return mask


def test_a_shaken_camera_is_followed_to_a_part_of_a_pixel() -> None:
    picture, motion = wall(), CameraMotion()
    rng = np.random.default_rng(4)
    for index in range(120):
        t = index / 20
        dx, dy = 5 * np.sin(2.1 * t * 3), 4 * np.sin(1.3 * t * 5 + 1) * (1 if index else 0)
        if index == 0:
            dx = dy = 0.0
        to_shot = motion.update(t, seen(picture, dx, dy, noise=int(rng.integers(1e6))), nobody)
        assert np.allclose(to_shot[:, :2], np.eye(2), atol=0.01)
        assert np.allclose(to_shot[:, 2], [-dx, -dy], atol=0.35), t


def test_a_tripod_is_exactly_still_whoever_moves_in_front_of_it() -> None:
    picture, motion = wall(1), CameraMotion()
    for index in range(100):
        t = index / 20
        frame, box = with_person(
            seen(picture, noise=index), 60 + 20 * np.sin(t), 25 + 18 * np.sin(9 * t)
        )
        assert (motion.update(t, frame, lambda mask=box: mask) == np.eye(2, 3)).all()


def test_people_whom_nobody_found_do_not_move_the_camera() -> None:
    picture, motion = wall(2), CameraMotion()
    for index in range(60):
        t = index / 20
        frame, _ = with_person(seen(picture, noise=index), 60, 25 + 18 * np.sin(9 * t))
        assert (motion.update(t, frame, nobody) == np.eye(2, 3)).all()


def test_before_a_plain_wall_a_jumper_does_not_move_the_camera() -> None:
    plain, motion = np.full((120, 160), 140, np.uint8), CameraMotion()
    for index in range(60):
        t = index / 20
        y = 25 + 18 * abs(np.sin(9 * t))
        frame, _ = with_person(plain, 60, y)
        tight = without(66, y + 6, 78, y + 64)  # hair and shoes stick out
        assert (motion.update(t, frame, lambda mask=tight: mask) == np.eye(2, 3)).all()


def test_a_pan_leaves_its_first_picture_behind_and_is_followed_on() -> None:
    picture, motion = wall(3), CameraMotion()
    for index in range(60):
        shift = 2.0 * index
        to_shot = motion.update(index / 20, seen(picture, 60 - shift), nobody)
    assert np.allclose(to_shot[:, 2], [shift, 0], atol=1.5)


def test_a_zoom_is_a_scale() -> None:
    picture, motion = wall(4), CameraMotion()
    for index in range(40):
        scale = 1 + 0.01 * index
        to_shot = motion.update(index / 20, seen(picture, scale=scale), nobody)
    assert to_shot[0, 0] == pytest.approx(1 / scale, rel=0.02)
    # the middle of the picture stays
    assert np.allclose(to_shot[:, :2] @ [80, 60] + to_shot[:, 2], [80, 60], atol=0.7)


def test_after_a_reset_nothing_follows_on() -> None:
    motion = CameraMotion()
    motion.update(0.0, seen(wall(5)), nobody)
    assert motion.update(0.1, seen(wall(5), 6), nobody)[0, 2] != 0
    motion.reset()
    assert (motion.update(0.2, seen(wall(6)), nobody) == np.eye(2, 3)).all()


def test_the_frame_may_change_its_size() -> None:
    motion = CameraMotion()
    motion.update(0.0, seen(wall(5)), nobody)
    smaller = np.ascontiguousarray(seen(wall(5))[:90])
    assert (motion.update(0.1, smaller, lambda: EVERYWHERE[:90]) == np.eye(2, 3)).all()


def test_people_are_no_background_but_what_is_between_their_limbs_is() -> None:
    keypoints = np.zeros((2, 17, 3), np.float32)
    # arms spread like wings; of a second person nothing is seen
    keypoints[0, :5, :2] = [80, 20]
    keypoints[0, 5:13, :2] = [
        [88, 35], [72, 35], [110, 35], [50, 35], [130, 35], [30, 35], [86, 70], [74, 70],
    ]  # fmt: skip
    keypoints[0, 13:, :2] = [[86, 90], [74, 90], [86, 110], [74, 110]]
    keypoints[0, :, 2] = 0.9
    mask = background_mask(keypoints, SIZE_WH)
    assert mask.shape == (120, 160)
    for x, y in ((80, 15), (30, 35), (100, 38), (80, 50), (80, 100), (86, 116)):
        assert mask[y, x] == 0, (x, y)
    for x, y in ((30, 60), (130, 60), (40, 100), (5, 5)):
        assert mask[y, x] == 255, (x, y)


def colour(gray: np.ndarray, times: int = 4) -> np.ndarray:
    large = cv2.resize(gray, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return np.repeat(large[..., None], 3, axis=2)


def test_the_follower_speaks_in_pixels_of_the_full_frame() -> None:
    picture, follower = wall(7), CameraFollower()
    full_wh = 1280, 960  # of which 640 x 480 was decoded
    follower.update(0.0, colour(seen(picture)), Poses.empty(), full_wh)
    view = follower.update(0.05, colour(seen(picture, 3, -2)), Poses.empty(), full_wh)
    assert view.shot == 0
    assert np.allclose(view.to_shot[:, 2], [-24, 16], atol=3)
    assert np.allclose(view.to_shot[:, :2], np.eye(2), atol=0.01)


def test_a_cut_begins_a_shot_whose_camera_starts_anew() -> None:
    follower = CameraFollower()
    views: list[CameraView] = []
    for index, (seed, dx) in enumerate([(8, 0), (8, 4), (9, 0), (9, 0), (9, -5)]):
        frame = colour(seen(wall(seed), dx)) // (3 if seed == 9 else 1)
        views.append(follower.update(index / 20, frame, Poses.empty()))
    assert [view.shot for view in views] == [0, 0, 1, 1, 1]
    assert views[0].same(STILL)
    assert [view.is_still for view in views] == [True, False, True, True, False]
    follower.reset()
    assert follower.update(1.0, colour(seen(wall(9))), Poses.empty()).shot == 2
