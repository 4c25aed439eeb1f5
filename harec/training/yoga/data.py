"""What the yoga classifier learns from: photos of asanas, and everyday poses that are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.errors import HarecError, InputError
from harec.core.file_types import PHOTO_ENDINGS, ending
from harec.core.poses import FloatArray
from harec.core.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    NUM_KEYPOINTS,
)
from harec.pose.registry import create_estimator
from harec.simulate.motion.motion import EVERYDAY, make_motion
from harec.training.datasets import SIMULATED, load_archive
from harec.yoga.coaching.viewpoint import sure_keypoints
from harec.yoga.practice.image_file import read_picture
from harec.yoga.practice.still_pose import find_bodies
from harec.yoga.recognition.angles import MIRROR_ANGLES, joint_angles
from harec.yoga.recognition.asanas import ASANAS, PHOTO_ASANAS
from harec.yoga.recognition.features import body_scale, mirrored

Rng = np.random.Generator

#: Joints below this score count as not seen, as in the pose engine's own default.
KEYPOINT_THRESHOLD: Final = 0.2
#: Frames taken from each clip of everyday motion.
_FRAMES: Final = 6
#: Simulated yoga is no negative: some of it may be one of the asanas.
_SIMULATED: Final = tuple(label for label in EVERYDAY if label != "YOGA")
#: Hamming distance of two images' hashes (64 bits) up to which they are the same photo.
_SAME_PHOTO: Final = 6
#: A pose whose angles differ by more on average from those of every photo is another pose.
_OTHER_POSE_DEG: Final = 20.0


@dataclass(frozen=True, eq=False)
class PosePool:
    """N poses with what they are and where they come from.

    Attributes:
        keypoints_xyc: float32 (N, 17, 3): pixels, score; 0 = keypoint not seen.
        targets: int (N,): index into ``PHOTO_ASANAS``, or their number for no asana.
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


def load_photos(folder: Path, echo: Callable[[str], None] = lambda _: None) -> PosePool:
    """The poses that harec's own engine finds in photos, sorted as ``folder/<asana>/*.jpg``.

    A photo in which no person is found stays, without keypoints: it counts as a miss.

    Raises:
        InputError: the folder is missing, or has no photos of an asana.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    unknown = {f.name for f in folder.iterdir() if f.is_dir()} - set(ASANAS)
    if unknown:
        raise InputError(f"Folders that are no asana: {', '.join(sorted(unknown))}.")
    estimator = create_estimator("movenet", mode="performance", max_people=4)
    rows: list[tuple[FloatArray, int, str, str, str]] = []
    for target, asana in enumerate(PHOTO_ASANAS):
        files = sorted(f for f in (folder / asana).glob("*") if ending(f) in PHOTO_ENDINGS)
        if not files:
            raise InputError(f"There are no photos in {folder / asana}.")
        seen: list[tuple[int, str]] = []
        for file in files:
            try:
                rgb = read_picture(file)
            except HarecError as problem:
                echo(f"left out: {problem}")
                continue
            poses = find_bodies(rgb, estimator)
            keypoints = poses.keypoints_xyc[0] if len(poses) else np.zeros((17, 3), np.float32)
            keypoints = sure_keypoints(unseen_away(keypoints), (rgb.shape[1], rgb.shape[0]))
            name = f"{asana}/{file.name}"
            rows.append((keypoints, target, _group(rgb, name, seen), "photo", name))
        echo(f"{asana}: {len(files)} photos")
    return PosePool.of(rows)


def unseen_away(keypoints_xyc: FloatArray) -> FloatArray:
    """Joints (..., 17, 3) that are not seen for sure become zero."""
    return np.where(keypoints_xyc[..., 2:] < KEYPOINT_THRESHOLD, 0, keypoints_xyc)


def _group(rgb: NDArray[np.uint8], name: str, seen: list[tuple[int, str]]) -> str:
    """The first photo that this one, or its mirror image, is a copy of; else itself."""
    for image in (rgb, rgb[:, ::-1]):
        bits = _hash(image)
        for other, group in seen:
            if (bits ^ other).bit_count() <= _SAME_PHOTO:
                return group
    seen.append((_hash(rgb), name))
    return name


def _hash(rgb: NDArray[np.uint8]) -> int:
    """Difference hash of 64 bits: whether each cell is brighter than its left neighbour."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int("".join("1" if bit else "0" for bit in bits), 2)


def load_everyday(archives: Sequence[Path], rng: Rng) -> PosePool:
    """Poses of everyday motion: frames of keypoint archives, 3-D ones seen by random cameras."""
    none = len(PHOTO_ASANAS)
    rows: list[tuple[FloatArray, int, str, str, str]] = []
    for path in archives:
        for clip in load_archive(path):
            picks = rng.choice(len(clip.frames), min(_FRAMES, len(clip.frames)), replace=False)
            frames = clip.frames[picks]
            poses = _filmed(frames, rng) if clip.is_3d else unseen_away(frames)
            group = f"{clip.source}/{clip.subject}"
            rows += [(pose, none, group, clip.source, f"{group}/{clip.label}") for pose in poses]
    if not rows:
        raise InputError("Everyday poses are needed as well: give --data with keypoint archives.")
    return PosePool.of(rows)


def simulated_everyday(count: int, rng: Rng) -> PosePool:
    """Poses of simulated people who do everyday things, ``count`` people per kind."""
    none = len(PHOTO_ASANAS)
    rows: list[tuple[FloatArray, int, str, str, str]] = []
    for label in _SIMULATED:
        for index in range(count):
            joints = make_motion(label, 4.0, rng, style="rich")
            picks = rng.choice(len(joints), _FRAMES, replace=False)
            group = f"{SIMULATED}/{label}-{index}"
            rows += [(pose, none, group, SIMULATED, group) for pose in _filmed(joints[picks], rng)]
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
    """Bodies bent at random, flat in the image: all that is neither everyday nor one of ours.

    Other yoga, gymnastics, dance. Half of them in profile with both arms and both legs alike, as in
    forward bends and planks. Poses whose angles are near those of a photo are left out.
    """
    none, known = len(PHOTO_ASANAS), joint_angles(photos.keypoints_xyc)
    known = np.concatenate([known, known[:, list(MIRROR_ANGLES)]])
    poses: list[FloatArray] = []
    while len(poses) < count:
        batch = _bent_at_random(1024, rng)
        apart = np.nanmean(np.abs(joint_angles(batch)[:, None] - known[None]), axis=2)
        poses += list(batch[np.nanmin(apart, axis=1) > _OTHER_POSE_DEG])
    rows = [(pose, none, f"random/{i}", "random", f"random/{i}") for i, pose in enumerate(poses)]
    return PosePool.of(rows[:count])


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


#: Bones that `disturb` turns about their first joint, with everything that hangs on them.
_LIMBS: Final = (
    (5, (7, 9)),
    (6, (8, 10)),
    (7, (9,)),
    (8, (10,)),
    (11, (13, 15)),
    (12, (14, 16)),
    (13, (15,)),
    (14, (16,)),
)


def disturb(rng: Rng, keypoints_xyc: FloatArray) -> FloatArray:
    """Poses (N, 17, 3) as other bodies, cameras and engines would give them.

    Limbs turned by some degrees (no person practises like the photo), of other length, an image
    seen a little from the side, or from behind, jitter, missed keypoints, whole arms or legs
    hidden, the mirror image.
    """
    out = keypoints_xyc.astype(np.float32).copy()
    n = len(out)
    extent = 3 * body_scale(out.astype(np.float64), np.full(n, np.nan))
    sloppy = rng.choice([0.0, 5.0, 12.0], n, p=[0.3, 0.4, 0.3])
    for joint, parts in _LIMBS:
        angle = np.radians(rng.normal(0, 1, n) * sloppy)
        length = rng.normal(1, 0.05, n)
        cos, sin = (np.cos(angle) * length)[:, None], (np.sin(angle) * length)[:, None]
        arm = out[:, parts, :2] - out[:, [joint], :2]
        turned = np.stack(
            [cos * arm[..., 0] - sin * arm[..., 1], sin * arm[..., 0] + cos * arm[..., 1]], axis=-1
        )
        out[:, parts, :2] = out[:, [joint], :2] + turned
    out[..., 0] *= rng.uniform(0.82, 1.2, n)[:, None]
    jitter = rng.choice([0.004, 0.01, 0.02], n) * extent
    out[..., :2] += rng.normal(0, 1, (n, 17, 2)) * jitter[:, None, None]
    missed = rng.random((n, 17)) < rng.choice([0.0, 0.03, 0.12], n, p=[0.5, 0.3, 0.2])[:, None]
    for limb in ((7, 9), (8, 10), (15,), (16,), (13, 15), (14, 16)):
        missed[:, limb] |= (rng.random(n) < 0.02)[:, None]
    missed |= keypoints_xyc[..., 2] <= 0
    out[missed] = 0
    flip = rng.random(n) < 0.5
    out[flip] = mirrored(out[flip])
    # From behind a flat pose looks as in a mirror, but left stays left.
    out[rng.random(n) < 0.3, :, 0] *= -1
    return out
