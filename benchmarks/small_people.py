"""How small people are found: with tiles and without, and what looking for them costs.

    python -m benchmarks.small_people [--clips FILE ...] [--heights 40 60 80 120] [--seconds 3]

One person of a simulated clip (or of each of ``--clips``, with MoveNet's own answer on the large
picture as the truth) is shrunk to a height and put somewhere on a frame of three sizes, 15 frames a
second: alone from the start, or after a second, somebody else half as large again being there from
the start. Printed: the share of the frames after the first third in which the person is found (OKS
of .5 and more), and the processor time a frame as a multiple of that without tiles.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from harec.core.geometry import keypoints_box_xyxy, oks
from harec.core.poses import FloatArray
from harec.pose.movenet import MoveNetEstimator
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec
from harec.video import VideoReader

SIZES_WH: Final = ((640, 480), (1280, 720), (1920, 1080))
RATE_HZ: Final = 15.0
FOUND: Final = 0.5
LABELS: Final = ("STANDING", "WAVING_1HAND", "JUMPING_JACKS", "BOXING", "WALKING", "CLAPPING_HANDS")

Shown = tuple[NDArray[np.uint8], FloatArray]


def simulated(label: str, seed: int, seconds: float) -> list[Shown]:
    """Frames with the true keypoints (17, 3) of the person."""
    spec = ClipSpec((((label, seconds),),), size_wh=(480, 480), fps=RATE_HZ, seed=seed)
    return [(frame.rgb, frame.keypoints_xyc[0]) for frame in simulate_frames(spec)]


def filmed(path: Path, seconds: float) -> list[Shown]:
    """Frames of a real clip with what MoveNet says of the person in them."""
    estimator, shown, next_s = MoveNetEstimator("performance", 1), [], 0.0
    with VideoReader(path) as reader:
        for frame in reader:
            if frame.rgb is None or frame.time_s < next_s:
                continue
            next_s += 1 / RATE_HZ
            poses = estimator.estimate_at(frame.time_s, frame.rgb)
            if len(poses):
                shown.append((frame.rgb, poses.keypoints_xyc[0]))
            if frame.time_s > seconds:
                break
    return shown


class Film:
    """A plain frame, and where on it people of given heights do what they do in their clips."""

    def __init__(self, size_wh: tuple[int, int], backdrop: NDArray[np.uint8], seed: int) -> None:
        self.size_wh = size_wh
        self.backdrop = cv2.resize(cv2.GaussianBlur(backdrop, (0, 0), 25), size_wh)
        self.rng = np.random.default_rng(seed)
        self.taken: list[tuple[int, int, int, int]] = []

    def add(self, shown: list[Shown], height_px: float) -> list[Shown]:
        """The clip's pictures at the person's new size, keypoints where they come to lie."""
        boxes = [keypoints_box_xyxy(keypoints, 0.3) for _, keypoints in shown]
        tall = np.median([box[3] - box[1] for box in boxes if box is not None])
        scale = height_px / float(tall)
        width, height = (max(round(side * scale), 1) for side in shown[0][0].shape[1::-1])
        if width > self.size_wh[0] or height > self.size_wh[1]:
            raise ValueError(f"{width} x {height} does not fit into {self.size_wh}")
        x, y = self._free_place(width, height)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        out = []
        for rgb, keypoints in shown:
            placed = keypoints.copy()
            placed[:, :2] = placed[:, :2] * scale + [x, y]
            picture = cv2.resize(rgb, (width, height), interpolation=how)
            out.append((np.asarray(picture, np.uint8), placed))
        return out

    def _free_place(self, width: int, height: int) -> tuple[int, int]:
        for _ in range(1000):
            x = int(self.rng.integers(0, self.size_wh[0] - width + 1))
            y = int(self.rng.integers(0, self.size_wh[1] - height + 1))
            if all(
                x + width <= x0 or x0 + w <= x or y + height <= y0 or y0 + h <= y
                for x0, y0, w, h in self.taken
            ):
                self.taken.append((x, y, width, height))
                return x, y
        raise ValueError("there is no room for another person")

    def frame(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """The frame with the first people's pictures, in the order in which they were added."""
        canvas = self.backdrop.copy()
        for picture, (x, y, width, height) in zip(pictures, self.taken, strict=False):
            canvas[y : y + height, x : x + width] = picture
        return np.asarray(canvas, np.uint8)


def alone(shown: list[Shown], height_px: float, size_wh: tuple[int, int], seed: int) -> list[Shown]:
    """One person on the frame."""
    film = Film(size_wh, shown[0][0], seed)
    return [(film.frame([rgb]), truth) for rgb, truth in film.add(shown, height_px)]


def newcomer(
    shown: list[Shown], height_px: float, size_wh: tuple[int, int], seed: int
) -> list[Shown]:
    """Somebody half as large again is there from the start; the person comes after a third."""
    film = Film(size_wh, shown[0][0], seed)
    first, person = film.add(shown, 1.5 * height_px), film.add(shown, height_px)
    frames = []
    for index, ((rgb, _), (own, truth)) in enumerate(zip(first, person, strict=True)):
        frames.append((film.frame([rgb, own] if index >= len(shown) // 3 else [rgb]), truth))
    return frames


def found_share(
    frames: list[Shown], estimator: MoveNetEstimator, *, tiles: bool
) -> tuple[float, float]:
    """Share of the frames, and milliseconds of processor time a frame."""
    estimator.settings = replace(estimator.settings, tiles=tiles)
    estimator.reset()
    found, began = [], time.process_time()
    for index, (rgb, truth) in enumerate(frames):
        poses = estimator.estimate_at(index / RATE_HZ, rgb)
        best = max((oks(truth, keypoints) for keypoints in poses.keypoints_xyc), default=0.0)
        found.append(best >= FOUND)
    spent_ms = 1000 * (time.process_time() - began) / len(frames)
    return float(np.mean(found[len(frames) // 3 :])), spent_ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", nargs="*", type=Path, default=[])
    parser.add_argument("--heights", nargs="+", type=float, default=[40, 60, 80, 120])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--mode", default="balanced")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    print(hardware())
    clips = [filmed(path, chosen.seconds) for path in chosen.clips] or [
        simulated(label, seed, chosen.seconds) for seed, label in enumerate(LABELS)
    ]
    estimator = MoveNetEstimator(chosen.mode)
    print(f"{len(clips)} clips, mode {chosen.mode}; found by whole frames -> with tiles (time)")
    for made in (alone, newcomer):
        heights = "".join(f"{h:>12.0f} px high    " for h in chosen.heights)
        print(f"{made.__name__:<12}{heights}")
        for size_wh in SIZES_WH:
            cells = [compared(estimator, clips, made, h, size_wh) for h in chosen.heights]
            print(f"{size_wh[0]:>4} x {size_wh[1]:<5}" + "".join(cells), flush=True)


def compared(
    estimator: MoveNetEstimator,
    clips: list[list[Shown]],
    made: Callable[[list[Shown], float, tuple[int, int], int], list[Shown]],
    height_px: float,
    size_wh: tuple[int, int],
) -> str:
    """One cell of the table."""
    rows = []
    for seed, clip in enumerate(clips):
        try:
            frames = made(clip, height_px, size_wh, seed)
        except ValueError:  # no room
            continue
        rows.append([found_share(frames, estimator, tiles=tiles) for tiles in (False, True)])
    if not rows:
        return f"{'-':>22}"
    (found, spent_ms), (found_tiles, spent_tiles_ms) = np.mean(rows, axis=0)
    return f"{found:8.2f} -> {found_tiles:.2f} ({spent_tiles_ms / spent_ms:.2f})"


if __name__ == "__main__":
    main()
