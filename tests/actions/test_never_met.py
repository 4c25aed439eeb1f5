"""The shipped network on people who are far away, and on those who jump once."""

from __future__ import annotations

import numpy as np

from harec.actions.recognizer import ActionRecognizer, PersonAction
from harec.core.geometry import torso_length
from harec.core.poses import TrackedPerson
from harec.simulate.motion.motion import RATE_HZ, make_motion, make_single_jump
from harec.training.far import far_noise
from harec.training.sampling import project

EVERY = 3  # frames of 30 a second: as with 10 frames a second


def answers_to(keypoints_xyc: np.ndarray) -> list[PersonAction]:
    recognizer, answers = ActionRecognizer(), []
    for i in range(0, len(keypoints_xyc), EVERY):
        answers += recognizer.update(i / RATE_HZ, [TrackedPerson(1, keypoints_xyc[i], 0.9)])
    return answers + recognizer.finish()


def named_share(clips: list[np.ndarray]) -> float:
    answers = [answer for clip in clips for answer in answers_to(clip)]
    assert len(answers) > 10 * len(clips)
    return sum(answer.action is not None for answer in answers) / len(answers)


def far_away(label: str, torso_px: float, seed: int) -> np.ndarray:
    """Somebody seen from afar, as MoveNet finds people of that size."""
    rng = np.random.default_rng([seed, int(torso_px)])
    joints = make_motion(label, 5.0, rng, style="rich")[None]
    yaw = rng.uniform(-np.pi, np.pi, 1)
    view = project(joints, yaw, np.full(1, 0.1), np.full(1, 8.0), np.zeros((1, 2)))
    torso = float(np.median(torso_length(view[0, ..., :2])))
    points, score = far_noise(
        rng, view[..., :2], view[..., 2], np.full((1, 1, 1, 1), torso), np.full(1, torso_px)
    )
    scaled = np.concatenate([points, score[..., None]], axis=-1)[0]
    scaled[..., :2] *= torso_px / torso
    return scaled.astype(np.float32)


def test_people_who_walk_far_away_raise_few_alarms() -> None:
    clips = [far_away("WALKING", 30.0, seed) for seed in range(12)]
    assert named_share(clips) <= 0.05


def test_single_jumps_are_found() -> None:
    """One jump in four seconds, seen from all sides."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        joints, highest_s = make_single_jump(4.0, rng)
        yaw = rng.uniform(-np.pi, np.pi, 1)
        view = project(joints[None], yaw, np.full(1, 0.1), np.full(1, 4.0), np.zeros((1, 2)))[0]
        found += any(
            answer.action == "JUMPING" and abs(answer.time_s - highest_s) < 1
            for answer in answers_to(view)
        )
    assert found >= 16
