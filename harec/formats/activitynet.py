"""ActivityNet's JSON: a video's segments with labels; who does them it cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harec.analysis.document import checked_by
from harec.analysis.export import json_text
from harec.analysis.tables import segment_rows
from harec.core.plain import fields, items, number, read_json, seconds, text
from harec.formats.annotations import Annotations, LaneBuilder
from harec.formats.choice import choose

if TYPE_CHECKING:
    from harec.analysis.results import Analysis


def write_activitynet(analysis: Analysis, path: Path) -> None:
    """A file of detections, as its evaluation reads it: ``results`` {video: [{label, score,
    segment, by}]}; the video is called as its file, without ending."""
    detections = [
        {
            "label": row.action,
            "score": round(row.confidence, 4),
            "segment": [round(row.start_s, 3), round(row.end_s, 3)],
            "by": row.by,
        }
        for row in segment_rows(analysis)
    ]
    document = {
        "version": "VERSION 1.3",
        "results": {Path(analysis.video.name).stem: detections},
        "external_data": {"used": True, "details": "harec"},
    }
    path.write_text(json_text(document), encoding="utf-8")


def read_activitynet(path: Path, video: str = "") -> Annotations:
    """Detections (``results``) or ground truth (``database``), one lane without a name.

    Args:
        video: which of the file's videos, with or without ending; a file with one needs none.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    data = fields(read_json(path))
    truth = "database" in data
    videos = fields(data["database" if truth else "results"])
    name = choose(videos, video, lambda key: key.removeprefix("v_"))
    lanes = LaneBuilder()
    lanes.lane("")
    found: Any = fields(videos[name])["annotations"] if truth else videos[name]
    for each in map(fields, items(found)):
        start_s, end_s = map(seconds, items(each["segment"]))
        score, by = _confidence(each.get("score", 1.0)), checked_by(each.get("by", "model"))
        lanes.add("", text(each["label"]), start_s, end_s, score, by=by)
    duration_s = videos[name].get("duration") if truth else None
    return lanes.build(name, None if duration_s is None else seconds(duration_s))


def _confidence(value: Any) -> float:
    """Scores of other programs may be no probabilities."""
    return min(max(number(value), 0.0), 1.0)
