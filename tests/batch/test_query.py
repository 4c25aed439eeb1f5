"""Questions to a library: filters against the rows themselves, formats, SQL that can only read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from commands import run
from made_library import fill_library
from saved_results import made_result

from harec.batch import layout
from harec.batch.query import Library, MomentFilter
from harec.batch.store import Store
from harec.batch.tables import VIDEO_SCHEMA, parquet
from harec.core.errors import InputError


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """What lies in the library, a row a segment."""
    return [
        {"video": f"cam{i}-x", "name": f"Cam{i}.mp4", "person": person.id, **vars(segment)}
        for i in range(4)
        for person in made_result(seed=i).people
        for segment in person.segments
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library whose path has letters that mean something in patterns."""
    place = tmp_path / "lib [1]*"
    fill_library(Store(str(place)))
    return place


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        (MomentFilter(), lambda row: True),
        (MomentFilter(actions=["boxing"]), lambda r: r["action"] == "BOXING"),
        (
            MomentFilter(min_duration_s=0.5, max_duration_s=1.5),
            lambda r: 0.5 <= r["end_s"] - r["start_s"] <= 1.5,
        ),
        (MomentFilter(min_confidence=0.6), lambda r: r["confidence"] >= 0.6),
        (MomentFilter(min_repetitions=3), lambda r: (r["repetitions"] or 0) >= 3),
        (MomentFilter(name="am2"), lambda r: r["name"] == "Cam2.mp4"),
        (MomentFilter(name="cam?.mp4"), lambda r: True),
        (
            MomentFilter(since=date(2026, 5, 2), until=date(2026, 5, 3)),
            lambda r: r["name"] in ("Cam1.mp4", "Cam2.mp4"),
        ),
        (MomentFilter(videos=["cam3-x"]), lambda r: r["video"] == "cam3-x"),
    ],
)  # fmt: skip
def test_filters_find_what_the_rows_say(
    folder: Path, rows: list[dict[str, Any]], wanted: MomentFilter, holds: Callable[..., bool]
) -> None:
    found = [
        row for row in Library(str(folder)).moments(wanted).dicts() if row["video"] != "yoga-x"
    ]
    key = ("name", "start_s", "person", "action", "confidence", "repetitions")
    expected = sorted([tuple(r[k] for k in key) for r in rows if holds(r)], key=lambda t: t[:3])
    assert [tuple(row[k] for k in key) for row in found] == expected
    assert all(row["by"] == "model" for row in found)


def test_holds_of_practices_are_moments_too(folder: Path) -> None:
    (row,) = Library(str(folder)).moments(MomentFilter(actions=["tree left"])).dicts()
    assert (row["name"], row["duration_s"], row["confidence"]) == ("flow.mp4", 8.0, 0.8)


def test_a_bucket_answers_as_a_folder_does(bucket: str, folder: Path) -> None:
    fill_library(Store(bucket))
    assert Library(bucket).moments().rows == Library(str(folder)).moments().rows


def test_a_library_is_read_again_when_it_has_changed(folder: Path) -> None:
    library = Library(str(folder))
    assert not library.refresh()
    library.store.put(layout.VIDEOS, parquet([], VIDEO_SCHEMA))
    assert library.refresh()
    assert library.moments().rows == []
    with pytest.raises(InputError, match="There is no library at"):
        Library(str(folder / "none"))


def test_the_command_prints_tables_csv_and_json(capsys, folder: Path, rows) -> None:
    asked = ("query", folder, "--name", "cam1", "--min-confidence", "0.2")
    expected = [r for r in rows if r["name"] == "Cam1.mp4" and r["confidence"] >= 0.2]
    code, told, _ = run(capsys, *asked, "--format", "csv")
    found = [*csv.DictReader(io.StringIO(told))]
    assert (code, len(found)) == (0, len(expected))
    assert float(found[0]["start_s"]) == min(r["start_s"] for r in expected)
    _, told, _ = run(capsys, *asked, "--format", "json")
    assert [row["name"] for row in json.loads(told)] == ["Cam1.mp4"] * len(expected)
    _, told, _ = run(capsys, *asked, "--limit", "1")
    assert told.splitlines()[0].split()[:3] == ["name", "person", "action"]
    assert told.splitlines()[-1] == "1 row"
    _, told, _ = run(capsys, *asked, "--min-duration", "100", "--format", "csv")
    assert len(told.splitlines()) == 1  # the header


def test_sql_of_ones_own_reads_the_tables(capsys, folder: Path, rows) -> None:
    text = "select count(*) as n from segments"
    assert run(capsys, "query", folder, "--sql", text, "--format", "json")[1] == (
        f'[{{"n": {len(rows)}}}]\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "copy (select 1) to 'written'",
        "select 1; select 2",
        "drop table all_videos",
        "set enable_external_access = true",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from 'videos.parquet'",
        "attach 'x.db'",
        "install httpfs",
        "with x as (select 1) select * from nosuch",
        "selec",
    ],
)
def test_sql_reaches_nothing_but_the_tables(capsys, folder: Path, text: str, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    code, told, warned = run(capsys, "query", folder, "--sql", text)
    assert (code, told) == (2, "")
    assert len(warned.splitlines()) == 1
    assert not (folder / "written").exists()


def test_wrong_use_of_the_command(capsys, folder: Path) -> None:
    for options, told in (
        (["--format", "xml"], "There is no format 'xml'"),
        (["--sql", "select 1", "--name", "x"], "--sql takes the place"),
    ):
        code, _, warned = run(capsys, "query", folder, *options)
        assert (code, told in warned) == (2, True)
