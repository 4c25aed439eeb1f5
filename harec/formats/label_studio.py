"""Label Studio's JSON export of timelines: TimelineLabels of a video count frames, labels of audio
and time series have seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harec.core.errors import InputError
from harec.core.plain import fields, items, number, read_json, text, whole
from harec.formats.annotations import Annotations, LaneBuilder
from harec.formats.choice import choose

_LISTS = ("timelinelabels", "labels", "timeserieslabels")


def read_label_studio(path: Path, video: str = "", frame_rate: float | None = None) -> Annotations:
    """One task's first annotation that was not cancelled, a lane a control of the labels.

    Args:
        video: chooses among several tasks, by the name of their file.
        frame_rate: frames a second by which frames were counted, where the task's data don't say
            (fps, frameRate, frame_rate).

    Raises:
        InputError: the frame rate is needed, and not known.
        ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    data = read_json(path)
    tasks = [fields(task) for task in (data if isinstance(data, list) else [data])]
    names = [_media(task) or f"task {place + 1}" for place, task in enumerate(tasks)]
    if len(set(names)) < len(names):
        raise ValueError("two of its tasks have one video")
    # uploads are called 1a2b3c4d-clip.mp4
    name = choose(names, video, lambda each: each if each == video else _without_hash(each))
    task = tasks[names.index(name)]
    rate = _frame_rate(fields(task.get("data", {}))) or frame_rate
    lanes = LaneBuilder()
    for region in _regions(task):
        _add(lanes, region, rate)
    return lanes.build(_without_hash(name))


def _media(task: dict[str, Any]) -> str:
    values = fields(task.get("data", {})).values()
    paths = [v for v in values if isinstance(v, str) and "." in v.rpartition("/")[2]]
    return paths[0].partition("?")[0].rpartition("/")[2] if paths else ""


def _without_hash(name: str) -> str:
    front, dash, rest = name.partition("-")
    hashed = dash and len(front) == 8 and all(c in "0123456789abcdef" for c in front)
    return rest if hashed else name


def _frame_rate(data: dict[str, Any]) -> float | None:
    for key in ("fps", "frameRate", "framerate", "frame_rate"):
        if key in data:
            return number(float(data[key]), 0.1, 1000)
    return None


def _regions(task: dict[str, Any]) -> list[dict[str, Any]]:
    annotations = [fields(a) for a in items(task.get("annotations", task.get("completions", [])))]
    done = [a for a in annotations if not a.get("was_cancelled")]
    if not done:
        raise ValueError("the task has no annotation")
    return [fields(region) for region in items(done[0]["result"])]


def _add(lanes: LaneBuilder, region: dict[str, Any], rate: float | None) -> None:
    value = fields(region.get("value", {}))
    labels = next((items(value[key]) for key in _LISTS if key in value), [])
    lane = text(region.get("from_name", ""))
    for label in map(text, labels):
        for frames in map(fields, items(value.get("ranges", []))):
            if rate is None:
                raise InputError(
                    "Label Studio counts frames, and this file doesn't say how many a second there "
                    "are: give its frame rate with --rate."
                )
            first, last = whole(frames["start"], 1), whole(frames["end"], 1)
            lanes.add(lane, label, (first - 1) / rate, last / rate)
        if "ranges" not in value and "start" in value and "end" in value:
            lanes.add(lane, label, number(value["start"], 0), number(value["end"], 0))
