"""Disturbances of windows for training, as cameras, people and pose models make them.

What each disturbance is for, and what it was worth, is in models/action-lstm.md.
"""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.windows import RATE_HZ
from harec.core.geometry import TORSO_PER_SHOULDERS, torso_length
from harec.core.interpolation import blend_keypoints
from harec.core.poses import FloatArray
from harec.core.skeleton import MIRROR
from harec.training.far import far_noise

Rng = np.random.Generator
_FACE, _LEGS, _FEET = slice(0, 5), slice(13, 17), slice(15, 17)
_LIMBS = (7, 8, 9, 10, 13, 14, 15, 16)  # elbows, wrists, knees, ankles

#: Share of windows that are disturbed as those of small people are.
FAR_SHARE: Final = 0.18


def torso_px(windows: FloatArray) -> NDArray[np.float64]:
    """Median distance mid-shoulder to mid-hip of windows (B, T, 17, 3); from the shoulders' width
    where hips are missing, 1 where nothing is seen. (B,)"""
    seen = windows[..., 2] > 0
    shoulders, hips = seen[..., 5:7].all(-1), seen[..., 11:13].all(-1)
    length = torso_length(windows[..., :2])
    width = np.linalg.norm(windows[..., 5, :2] - windows[..., 6, :2], axis=-1)
    torso = np.ma.median(np.ma.masked_array(length, ~(shoulders & hips)), axis=1).filled(0)
    wide = np.ma.median(np.ma.masked_array(width, ~shoulders), axis=1).filled(0)
    wide *= TORSO_PER_SHOULDERS
    return np.where(torso > 1e-3, torso, np.where(wide > 1e-3, wide, 1.0))


def augment(
    rng: Rng,
    windows: FloatArray,
    simulated: NDArray[np.bool_],
    webcam: NDArray[np.bool_] | None = None,
    acting: NDArray[np.bool_] | None = None,
) -> FloatArray:
    """Disturb windows (B, T, 17, 3) as cameras, people and pose models do.

    ``simulated`` (B,) marks keypoints that are exact before: they get a pose model's own errors;
    ``webcam`` (B,) those that are cut to the picture of a webcam on a desk; ``acting`` (B,) those
    whose moving hands are the point: a picture that leaves them out would be of something else.
    """
    size, steps = int(windows.shape[0]), int(windows.shape[1])
    torso = torso_px(windows)[:, None, None, None]
    mirrored = rng.random(size) < 0.5
    windows = np.where(mirrored[:, None, None, None], windows[:, :, list(MIRROR)], windows)
    score = (windows[..., 2] > 0).astype(np.float32)
    points = windows[..., :2].copy()
    points[mirrored, ..., 0] *= -1

    points = _turn_and_scale(rng, points, score)
    step = np.gradient(points, axis=1) / torso
    speed = np.linalg.norm(step, axis=-1) * RATE_HZ  # torso lengths a second
    noise = _noise(rng, size, steps, torso, simulated)
    if webcam is not None:  # large and close people are found more exactly than others
        calm = np.exp(rng.uniform(np.log(0.15), 0, (size, 1, 1, 1))).astype(np.float32)
        noise *= np.where(webcam[:, None, None, None], calm, np.float32(1))
    points += noise
    far = rng.random(size) < FAR_SHARE
    if webcam is not None:
        far &= ~webcam
    points[far], score[far] = far_noise(rng, points[far], score[far], torso[far])
    points, score = _swap_sides(rng, points, score, simulated)
    acting = np.zeros(size, bool) if acting is None else acting
    score = _hide(rng, points, score, torso, acting)
    score *= ~_blurred(rng, speed)
    if webcam is not None and webcam.any():
        score[webcam] *= webcam_picture(
            rng, points[webcam], score[webcam], torso[webcam], acting[webcam]
        )
    points, score = _low_frame_rate(rng, points, score)
    return np.concatenate([points * score[..., None], score[..., None]], -1).astype(np.float32)


def _turn_and_scale(rng: Rng, points: FloatArray, score: FloatArray) -> FloatArray:
    """In-plane rotation (a tilted camera) and unequal scale (other lenses, other builds)."""
    size = len(points)
    centre = (points * score[..., None]).sum((1, 2)) / np.maximum(score.sum((1, 2)), 1)[:, None]
    angle = rng.normal(0, 0.08, (size, 1, 1)).astype(np.float32)
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = np.moveaxis(points - centre.astype(np.float32)[:, None, None], -1, 0)
    scale_x = rng.uniform(0.86, 1.14, (size, 1, 1)).astype(np.float32)
    scale_y = rng.uniform(0.92, 1.08, (size, 1, 1)).astype(np.float32)
    return np.stack([(cos * x - sin * y) * scale_x, (sin * x + cos * y) * scale_y], axis=-1)


def _noise(
    rng: Rng, size: int, steps: int, torso: NDArray[np.float64], simulated: NDArray[np.bool_]
) -> FloatArray:
    """White and slow jitter, constant bias of a keypoint, spikes, drift of the camera."""
    shape = (size, steps, 17, 2)
    normal, single = rng.standard_normal, np.float32
    white = np.exp(rng.normal(-4.1, 0.6, (size, 1, 1, 1)))  # about 0.6 to 5 % of the torso
    # Wrists and ankles are found less exactly than the trunk.
    limbs = simulated[:, None] & np.isin(np.arange(17), _LIMBS)
    at_ends = np.where(limbs, 1.4, 1.0)[:, None, :, None]
    noise = normal(shape, single) * (white * at_ends).astype(single)
    slow = normal((size, 5, 17, 2), single) * rng.uniform(0, 0.035, (size, 1, 1, 1)).astype(single)
    noise += _between_knots(slow, steps)
    noise += normal((size, 1, 17, 2), single) * single(0.025)
    spikes = (rng.random(shape[:3]) < 0.01) & (rng.random((size, 1, 1)) < 0.4)
    noise[spikes] += rng.normal(0, 0.4, (int(spikes.sum()), 2)).astype(single)
    drifting = rng.random((size, 1, 1, 1)) < 0.25
    line = np.linspace(-0.5, 0.5, steps, dtype=single)[None, :, None, None]
    noise += line * (rng.normal(0, 0.2, (size, 1, 1, 2)) * drifting).astype(single)
    shaking = (rng.random((size, 1, 1, 1)) < 0.2) * single(0.04)
    noise += _between_knots(normal((size, 7, 1, 2), single) * shaking, steps)
    return noise * torso.astype(single)


def _between_knots(knots: FloatArray, steps: int) -> FloatArray:
    """Linear interpolation of (B, K, ...) to (B, steps, ...)."""
    position = np.linspace(0, knots.shape[1] - 1.001, steps)
    low = position.astype(int)
    fraction = (position - low).astype(np.float32)[None, :, None, None]
    return knots[:, low] * (1 - fraction) + knots[:, low + 1] * fraction


def _swap_sides(
    rng: Rng, points: FloatArray, score: FloatArray, simulated: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Pose models mistake left for right: for a moment, or all the time when seen from behind."""
    size, steps = int(score.shape[0]), int(score.shape[1])
    always = simulated & (rng.random(size) < 0.04)
    begin = rng.integers(0, steps, size)
    length = rng.integers(1, 6, size) * (rng.random(size) < 0.08)
    step = np.arange(steps)
    swapped = (step >= begin[:, None]) & (step < (begin + length)[:, None])
    swapped |= always[:, None]
    order = list(MIRROR)
    return (
        np.where(swapped[..., None, None], points[:, :, order], points),
        np.where(swapped[..., None], score[:, :, order], score),
    )


def _hide(
    rng: Rng,
    points: FloatArray,
    score: FloatArray,
    torso: NDArray[np.float64],
    acting: NDArray[np.bool_],
) -> FloatArray:
    """Keypoints that are not seen: cut by the frame's edge, hidden, missed for a while."""
    size, steps = int(score.shape[0]), int(score.shape[1])
    score = score.copy()
    kind = rng.random(size)
    score[kind < 0.08, :, _FEET] = 0
    score[(kind >= 0.08) & (kind < 0.16), :, _LEGS] = 0
    score[(kind >= 0.16) & (kind < 0.24), :, 11:] = 0
    score[rng.random(size) < 0.35, :, 1:5] = 0
    score[rng.random(size) < 0.06, :, _FACE] = 0
    # A close camera: all that is below a line, or far out at the sides, is out of the frame.
    close = rng.random(size) < 0.12
    line = rng.uniform(0.5, 2.2, size) * torso[:, 0, 0, 0]
    shoulder_y = np.median(points[:, :, 5:7, 1], axis=(1, 2))
    hands = _reach_of_hands(points, score, torso, acting)[1, :, 1]
    line_y = np.fmax(shoulder_y + line, hands)
    below = points[..., 1] > line_y[:, None, None]
    score *= ~(below & close[:, None, None])
    for _ in range(2):
        missed = rng.random(size) < 0.4
        begin = rng.integers(0, steps, size)[:, None]
        length = rng.integers(2, 16, size)[:, None]
        step = np.arange(steps)[None]
        when = (step >= begin) & (step < begin + length) & missed[:, None]
        keypoint = np.arange(17)[None] == rng.integers(0, 17, size)[:, None]
        score *= ~(when[:, :, None] & keypoint[:, None])
    rate = rng.choice([0.0, 0.01, 0.04], (size, 1, 1))
    return score * (rng.random(score.shape) >= rate)


def _blurred(rng: Rng, speed: FloatArray) -> NDArray[np.bool_]:
    """Hands and feet that move quickly are smeared, in poor light sooner: they are not found.

    Of real hands that clap in a dim hall MoveNet is sure in half of the frames only.
    """
    size = len(speed)
    first, all_of_them = rng.uniform(0.8, 4, (size, 1, 1)), rng.uniform(1, 4, (size, 1, 1))
    share = np.clip((speed - first) / all_of_them, 0, 0.85) * (rng.random((size, 1, 1)) < 0.4)
    blurred = rng.random(speed.shape) < share
    blurred[:, :, [i for i in range(17) if i not in _LIMBS]] = False
    return blurred


def _reach_of_hands(
    points: FloatArray, score: FloatArray, torso: NDArray[np.float64], acting: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Lowest and highest x, y of hands that move, but for a tenth of the time: (2, B, 2).

    NaN where nobody is ``acting``, no wrist is seen or none moves.
    """
    wrists = np.where(score[:, :, 9:11, None] > 0, points[:, :, 9:11], np.nan).astype(np.float64)
    ends = np.full((2, *wrists.shape[::2], 2), np.nan)  # (2, B, 2 wrists, 2)
    some = np.flatnonzero(acting & (score[:, :, 9:11] > 0).any((1, 2)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a wrist that is never seen
        ends[:, some] = np.nanquantile(wrists[some], (0.1, 0.9), axis=1)
        moves = np.linalg.norm(ends[1] - ends[0], axis=-1) > 0.15 * torso[:, 0, 0]
        ends = np.where(moves[None, ..., None], ends, np.nan)
        return np.stack([np.nanmin(ends[0], axis=1), np.nanmax(ends[1], axis=1)])


def webcam_picture(
    rng: Rng,
    points: FloatArray,
    score: FloatArray,
    torso: NDArray[np.float64],
    acting: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """What a webcam's picture holds of points (B, T, 17, 2): (B, T, 17), as hands come and go.

    The head is near the top (its crown now and then cut off); the lower edge is between 0.4 and 1.3
    torso lengths under the shoulders, and the picture is 4:3 to 16:9. Where ``acting`` it is so
    large that moving hands are seen most of the time.
    """
    size = len(points)
    length = torso[:, 0, 0, 0]
    seen = score > 0

    def level(keypoints: slice, axis: int) -> NDArray[np.float64]:
        values = np.ma.masked_array(points[:, :, keypoints, axis], ~seen[:, :, keypoints])
        return np.asarray(np.ma.median(values, axis=(1, 2)).filled(np.nan))

    shoulders, middle = level(slice(5, 7), 1), level(slice(5, 7), 0)
    face = np.nan_to_num(level(_FACE, 1), nan=0.0)
    face = np.where(seen[:, :, _FACE].any((1, 2)), face, shoulders - 0.45 * length)
    usual, deep = rng.uniform(0.4, 0.9, size), rng.uniform(0.8, 1.3, size)
    bottom = shoulders + np.where(rng.random(size) < 0.7, usual, deep) * length
    top = face - rng.uniform(0.12, 0.6, size) * length
    # Heads that hang down make no picture flat: there is room for both shoulders.
    wide = rng.choice([4 / 3, 16 / 9], size) * np.fmax(bottom - top, 1.2 * length)
    centre = middle + rng.normal(0, 0.12, size) * wide
    low, high = _reach_of_hands(points, score, torso, acting)
    x, y = points[..., 0], points[..., 1]
    left, right, upper, lower = (
        edge[:, None, None]
        for edge in (
            np.fmin(centre - wide / 2, low[:, 0]),
            np.fmax(centre + wide / 2, high[:, 0]),
            np.fmin(top, low[:, 1]),
            np.fmax(bottom, high[:, 1]),
        )
    )
    inside = (x >= left) & (x <= right) & (y >= upper) & (y <= lower)
    # Where the shoulders are not seen nothing is known of the picture.
    return inside | np.isnan(shoulders)[:, None, None]


def _low_frame_rate(
    rng: Rng, points: FloatArray, score: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Slow cameras and skipped frames: only every 2nd to 4th step is real, the rest between."""
    size, steps = int(score.shape[0]), int(score.shape[1])
    every = np.where(rng.random(size) < 0.25, rng.integers(2, 5, size), 1)[:, None]
    step = np.arange(steps)[None]
    low = np.minimum(step // every * every, steps - 1)
    high = np.minimum(low + every, steps - 1)
    fraction = ((step - low) / np.maximum(high - low, 1)).astype(np.float32)
    row = np.arange(size)[:, None]
    keypoints = np.concatenate([points, score[..., None]], axis=-1)
    blended = blend_keypoints(keypoints[row, low], keypoints[row, high], fraction[..., None, None])
    return blended[..., :2], blended[..., 2]
