"""Frames whose people the weights at hand can find: for `benchmarks.detectron2_speed`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import overfit
from benchmarks.pose_engines import simulated
from harec.core.poses import FloatArray
from harec.simulate.clip import SimulatedFrame


@dataclass(frozen=True)
class Frame:
    """A frame with the keypoints (P, 17, 3) of all people in it."""

    rgb: NDArray[np.uint8]
    keypoints_xyc: FloatArray


def collages(size: int, count: int) -> list[Frame]:
    """Frames ``size`` px high that need no resizing, of people at the size they were learnt at."""
    small = _known()
    width = round(size * 4 / 3)
    columns = min(2, width // 240)
    frames = []
    for number in range(count):
        rgb = np.full((size, width, 3), 110, np.uint8)
        keypoints = []
        for place in range(2 * columns):
            tile, keypoints_xyc = small[(number + place) % len(small)]
            height, wide = tile.shape[:2]
            # Few steps teach people on the network's grid only; its coarsest cell is 64 px.
            x = place % columns * (width // columns) // 64 * 64
            y = place // columns * -(-size // 128) * 64
            rgb[y : y + height, x : x + wide] = tile
            keypoints.append(keypoints_xyc + np.array([x, y, 0], np.float32))
        frames.append(Frame(rgb, np.stack(keypoints)))
    return frames


@cache
def _known() -> list[tuple[NDArray[np.uint8], FloatArray]]:
    frames = overfit.frames(overfit.SIZES_WH[0])
    return [_shrunk(frame, overfit.SETTINGS.min_size) for frame in frames]


def _shrunk(frame: SimulatedFrame, side: int) -> tuple[NDArray[np.uint8], FloatArray]:
    """As Detectron2 resizes it: image, and keypoints (17, 3)."""
    height, width = frame.rgb.shape[:2]
    new = round(width * side / height)
    rgb = np.asarray(Image.fromarray(frame.rgb).resize((new, side), Image.Resampling.BILINEAR))
    return rgb, frame.keypoints_xyc[0] * np.array([new / width, side / height, 1], np.float32)


def whole_frames(size: int, count: int) -> list[Frame]:
    """Simulated people that nothing has learnt from, the same for every size of input."""
    return [Frame(f.rgb, f.keypoints_xyc) for f in simulated((640, 480), 5 * count)[2::5]]
