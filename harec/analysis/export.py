"""Results as files and tables: JSON, CSV, pandas."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harec.core.files import write_text
from harec.core.progress import Timings
from harec.video import VideoInfo

if TYPE_CHECKING:
    import pandas as pd

    from harec.analysis.results import Analysis

CSV_COLUMNS = ("person", "action", "start_s", "end_s", "duration_s", "confidence", "repetitions")


def to_dict(analysis: Analysis) -> dict[str, Any]:
    """The result in plain types; times in seconds, confidence 0..1.

    Keys: ``video`` {name, width, height, duration_s, frames, frame_rate}, ``settings``,
    ``people`` [{id, first_s, last_s, segments [{action, start_s, end_s, confidence,
    repetitions (null where they are not counted)}]}],
    ``timings`` {seconds of each stage, total_s, frames_per_second}, ``warnings``.
    """
    return {
        "video": {"name": analysis.video.name, **video_dict(analysis.video)},
        "settings": asdict(analysis.settings) | asdict(analysis.settings.thresholds),
        "people": [
            {
                "id": person.id,
                "first_s": round(person.first_s, 3),
                "last_s": round(person.last_s, 3),
                "segments": [
                    {
                        "action": segment.action,
                        "start_s": round(segment.start_s, 3),
                        "end_s": round(segment.end_s, 3),
                        "confidence": round(segment.confidence, 4),
                        "repetitions": segment.repetitions,
                    }
                    for segment in person.segments
                ],
            }
            for person in analysis.people
        ],
        "timings": timings_dict(analysis.timings),
        "warnings": list(analysis.warnings),
    }


def video_dict(video: VideoInfo) -> dict[str, Any]:
    """Facts of a video in plain types: width, height, duration_s, frames, frame_rate."""
    return {
        "width": video.width,
        "height": video.height,
        "duration_s": None if video.duration_s is None else round(video.duration_s, 3),
        "frames": video.frames,
        "frame_rate": None if video.frame_rate is None else round(float(video.frame_rate), 3),
    }


def timings_dict(timings: Timings) -> dict[str, float]:
    """Seconds of each stage, total_s and frames_per_second."""
    return {
        **{f"{stage}_s": round(seconds, 4) for stage, seconds in timings.stages_s.items()},
        "total_s": round(timings.total_s, 4),
        "frames_per_second": round(timings.frames_per_second, 2),
    }


def json_text(value: dict[str, Any] | list[Any]) -> str:
    """Plain types as an indented JSON document."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def to_json(analysis: Analysis) -> str:
    """:func:`to_dict` as text."""
    return json_text(to_dict(analysis))


def to_csv(analysis: Analysis) -> str:
    """One row per segment, sorted by person and time; a header also when there is none.

    ``repetitions`` is empty where they are not counted.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for person in analysis.people:
        for segment in person.segments:
            writer.writerow(
                [
                    person.id,
                    segment.action,
                    f"{segment.start_s:.3f}",
                    f"{segment.end_s:.3f}",
                    f"{segment.duration_s:.3f}",
                    f"{segment.confidence:.4f}",
                    segment.repetitions,
                ]
            )
    return text.getvalue()


def to_pandas(analysis: Analysis) -> pd.DataFrame:
    """See `harec.analysis.results.Analysis.to_pandas`."""
    import pandas as pd  # takes longer than anything else here

    rows = [
        [person.id, *(getattr(segment, column) for column in CSV_COLUMNS[1:])]
        for person in analysis.people
        for segment in person.segments
    ]
    types = {"person": "int64", "action": "str", "repetitions": "Int64"}
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS)).astype(
        {column: types.get(column, "float64") for column in CSV_COLUMNS}
    )


def write_json(analysis: Analysis, path: Path) -> None:
    """Write :func:`to_json` to a file."""
    write_text(path, to_json(analysis))


def write_csv(analysis: Analysis, path: Path) -> None:
    """Write :func:`to_csv` to a file."""
    write_text(path, to_csv(analysis))
