"""The report of a practice: JSON, CSV and HTML."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from harec.analysis.export import json_text
from harec.analysis.results import AnalysisSettings
from harec.core.errors import InputError
from harec.core.progress import Timings
from harec.video import VideoInfo
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.judge import Feedback
from harec.yoga.coaching.remarks import (
    WELL_DONE,
    not_judged,
    remark,
)
from harec.yoga.output.curves import score_runs
from harec.yoga.output.export import (
    CSV_COLUMNS,
    photo_dict,
    practice_csv,
    practice_dict,
    refused_dict,
)
from harec.yoga.output.report import practice_html, write_report
from harec.yoga.output.svg_chart import ticks, timeline_svg
from harec.yoga.practice.holds import Hold, HoldSettings
from harec.yoga.practice.photo import PhotoResult
from harec.yoga.practice.sequence import check_sequence, parse_sequence
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.asanas import ASANAS

BENT = Feedback("left_knee", 128.0, 90.0, 110.0, "Bend your front knee more: 128°, aim for 90-110°")
WARRIOR = Hold("virabhadrasana_ii", "left", 1.0, 4.25, 91.26, 80.0, 2.0)
DOG = Hold("adho_mukha_svanasana", None, 6.0, 9.0, None, None, 7.5)
TREE = Hold("vrikshasana", "right", 70.0, 80.0, 55.0, 50.0, 75.0)


def coached(hold: Hold, *feedback: Feedback, warnings: tuple[str, ...] = ()) -> Coaching:
    return Coaching(
        hold.asana, hold.side, 0.9, hold.best_score, {"left_knee": 128.04}, feedback, warnings
    )


def practice(name: str = "clip.mp4", *holds: Hold) -> Practice:
    times_s = np.arange(0, 90, 0.1)
    scores = np.full(len(times_s), np.nan)
    for hold in holds:
        inside = (times_s >= hold.start_s) & (times_s <= hold.end_s)
        if hold.mean_score is not None:
            scores[inside] = hold.mean_score
    info = VideoInfo(name, 320, 240, 90.0, 2700, Fraction(30), 0, "h264", False)
    return Practice(
        video=info,
        settings=AnalysisSettings(),
        hold_settings=HoldSettings(),
        times_s=times_s,
        keypoints_xyc=np.zeros((len(times_s), 17, 3), np.float32),
        probabilities=np.zeros((len(times_s), len(ASANAS) + 1), np.float32),
        names=(None,) * len(times_s),
        sides=(None,) * len(times_s),
        scores=scores,
        holds=holds,
        coachings=tuple(
            coached(hold, *([BENT] if hold is WARRIOR else []), warnings=("Turn <round>.",))
            for hold in holds
        ),
        people=1,
        notes=("2 people & more",),
        file_warnings=(),
        timings=Timings({"pose": 1.0}, 2.0, 2700, 900),
    )


THREE = practice("clip.mp4", WARRIOR, DOG, TREE)
SEQUENCE = check_sequence(
    parse_sequence("warrior 2 left, tree left, tadasana, downdog"), THREE.holds
)


class Checker(HTMLParser):
    """Every element is closed in order; what there is of each tag."""

    VOID = ("meta", "img", "line", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes) -> None:
        self.seen.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes) -> None:
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    return checker


def test_json_of_a_practice() -> None:
    result = json.loads(json_text(practice_dict(THREE, SEQUENCE)))
    assert result["file"] == "clip.mp4"
    first = result["holds"][0]
    assert {k: first[k] for k in ("asana", "side", "start_s", "end_s", "best_s")} == {
        "asana": "virabhadrasana_ii", "side": "left", "start_s": 1.0, "end_s": 4.25, "best_s": 2.0,
    }  # fmt: skip
    assert (first["best_score"], first["mean_score"], first["duration_s"]) == (91.3, 80.0, 3.25)
    assert first["feedback"] == [BENT.text]
    assert first["angles_deg"] == {"left_knee": 128.0}
    assert (result["holds"][1]["side"], result["holds"][1]["best_score"]) == (None, None)
    assert result["sequence"] == {
        "complete": False,
        "steps": [
            {"asana": "virabhadrasana_ii", "side": "left", "status": "done", "hold": 0},
            {"asana": "vrikshasana", "side": "left", "status": "on the other side", "hold": 2},
            {"asana": "tadasana", "side": None, "status": "missing", "hold": None},
            {"asana": "adho_mukha_svanasana", "side": None, "status": "done", "hold": 1},
        ],
        "extra": [],
    }
    assert result["warnings"] == ["2 people & more"]
    assert practice_dict(THREE)["sequence"] is None


def test_json_of_photos() -> None:
    rgb = np.zeros((80, 80, 3), np.uint8)
    body = np.zeros((17, 3), np.float32)
    found = PhotoResult("a.jpg", rgb, body, 1, coached(WARRIOR, BENT, warnings=("From the side.",)))
    assert photo_dict(found) == {
        "file": "a.jpg",
        "asana": "virabhadrasana_ii",
        "side": "left",
        "confidence": 0.9,
        "score": 91.3,
        "turn_deg": 0,
        "angles_deg": {"left_knee": 128.0},
        "feedback": [BENT.text],
        "warnings": ["From the side."],
    }
    absent = photo_dict(PhotoResult("b.jpg", rgb, None, 0, None, ("Nobody.",)))
    assert (absent["asana"], absent["score"], absent["warnings"]) == (
        None,
        None,
        ["Nobody."],
    )
    refused = refused_dict("c.jpg", InputError("It is broken."))
    assert set(refused) == {*absent, "error"}
    assert refused["error"] == "It is broken."


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(practice_csv(THREE))))
    assert [row["asana"] for row in rows] == [
        "virabhadrasana_ii",
        "adho_mukha_svanasana",
        "vrikshasana",
    ]
    assert (rows[0]["start_s"], rows[0]["best_score"], rows[0]["feedback"]) == (
        "1.0",
        "91.3",
        BENT.text,
    )
    assert (rows[1]["side"], rows[1]["best_score"]) == ("", "")
    assert practice_csv(practice()).strip().split(",") == list(CSV_COLUMNS)


def test_the_report_tells_everything() -> None:
    images = [np.full((60, 80, 3), 40 * i, np.uint8) for i in range(3)]
    page = read(practice_html(THREE, images, SEQUENCE, day=date(2026, 3, 1)))
    for hold in THREE.holds:
        assert ASANAS[hold.asana].title(hold.side) in page.text
        assert ASANAS[hold.asana].english in page.text
    for words in (
        "1 March 2026",
        BENT.text,
        "91 of 100",
        "1.0 s – 4.2 s: held for 3.2 s",
        "2 of 4",
        "done on the other side",
        "not found",
        "Not judged.",
        "2 people & more",
        "Turn <round>.",
    ):
        assert words in page.text, words
    assert sum(tag == "img" for tag, _ in page.seen) == 3


@pytest.mark.parametrize(
    ("hold", "feedback", "warnings", "words"),
    [
        (WARRIOR, [BENT], (), None),
        (WARRIOR, [], (), WELL_DONE),
        (DOG, [], (), "Not judged: too little of the body was seen."),
        (DOG, [], ("Step back.",), "Not judged."),
    ],
)
def test_what_is_said_where_there_is_nothing_to_correct(hold, feedback, warnings, words) -> None:
    coaching = coached(hold, *feedback, warnings=warnings)
    assert remark(coaching) == words
    assert not_judged(coaching) == (hold is DOG)
    nothing = replace(coaching, asana=None, score=None, feedback=())
    assert remark(nothing) is None
    assert not not_judged(nothing)


def test_the_report_asks_nothing_of_the_network() -> None:
    html = practice_html(THREE, [np.zeros((60, 80, 3), np.uint8)] * 3, SEQUENCE)
    assert not re.search(r"https?:|//|@import|<script|<link", re.sub(r"base64,[^\"]+", "", html))
    assert html.count('src="data:image/jpeg;base64,') == 3


def test_names_can_do_no_harm() -> None:
    name = "<script>alert('1')</script>\"onload=x .mp4"
    html = practice_html(practice(name, WARRIOR), [], None)
    assert "<script" not in html
    page = read(html)
    assert page.text.count(name) == 2, "in the title and under the headline"
    assert not any("onload" in attributes for _, attributes in page.seen)


def test_a_report_of_nothing() -> None:
    page = read(practice_html(practice()))
    assert "0holds" in page.text
    assert "Sequence" not in page.text


def test_the_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_report(THREE, tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError):
        write_report(THREE, tmp_path / "missing" / "a.html")


def test_the_chart_is_true_to_scale() -> None:
    root = ElementTree.fromstring(timeline_svg(THREE))
    bars = {e.attrib["fill"]: e for e in root.iter("rect")}
    assert set(bars) == {ASANAS[hold.asana].colour for hold in THREE.holds}
    per_s = {
        float(bars[ASANAS[hold.asana].colour].attrib["width"]) / hold.duration_s
        for hold in THREE.holds
    }
    assert max(per_s) - min(per_s) < 0.05
    lines = [e.attrib["points"].split() for e in root.iter("polyline")]
    assert len(lines) == 2, "the dog was never judged"
    heights = [float(line[0].split(",")[1]) for line in lines]
    assert heights[0] < heights[1], "the better score is higher up"


@pytest.mark.parametrize("end_s", [0.1, 3, 59, 90, 600, 5000, 20_000])
def test_ticks_are_few_and_even(end_s: float) -> None:
    values = ticks(end_s)
    assert values[0] == 0
    assert 1 <= len(values) <= 9
    assert np.ptp(np.diff(values)) < 1e-9 if len(values) > 2 else True


def test_a_curve_is_thinned_and_has_its_gaps() -> None:
    hold = Hold("tadasana", None, 0, 1000, 90, 80, 5)
    times = np.concatenate([np.arange(0, 400, 0.1), np.arange(600, 1000, 0.1)])
    scores = np.full(len(times), 70.0)
    scores[:1000] = np.nan
    (before, first), (after, second) = score_runs(hold, times, scores)
    assert (before[0] >= 100, before[-1] < 400, after[0] >= 600) == (True, True, True)
    assert len(before) + len(after) <= 1002
    assert {*first, *second} == {70.0}


def test_jpeg_files_are_taken_as_they_are() -> None:
    import base64

    files = [bytes([0xFF, 0xD8, i]) * 20 for i in range(3)]
    html = practice_html(THREE, files)
    assert [base64.b64decode(each) for each in re.findall(r"base64,([^\"]+)", html)] == files


def test_pictures_are_jpegs_of_their_size() -> None:
    import base64

    image = np.full((60, 80, 3), 200, np.uint8)
    html = practice_html(replace(THREE, holds=(WARRIOR,), coachings=THREE.coachings[:1]), [image])
    data = re.search(r"base64,([^\"]+)", html)
    assert data is not None
    with Image.open(io.BytesIO(base64.b64decode(data[1]))) as image:
        assert (image.format, image.size) == ("JPEG", (80, 60))
        assert abs(float(np.asarray(image).mean()) - 200) < 2
