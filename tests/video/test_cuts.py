"""Cuts are found, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np

from harec.core.images import thumbnail
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec, parse_script
from harec.video.cuts import CutDetector


def _shot(seed: int, seconds: float = 0.5) -> list[np.ndarray]:
    spec = ClipSpec(
        (parse_script(f"WAVING_2HANDS:{seconds}"),), size_wh=(160, 120), fps=10, seed=seed
    )
    return [thumbnail(frame.rgb) for frame in simulate_frames(spec)]


def test_another_room_is_another_shot() -> None:
    first, second = _shot(1), _shot(2)
    detector = CutDetector()
    cuts = [detector.update(i / 10, rgb) for i, rgb in enumerate([*first, *second])]
    assert cuts == [False] * len(first) + [True] + [False] * (len(second) - 1)
