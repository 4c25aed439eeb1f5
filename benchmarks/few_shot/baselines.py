"""What else could name gestures by a few examples, each with all of the gesture to see.

Every method is given the mirror image, too: left and right count alike for all of them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.few_shot.protocol import Episode, Gestures, Method
from harec.actions.features import extract_features
from harec.actions.mirrored import mirror
from harec.actions.model import ActionModel
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS

#: MediaPipe's pose classification (its "full body pose embedder"): pairs of keypoints whose
#: difference in the plane, in torso lengths, describes a frame; then the means of both hips and of
#: both shoulders.
_PAIRS: Final = (
    (5, 7), (6, 8), (7, 9), (8, 10), (11, 13), (12, 14), (13, 15), (14, 16), (5, 9), (6, 10),
    (11, 15), (12, 16), (11, 9), (12, 10), (5, 15), (6, 16), (7, 8), (13, 14), (9, 10), (15, 16),
)  # fmt: skip
#: Its classifier takes the frames with the smallest largest difference, then of those the ones with
#: the smallest mean difference, which vote.
_BY_LARGEST, _BY_MEAN = 30, 10


def prototypes(vectors: FloatArray) -> Method:
    """The motion whose examples' mean is nearest by angle, of vectors (N, D)."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def method(task: Episode) -> NDArray[np.floating]:
        means = np.stack(
            [
                unit[task.support[task.support_motions == motion]].mean(axis=0)
                for motion in range(task.support_motions.max() + 1)
            ]
        )
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return unit[task.query] @ means.T

    return method


def nearest(distances: FloatArray) -> Method:
    """The motion of the nearest example, of distances (N, N)."""

    def method(task: Episode) -> NDArray[np.floating]:
        between = distances[np.ix_(task.query, task.support)]
        return -np.stack(
            [
                between[:, task.support_motions == motion].min(axis=1)
                for motion in range(task.support_motions.max() + 1)
            ],
            axis=1,
        )

    return method


def normalised(gestures: Gestures) -> tuple[FloatArray, FloatArray]:
    """Keypoints against the hips in torso lengths, (N, 32, 34), and those of the mirror images."""
    keypoints = torch.from_numpy(gestures.keypoints_xyc)
    a, b = (
        extract_features(k)[..., : 2 * NUM_KEYPOINTS].numpy()
        for k in (keypoints, mirror(keypoints))
    )
    return a, b


def unwarped(a: FloatArray, b: FloatArray) -> FloatArray:
    """Mean distance of the steps of gestures (N, T, D) and (M, T, D): (N, M)."""
    return np.stack([np.linalg.norm(one - b, axis=-1).mean(axis=1) for one in a])


def warped(a: FloatArray, b: FloatArray) -> FloatArray:
    """Dynamic time warping of gestures (N, T, D) and (M, T, D), per step of the way: (N, M)."""
    return np.stack([_warped(one, b) for one in a])


def _warped(a: FloatArray, b: FloatArray) -> NDArray[np.float32]:
    """One gesture (T, D) against many."""
    squared = (a**2).sum(-1)[:, None] + (b**2).sum(-1)[:, None] - 2 * np.einsum("td,msd->mts", a, b)
    cost = np.sqrt(np.maximum(squared, 0))  # (M, T, T)
    steps = cost.shape[1]
    total = np.full((steps + 1, steps + 1, len(b)), np.inf)
    total[0, 0] = 0
    for i in range(steps):
        for j in range(steps):
            best = np.minimum(np.minimum(total[i, j], total[i, j + 1]), total[i + 1, j])
            total[i + 1, j + 1] = cost[:, i, j] + best
    return np.asarray(total[-1, -1] / (2 * steps), np.float32)


def hidden_state(model: ActionModel, gestures: Gestures) -> FloatArray:
    """What the six-action network's head is given, (N, 2 H), of the gesture and its image."""
    keypoints = torch.from_numpy(gestures.keypoints_xyc)
    with torch.inference_mode():
        outputs = [
            model.network.lstm(extract_features(k))[0] for k in (keypoints, mirror(keypoints))
        ]
        both = [torch.cat([o.mean(dim=1), o[:, -1]], dim=-1) for o in outputs]
        return ((both[0] + both[1]) / 2).numpy()


def mediapipe(gestures: Gestures) -> Method:
    """k-nearest frames with votes, as MediaPipe's guide "pose classification" does it."""
    plain, mirrored = (_frames(part) for part in normalised(gestures))
    steps = plain.shape[1]
    largest, mean = (np.empty((len(plain) * steps,) * 2, np.float16) for _ in range(2))
    examples = plain.reshape(-1, plain.shape[-1])
    for start, end in pairwise(range(0, len(examples) + steps, steps)):
        # Each of the two ways to see the query: what fits better counts.
        apart = [
            np.abs(part.reshape(examples.shape)[start:end, None] - examples[None])
            for part in (plain, mirrored)
        ]
        largest[start:end] = np.minimum(*(a.max(axis=-1) for a in apart))
        mean[start:end] = np.minimum(*(a.mean(axis=-1) for a in apart))

    def method(task: Episode) -> NDArray[np.floating]:
        rows, columns = (
            (index[:, None] * steps + np.arange(steps)).ravel()
            for index in (task.query, task.support)
        )
        by_largest, by_mean = largest[np.ix_(rows, columns)], mean[np.ix_(rows, columns)]
        kept = np.argpartition(by_largest, min(_BY_LARGEST, len(columns)) - 1)[:, :_BY_LARGEST]
        order = np.take_along_axis(by_mean, kept, axis=1).argsort(axis=1)[:, :_BY_MEAN]
        frames = np.take_along_axis(kept, order, axis=1)
        votes = np.repeat(task.support_motions, steps)[frames].reshape(len(task.query), -1)
        return np.stack([(votes == m).mean(axis=1) for m in range(votes.max() + 1)], axis=1)

    return method


def _frames(keypoints: FloatArray) -> FloatArray:
    """What describes each frame: (N, 32, 2 * 22) of (N, 32, 34)."""
    points = keypoints.reshape(*keypoints.shape[:2], NUM_KEYPOINTS, 2)
    first, second = (points[:, :, [pair[i] for pair in _PAIRS]] for i in range(2))
    middles = [points[:, :, pair].mean(axis=2, keepdims=True) for pair in ([11, 12], [5, 6])]
    return np.concatenate([second - first, middles[1] - middles[0]], axis=2).reshape(
        *points.shape[:2], -1
    )
