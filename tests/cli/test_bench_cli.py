"""The command `bench`: options, plain words, and that everything is documented."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.speed import bench as speed
from benchmarks.speed import command
from benchmarks.speed.result import BenchResult, CaseResult, Row, Setting, read_result
from harec.cli import bench as bench_cli
from harec.cli.main import main

ROOT = Path(__file__).parents[2]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_info:
        main(["bench", *map(str, arguments)])
    captured = capsys.readouterr()
    code = exit_info.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err


def test_importing_the_command_imports_nothing_heavy() -> None:
    code = (
        "import sys, harec.cli.bench; print([m for m in sys.modules if m.split('.')[0] in "
        "('torch', 'cv2', 'numpy', 'onnxruntime', 'av', 'plotly', 'benchmarks')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--quick", "--full"], "choose one"),
        (["--cases", "a,z"], "a, b, c"),
        (["--estimator", "openpose"], "openpose"),
        (["--estimator", "detectron2"], "Detectron2"),  # no weights in tests
        (["--mediapipe", "no/such/python"], "--mediapipe"),
        (["--mediapipe-model", "no/such.task"], "--mediapipe-model"),
        (["--json", "no/such/folder/bench.json"], "no/such/folder"),
        (["--quick", "--picture", "bench.gif"], "bench.gif"),
        (["--rounds", "0"], "rounds"),
        (["--seconds", "0.1"], "seconds"),
    ],
)
def test_wrong_options_get_one_plain_line(
    arguments: list[str], word: str, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "run_bench", lambda *_: pytest.fail("it must not start"))
    monkeypatch.setattr("benchmarks.speed.report.RESULT", Path("not/written/bench.json"))
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    code, printed, err = run(capsys, *arguments)
    assert (code, printed) == (2, "")
    assert word in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_without_the_repository_it_says_so(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_cli, "_ROOT", tmp_path)
    code, printed, err = run(capsys, "--quick")
    assert (code, printed, err.count("\n")) == (2, "", 1)
    assert "checkout" in err


def fake_run(problem: str | None = None, case: str = "b") -> Any:
    def run_bench(bench: speed.Bench, say: Any, notes: list[str]) -> BenchResult:
        say("1 of 1: filming")
        about = {
            "when": "2026-01-02",
            "commit": None,
            "command": bench.command,
            "hardware": {"cpu": "C", "cores": 2, "memory_gb": None, "gpu": None, "system": "S"},
            "versions": {},
            "knobs": {},
            "load_average": [None, None],
        }
        one = {"seconds": 1.0, "frames": 30, "cpu_s": 1.0, "stages_s": {}}
        done = {name: CaseResult((one,)) for name in bench.cases}
        if problem:
            done[case] = CaseResult((), problem)
        rows = tuple(Row(setting, done) for setting in bench.settings)
        return BenchResult(about, bench.estimator, rows, tuple(notes))

    return run_bench


def test_quick_prints_and_writes_only_what_it_is_told(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "run_bench", fake_run())
    monkeypatch.setattr("benchmarks.speed.report.RESULT", tmp_path / "results" / "must-not-be.json")
    code, printed, _ = run(capsys, "--quick", "--cases", "a,b")
    assert code == 0
    assert "(b) whole job" in printed
    assert list(tmp_path.iterdir()) == []

    out, picture = tmp_path / "own.json", tmp_path / "own.html"
    code, _, err = run(
        capsys, "--quick", "--cases", "a,b", "--json", out, "--picture", picture, "--rounds", 9
    )
    assert code == 0
    assert "own.json" in err
    assert [row.setting.skip for row in read_result(out).rows] == ["auto", 0]
    assert len(json.loads(out.read_text())["goals"]) == 13
    assert sorted(p.name for p in tmp_path.iterdir()) == ["own.html", "own.json"]


@pytest.mark.parametrize("arguments", [["--quick"], ["--cases", "a,b"]])
def test_a_part_never_takes_the_place_of_the_whole(
    arguments: list[str], tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "run_bench", fake_run())
    monkeypatch.setattr("benchmarks.speed.report.RESULT", tmp_path / "results" / "bench.json")
    assert run(capsys, *arguments)[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_result_has_its_usual_place(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "run_bench", fake_run())
    monkeypatch.setattr("benchmarks.speed.report.RESULT", tmp_path / "results" / "bench.json")
    picture = tmp_path / "bench.html"
    code, _, _ = run(capsys, "--picture", picture, "--rounds", 1, "--seconds", 4)
    assert code == 0
    found = read_result(tmp_path / "results" / "bench.json")
    assert found.rows[0].setting == Setting(clip_s=4.0, rounds=1)
    assert found.about["command"] == "python -m harec bench"
    assert any("not installed here" in note for note in found.notes)
    assert picture.exists()


@pytest.mark.parametrize(("case", "code"), [("b", 1), ("e", 0)])
def test_a_case_of_harec_that_failed_is_an_exit_code(
    case: str, code: int, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "run_bench", fake_run("(x) stopped: exit code 3", case))
    found, printed, _ = run(capsys, "--quick", "--mediapipe", sys.executable)
    assert found == code
    assert "exit code 3" in printed


def test_every_option_is_documented() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    names = {"json_file": "json"}
    for parameter in inspect.signature(command.bench).parameters:
        assert f"`--{names.get(parameter, parameter).replace('_', '-')}" in text


def test_help_is_that_of_the_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = run(capsys, "--help")
    assert code == 0
    assert "--mediapipe-model" in printed
    assert "python -m harec bench" in printed
