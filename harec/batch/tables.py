"""The tables of a library: their columns, and rows of a result."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harec.core.skeleton import NUM_KEYPOINTS

if TYPE_CHECKING:
    from harec.analysis.results import Analysis
    from harec.yoga.practice.video import Practice

_UTC = pa.timestamp("us", tz="UTC")
#: ``stages_s``: seconds of decode, pose, ...; ``settings``: as JSON; ``stamp``: size and time of
#: change, or ETag, by which an address is known to hold the same contents again.
VIDEO_SCHEMA = pa.schema(
    [
        ("video", pa.string()),
        ("name", pa.string()),
        ("address", pa.string()),
        ("status", pa.string()),
        ("kind", pa.string()),
        ("duration_s", pa.float64()),
        ("frame_rate", pa.float64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("frames", pa.int64()),
        ("people", pa.int32()),
        ("segments", pa.int32()),
        ("size_bytes", pa.int64()),
        ("modified", _UTC),
        ("stamp", pa.string()),
        ("sha256", pa.string()),
        ("settings", pa.string()),
        ("settings_sha256", pa.string()),
        ("key", pa.string()),
        ("has_video", pa.bool_()),
        ("has_keypoints", pa.bool_()),
        ("has_thumbnails", pa.bool_()),
        ("harec", pa.string()),
        ("started", _UTC),
        ("finished", _UTC),
        ("total_s", pa.float64()),
        ("stages_s", pa.map_(pa.string(), pa.float64())),
        ("warnings", pa.list_(pa.string())),
        ("reason", pa.string()),
        ("attempts", pa.int32()),
    ]
)
FAILURE_SCHEMA = pa.schema(
    VIDEO_SCHEMA.field(column)
    for column in ("name", "address", "reason", "attempts", "finished", "settings_sha256")
)
SEGMENT_SCHEMA = pa.schema(
    [
        ("person", pa.int32()),
        ("action", pa.string()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("duration_s", pa.float64()),
        ("confidence", pa.float64()),
        ("repetitions", pa.int32()),
        ("by", pa.string()),
    ]
)
HOLD_SCHEMA = pa.schema(
    [
        ("asana", pa.string()),
        ("side", pa.string()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("duration_s", pa.float64()),
        ("best_score", pa.float64()),
        ("mean_score", pa.float64()),
        ("best_s", pa.float64()),
        ("by", pa.string()),
    ]
)
_JOINTS = pa.list_(pa.float32(), NUM_KEYPOINTS)
KEYPOINT_SCHEMA = pa.schema(
    [
        ("person", pa.int32()),
        ("time_s", pa.float64()),
        ("x", _JOINTS),
        ("y", _JOINTS),
        ("score", _JOINTS),
    ]
)
#: Who says what a hold is.
MODEL = "model"


def parquet(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> bytes:
    """Rows as a Parquet file; columns that a row lacks are null."""
    columns = [{name: row.get(name) for name in schema.names} for row in rows]
    return parquet_bytes(pa.Table.from_pylist(columns, schema=schema))


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file."""
    written = io.BytesIO()
    pq.write_table(table, written, compression="zstd")
    return written.getvalue()


def rows_of(data: bytes) -> list[dict[str, Any]]:
    """The rows of a Parquet file. Raises pyarrow.ArrowInvalid."""
    return list(pq.read_table(io.BytesIO(data)).to_pylist())


def segment_table(analysis: Analysis) -> bytes:
    """`SEGMENT_SCHEMA` of all people, by person and time, as a Parquet file."""
    return parquet(
        (
            {
                "person": person.id,
                "action": segment.action,
                "start_s": segment.start_s,
                "end_s": segment.end_s,
                "duration_s": segment.duration_s,
                "confidence": segment.confidence,
                "repetitions": segment.repetitions,
                "by": segment.by,
            }
            for person in analysis.people
            for segment in person.segments
        ),
        SEGMENT_SCHEMA,
    )


def hold_table(practice: Practice) -> bytes:
    """`HOLD_SCHEMA`, by time, as a Parquet file."""
    from harec.yoga.output.export import hold_dict

    return parquet(({**hold_dict(hold), "by": MODEL} for hold in practice.holds), HOLD_SCHEMA)


def keypoint_table(tracks: Iterable[tuple[int, Any, Any]]) -> bytes:
    """`KEYPOINT_SCHEMA` as a Parquet file.

    Args:
        tracks: id, times in seconds (F,) and keypoints (F, 17, 3) in pixels of each person.
    """
    tables = [_track_table(*track) for track in tracks]
    return parquet_bytes(pa.concat_tables([KEYPOINT_SCHEMA.empty_table(), *tables]))


def _track_table(person: int, times_s: Any, keypoints_xyc: Any) -> pa.Table:
    columns = [
        pa.FixedSizeListArray.from_arrays(
            pa.array(np.ascontiguousarray(keypoints_xyc[..., i], np.float32).ravel()),
            NUM_KEYPOINTS,
        )
        for i in range(3)
    ]
    people = pa.array(np.full(len(times_s), person, np.int32))
    times = pa.array(np.asarray(times_s, np.float64))
    return pa.Table.from_arrays([people, times, *columns], schema=KEYPOINT_SCHEMA)
