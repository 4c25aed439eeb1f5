"""A library of made results, as `harec batch` lays it out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
from saved_results import made_result

from harec.batch import layout
from harec.batch.store import Store
from harec.batch.tables import HOLD_SCHEMA, VIDEO_SCHEMA, parquet, segment_table


def fill_library(store: Store, annotated: bytes | None = None) -> None:
    """Four videos of two people, one of them done twice; one that failed; a practice.

    Args:
        annotated: the annotated video of ``cam1-x``, which then has pictures of its moments, too.
    """
    videos = []
    for i in range(4):
        analysis = made_result(seed=i)
        store.put(layout.rows_path(layout.SEGMENTS, f"cam{i}-x"), segment_table(analysis))
        store.put(layout.json_path(f"cam{i}-x"), analysis.to_json().encode())
        videos.append(
            {
                "video": f"cam{i}-x",
                "name": f"Cam{i}.mp4",
                "address": f"/films/Cam{i}.mp4",
                "status": "done",
                "kind": "actions",
                "duration_s": 12.0,
                "frame_rate": 30.0,
                "key": str(i),
                "people": 2,
                "sha256": str(i),
                "modified": datetime(2026, 5, 1 + i, 12, tzinfo=UTC),
                "finished": datetime(2026, 6, 1, tzinfo=UTC),
            }
        )
    if annotated is not None:
        _keep(store, videos[1], annotated)
    # under other settings before, and one that failed: neither counts
    old = videos[0] | {"video": "cam0-old", "finished": datetime(2026, 5, 31, tzinfo=UTC)}
    failed = {"name": "bad.mp4", "status": "failed", "kind": "actions", "reason": "odd"}
    store.put(
        layout.rows_path(layout.SEGMENTS, "cam0-old"),
        segment_table(made_result(seed=0)),
    )
    hold = {"asana": "tree", "side": "left", "start_s": 1.0, "end_s": 9.0, "mean_score": 80.0}
    store.put(
        layout.rows_path(layout.HOLDS, "yoga-x"),
        parquet([hold | {"duration_s": 8.0, "by": "model"}], HOLD_SCHEMA),
    )
    yoga = videos[0] | {"video": "yoga-x", "name": "flow.mp4", "kind": "yoga", "sha256": "y"}
    store.put(layout.VIDEOS, parquet([old, *videos, failed, yoga], VIDEO_SCHEMA))


def _keep(store: Store, row: dict[str, Any], annotated: bytes) -> None:
    row |= {"has_video": True, "has_thumbnails": True}
    store.put(layout.annotated_path(row["video"]), annotated)
    picture = cv2.imencode(".jpg", np.full((90, 120, 3), 120, np.uint8))[1].tobytes()
    for person in made_result(seed=1).people:
        for segment in person.segments:
            store.put(layout.thumbnail_path(row["video"], segment.start_s, person.id), picture)
