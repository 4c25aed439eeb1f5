"""What the installer does without being asked to download; `make setup` itself does the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import install_detectron2 as installer


@pytest.fixture
def calls(monkeypatch) -> list[tuple[str, ...]]:
    """pip's arguments instead of pip; modules named in `there` are found, no others."""
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(installer, "pip", lambda *arguments: made.append(arguments))
    return made


def only(monkeypatch, *there: str) -> None:
    find = lambda name: object() if name in there else None  # noqa: E731
    monkeypatch.setattr(installer.importlib.util, "find_spec", find)


def test_what_is_there_is_used(monkeypatch, calls) -> None:
    """An upstream detectron2, built by its users, is neither replaced nor touched."""
    only(monkeypatch, "detectron2", "torchvision")
    installer.main()
    assert calls == []


@pytest.mark.parametrize("loads", [True, False])
def test_torchvision_stays_only_where_it_loads(loads, monkeypatch, calls) -> None:
    only(monkeypatch, "detectron2")
    done = subprocess.CompletedProcess([], 0 if loads else 1)
    monkeypatch.setattr(installer.subprocess, "run", lambda *_, **__: done)
    installer.main()
    assert [call[0] for call in calls] == ["install"] + ["uninstall"] * (not loads)


def test_a_failing_pip_is_one_plain_line() -> None:
    """No traceback, exit code 1, and the sources' hash is checked by pip itself."""
    code = "from tools.install_detectron2 import pip; pip('install', './no-such-folder')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=120,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "Detectron2 was not installed: pip install failed."


def test_the_hash_is_asked_for(monkeypatch, calls, tmp_path) -> None:
    with pytest.raises(ValueError, match="unpack"):  # nothing was downloaded
        installer.install_detectron2(tmp_path)
    assert "--require-hashes" in calls[0]
    assert f"--hash=sha256:{installer.SHA256}" in (tmp_path / "requirements.txt").read_text()
