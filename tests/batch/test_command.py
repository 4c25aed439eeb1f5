"""The command, as far as it needs no Ray: wrong use, plans, what is missing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from commands import run

from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings
from harec.batch.sources import Source
from harec.batch.store import Store
from harec.batch.watching import Watcher
from harec.batch.worker import Job, failed_row, start_row


def test_a_dry_run_says_what_would_be_done_and_does_nothing(capsys, film, tmp_path: Path) -> None:
    folder, out = film("a.mp4").parent, tmp_path / "out"
    film("b.mp4")
    code, told, _ = run(capsys, "batch", folder, out, "--dry-run", "--limit", "1")
    assert code == 0
    assert told.splitlines() == [
        f"todo    {folder / 'a.mp4'}",
        "1 to do, 0 done already, 0 failed before, 1 beyond --limit; nothing was done (--dry-run)",
    ]
    assert not out.exists()
    _, told, _ = run(capsys, "batch", folder, out, "--dry-run", "--json-lines", "--pattern", "b*")
    assert [json.loads(line)["name"] for line in told.splitlines()] == ["b.mp4"]


def test_what_is_done_or_failed_is_told_and_not_to_do(capsys, film, tmp_path: Path) -> None:
    folder, out = film("a.mp4").parent, tmp_path / "out"
    film("b.mp4")
    settings, journal = BatchSettings(), Journal(Store(str(out)))
    a, b = (_job(path, settings) for path in sorted(folder.glob("*.mp4")))
    journal.commit(start_row(a) | {"key": "1" * 64, "status": "done"}, again=False)
    journal.note_failure(failed_row(b, "it is odd"))
    code, told, _ = run(capsys, "batch", folder, out, "--dry-run")
    assert code == 3
    assert told.splitlines()[:2] == [
        f"done    {folder / 'a.mp4'}",
        f"failed  {folder / 'b.mp4'}  it is odd",
    ]
    for options, todo in (
        (["--retry-failed"], ["b.mp4"]),
        (["--overwrite"], ["a.mp4", "b.mp4"]),
        (["--smoothing", "0.5"], ["a.mp4", "b.mp4"]),
        (["--keypoints"], ["a.mp4", "b.mp4"]),
    ):
        _, told, _ = run(capsys, "batch", folder, out, "--dry-run", *options)
        names = [line.rpartition("/")[2] for line in told.splitlines() if line.startswith("todo")]
        assert names == todo, options


def _job(path: Path, settings: BatchSettings) -> Job:
    from harec.batch.sources import find_sources

    (source,) = find_sources([str(path)], Store("memory://none"))
    return Job(1, source, settings, "run")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--yoga", "--video"], "leave them out with --yoga"),
        (["--watch", "--dry-run"], "--watch goes on for ever"),
        (["--pattern", "*.none"], "No video's name is like '*.none'."),
        (["--mode", "fastest"], "There is no mode 'fastest'"),
        (["--estimator", "none"], "There is no pose engine 'none'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(capsys, film, tmp_path, options, told) -> None:
    code, out, warned = run(capsys, "batch", film("a.mp4"), tmp_path / "out", *options)
    assert (code, out) == (2, "")
    assert told in warned
    assert len(warned.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_without_the_extra_one_line_says_what_to_install(
    capsys, film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ray" else found(name)
    )
    code, _, warned = run(capsys, "batch", film("a.mp4"), tmp_path / "out")
    assert code == 2
    assert warned == (
        "harec: A batch needs ray, not installed here: in harec's folder, pip install '.[batch]'\n"
    )


def test_what_is_dropped_into_a_watched_folder_is_taken_once_it_rests() -> None:
    now_s, there = [0.0], [Source("/a", "a", "1")]
    watcher = Watcher(lambda: there, settle_s=10, every_s=5, clock=lambda: now_s[0])

    def at(time_s: float) -> list[str]:
        now_s[0] = time_s
        return [source.name for source in watcher()]

    assert at(0) == []  # may still be written
    there.append(Source("/b", "b", "1"))
    assert at(5) == []
    there[1] = Source("/b", "b", "2")
    assert at(10) == ["a"]
    assert at(12) == []  # not looked at yet
    assert at(15) == []
    assert at(20) == ["b"]
    there[0] = Source("/a", "a", "another film")
    assert at(25) == []
    assert at(35) == ["a"]
    there.clear()
    assert at(40) == []
