"""Results as files and tables: JSON, CSV, pandas."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.files import write_text
from harec.core.progress import Timings
from harec.video import VideoInfo

if TYPE_CHECKING:
    import pandas as pd

    from harec.analysis.results import Analysis, PersonResult

CSV_COLUMNS = (
    "person", "action", "start_s", "end_s", "duration_s", "confidence", "repetitions", "by",
)  # fmt: skip


#: Of the document that `to_dict` makes; its schema is docs/result.schema.json.
FORMAT: Final = "harec-result"
FORMAT_VERSION: Final = 1


def to_dict(analysis: Analysis, *, keypoints: bool = False) -> dict[str, Any]:
    """The result in plain types; times in seconds, confidence 0..1.

    Keys: ``format``, ``format_version``, ``video`` {name, width, height, duration_s, frames,
    frame_rate, rotation_deg, codec, has_audio, sha256}, ``settings``,
    ``people`` [{id, first_s, last_s, segments [{action, start_s, end_s, confidence,
    repetitions (null where they are not counted), by (human or model)}],
    cleared_s [[start, end]] (where a human says that it is none of the actions)}],
    ``pose`` {frames that the pose model saw, precision that it computed with},
    ``timings`` {seconds of each stage, total_s, frames_per_second}, ``warnings``,
    ``made_with`` {versions, models {name: SHA-256}, keypoints, labels}.

    Args:
        keypoints: people have ``track`` {times_s, keypoints_xyc}, ``estimates`` {times_s, spans_s,
            probabilities} and ``repetitions_s`` {action: times}, too; see `PersonResult`.
    """
    people = [_person_dict(person) for person in analysis.people]
    if keypoints:
        people = [p | _arrays_dict(r) for p, r in zip(people, analysis.people, strict=True)]
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "video": {
            "name": analysis.video.name,
            **video_dict(analysis.video),
            "rotation_deg": analysis.video.rotation_deg,
            "codec": analysis.video.codec,
            "has_audio": analysis.video.has_audio,
            "sha256": analysis.video.sha256,
        },
        "settings": asdict(analysis.settings) | asdict(analysis.settings.thresholds),
        "people": people,
        "pose": pose_dict(analysis.timings),
        "timings": timings_dict(analysis.timings),
        "warnings": list(analysis.warnings),
        "made_with": asdict(analysis.provenance),
    }


def _person_dict(person: PersonResult) -> dict[str, Any]:
    return {
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
                "by": segment.by,
            }
            for segment in person.segments
        ],
        "cleared_s": [[round(t, 3) for t in span] for span in person.cleared_s],
    }


def _arrays_dict(person: PersonResult) -> dict[str, Any]:
    """Keypoints to a hundredth of a pixel, probabilities to four places."""
    return {
        "track": {
            "times_s": _plain(person.track_times_s, 4),
            "keypoints_xyc": _plain(person.keypoints_xyc, 2),
        },
        "estimates": {
            "times_s": _plain(person.estimate_times_s, 4),
            "spans_s": _plain(person.estimate_spans_s, 4),
            "probabilities": _plain(person.probabilities, 4),
        },
        "repetitions_s": {
            action: [round(t, 4) for t in times] for action, times in person.moments_s.items()
        },
    }


def _plain(values: NDArray[Any], decimals: int) -> Any:
    return np.round(values.astype(np.float64), decimals).tolist()


def video_dict(video: VideoInfo) -> dict[str, Any]:
    """Facts of a video in plain types: width, height, duration_s, frames, frame_rate."""
    return {
        "width": video.width,
        "height": video.height,
        "duration_s": None if video.duration_s is None else round(video.duration_s, 3),
        "frames": video.frames,
        "frame_rate": None if video.frame_rate is None else round(float(video.frame_rate), 3),
    }


def pose_dict(timings: Timings) -> dict[str, Any]:
    """What the pose model did: frames that it saw, and precision that it computed with (null: it
    doesn't say)."""
    return {"frames": timings.pose_frames, "precision": timings.precision}


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


def to_json(analysis: Analysis, *, keypoints: bool = False) -> str:
    """:func:`to_dict` as text; with ``keypoints`` on one line, for it is long."""
    document = to_dict(analysis, keypoints=keypoints)
    return json.dumps(document, ensure_ascii=False) + "\n" if keypoints else json_text(document)


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
                    segment.by,
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
    types = {"person": "int64", "action": "str", "repetitions": "Int64", "by": "str"}
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS)).astype(
        {column: types.get(column, "float64") for column in CSV_COLUMNS}
    )


def write_json(analysis: Analysis, path: Path, *, keypoints: bool = False) -> None:
    """Write :func:`to_json` to a file."""
    write_text(path, to_json(analysis, keypoints=keypoints))


def write_csv(analysis: Analysis, path: Path) -> None:
    """Write :func:`to_csv` to a file."""
    write_text(path, to_csv(analysis))
