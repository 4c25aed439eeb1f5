"""Windows for training: clips cut by time, of which 3-D ones are seen by random cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.actions.windows import (
    RATE_HZ,
    SPAN_S,
    STEPS,
    reflect,
)
from harec.core.interpolation import blend_keypoints
from harec.core.poses import FloatArray
from harec.training.augment import Rng, augment
from harec.training.datasets import SIMULATED, Clip
from harec.training.negatives import LOOKALIKES

#: Actions of the hands: without them nobody could tell.
_HANDS: Final = [i for i, label in enumerate(ACTIONS) if label not in ("JUMPING", "JUMPING_JACKS")]
#: Actions that are filmed from the side as often as from the front.
_FROM_ANY_SIDE: Final = [ACTIONS.index("BOXING"), ACTIONS.index("JUMPING")]
#: How often motion in space is seen by a webcam on a desk, where it is not seldom.
_WEBCAM: Final = {
    "WAVING_1HAND": 0.35,
    "WAVING_2HANDS": 0.25,
    "CLAPPING_HANDS": 0.4,
    "BOXING": 0.1,
    "JUMPING": 0.0,
    "JUMPING_JACKS": 0.0,
    **dict.fromkeys(("TALKING", "SIGNING", "RUBBING_HANDS", "EXPLAINING"), 0.4),
    **dict.fromkeys(("CLIMBING", "TOUCHING_HEAD", "DRINKING", "CROSSING_ARMS", "SITTING"), 0.3),
    **dict.fromkeys(("COME_HERE", "BECKONING", "CONDUCTING", "PUSHING", "KNOCKING"), 0.2),
    **dict.fromkeys(("SWIPING", "POINTING", "DRAWING", "HIGH_FIVE", "RAISING_ARM", "MUSIC"), 0.2),
}
#: The same for filmed motion, whose pictures can only be cut closer.
_WEBCAM_2D: Final = {"WAVING_1HAND": 0.2, "WAVING_2HANDS": 0.15, "CLAPPING_HANDS": 0.3}


@dataclass(frozen=True)
class SamplingWeights:
    """What share of the windows comes from where.

    Attributes:
        other: share of OTHER; the actions share the rest equally.
        simulated: share of simulated clips within a class that has real ones too.
        gestures: share of gesture-like clips among the real negatives.
        seated: share of people seated at a webcam among the real negatives.
        lookalikes: how many times as often a simulated negative that is an action in part is drawn
            as another one.
    """

    other: float = 0.36
    simulated: float = 0.5
    gestures: float = 0.4
    seated: float = 0.2
    lookalikes: float = 5.0


class WindowSampler:
    """Draws augmented windows from clips, balanced over classes and sources."""

    def __init__(self, clips: list[Clip], weights: SamplingWeights | None = None) -> None:
        if not clips:
            raise ValueError("no clips to sample from")
        self.weights = weights or SamplingWeights()
        self.clips = clips
        self.frames = np.concatenate([clip.frames for clip in clips])
        lengths = np.array([len(clip.frames) for clip in clips])
        self.first = np.cumsum(lengths) - lengths
        self.last = lengths - 1  # in frames of the clip
        self.rate = np.array([clip.frame_rate for clip in clips])
        self.targets = np.array([clip.target for clip in clips])
        self.is_3d = np.array([clip.is_3d for clip in clips])
        self.is_simulated = np.array([clip.source == SIMULATED for clip in clips])
        self.webcam_share = np.array([webcam_share(clip) for clip in clips])
        self.probabilities = self._clip_probabilities()

    def _clip_probabilities(self) -> NDArray[np.float64]:
        share = np.zeros(len(self.clips))
        per_clip = np.zeros(len(self.clips))
        # Filmed simulated people are a source of their own beside the exact ones.
        sources = np.array([f"{clip.source} {clip.is_3d}" for clip in self.clips])
        kinds = np.array([clip.negative_kind for clip in self.clips])
        kind_share = {"gesture": self.weights.gestures, "seated": self.weights.seated}
        kind_share["everyday"] = 1 - sum(kind_share.values())
        lookalikes = self.is_simulated & np.array([c.label in LOOKALIKES for c in self.clips])
        for target, label in enumerate(LABELS):
            of_class = self.targets == target
            wanted = self.weights.other if label == OTHER else (
                (1 - self.weights.other) / len(ACTIONS)
            )  # fmt: skip
            real = of_class & ~self.is_simulated
            simulated = of_class & self.is_simulated
            both = real.any() and simulated.any()
            simulated_share = self.weights.simulated if both else float(simulated.any())
            groups = [(simulated, simulated_share)]
            present = [kind for kind in kind_share if (real & (kinds == kind)).any()]
            for kind in present:  # what a kind without clips would get goes to the others
                part = kind_share[kind] / sum(kind_share[k] for k in present)
                groups.append((real & (kinds == kind), (1 - simulated_share) * part))
            for group, part in groups:
                # Every source counts by the square root of its size: none drowns the others.
                for source in np.unique(sources[group]):
                    of_source = group & (sources == source)
                    per_clip[of_source] = 1 / np.sqrt(of_source.sum())
                per_clip[group & lookalikes] *= self.weights.lookalikes
                if group.any():
                    share[group] = per_clip[group] / per_clip[group].sum() * wanted * part
        return share / share.sum()

    def sample(self, rng: Rng, size: int) -> tuple[FloatArray, NDArray[np.int64]]:
        """``size`` windows: keypoints float32 (B, 32, 17, 3) and targets int64 (B,)."""
        picks = rng.choice(len(self.clips), size, p=self.probabilities)
        return self.filmed(rng, picks, self._cut(rng, picks)), self.targets[picks]

    def filmed(self, rng: Rng, picks: NDArray[np.intp], windows: FloatArray) -> FloatArray:
        """Windows (B, T, 17, 3) of the clips ``picks`` as a camera and a pose model see them."""
        size = len(picks)
        is_3d = self.is_3d[picks]
        webcam = rng.random(size) < self.webcam_share[picks]
        far = is_3d & ~webcam
        if far.any():
            any_side = np.isin(self.targets[picks[far]], _FROM_ANY_SIDE)
            windows[far] = random_camera(rng, windows[far], any_side)
        near = is_3d & webcam
        if near.any():
            windows[near] = webcam_camera(rng, windows[near])
        hands = np.isin(self.targets[picks], _HANDS)
        return augment(rng, windows, simulated=is_3d, webcam=webcam, acting=hands)

    def _cut(self, rng: Rng, picks: NDArray[np.intp]) -> FloatArray:
        """Windows at random times and tempi, (B, 32, 17, 3) in the clips' own coordinates."""
        size = len(picks)
        duration_s = self.last[picks] / self.rate[picks]
        stretch = np.exp(rng.uniform(np.log(0.72), np.log(1.4), size))
        span_s = SPAN_S * stretch
        # Ends of a clip of an action are often rest poses, of recorded ones more than of simulated.
        share = np.where(self.is_simulated[picks], 0.08, 0.15)
        margin = np.where(
            self.targets[picks] < len(ACTIONS),
            np.minimum(share * duration_s, 0.5 * np.maximum(duration_s - span_s, 0)),
            0.0,
        )
        low_s, high_s = margin, np.maximum(duration_s - span_s - margin, margin)
        start_s = rng.uniform(low_s, high_s)
        end_s = np.minimum(start_s + span_s, duration_s)
        # Beginnings and ends of tracks: part of the window is a reflection of the rest.
        partial = rng.random(size) < 0.15
        seen_s = np.where(partial, span_s * rng.uniform(0.52, 1, size), end_s - start_s)
        steps_s = np.arange(STEPS) / RATE_HZ * stretch[:, None]
        at_end = rng.random(size) < 0.5
        steps_s = np.where(at_end[:, None], steps_s, steps_s - (span_s - seen_s)[:, None])
        times_s = reflect(steps_s, 0.0, seen_s[:, None])
        position = np.clip(times_s + start_s[:, None], 0, None) * self.rate[picks][:, None]
        position = reflect(position, 0.0, self.last[picks][:, None])
        return self.at(picks, position)

    def at(self, picks: NDArray[np.intp], position: NDArray[np.float64]) -> FloatArray:
        """Frames at fractional positions (B, T) of the clips ``picks`` (B,): (B, T, 17, 3)."""
        low = np.minimum(position.astype(np.int64), self.last[picks][:, None] - 1)
        fraction = (position - low)[..., None, None].astype(np.float32)
        index = self.first[picks][:, None] + low
        a, b = self.frames[index], self.frames[index + 1]
        # The third number of a 3-D joint is no score: all of them are seen.
        is_3d = self.is_3d[picks][:, None, None, None]
        return np.where(is_3d, a + (b - a) * fraction, blend_keypoints(a, b, fraction))


def fixed_windows(
    clips: list[Clip], *, stride_s: float = 0.5, limit: int = 8, seed: int = 0
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Undisturbed windows of each clip at the nominal rate, up to ``limit`` a clip.

    3-D clips are seen by one camera a clip, drawn from ``seed`` and the clip's place in the list:
    turned by -45..45 degrees, looking down by 0..12 degrees.

    Returns:
        float32 (W, 32, 17, 3) and the index of each window's clip, (W,).
    """
    rng = np.random.default_rng(seed)
    windows, owners = [], []
    for index, clip in enumerate(clips):
        yaw, pitch = np.deg2rad(rng.choice([-45, -20, 0, 20, 45])), np.deg2rad(rng.uniform(0, 12))
        sampler_free = max(0.0, clip.duration_s - SPAN_S)
        margin = 0.5 * min(0.3 * clip.duration_s, sampler_free) if clip.target < 6 else 0.0
        starts_s = np.arange(margin, sampler_free - margin + 1e-6, stride_s)[:limit]
        if not len(starts_s):
            starts_s = np.array([margin])
        times_s = starts_s[:, None] + np.arange(STEPS) / RATE_HZ
        single = WindowSampler([clip])
        position = reflect(times_s * clip.frame_rate, 0.0, single.last[:, None])
        cut = single.at(np.zeros(len(starts_s), np.intp), position)
        if clip.is_3d:
            ones = np.ones(len(cut))
            cut = project(cut, ones * yaw, ones * pitch, ones * 3.5, np.zeros((len(cut), 2)))
        windows.append(cut)
        owners += [index] * len(cut)
    return np.concatenate(windows), np.array(owners)


def random_camera(rng: Rng, joints: FloatArray, any_side: NDArray[np.bool_]) -> FloatArray:
    """Project 3-D windows (B, T, 17, 3; metres, y up) by random cameras to pixels with score 1.

    Most cameras look from the front, some from the side, a few from behind; ``any_side`` (B,)
    marks windows whose action is as often filmed from the side.
    """
    size = len(joints)
    joints = joints * rng.normal(1, 0.05, (size, 1, 1, 3)).astype(np.float32)
    kind = rng.random(size)
    yaw = np.clip(rng.normal(0, 0.5, size), -1.3, 1.3)
    yaw = np.where(kind > 0.7, rng.uniform(-1.7, 1.7, size), yaw)
    yaw = np.where(any_side & (kind > 0.35), rng.uniform(-1.8, 1.8, size), yaw)
    yaw = np.where(kind > 0.9, rng.uniform(-np.pi, np.pi, size), yaw)
    return project(
        joints,
        yaw,
        pitch=np.deg2rad(rng.uniform(-12, 28, size)),
        distance_m=np.exp(rng.uniform(np.log(1.6), np.log(8), size)),
        shift_m=rng.normal(0, 0.3, (size, 2)),
    )


def webcam_share(clip: Clip) -> float:
    """How often a clip is shown as a webcam on a desk would see it, 0 to 1."""
    if clip.is_seated:  # filmed ones are framed already
        return 0.85 if clip.source == SIMULATED else 0.0
    if not clip.is_3d:
        return _WEBCAM_2D.get(clip.label, 0.0)
    return _WEBCAM.get(clip.label, 0.08)


def webcam_camera(rng: Rng, joints: FloatArray) -> FloatArray:
    """Project 3-D windows (B, T, 17, 3) as a webcam 0.5 to 1.3 m before the shoulders sees them.

    It stands in front, lower or higher than the face; the person is off its axis now and then.
    What is outside the picture is not cut here: see ``augment``.
    """
    size = len(joints)
    joints = joints * rng.normal(1, 0.05, (size, 1, 1, 3)).astype(np.float32)
    yaw = rng.normal(0, 0.3, size)
    yaw = np.where(rng.random(size) < 0.15, rng.uniform(-1.0, 1.0, size), yaw)
    return project(
        joints,
        yaw,
        pitch=np.deg2rad(rng.uniform(-28, 14, size)),
        distance_m=np.exp(rng.uniform(np.log(0.5), np.log(1.3), size)),
        shift_m=rng.normal(0, 0.08, (size, 2)),
        about=slice(5, 7),
        nearest_m=0.15,
    )


def project(
    joints: FloatArray,
    yaw: NDArray[np.float64],
    pitch: NDArray[np.float64],
    distance_m: NDArray[np.float64],
    shift_m: NDArray[np.float64],
    *,
    about: slice = slice(11, 13),
    nearest_m: float = 0.5,
) -> FloatArray:
    """Pinhole projection of (B, T, 17, 3) to x, y in pixels (y down), score 1.

    The person turns by ``yaw`` (B,) before a camera ``distance_m`` (B,) away that looks down by
    ``pitch`` (B,), and stands ``shift_m`` (B, 2) off its axis. Angles and distance are those of the
    mean of the joints ``about``, by default the hips; nothing is nearer than ``nearest_m``.
    """
    centre = joints[:, :, about].mean(axis=(1, 2))[:, None, None]
    x, y, z = np.moveaxis(joints - centre, -1, 0)
    cos_y, sin_y, cos_p, sin_p = (
        f(angle)[:, None, None] for angle in (yaw, pitch) for f in (np.cos, np.sin)
    )
    x, z = cos_y * x + sin_y * z, -sin_y * x + cos_y * z
    y, z = cos_p * y - sin_p * z, sin_p * y + cos_p * z
    scale = 500 / np.maximum(distance_m[:, None, None] - z, nearest_m)
    return np.stack(
        [
            (x + shift_m[:, None, None, 0]) * scale,
            -(y + shift_m[:, None, None, 1]) * scale,
            np.ones_like(x),
        ],
        axis=-1,
    ).astype(np.float32)
