"""Gestures for training: the moving part of a clip, or a piece of it, at every tempo."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.gesture import MAX_SPAN_S, SPANS_S, filled, motion_speed, moving_part
from harec.actions.windows import STEPS
from harec.core.poses import FloatArray
from harec.training.augment import Rng
from harec.training.datasets import Clip
from harec.training.embedding.classes import class_indices
from harec.training.sampling import WindowSampler, project

#: Share of gestures that are only a piece of the moving part, as a stream cuts it.
_PIECES: Final = 0.3


class GestureSampler:
    """Draws augmented gestures, several of each of some motions."""

    def __init__(self, clips: list[Clip], per_motion: int = 4) -> None:
        self.windows = WindowSampler(clips)
        self.classes, self.names = class_indices(clips)
        self.per_motion = per_motion
        self.parts_s = np.array([moving_part_of(clip) for clip in clips])
        self.members = [np.flatnonzero(self.classes == i) for i in range(len(self.names))]
        sizes = np.array([len(members) for members in self.members])
        self.probabilities = np.sqrt(sizes) / np.sqrt(sizes).sum()

    def sample(
        self, rng: Rng, size: int
    ) -> tuple[FloatArray, NDArray[np.float32], NDArray[np.int64]]:
        """``size`` gestures float32 (B, 32, 17, 3), what each lasts (B,), its motion's index (B,).

        A motion's gestures are of different clips as far as there are any.
        """
        count = -(-size // self.per_motion)
        motions = rng.choice(len(self.names), count, p=self.probabilities)
        picks = np.concatenate([self._clips_of(rng, motion) for motion in motions])[:size]
        start_s, end_s = self._spans(rng, picks)
        steps = np.linspace(0, 1, STEPS)[None]
        times_s = start_s[:, None] + (end_s - start_s)[:, None] * steps
        last = self.windows.last[picks][:, None]
        position = np.clip(times_s * self.windows.rate[picks][:, None], 0, last)
        gestures = self.windows.filmed(rng, picks, self.windows.at(picks, position))
        spans_s = (end_s - start_s) * np.exp(rng.normal(0, 0.15, size))
        return gestures, spans_s.astype(np.float32), self.classes[picks]

    def _clips_of(self, rng: Rng, motion: int) -> NDArray[np.intp]:
        members = self.members[motion]
        replace = len(members) < self.per_motion
        return rng.choice(members, self.per_motion, replace=replace)

    def _spans(
        self, rng: Rng, picks: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """From when to when each gesture is seen."""
        start_s, end_s = self.parts_s[picks].T
        length_s = end_s - start_s
        last_s = self.windows.last[picks] / self.windows.rate[picks]
        # Whole, with a border that nobody cuts exactly.
        low_s = start_s + length_s * rng.uniform(-0.12, 0.1, len(picks))
        high_s = end_s + length_s * rng.uniform(-0.1, 0.12, len(picks))
        wanted_s = np.exp(rng.uniform(np.log(SPANS_S[0]), np.log(SPANS_S[-1]), len(picks)))
        piece = (rng.random(len(picks)) < _PIECES) & (length_s > wanted_s)
        piece |= high_s - low_s > MAX_SPAN_S
        from_s = start_s + rng.random(len(picks)) * np.maximum(length_s - wanted_s, 0)
        low_s = np.where(piece, from_s, low_s)
        high_s = np.where(piece, from_s + wanted_s, high_s)
        low_s = np.clip(low_s, 0, np.maximum(last_s - 0.2, 0))
        return low_s, np.clip(high_s, low_s + 0.1, last_s)


def moving_part_of(clip: Clip) -> tuple[float, float]:
    """From when to when somebody moves in a clip, seconds."""
    points = clip.frames if clip.is_3d else filled(clip.frames)
    return moving_part(motion_speed(points, clip.frame_rate), clip.frame_rate)


def seen_by_one_camera(
    clip: Clip, start_s: float, end_s: float, yaw: float, pitch: float
) -> FloatArray:
    """A span of a clip as gesture (32, 17, 3); of a 3-D one as one camera 3.5 m away sees it."""
    single = WindowSampler([clip])
    position = np.linspace(start_s, end_s, STEPS)[None] * clip.frame_rate
    cut = single.at(np.zeros(1, np.intp), np.clip(position, 0, single.last[0]))
    if clip.is_3d:
        one = np.ones(1)
        cut = project(cut, one * yaw, one * pitch, one * 3.5, np.zeros((1, 2)))
    return np.asarray(cut[0])
