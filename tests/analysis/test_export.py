"""JSON and CSV of a result."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from harec.actions.segments import Segment
from harec.analysis.export import (
    to_csv,
    to_dict,
    write_csv,
    write_json,
)
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.progress import Timings
from harec.video import VideoInfo


@pytest.fixture
def analysis() -> Analysis:
    info = VideoInfo(
        name="clip, \"one\".mp4", width=640, height=480, duration_s=4.0, frames=120,
        frame_rate=Fraction(30000, 1001), rotation_deg=0, codec="h264", has_audio=False,
    )  # fmt: skip
    person = PersonResult(
        id=1,
        first_s=0.0,
        last_s=3.9667,
        track_times_s=np.array([0.0, 3.9667]),
        keypoints_xyc=np.ones((2, 17, 3), np.float32),
        estimate_times_s=np.zeros(0),
        estimate_spans_s=np.zeros((0, 2)),
        probabilities=np.zeros((0, 7), np.float32),
        segments=(Segment("BOXING", 0.5, 2.25, 0.91), Segment("JUMPING", 2.5, 3.9, 0.8, 3)),
    )
    timings = Timings({"pose": 1.5, "decode": 0.25}, 2.0, 120, 60, "int8")
    return Analysis(info, AnalysisSettings(), (person,), timings, ("Careful.",))


def test_layout_of_the_json(analysis: Analysis, tmp_path: Path) -> None:
    write_json(analysis, tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data == to_dict(analysis)
    assert data["video"] == {
        "name": "clip, \"one\".mp4", "width": 640, "height": 480, "duration_s": 4.0,
        "frames": 120, "frame_rate": 29.97, "rotation_deg": 0, "codec": "h264", "has_audio": False,
        "sha256": None,
    }  # fmt: skip
    assert data["made_with"] == {"versions": {}, "models": {}, "keypoints": "", "labels": ""}
    assert data["people"] == [
        {
            "id": 1,
            "first_s": 0.0,
            "last_s": 3.967,
            "segments": [
                {
                    "action": "BOXING", "start_s": 0.5, "end_s": 2.25, "confidence": 0.91,
                    "repetitions": None, "by": "model",
                },
                {
                    "action": "JUMPING", "start_s": 2.5, "end_s": 3.9, "confidence": 0.8,
                    "repetitions": 3, "by": "model",
                },
            ],
            "cleared_s": [],
        }
    ]  # fmt: skip
    assert data["timings"] == {
        "pose_s": 1.5, "decode_s": 0.25, "total_s": 2.0, "frames_per_second": 60.0,
    }  # fmt: skip
    assert data["settings"]["skip"] == "auto"
    assert data["pose"] == {"frames": 60, "precision": "int8"}
    assert data["warnings"] == ["Careful."]


def test_csv_has_a_row_a_segment(analysis: Analysis, tmp_path: Path) -> None:
    write_csv(analysis, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "person": "1", "action": "BOXING", "start_s": "0.500", "end_s": "2.250",
        "duration_s": "1.750", "confidence": "0.9100", "repetitions": "",
            "by": "model",
    }  # fmt: skip
    assert [row["repetitions"] for row in rows] == ["", "3"]
    assert to_csv(analysis).endswith("\n")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
