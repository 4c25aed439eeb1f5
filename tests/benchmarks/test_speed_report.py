"""Verdicts, tables and the picture say what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.speed.picture import check_picture, figure, write_picture
from benchmarks.speed.report import (
    MARK,
    RESULT,
    goals,
    markdown,
    put_between_marks,
    section,
    stages,
    table,
)
from benchmarks.speed.result import (
    BenchResult,
    CaseResult,
    Row,
    Setting,
    read_result,
    write_result,
)
from harec.core.errors import InputError

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
ABOUT: dict[str, Any] = {
    "when": "2026-01-02T03:04:05+00:00",
    "commit": "abc1234",
    "command": "python -m harec bench",
    "hardware": {"cpu": "Abacus", "cores": 2, "memory_gb": 8.0, "gpu": None, "system": "Linux"},
    "versions": {"numpy": "2"},
    "knobs": {},
    "load_average": [0.1, 1.9],
}


def case(
    seconds: float, first_s: float | None = None, recognition_s: float = 0.1, **more: Any
) -> CaseResult:
    """Three rounds of 300 frames, the middle one of ``seconds``."""
    rounds = [
        {
            "seconds": seconds * slower,
            "frames": 300,
            "cpu_s": 12.0,
            "stages_s": {"load": 5.0, "pose": 9.0, "track": recognition_s / 2}
            | {"recognize": recognition_s / 2},
            "first_progress_s": first_s,
            "peak_mb": 400.0 + slower,
            **more,
        }
        for slower in (1.5, 0.9, 1.0)
    ]
    return CaseResult(tuple(rounds))


LARGE, FAST = Setting(size_wh=(1920, 1080)), Setting(rate=60)
CROWD, EVERY = Setting(people=4), Setting(skip=0, precision="float")
QUICK_CROWD = Setting(people=4, precision="int8")


def result(
    c_s: float = 4.0,
    f_s: float = 11.0,
    d_s: float = 15.0,
    first_s: float = 0.5,
    recognition_s: float = 0.1,
    b_s: float = 6.0,
):
    """Every case of the rows that goals are about, as fast everywhere but where it says so."""
    cases = {
        "a": case(10.0),
        "b": case(b_s, first_s),
        "c": case(c_s, 0.1),
        "d": case(d_s),
        "f": case(f_s),
    }
    every = {"a": case(10.0), "c": case(10.2, 0.1, recognition_s), "d": case(d_s)}
    other = {"a": case(2.0), "b": case(4.0, 0.2), "d": CaseResult((), "(d) stopped: exit code 1")}
    rows = (
        Row(Setting(), cases),
        Row(FAST, cases | {"f": case(4.2 * c_s)}),
        Row(CROWD, cases),
        Row(QUICK_CROWD, cases),
        Row(LARGE, cases),
        Row(EVERY, every),
        Row(Setting(skip=4, clip_s=5.0), other),
    )
    return BenchResult(ABOUT, "movenet", rows, ("A note.",))


def test_figures_are_medians_over_the_rounds() -> None:
    whole = result(b_s=12.0).rows[0].cases["b"]
    assert whole.frames_per_second == pytest.approx(25)
    assert whole.cpu_ms == pytest.approx(40)
    assert whole.peak_mb == 401.5
    assert "load" not in whole.stages_ms
    assert stages(whole) == pytest.approx({"pose": 30, "tr+rec": 1000 * 0.1 / 300})
    assert whole.recognition_share == pytest.approx(0.1 / 12)


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({}, []),
        ({"c_s": 4.5}, ["(c) is at least 2.5 times (f)"] * 4),  # 2.4
        ({"d_s": 9.9}, ["(c) is at least 2.5 times (d)"]),
        ({"b_s": 8.6}, ["(b) is at least 1.3 times (f)"]),  # 1.28
        ({"recognition_s": 0.34}, ["at most 3% (share of (c))"]),  # 3.3 % of 10.2 s
        ({"b_s": 6.0, "d_s": 5.9, "c_s": 2.0}, ["(b) is never slower than (d)"]),
        ({"first_s": 2.1}, ["first progress within 2 s"]),
        ({"c_s": 10.1}, ["(c) is at least 2.5", "real time, frames a second of (c)"]),
    ],
)
def test_goals_are_met_or_not(changed: dict[str, float], missed: list[str]) -> None:
    judged = goals(result(**changed))
    lines = [goal.line for goal in judged if goal.met is False]
    assert all(any(text in line for line in lines) for text in missed)
    if len(set(missed)) == 1:
        assert len(lines) == len(missed)
    assert not missed or lines
    assert all("NOT MET" in line for line in lines)
    assert markdown(result(**changed)).count("**not met**") == len(lines)


def test_the_worst_row_decides_where_every_row_counts() -> None:
    good = result()
    slow = Row(Setting(mode="performance"), {"b": case(9.0, 2.5), "d": case(6.0)})
    *_, slower, first = goals(replace(good, rows=(*good.rows, slow)))
    assert (slower.met, first.met) == (False, False)
    assert "performance" in slower.where
    assert slower.value == pytest.approx(6 / 9)
    assert first.value == 2.5


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    only = BenchResult(ABOUT, "movenet", (Row(Setting(skip=1), {"a": case(1.0)}),))
    assert {goal.met for goal in goals(only)} == {None}
    mediapipe = next(goal for goal in goals(result()) if "(e)" in goal.text)
    assert mediapipe.met is None


def test_a_result_comes_back_from_json(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write_result(result(), path, {"goals": [g.as_dict() for g in goals(result())]})
    back = read_result(path)
    assert back == result()
    data = json.loads(path.read_text())
    whole = data["rows"][0]["cases"]["b"]
    assert whole["frames_per_second"] == pytest.approx(300 / 6, abs=0.01)
    assert whole["of_pose_alone"] == pytest.approx(10 / 6, abs=0.001)
    assert whole["of_article_loop"] == pytest.approx(15 / 6, abs=0.001)
    assert data["goals"][0]["met"] is True
    assert [p.name for p in tmp_path.iterdir()] == ["bench.json"]


@pytest.mark.parametrize("text", [None, "no json", "{}", '{"schema": 0}', '{"schema": 1}', "[]"])
def test_what_is_no_result_is_a_plain_error(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "bench.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match="harec bench"):
        read_result(path)


def test_tables_hold_the_figures() -> None:
    printed = table(result())
    assert "Abacus, 2 cores, 8 GB, no GPU" in printed
    line = next(x for x in printed.splitlines() if x.startswith("(b)"))
    assert line.split()[5:8] == ["50.0", "1.67", "40.0"]
    assert "(d) stopped: exit code 1" in printed
    assert "A note." in printed
    row = next(x for x in markdown(result()).splitlines() if "skip 4" in x)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[0] == "skip 4"
    assert cells[1:] == ["150.0", "75.0", "–", "–", "–", "", "", "", "", "40.0", "", "402"]
    base = next(x for x in markdown(result()).splitlines() if "1 person" in x)
    assert base.split("|")[-8:-5] == [
        " 2.75 ",
        " 1.83 ",
        " 2.50 ",
    ]


def test_who_saw_fewer_people_is_told() -> None:
    cases = {"a": case(2.0, people=3.6), "e": case(1.0, people=1.0)}
    crowd = replace(result(), rows=(Row(Setting(people=4), cases),))
    for text in (table(crowd), markdown(crowd)):
        assert "(e) found 1.0 of 4 people" in text
        assert "(a) found" not in text
    assert [list(t.y) for t in figure(crowd).data if t.type == "bar"] == [[None]]


def test_markdown_goes_between_the_marks() -> None:
    text = f"before\n{MARK}\nold\n{MARK}\nafter\n"
    once = put_between_marks(text, "new\n")
    assert once == f"before\n{MARK}\nnew\n{MARK}\nafter\n"
    assert put_between_marks(once, "new\n") == once
    with pytest.raises(InputError, match="two"):
        put_between_marks("no marks", "new")


def test_the_page_holds_the_result_that_is_kept() -> None:
    """After a run: python -m benchmarks.speed.report --write docs/benchmarks.md"""
    parts = PAGE.read_text(encoding="utf-8").split(MARK)
    assert len(parts) == 3
    kept = section(read_result(RESULT)) if RESULT.exists() else ""
    assert parts[1].strip() == kept.strip()


def test_the_picture_shows_the_figures() -> None:
    rows = result(b_s=12.0).rows
    chart = figure(replace(result(), rows=(rows[0], rows[-1])))
    bars = {trace.name[:3]: trace for trace in chart.data if trace.type == "bar"}
    assert list(bars) == ["(b)", "(c)", "(d)", "(f)"]
    assert list(bars["(b)"].y) == pytest.approx([10 / 12, 0.5])
    assert list(bars["(b)"].text) == ["25", "75"]
    assert list(bars["(c)"].y) == [pytest.approx(2.5), None]
    assert list(bars["(d)"].text) == ["20", ""]
    assert [text.split("<br>")[-1] for text in bars["(b)"].x] == ["(a) 30/s", "(a) 150/s"]
    assert len(set(bars["(b)"].x)) == 2
    assert chart.layout.yaxis.range[1] > 1


def test_a_page_needs_no_browser(tmp_path: Path) -> None:
    assert write_picture(result(), tmp_path / "bench.html") is None
    assert "whole job, annotated video" in (tmp_path / "bench.html").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="png"):
        check_picture(tmp_path / "bench.gif")
