"""What the yoga classifier learns from: photos of asanas, and everyday poses that are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    NUM_KEYPOINTS,
)
from harec.simulate.motion.motion import EVERYDAY, make_motion
from harec.training.datasets import SIMULATED, load_archive
from harec.training.yoga.other_yoga import draw_other_yoga
from harec.yoga.recognition.angles import MIRROR_ANGLES, joint_angles
from harec.yoga.recognition.asanas import OTHERS, PHOTO_ASANAS
from harec.yoga.recognition.features import turned

Rng = np.random.Generator

#: Sources of poses that come from no data set of motion.
PHOTO, DRAWN_YOGA, RANDOM = "photo", "drawn", "random"
#: Target of poses that are neither an asana nor other yoga.
NONE: Final = len(PHOTO_ASANAS) + len(OTHERS)
#: Joints below this score count as not seen, as in the pose engine's own default.
KEYPOINT_THRESHOLD: Final = 0.2
#: Frames taken from each clip of everyday motion.
_FRAMES: Final = 6
#: Simulated yoga is no negative: some of it may be one of the asanas.
_SIMULATED: Final = tuple(label for label in EVERYDAY if label != "YOGA")
#: A pose whose angles differ by more on average from those of every photo is another pose.
_OTHER_POSE_DEG: Final = 20.0


@dataclass(frozen=True, eq=False)
class PosePool:
    """N poses with what they are and where they come from.

    Attributes:
        keypoints_xyc: float32 (N, 17, 3): pixels, score; 0 = keypoint not seen.
        targets: int (N,): index into `PHOTO_ASANAS` and `OTHERS` after them, or `NONE`.
        groups: (N,): poses of a group (a photo and its copies, a person) are never split.
        sources: (N,): where from: "photo", or the name of a data set.
        names: (N,): for reports.
    """

    keypoints_xyc: FloatArray
    targets: NDArray[np.int64]
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    names: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def photographed(self) -> NDArray[np.bool_]:
        """Which poses (N,) are photos of asanas."""
        return np.asarray(self.targets < len(PHOTO_ASANAS), np.bool_)

    @property
    def everyday(self) -> NDArray[np.bool_]:
        """Which poses (N,) are people who do everyday things, simulated or not."""
        return np.asarray((self.targets == NONE) & (self.sources != RANDOM), np.bool_)

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> PosePool:
        return PosePool(
            self.keypoints_xyc[keep],
            self.targets[keep],
            self.groups[keep],
            self.sources[keep],
            self.names[keep],
        )

    @classmethod
    def of(cls, rows: Sequence[tuple[FloatArray, int, str, str, str]]) -> PosePool:
        """From (keypoints, target, group, source, name)."""
        keypoints = np.stack([row[0] for row in rows]).astype(np.float32)
        columns = [np.array([row[i] for row in rows]) for i in range(1, 5)]
        return cls(keypoints, columns[0].astype(np.int64), *columns[1:])

    def fold(self, folds: int) -> NDArray[np.int64]:
        """Fold (N,) of each pose: by a hash of its group, so that it never changes."""
        digests = {
            g: int(sha256(str(g).encode()).hexdigest(), 16) % folds for g in set(self.groups)
        }
        return np.array([digests[g] for g in self.groups], np.int64)


def join(*pools: PosePool) -> PosePool:
    """All poses of several pools."""
    return PosePool(
        *(
            np.concatenate([getattr(pool, name) for pool in pools])
            for name in ("keypoints_xyc", "targets", "groups", "sources", "names")
        )
    )


def unseen_away(keypoints_xyc: FloatArray) -> FloatArray:
    """Joints (..., 17, 3) that are not seen for sure become zero."""
    return np.where(keypoints_xyc[..., 2:] < KEYPOINT_THRESHOLD, 0, keypoints_xyc)


def load_everyday(archives: Sequence[Path], rng: Rng) -> PosePool:
    """Poses of everyday motion: frames of keypoint archives, 3-D ones seen by random cameras."""
    rows: list[tuple[FloatArray, int, str, str, str]] = []
    for path in archives:
        for clip in load_archive(path):
            picks = rng.choice(len(clip.frames), min(_FRAMES, len(clip.frames)), replace=False)
            frames = clip.frames[picks]
            poses = _filmed(frames, rng) if clip.is_3d else unseen_away(frames)
            group = f"{clip.source}/{clip.subject}"
            rows += [(pose, NONE, group, clip.source, f"{group}/{clip.label}") for pose in poses]
    if not rows:
        raise InputError("Everyday poses are needed as well: give --data with keypoint archives.")
    return PosePool.of(rows)


def simulated_everyday(count: int, rng: Rng) -> PosePool:
    """Poses of simulated people who do everyday things, ``count`` people per kind."""
    rows: list[tuple[FloatArray, int, str, str, str]] = []
    for label in _SIMULATED:
        for index in range(count):
            joints = make_motion(label, 4.0, rng, style="rich")
            picks = rng.choice(len(joints), _FRAMES, replace=False)
            group = f"{SIMULATED}/{label}-{index}"
            rows += [(pose, NONE, group, SIMULATED, group) for pose in _filmed(joints[picks], rng)]
    return PosePool.of(rows)


def _filmed(joints: FloatArray, rng: Rng) -> FloatArray:
    """Joints (N, 17, 3) in metres as random cameras see them: (N, 17, 3) with score 1.

    Any direction around, a little from above or below; so far away that perspective is weak.
    """
    n = len(joints)
    yaw, pitch = rng.uniform(-np.pi, np.pi, n), rng.normal(0, 0.12, n)
    x, y, z = np.moveaxis(joints - joints.mean(axis=1, keepdims=True), -1, 0)
    right = x * np.cos(yaw)[:, None] - z * np.sin(yaw)[:, None]
    ahead = x * np.sin(yaw)[:, None] + z * np.cos(yaw)[:, None]
    up = y * np.cos(pitch)[:, None] - ahead * np.sin(pitch)[:, None]
    near = ahead * np.cos(pitch)[:, None] + y * np.sin(pitch)[:, None]
    scale = 300 / (1 - near / rng.uniform(3, 8, n)[:, None])
    out = np.stack([320 + right * scale, 240 - up * scale, np.ones_like(x)], axis=-1)
    return out.astype(np.float32)


def random_poses(count: int, rng: Rng, photos: PosePool) -> PosePool:
    """Bodies bent and turned at random, flat in the image: neither everyday nor one of ours.

    Other yoga, gymnastics, dance. Half of them in profile with both arms and both legs alike, as in
    forward bends and planks. Poses whose angles are near those of a photo are left out.
    """
    known = joint_angles(photos.keypoints_xyc)
    known = np.concatenate([known, known[:, list(MIRROR_ANGLES)]])
    poses: list[FloatArray] = []
    while len(poses) < count:
        batch = _bent_at_random(1024, rng)
        apart = np.nanmean(np.abs(joint_angles(batch)[:, None] - known[None]), axis=2)
        poses += list(batch[np.nanmin(apart, axis=1) > _OTHER_POSE_DEG])
    found = turned(np.stack(poses[:count]), rng.uniform(0, 360, count))
    rows = [(pose, NONE, f"random/{i}", RANDOM, f"random/{i}") for i, pose in enumerate(found)]
    return PosePool.of(rows)


def _bent_at_random(n: int, rng: Rng) -> FloatArray:
    """Poses (n, 17, 3) of planar bodies with a trunk of 100 pixels, head up; all joints seen."""
    out = np.zeros((n, NUM_KEYPOINTS, 3), np.float32)
    out[..., 2] = 1
    profile = rng.random(n) < 0.5
    breadth = np.where(profile, rng.uniform(0, 15, n), rng.uniform(25, 80, n))
    for side, sign in ((0, 0.5), (1, -0.5)):
        out[:, LEFT_SHOULDER + side, 0] = sign * breadth
        out[:, LEFT_SHOULDER + side, 1] = -100
        out[:, LEFT_HIP + side, 0] = sign * breadth * rng.uniform(0.4, 0.65, n)
    out[:, 0] = np.stack([rng.normal(0, 12, n), rng.normal(-135, 8, n), np.ones(n)], axis=1)
    arms = np.stack([rng.uniform(-np.pi, np.pi, (n, 2)), _folds(rng, n)])
    legs = np.stack([rng.uniform(-2.8, 2.8, (n, 2)), _folds(rng, n)])
    for limbs in (arms, legs):
        like = limbs[:, :, 0] + rng.normal(0, 0.12, (2, n))
        limbs[:, :, 1] = np.where(profile, like, limbs[:, :, 1])
    for side in (0, 1):
        for first, limbs, lengths in (
            (LEFT_SHOULDER, arms, (58.0, 51.0)),
            (LEFT_HIP, legs, (83.0, 82.0)),
        ):
            upper, fold = limbs[0, :, side], limbs[1, :, side]
            for joint, angle, length in zip(
                (first + side, first + side + 2), (upper, upper + fold), lengths, strict=True
            ):
                shown = length * rng.choice([1.0, 0.8], n, p=[0.7, 0.3])
                out[:, joint + 2, 0] = out[:, joint, 0] + shown * np.sin(angle)
                out[:, joint + 2, 1] = out[:, joint, 1] + shown * np.cos(angle)
    return out


def _folds(rng: Rng, n: int) -> NDArray[np.float64]:
    """How far elbows or knees are bent (n, 2), radians; often not at all."""
    bent = rng.uniform(-2.6, 2.6, (n, 2))
    return np.where(rng.random((n, 2)) < 0.5, rng.normal(0, 0.12, (n, 2)), bent)


def drawn_yoga(each: int, rng: Rng) -> PosePool:
    """Drawn bodies that do other yoga, so many of each of `OTHERS`."""
    rows = []
    for target, name in enumerate(OTHERS, len(PHOTO_ASANAS)):
        for i, pose in enumerate(draw_other_yoga(name, each, rng)):
            rows.append((pose, target, f"{DRAWN_YOGA}/{name}-{i}", DRAWN_YOGA, f"{name}-{i}"))
    return PosePool.of(rows)
