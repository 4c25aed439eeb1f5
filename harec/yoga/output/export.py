"""What the coach found as files: JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harec.core.errors import HarecError
from harec.core.files import atomic_write
from harec.yoga.coaching.coach import Coaching
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.photo import PhotoResult
from harec.yoga.practice.sequence import SequenceResult
from harec.yoga.practice.video import Practice

CSV_COLUMNS = (
    "asana",
    "side",
    "start_s",
    "end_s",
    "duration_s",
    "best_score",
    "mean_score",
    "best_s",
    "feedback",
)


def photo_dict(result: PhotoResult) -> dict[str, Any]:
    """A photo in plain types.

    Keys: ``file``, ``asana`` (or null), ``side`` ("left", "right" or null), ``confidence`` 0..1 (0
    when nobody was found), ``score`` 0..100 or null, ``angles_deg`` {name: degrees}, ``feedback``
    [sentence], ``warnings`` [sentence].
    """
    coaching = result.coaching
    return {
        "file": result.file,
        "asana": coaching.asana if coaching else None,
        "side": coaching.side if coaching else None,
        "confidence": round(coaching.confidence, 4) if coaching else 0.0,
        "score": _rounded(coaching.score) if coaching else None,
        "angles_deg": _angles(coaching) if coaching else {},
        "feedback": [each.text for each in coaching.feedback] if coaching else [],
        "warnings": list(result.warnings),
    }


def refused_dict(file: str, error: HarecError) -> dict[str, Any]:
    """As `photo_dict`, of a photo in a folder that can't be used; ``error`` says why."""
    return {
        "file": file,
        "asana": None,
        "side": None,
        "confidence": 0.0,
        "score": None,
        "angles_deg": {},
        "feedback": [],
        "warnings": [],
        "error": str(error),
    }


def practice_dict(practice: Practice, sequence: SequenceResult | None = None) -> dict[str, Any]:
    """A practice in plain types; times in seconds, scores 0..100.

    Keys: ``file``; ``video`` {width, height, duration_s, frames, frame_rate}; ``holds`` [{asana,
    side, start_s, end_s, duration_s, best_score, mean_score, best_s, angles_deg, feedback,
    warnings}], the last three of the best moment; ``sequence`` {complete, steps [{asana, side,
    status, hold}], extra}, its holds as indices of ``holds``, or null; ``settings``; ``timings``;
    ``warnings``.
    """
    video = practice.video
    return {
        "file": video.name,
        "video": {
            "width": video.width,
            "height": video.height,
            "duration_s": None if video.duration_s is None else round(video.duration_s, 3),
            "frames": video.frames,
            "frame_rate": None if video.frame_rate is None else round(float(video.frame_rate), 3),
        },
        "holds": [
            hold_dict(hold) | _said(coaching)
            for hold, coaching in zip(practice.holds, practice.coachings, strict=True)
        ],
        "sequence": sequence and sequence_dict(sequence, practice.holds),
        "settings": {
            "estimator": practice.settings.estimator,
            "mode": practice.settings.mode,
            "precision": practice.settings.precision,
            "skip": practice.settings.skip,
            "max_people": practice.settings.max_people,
            **asdict(practice.settings.thresholds),
            **asdict(practice.hold_settings),
        },
        "timings": {
            **{f"{k}_s": round(v, 4) for k, v in practice.timings.stages_s.items()},
            "total_s": round(practice.timings.total_s, 4),
            "frames_per_second": round(practice.timings.frames_per_second, 2),
        },
        "warnings": list(practice.warnings),
    }


def hold_dict(hold: Hold) -> dict[str, Any]:
    """One hold in plain types."""
    return {
        "asana": hold.asana,
        "side": hold.side,
        "start_s": round(hold.start_s, 3),
        "end_s": round(hold.end_s, 3),
        "duration_s": round(hold.duration_s, 3),
        "best_score": _rounded(hold.best_score),
        "mean_score": _rounded(hold.mean_score),
        "best_s": round(hold.best_s, 3),
    }


def sequence_dict(result: SequenceResult, holds: tuple[Hold, ...]) -> dict[str, Any]:
    """A checked sequence in plain types; holds are given as indices."""
    index = {id(hold): i for i, hold in enumerate(holds)}
    return {
        "complete": result.complete,
        "steps": [
            {
                "asana": each.step.asana,
                "side": each.step.side,
                "status": each.status.value,
                "hold": None if each.hold is None else index[id(each.hold)],
            }
            for each in result.steps
        ],
        "extra": [index[id(hold)] for hold in result.extra],
    }


def practice_csv(practice: Practice) -> str:
    """One row per hold; a header also when there is none. Empty: no side, or not judged."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in practice_dict(practice)["holds"]:
        writer.writerow({**row, "feedback": "; ".join(row["feedback"])})
    return text.getvalue()


def to_json(value: Any) -> str:
    """Plain types as text."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a file, all of it or nothing.

    Raises:
        InputError: it can't be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _said(coaching: Coaching) -> dict[str, Any]:
    return {
        "angles_deg": _angles(coaching),
        "feedback": [each.text for each in coaching.feedback],
        "warnings": list(coaching.warnings),
    }


def _angles(coaching: Coaching) -> dict[str, float]:
    return {name: round(value, 1) for name, value in coaching.angles_deg.items()}


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 1)
