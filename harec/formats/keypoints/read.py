"""Keypoints in: from COCO-style JSON, Ultralytics' and OpenPose's folders, and harec's Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from harec.core.errors import InputError
from harec.core.extras import require
from harec.core.plain import MOST_TEXT_BYTES, check_readable, read_json, refusing, shown_name
from harec.formats.keypoints.coco import frames_of_coco
from harec.formats.keypoints.engine import FramePeople, ReadKeypoints
from harec.formats.keypoints.folders import frames_of_folder
from harec.formats.parquet import read_poses

_WHAT: Final = "keypoints of a format that is read (COCO, Ultralytics, OpenPose, harec's Parquet)"


def read_keypoints(path: Path, size_wh: tuple[int, int], skip: int = 0) -> ReadKeypoints:
    """A pose engine that answers what a file or folder says of one video's frames.

    Args:
        size_wh: of the video, in pixels.
        skip: frames left out between two that the engine is asked about.

    Raises:
        InputError: no such file, not of a format that is read, damaged, too large, or without
            people.
    """
    with refusing(shown_name(path), _WHAT):
        engine, people = _read(path, size_wh, skip)
    if not people:
        raise InputError(f'"{shown_name(path)}" holds no keypoints of people.')
    return engine


def _read(path: Path, size_wh: tuple[int, int], skip: int) -> tuple[ReadKeypoints, int]:
    if path.is_dir():
        frames, times_s = frames_of_folder(path, size_wh), None
    else:
        check_readable(path, 4 * MOST_TEXT_BYTES)
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        frames, times_s = (
            _of_parquet(path) if is_parquet else frames_of_coco(read_json(path), size_wh)
        )
    return ReadKeypoints(frames, skip + 1, times_s), sum(len(f.scores) for f in frames.values())


def _of_parquet(path: Path) -> tuple[dict[int, FramePeople], np.ndarray]:
    require("formats", "Parquet", "pyarrow")
    times_s, frames, size_wh = read_poses(path)
    people = {}
    for place, rows in enumerate(frames):
        numbers = rows[:, 52].astype(np.int64)
        keypoints = rows[:, :51].reshape(-1, 17, 3) / [*size_wh, 1]
        people[place] = FramePeople(
            keypoints, rows[:, 51], numbers if (numbers >= 0).all() else None
        )
    return people, times_s
