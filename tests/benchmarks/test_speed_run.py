"""The processes of a bench: in turns, always ended, and plain words when one fails."""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.speed import bench as speed
from benchmarks.speed import cases as speed_cases
from benchmarks.speed.cases import Job, Measured, serve
from benchmarks.speed.child import CaseError, Child
from benchmarks.speed.plan import default_plan, full_plan, quick_plan
from benchmarks.speed.result import Setting
from harec.core.errors import InputError, ModelError

#: A case that writes its letter into a file for each run, and its process's number.
STUB = """
import json, os, sys
case, log = sys.argv[1:]
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    with open(log, "a") as file:
        file.write(f"{case} {os.getpid()}\\n")
    if case == "c":
        raise ValueError("no more frames")
    answer = {"seconds": 2.0, "frames": 30, "cpu_s": 1.0, "stages_s": {"pose": 1.0}}
    print(json.dumps(answer), flush=True)
"""


def child(code: str) -> Child:
    return Child("(x)", [sys.executable, "-c", code])


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_case_that_crashes_says_why() -> None:
    with child("print('{\"ready\": true}', flush=True); input(); raise ValueError('too big')") as c:
        assert c.wait_until_ready() == {"ready": True}
        with pytest.raises(CaseError, match=r"\(x\) stopped: exit code 1, ValueError: too big"):
            c.run()
        with pytest.raises(CaseError, match="exit code 1"):
            c.run()  # still plain words


def test_a_case_that_cannot_work_says_why_in_its_own_words() -> None:
    with (
        child('print(\'{"error": "No weights."}\')') as c,
        pytest.raises(CaseError, match=r"^\(x\): No weights\.$"),
    ):
        c.wait_until_ready()


def test_a_case_that_ends_silently_or_talks_nonsense() -> None:
    with child("pass") as c, pytest.raises(CaseError, match="exit code 0, without a word"):
        c.wait_until_ready()
    with child("print('hello')") as c, pytest.raises(CaseError, match="stopped"):
        c.wait_until_ready()


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="can't be started"):
        Child("(e)", [str(tmp_path / "python")])


def test_an_error_ends_a_process_in_the_middle_of_its_work() -> None:
    busy = child("while True: pass")
    error = KeyboardInterrupt()
    busy.__exit__(type(error), error, None)
    assert gone(busy._process.pid)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """`run_bench` with stubs for the cases and the clips; returns the log of the runs."""
    log = tmp_path / "log.txt"

    def command(bench: Any, job: Job) -> tuple[list[str], dict[str, str]]:
        assert Path(job.out).is_dir()
        return [sys.executable, "-c", STUB, job.case, str(log)], dict(os.environ)

    monkeypatch.setattr(speed, "_command", command)
    monkeypatch.setattr(speed.Clips, "timed", lambda self, setting: self.folder / "clip.mp4")
    monkeypatch.setattr(speed.Clips, "warm", lambda self, setting: self.folder / "warm.mp4")
    return log


def runs(log: Path) -> list[tuple[str, int]]:
    return [(case, int(pid)) for case, pid in map(str.split, log.read_text().splitlines())]


def test_cases_run_in_turns_each_in_its_own_process(stubbed: Path) -> None:
    said: list[str] = []
    bench = speed.Bench([Setting(rounds=3)], ["a", "b", "d"])
    found = speed.run_bench(bench, said.append, ["A note."])
    done = runs(stubbed)
    assert "".join(case for case, _ in done) == "abddbaabd"  # there, back, there
    assert len({pid for _, pid in done}) == 3
    assert all(gone(pid) for _, pid in done)
    (row,) = found.rows
    assert all(len(case.rounds) == 3 for case in row.cases.values())
    assert row.cases["b"].frames_per_second == 15
    assert found.about["hardware"]["cores"] >= 1
    assert found.notes == ("A note.",)
    assert any("round 2 of 3, (d)" in text and "left" in text for text in said)


def test_a_crashed_case_is_told_and_the_others_go_on(stubbed: Path) -> None:
    found = speed.run_bench(speed.Bench([Setting(rounds=2)], ["b", "c", "d"]), lambda text: None)
    cases = found.rows[0].cases
    assert cases["c"].problem == "(c) stopped: exit code 1, ValueError: no more frames"
    assert cases["c"].rounds == ()
    assert len(cases["b"].rounds) == len(cases["d"].rounds) == 2
    assert "".join(case for case, _ in runs(stubbed)) == "bcddb"


def test_ctrl_c_leaves_no_process_and_no_folder(
    stubbed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(speed.tempfile, "tempdir", str(folder))

    def say(text: str) -> None:
        if "round 2" in text:
            assert list(folder.iterdir())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        speed.run_bench(speed.Bench([Setting()], ["a", "b"]), say)
    assert all(gone(pid) for _, pid in runs(stubbed))
    assert not list(folder.iterdir())


def job(**more: Any) -> Job:
    return Job("stub", "clip.mp4", "warm.mp4", ".", **more)


def test_a_case_warms_up_once_then_answers_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def case(clip: Path) -> Measured:
        seen.append(clip.name)
        return Measured(2.0, 60, 1.0, {"pose": 1.5}, held_mb=1.0)

    monkeypatch.setitem(speed_cases.CASES, "stub", lambda job: case)  # type: ignore[arg-type]
    answers = io.StringIO()
    assert serve(job(), io.StringIO("run\nrun\n"), answers) == 0
    ready, *measured = map(json.loads, answers.getvalue().splitlines())
    assert ready == {"ready": True}
    assert seen == ["warm.mp4", "clip.mp4", "clip.mp4"]
    assert [m["frames"] for m in measured] == [60, 60]
    assert measured[0]["peak_mb"] is None or measured[0]["peak_mb"] > 10


def test_an_error_that_a_user_can_mend_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(job: Job) -> Any:
        raise ModelError("The weights are missing.")

    monkeypatch.setitem(speed_cases.CASES, "stub", make)  # type: ignore[arg-type]
    answers = io.StringIO()
    assert serve(job(), io.StringIO(), answers) == 2
    assert json.loads(answers.getvalue()) == {"error": "The weights are missing."}


def test_the_default_varies_each_axis_alone() -> None:
    base, every, *others = default_plan(Setting())
    assert base == Setting()
    assert (every.skip, every.precision) == (0, "float")
    quick_crowd = Setting(people=4, precision="int8")
    assert [s.name for s in others if s.name == quick_crowd.name] == [quick_crowd.name]
    for setting in (s for s in others if s.name != quick_crowd.name):
        keys = ("size_wh", "people", "mode", "skip", "precision", "rate")
        assert sum(getattr(setting, key) != getattr(base, key) for key in keys) == 1
        assert setting.rounds < base.rounds
        assert 3 <= setting.clip_s <= base.clip_s
    assert len({setting.name for setting in (base, every, *others)}) == len(others) + 2 == 10
    assert len(full_plan(Setting())) == len(set(full_plan(Setting()))) == 54
    assert [s.skip for s in quick_plan(Setting())] == ["auto", 0]


def test_what_is_compared_with_sees_every_frame_in_float() -> None:
    asked = job()
    before = asked.without_auto()
    assert (before.skip, before.precision) == (0, "float")
    assert (asked.settings().skip, asked.settings().precision) == ("auto", "auto")
    chosen = replace(asked, skip=2, precision="int8")
    assert chosen.without_auto() == chosen


def test_where_nothing_is_left_to_harec_there_is_one_whole_job(stubbed: Path) -> None:
    settings = [Setting(rounds=1), Setting(skip=0, precision="float", rounds=1)]
    found = speed.run_bench(speed.Bench(settings, ["b", "f"]), lambda text: None)
    assert [list(row.cases) for row in found.rows] == [["b", "f"], ["b"]]


def test_cases_are_parsed() -> None:
    assert speed.parse_cases(None) is None
    assert speed.parse_cases(" d,A ") == ["a", "d"]
    for text in ("", "z", "a,bb"):
        with pytest.raises(InputError, match="cases"):
            speed.parse_cases(text)


def test_mediapipe_that_is_not_there_is_a_note(tmp_path: Path) -> None:
    cases, notes = speed.choose_cases(speed.Bench([], ()), ["a", "e"])
    assert cases == ["a"]
    assert any("not installed here" in note for note in notes)
    bench = speed.Bench([], (), mediapipe=tmp_path)
    assert speed.choose_cases(bench, ["a", "e"]) == (["a", "e"], [])
