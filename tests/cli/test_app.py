"""``harec app`` and ``--version``: how the dashboard is found and started, or what is said."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest

import harec
from harec.cli import app as command
from harec.cli.main import main
from harec.core.errors import InputError

ROOT = Path(__file__).parents[2]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"harec {harec.__version__}\n"


@pytest.mark.parametrize(
    ("called", "said"),
    [("/usr/bin/harec", "harec"), ("C:\\Scripts\\harec.exe", "harec"), ("__main__.py", None)],
)
def test_help_names_the_program_as_it_was_called(
    called: str, said: str | None, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(sys, "argv", [called.replace("\\", os.sep)])
    with pytest.raises(SystemExit):
        main(["analyze"])
    assert f"See: {said or 'python -m harec'} analyze --help" in capsys.readouterr().err


def test_starts_streamlit_on_the_repositorys_script(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    class Started(Exception):
        pass

    def execv(path: str, arguments: list[str]) -> None:
        started.append(arguments)
        raise Started

    monkeypatch.setattr(os, "name", "posix")
    monkeypatch.setattr(os, "execv", execv)
    with pytest.raises(Started):
        main(["app", "--port", "8600", "--headless", "--address", "127.0.0.1"])
    (arguments,) = started
    assert arguments[: arguments.index("run")] == [sys.executable, "-P", "-m", "streamlit"]
    assert Path(arguments[arguments.index("run") + 1]) == ROOT / "streamlit_app.py"
    assert arguments[arguments.index("run") + 2 :] == [
        *("--server.port", "8600"),
        *("--server.headless", "true"),
        *("--server.address", "127.0.0.1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "missing", "said"),
    [
        (["app"], "streamlit", "The dashboard needs streamlit, .* '\\.\\[dashboard\\]'"),
        (["train"], "pytorch_lightning", "Training needs pytorch_lightning, .* '\\.\\[train\\]'"),
    ],
)
def test_says_which_extra_to_install(
    arguments: list[str], missing: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else found(name)
    )
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert re.fullmatch(f"harec: {said}\n", capsys.readouterr().err)


def test_a_harec_without_the_dashboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "_PACKAGE", tmp_path / "harec")
    with pytest.raises(InputError, match="came without the dashboard"):
        command.script()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["films"], "{here}/films"),
        (["May=films", "s3://b/p"], "May={here}/films;s3://b/p"),
        (["/data/video=1"], "/data/video=1"),
    ],
)
def test_libraries_reach_the_page_by_their_full_paths(
    given: list[str], expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(command.LIBRARY_VARIABLE, "before")
    monkeypatch.setattr(command, "script", lambda: Path("app.py"))
    monkeypatch.setattr(os, "name", "posix")
    monkeypatch.setattr(os, "execv", lambda *_: sys.exit(0))
    with pytest.raises(SystemExit):
        main(["app", *(f"--library={each}" for each in given)])
    assert os.environ[command.LIBRARY_VARIABLE] == expected.format(here=tmp_path)


def test_a_library_with_what_parts_addresses_is_wrong_use(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["app", "--library", "a;b"])
    assert end.value.code == 2
    assert "holds no ';'" in capsys.readouterr().err
