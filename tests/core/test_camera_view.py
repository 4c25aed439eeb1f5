"""Where a camera looked: what keypoints are for a camera that stands still."""

from __future__ import annotations

import numpy as np

from harec.core.camera_view import STILL, CameraView, compose, invert
from harec.core.keypoint_buffer import PoseBuffer
from harec.core.poses import Poses, TrackedPerson


def moved(dx: float, dy: float, scale: float = 1.0, turn: float = 0.0) -> np.ndarray:
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[c, -s, dx], [s, c, dy]])


KEYPOINTS = np.concatenate(
    [np.arange(34, dtype=np.float32).reshape(17, 2) * 7, np.full((17, 1), 0.8, np.float32)], axis=1
)


def test_a_still_camera_gives_the_same_keypoints() -> None:
    assert STILL.steady(KEYPOINTS) is KEYPOINTS
    assert CameraView(3).steady(KEYPOINTS) is KEYPOINTS


def test_the_cameras_motion_is_taken_out_and_missing_keypoints_stay_missing() -> None:
    keypoints = KEYPOINTS.copy()
    keypoints[4] = 0
    steady = CameraView(0, moved(10, -5, 2)).steady(keypoints)
    assert np.allclose(steady[0], keypoints[0] * [2, 2, 1] + [10, -5, 0])
    assert (steady[4] == 0).all()
    assert (steady[:, 2] == keypoints[:, 2]).all()
    assert steady.dtype == np.float32


def test_compose_and_invert_undo_each_other() -> None:
    one, two = moved(3, 4, 1.2, 0.3), moved(-7, 2, 0.9, -0.1)
    assert np.allclose(compose(invert(one), one), np.eye(2, 3))
    point = np.array([11.0, 13.0])
    by_steps = two[:, :2] @ (one[:, :2] @ point + one[:, 2]) + two[:, 2]
    both = compose(two, one)
    assert np.allclose(both[:, :2] @ point + both[:, 2], by_steps)


def test_since_takes_an_earlier_frame_to_this_one() -> None:
    before, now = CameraView(0, moved(3, 4)), CameraView(0, moved(10, 2))
    # what lies at (0, 0) of the earlier frame is at (3, 4) of the shot, so at (-7, 2) of this one
    assert np.allclose(now.since(before)[:, 2], [-7, 2])


def test_poses_keep_their_camera() -> None:
    views = [STILL, STILL, CameraView(0, moved(1, 2)), CameraView(1)]
    buffer = PoseBuffer()
    for view in views:
        buffer.append(Poses(KEYPOINTS[None], np.ones(1, np.float32), view))
    kept = [poses.camera for poses in buffer]
    assert all(a.same(b) for a, b in zip(kept, views, strict=True))
    thresholded = buffer[2].above(0.5, 0.9)
    assert thresholded.camera is buffer[2].camera
    assert buffer[2].select(np.array([0])).camera is buffer[2].camera


def test_a_tracked_person_is_steady() -> None:
    person = TrackedPerson(1, KEYPOINTS, 0.9, CameraView(0, moved(1, 2)))
    assert np.allclose(person.steady_xyc, KEYPOINTS + np.array([1, 2, 0]))
