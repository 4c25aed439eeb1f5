"""Folders with a file a frame: Ultralytics' labels (.txt) and OpenPose's JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import InputError
from harec.core.plain import fields, items, read_json, read_text, shown_name
from harec.core.skeleton import NUM_KEYPOINTS, OPENPOSE18_TO_COCO17
from harec.formats.keypoints.engine import FramePeople

#: More files are not read.
_MOST_FILES: Final = 1_000_000
_MOST_BYTES: Final = 4 << 20
#: OpenPose's BODY_25 (its documentation, "Pose Output Format"): COCO's keypoints among the 25.
_BODY25: Final = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
_OPENPOSE: Final = {3 * 25: _BODY25, 3 * 18: OPENPOSE18_TO_COCO17}

Frames = dict[int, FramePeople]


def frames_of_folder(folder: Path, size_wh: tuple[int, int]) -> Frames:
    """People by number of the frame.

    Args:
        size_wh: of the video, in whose pixels OpenPose counts.

    Raises:
        InputError: it holds no such files.
        ValueError, KeyError, TypeError: see `harec.core.plain.refusing`.
    """
    entries = list(islice(folder.iterdir(), _MOST_FILES + 1))
    if len(entries) > _MOST_FILES:
        raise InputError(f'"{shown_name(folder)}" holds more than {_MOST_FILES} files.')
    jsons = sorted(p for p in entries if p.name.endswith("_keypoints.json"))
    texts = sorted(p for p in entries if p.suffix == ".txt" and _number(p) is not None)
    if jsons:
        return {_frame(p): _openpose(fields(read_json(p, _MOST_BYTES)), size_wh) for p in jsons}
    if texts:  # they count from 1
        return {_frame(p) - 1: people for p in texts if (people := _ultralytics(p)) is not None}
    raise InputError(
        f'"{shown_name(folder)}" holds no keypoints: a folder of Ultralytics (clip_1.txt, …) or '
        "OpenPose (clip_000000000000_keypoints.json, …) is read."
    )


def _number(path: Path) -> int | None:
    digits = re.search(r"(\d{1,12})(?:_keypoints)?$", path.stem)
    return None if digits is None else int(digits[1])


def _frame(path: Path) -> int:
    number = _number(path)
    if number is None:
        raise ValueError(f"{path.name} has no number of a frame")
    return number


def _openpose(data: dict[str, Any], size_wh: tuple[int, int]) -> FramePeople:
    found = [fields(person)["pose_keypoints_2d"] for person in items(data["people"])]
    people = [_openpose_person(numbers, size_wh) for numbers in found if any(numbers[2::3])]
    keypoints = np.array(people).reshape(-1, NUM_KEYPOINTS, 3)
    return FramePeople(keypoints, _mean_scores(keypoints))


def _openpose_person(numbers: list[Any], size_wh: tuple[int, int]) -> NDArray[np.float64]:
    if len(numbers) not in _OPENPOSE:
        raise ValueError("a person has other keypoints than OpenPose's BODY_25 or COCO's 18")
    points = np.array(numbers, np.float64).reshape(-1, 3)[list(_OPENPOSE[len(numbers)])]
    in_frame = points[:, :2].max(initial=0) <= 1  # written with --keypoint_scale 3
    return points if in_frame else points / [*size_wh, 1]


def _mean_scores(keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the keypoints that are seen, (N,)."""
    seen = keypoints[..., 2] > 0
    return np.clip(keypoints[..., 2].sum(1) / np.maximum(seen.sum(1), 1), 0, 1)


def _ultralytics(path: Path) -> FramePeople | None:
    if path.stat().st_size == 0:
        return None
    rows = list(_rows(read_text(path, _MOST_BYTES)))
    keypoints = np.array([points for points, _, _ in rows])
    own = _mean_scores(keypoints) if rows else np.zeros(0)
    scores = [
        mean if score is None else score for mean, (_, score, _) in zip(own, rows, strict=True)
    ]
    ids = [number for _, _, number in rows]
    known = np.array(ids, np.int64) if None not in ids else None
    return FramePeople(keypoints, np.array(scores), known) if rows else None


def _rows(content: str) -> Iterator[tuple[NDArray[np.float64], float | None, int | None]]:
    """Of each line: class, box (4), keypoints (17 x 3, or x 2), then perhaps score and number."""
    for line in content.splitlines():
        values = np.array(line.split(), np.float64)
        if not len(values):
            continue
        per_point = 3 if len(values) >= 5 + 3 * NUM_KEYPOINTS else 2
        rest = values[5 + per_point * NUM_KEYPOINTS :]
        if len(values) < 5 + 2 * NUM_KEYPOINTS or len(rest) > 2:
            raise ValueError(
                f"a line has {len(values)} numbers, which are not {NUM_KEYPOINTS} keypoints"
            )
        points = values[5 : 5 + per_point * NUM_KEYPOINTS].reshape(NUM_KEYPOINTS, per_point)
        if per_point == 2:
            points = np.column_stack([points, (points != 0).any(1)])
        score = float(rest[0]) if len(rest) == 2 or (len(rest) == 1 and rest[0] < 1) else None
        number = int(rest[-1]) if len(rest) == 2 or (len(rest) == 1 and rest[0] >= 1) else None
        yield np.clip(points, 0, [np.inf, np.inf, 1]), score, number
