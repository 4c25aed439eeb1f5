"""What the coach found as files: JSON and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any

from harec.analysis.export import pose_dict, timings_dict, video_dict
from harec.core.errors import HarecError
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
    without a person), ``score`` 0..100 or null, ``turn_deg`` (0; 90, 180 or 270 where the asana
    fits only in a picture turned clockwise by it), ``angles_deg`` {name: degrees}, ``feedback``
    [sentence], ``warnings`` [sentence].
    """
    coaching = result.coaching
    return {
        "file": result.file,
        "asana": coaching.asana if coaching else None,
        "side": coaching.side if coaching else None,
        "confidence": round(coaching.confidence, 4) if coaching else 0.0,
        "score": _rounded(coaching.score) if coaching else None,
        "turn_deg": coaching.turn_deg if coaching else 0,
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
        "turn_deg": 0,
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
    status, hold}], extra}, its holds as indices of ``holds``, or null; ``settings``; ``pose``;
    ``timings``; ``warnings``.
    """
    return {
        "file": practice.video.name,
        "video": video_dict(practice.video),
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
            **asdict(practice.settings.correction),
            **asdict(practice.settings.thresholds),
            **asdict(practice.hold_settings),
        },
        "pose": pose_dict(practice.timings),
        "timings": timings_dict(practice.timings),
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
