"""COCO-style keypoints: a data set with images and annotations, or a list of detections."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.plain import fields, items, number, text, whole
from harec.core.skeleton import NUM_KEYPOINTS
from harec.formats.keypoints.engine import FramePeople

#: Of COCO's visibilities: not labelled, labelled but hidden, seen.
_SEEN: Final = np.array([0.0, 0.5, 1.0])
_MOST_FRAMES: Final = 10_000_000

Frames = dict[int, FramePeople]


def frames_of_coco(
    data: Any, size_wh: tuple[int, int]
) -> tuple[Frames, NDArray[np.float64] | None]:
    """People by number of the frame, and the frames' times where the images have ``time_s``.

    A frame's number is ``frame_index``, else the last number in the image's name, else its id; they
    begin at 0, or at 1 where none is 0.

    Args:
        data: the document.
        size_wh: of the video, for images that don't say theirs.

    Raises:
        ValueError, KeyError, TypeError: see `harec.core.plain.refusing`.
    """
    found = data if isinstance(data, list) else items(fields(data)["annotations"])
    images = {} if isinstance(data, list) else {i["id"]: fields(i) for i in items(data["images"])}
    people: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in map(fields, found):
        if "keypoints" in each and any(each["keypoints"][2::3]):
            people[each["image_id"]].append(each)
    numbers = {key: _number(images.get(key, {}), key) for key in {*images, *people}}
    times_s = _times(list(images.values()))
    if times_s is None:
        first = 0 if 0 in numbers.values() else 1
        place = {key: value - first for key, value in numbers.items()}
    else:
        order = sorted(images, key=lambda key: images[key]["time_s"])
        place = {key: index for index, key in enumerate(order)}
    frames = {}
    for key, persons in people.items():
        image = images.get(key, {})
        size = (image.get("width", size_wh[0]), image.get("height", size_wh[1]))
        frames[place[key]] = _people(persons, (whole(size[0], 1), whole(size[1], 1)))
    return frames, times_s


def _number(image: dict[str, Any], key: Any) -> int:
    if "frame_index" in image:
        return whole(image["frame_index"], 0, _MOST_FRAMES)
    digits = re.findall(r"\d+", text(image.get("file_name", "")).rpartition(".")[0])
    return whole(int(digits[-1]) if digits else key, 0, _MOST_FRAMES)


def _times(images: list[dict[str, Any]]) -> NDArray[np.float64] | None:
    if not images or any("time_s" not in image for image in images):
        return None
    return np.sort([number(image["time_s"], 0) for image in images])


def _people(persons: list[dict[str, Any]], size_wh: tuple[int, int]) -> FramePeople:
    keypoints = np.array([p["keypoints"] for p in persons], np.float64)
    if keypoints.shape[1:] != (3 * NUM_KEYPOINTS,):
        raise ValueError(f"a person has other keypoints than COCO's {NUM_KEYPOINTS}")
    if not np.isfinite(keypoints).all():
        raise ValueError("a keypoint is no number")
    keypoints = keypoints.reshape(-1, NUM_KEYPOINTS, 3) / [*size_wh, 1]
    third = keypoints[..., 2]
    if (third > 1).any():  # visibilities, not scores
        keypoints[..., 2] = _SEEN[np.clip(third, 0, 2).astype(int)]
    ids = [p.get("track_id") for p in persons]
    numbered = all(isinstance(i, int) and not isinstance(i, bool) for i in ids)
    mean = keypoints[..., 2].sum(1) / np.maximum((keypoints[..., 2] > 0).sum(1), 1)
    scores = [number(p.get("score", m), 0, 1) for p, m in zip(persons, mean, strict=True)]
    return FramePeople(keypoints, np.array(scores), np.array(ids, np.int64) if numbered else None)
