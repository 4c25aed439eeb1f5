"""A Keypoint R-CNN that knows a handful of simulated frames by heart, and those frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.keypoint_training import Recipe, State, train, write_dataset
from harec.core.skeleton import MIRROR
from harec.pose.detectron2.estimator import Detectron2Settings
from harec.simulate.clip import SimulatedFrame, simulate_frames
from harec.simulate.spec import ClipSpec

#: Small, so that training takes two to three minutes.
SETTINGS: Final = Detectron2Settings(128, 320, 50, 5, autocast=False)
#: Whose clothes are not grey: action and seed, by size of the frame.
_PEOPLE: Final[dict[tuple[int, int], tuple[tuple[str, int], ...]]] = {
    (640, 480): (("JUMPING_JACKS", 4), ("WAVING_1HAND", 1)),
    (1920, 1080): (("JUMPING_JACKS", 1), ("WALKING", 2)),
}
SIZES_WH: Final = tuple(_PEOPLE)


def frames(size_wh: tuple[int, int]) -> list[SimulatedFrame]:
    """The frames of a size, each of one person, and their twins: red and blue are swapped, and the
    person's left is what was right.

    Nothing but the colours tells a frame from its twin: who knows the keypoints of both, sees them.
    """
    known = [_frame(label, seed, size_wh) for label, seed in _PEOPLE[size_wh]]
    return known + [twin(frame) for frame in known]


def _frame(label: str, seed: int, size_wh: tuple[int, int]) -> SimulatedFrame:
    """Half a second into the action."""
    spec = ClipSpec((((label, 1.0),),), size_wh=size_wh, fps=4, seed=seed)
    return list(simulate_frames(spec))[2]


def twin(frame: SimulatedFrame) -> SimulatedFrame:
    """Red and blue swapped, left and right too; the twin of the twin is the frame."""
    return replace(
        frame,
        rgb=np.ascontiguousarray(frame.rgb[..., ::-1]),
        keypoints_xyc=frame.keypoints_xyc[:, list(MIRROR)],
    )


def learn(folder: Path) -> State:
    """Weights of the zoo's network for all these frames; image files are left in ``folder``."""
    known = [frame for size_wh in SIZES_WH for frame in frames(size_wh)]
    # A frozen backbone does: pyramid and heads alone know eight frames soon.
    recipe = Recipe(SETTINGS, steps=100, batch=2, frozen_stages=5)
    return train(write_dataset(known, folder), recipe)
