"""Images of a practice: the best moment of each hold, with what the coach sees drawn on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.correction import UNCORRECTED, Correction
from harec.core.errors import Cancelled
from harec.video import VideoReader
from harec.yoga.output.overlay import draw_coaching
from harec.yoga.practice.video import Practice

RGB = NDArray[np.uint8]

#: Enough for a page; a report of thirty holds stays within a few megabytes.
MAX_SIDE: Final = 720
_SAME_S: Final = 1e-4


def frames_at(
    path: Path,
    times_s: Sequence[float],
    *,
    name: str | None = None,
    skip: int = 0,
    frame_rate: Fraction | None = None,
    max_side: int = MAX_SIDE,
    correction: Correction = UNCORRECTED,
    cancel: Event | None = None,
) -> list[RGB]:
    """The frames of a video at these moments, each the first one that is not earlier.

    Args:
        times_s: in any order.
        name: what messages call the file.
        skip: the moments are of frames that an analysis with this skip has seen.
        frame_rate: `harec.video.VideoInfo.untimed_rate` of that analysis.
        max_side: longer sides are scaled down to this, in pixels.
        correction: as the video was read.
        cancel: set it from another thread to stop.

    Returns:
        uint8 (H, W, 3) for each time; the last frame for times after the end.

    Raises:
        VideoError: the file can't be read (any more).
        Cancelled: ``cancel`` was set.
    """
    frames = each_frame_at(
        path,
        times_s,
        name=name,
        skip=skip,
        frame_rate=frame_rate,
        max_side=max_side,
        correction=correction,
        cancel=cancel,
    )
    found = dict(frames)
    return [found[i] for i in range(len(times_s))]


def each_frame_at(
    path: Path,
    times_s: Sequence[float],
    *,
    name: str | None = None,
    skip: int = 0,
    frame_rate: Fraction | None = None,
    max_side: int = MAX_SIDE,
    correction: Correction = UNCORRECTED,
    cancel: Event | None = None,
) -> Iterator[tuple[int, RGB]]:
    """(index of the moment, its frame) as they come in the video, one in memory; see `frames_at`.

    Raises:
        VideoError, Cancelled: as `frames_at`.
    """
    waiting = sorted(range(len(times_s)), key=lambda i: times_s[i])
    last: RGB | None = None
    if not waiting:
        return
    with VideoReader(
        path, name, max_side=max_side, frame_rate=frame_rate, correction=correction
    ) as reader:
        for frame in reader.frames(lambda index: index % (skip + 1) == 0):
            if cancel is not None and cancel.is_set():
                raise Cancelled("The report was cancelled.")
            if frame.rgb is None:
                continue
            last = frame.rgb
            while waiting and frame.time_s >= times_s[waiting[0]] - _SAME_S:
                yield waiting.pop(0), last
            if not waiting:
                return
    assert last is not None, "a reader has a first frame or raises"
    for i in waiting:
        yield i, last


def best_frames(
    practice: Practice, path: Path, *, max_side: int = MAX_SIDE, cancel: Event | None = None
) -> list[RGB]:
    """The best moment of each hold, with skeleton and angles drawn.

    Args:
        practice: its keypoints are drawn.
        path: the video that it was made from.

    Returns:
        uint8 (H, W, 3) for each of ``practice.holds``.

    Raises:
        VideoError, Cancelled: as `frames_at`.
    """
    times_s = [hold.best_s for hold in practice.holds]
    images: dict[int, RGB] = {}
    settings, video = practice.settings, practice.video
    found = each_frame_at(
        path,
        times_s,
        name=video.name,
        skip=0 if settings.skip == "auto" else settings.skip,
        frame_rate=video.untimed_rate,
        max_side=max_side,
        correction=settings.correction,
        cancel=cancel,
    )
    for i, rgb in found:
        scale = [rgb.shape[1] / video.width, rgb.shape[0] / video.height, 1]
        keypoints = practice.keypoints_xyc[practice.nearest_index(times_s[i])]
        images[i] = draw_coaching(
            rgb, keypoints * np.array(scale, np.float32), practice.coachings[i]
        )
    return [images[i] for i in range(len(times_s))]
