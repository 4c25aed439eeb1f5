"""COCO keypoints JSON of each person on each frame that the pose model saw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harec.core.skeleton import EDGES, KEYPOINT_NAMES
from harec.formats.frames import person_frames

if TYPE_CHECKING:
    from harec.analysis.results import Analysis


def write_coco(analysis: Analysis, path: Path) -> None:
    """Images (one a frame that was seen, with ``time_s``) and annotations (one a person on it).

    A keypoint's third number is COCO's visibility, 2 = seen and 0 = not; its score is lost, that of
    a person is the mean of theirs. ``track_id`` is the person's number, ``action`` what they do;
    ``attributes``, which CVAT shows, also says by whom that is.
    """
    times_s, people = person_frames(analysis)
    stem = Path(analysis.video.name).stem
    document = {
        "info": {"description": f"{analysis.video.name}, by harec", "version": "1.0"},
        "licenses": [],
        "categories": [
            {
                "id": 1,
                "name": "person",
                "supercategory": "person",
                "keypoints": list(KEYPOINT_NAMES),
                "skeleton": [[a + 1, b + 1] for a, b in EDGES],
            }
        ],
        "images": [
            {
                "id": frame + 1,
                "file_name": f"{stem}_{frame + 1:06d}.jpg",
                "width": analysis.video.width,
                "height": analysis.video.height,
                "time_s": round(float(time_s), 6),
            }
            for frame, time_s in enumerate(times_s)
        ],
        "annotations": [
            {
                "id": place + 1,
                "image_id": each.frame + 1,
                "category_id": 1,
                "iscrowd": 0,
                "track_id": each.person,
                "action": each.action,
                "attributes": {"action": each.action, "by": each.by},
                **_figures(each.keypoints_xyc),
            }
            for place, each in enumerate(people)
        ],
    }
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _figures(keypoints_xyc: NDArray[np.float32]) -> dict[str, Any]:
    seen = keypoints_xyc[:, 2] > 0
    points = np.where(seen[:, None], keypoints_xyc[:, :2], 0).astype(float).round(2)
    flat = np.column_stack([points, 2.0 * seen]).ravel().tolist()
    low, high = (points[seen].min(0), points[seen].max(0)) if seen.any() else (np.zeros(2),) * 2
    width, height = (high - low).round(2).tolist()
    return {
        "keypoints": flat,
        "num_keypoints": int(seen.sum()),
        "bbox": [*low.tolist(), width, height],
        "area": round(width * height, 2),
        "score": round(float(keypoints_xyc[seen, 2].mean()), 4) if seen.any() else 0.0,
    }
