"""Parquet, by pyarrow: segments, a row each; and what the pose model found, a row a person a frame.

Each file says in its metadata (``harec``) which of the two it is, and of which video.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.analysis.export import CSV_COLUMNS, to_dict
from harec.core.plain import check_readable, fields, text
from harec.core.skeleton import NUM_KEYPOINTS
from harec.formats.annotations import Annotations, LaneBuilder
from harec.formats.tables import add_row

if TYPE_CHECKING:
    from harec.analysis.results import Analysis

_KEY: Final = b"harec"
#: Of a file, and of what is in it unpacked.
_MOST_BYTES: Final = 1 << 30
_MOST_ROWS: Final = 10_000_000


def write_segments(analysis: Analysis, path: Path) -> None:
    """The columns of the CSV, with types; ``repetitions`` is null where they are not counted."""
    import pyarrow as pa

    rows = [
        {"person": person.id, "duration_s": segment.duration_s, **asdict(segment)}
        for person in analysis.people
        for segment in person.segments
    ]
    kinds = {"person": pa.int64(), "repetitions": pa.int64()}
    kinds |= {"action": pa.string(), "by": pa.string()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in CSV_COLUMNS])
    _write(pa.Table.from_pylist(rows, schema), analysis, "segments", path)


def write_keypoints(analysis: Analysis, path: Path) -> None:
    """What the pose model found, before any threshold: a row a person a frame that it saw.

    Columns: frame (int64: which of the frames that it saw), time_s, person (int64: number of an
    engine that follows people, else null), score, keypoints (51 float32: 17 times x, y in pixels,
    score). A frame without people has a row without keypoints.
    """
    import pyarrow as pa

    frames, times_s, numbers, scores, keypoints = [], [], [], [], []
    for frame, (time_s, poses) in enumerate(
        zip(analysis.pose_times_s, analysis.poses, strict=True)
    ):
        for place in range(max(len(poses), 1)):
            there = place < len(poses)
            frames.append(frame)
            times_s.append(time_s)
            followed = poses.followed if there else None
            numbers.append(None if followed is None else int(followed[place]))
            scores.append(float(poses.scores[place]) if there else None)
            keypoints.append(poses.keypoints_xyc[place].ravel() if there else None)
    table = pa.table(
        {
            "frame": pa.array(frames, pa.int64()),
            "time_s": pa.array(times_s, pa.float64()),
            "person": pa.array(numbers, pa.int64()),
            "score": pa.array(scores, pa.float32()),
            "keypoints": pa.array(keypoints, pa.list_(pa.float32(), 3 * NUM_KEYPOINTS)),
        }
    )
    _write(table, analysis, "keypoints", path)


def _write(table: Any, analysis: Analysis, kind: str, path: Path) -> None:
    import pyarrow.parquet as pq

    about = {
        "kind": kind,
        **{k: v for k, v in to_dict(analysis).items() if k in ("video", "made_with")},
    }
    table = table.replace_schema_metadata({_KEY: json.dumps(about, ensure_ascii=False).encode()})
    pq.write_table(table, path, compression="zstd")


def read_segments(path: Path) -> Annotations:
    """A table with the columns action, start_s, end_s, and more of the CSV's if there are any.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    table, about = _read(path, [*CSV_COLUMNS])
    missing = {"action", "start_s", "end_s"} - set(table.column_names)
    if missing:
        raise ValueError(f"it has no column {min(missing)}")
    lanes = LaneBuilder()
    for row in table.to_pylist():
        add_row(lanes, row)
    video = fields(about.get("video", {}))
    return lanes.build(text(video.get("name", "")), video.get("duration_s"))


def read_poses(path: Path) -> tuple[NDArray[np.float64], list[NDArray[Any]], tuple[int, int]]:
    """What `write_keypoints` wrote.

    Returns:
        the times of the frames (F,), ascending; of each frame (N, 53): 17 times x, y in pixels and
        score, the person's score and number (-1 = none); width and height in pixels.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    table, about = _read(path, ["time_s", "person", "score", "keypoints"])
    if about.get("kind") != "keypoints":
        raise ValueError("it holds no keypoints of harec")
    rows = table.filter(table["keypoints"].is_valid())
    points = np.array(rows["keypoints"].to_pylist(), np.float64).reshape(-1, 3 * NUM_KEYPOINTS)
    scores = rows["score"].to_numpy()
    numbers = rows["person"].fill_null(-1).to_numpy()
    all_times_s = table["time_s"].to_numpy()
    if not np.isfinite(all_times_s).all() or (np.diff(all_times_s) < 0).any():
        raise ValueError("its times don't grow")
    times_s = np.unique(all_times_s)
    values = np.column_stack([points, scores, numbers])
    places = np.searchsorted(rows["time_s"].to_numpy(), times_s)
    video = fields(about["video"])
    return times_s, np.split(values, places[1:]), (int(video["width"]), int(video["height"]))


def _read(path: Path, columns: list[str]) -> tuple[Any, dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_readable(path, _MOST_BYTES)
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            facts, schema = file.metadata, file.schema_arrow
            size = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
            if facts.num_rows > _MOST_ROWS or size > _MOST_BYTES:
                raise ValueError("unpacked it is too large")
            table = file.read([name for name in columns if name in schema.names])
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{error}".partition("\n")[0]) from None
    about = json.loads((schema.metadata or {}).get(_KEY, b"{}"))
    return table, fields(about)
