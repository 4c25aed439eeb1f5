"""What the installer does without being asked to download; `make setup` itself does the rest."""

from __future__ import annotations

import subprocess
import sys
import tarfile
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
    monkeypatch.setattr(installer, "runs", lambda code: True)
    installer.main()
    assert calls == []


def test_one_that_does_not_load_is_told(monkeypatch, calls) -> None:
    only(monkeypatch, "detectron2", "torchvision")
    monkeypatch.setattr(installer, "runs", lambda code: False)
    with pytest.raises(SystemExit, match="doesn't load"):
        installer.main()
    assert calls == []  # it is the user's


@pytest.mark.parametrize("loads", [True, False])
def test_torchvision_stays_only_where_it_loads(loads, monkeypatch, calls) -> None:
    only(monkeypatch, "detectron2")
    monkeypatch.setattr(installer.importlib.metadata, "version", lambda name: "2.13.0")
    monkeypatch.setattr(installer, "runs", lambda code: loads)
    installer.install_torchvision()
    assert [call[0] for call in calls] == ["install"] + ["uninstall"] * (not loads)


def test_a_failing_pip_is_one_plain_line() -> None:
    """No traceback, exit code 1, and the sources' hash is checked by pip itself."""
    code = "from tools.install_detectron2 import pip; pip('install', './no-such-folder')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2  # pip's reason, and what that means
    assert done.stderr.splitlines()[-1] == "Detectron2 was not installed: pip install failed."


def test_the_hash_is_asked_for(monkeypatch, calls, tmp_path) -> None:
    with pytest.raises(ValueError, match="unpack"):  # nothing was downloaded
        installer.install_detectron2(tmp_path)
    assert "--require-hashes" in calls[0]
    assert f"--hash=sha256:{installer.SHA256}" in (tmp_path / "requirements.txt").read_text()


def test_beside_a_cpu_build_no_torchvision_is_fetched(monkeypatch, calls) -> None:
    only(monkeypatch, "detectron2")
    monkeypatch.setattr(installer.importlib.metadata, "version", lambda name: "2.13.0+cpu")
    installer.install_torchvision()
    assert calls == []


def test_without_a_network_torchvision_is_gone_without(monkeypatch, capsys) -> None:
    only(monkeypatch, "detectron2")
    monkeypatch.setattr(installer.importlib.metadata, "version", lambda name: "2.13.0")

    def fail(*arguments: str) -> None:
        raise installer.Failed("no network")

    monkeypatch.setattr(installer, "pip", fail)
    installer.install_torchvision()
    assert "stand-in" in capsys.readouterr().err


@pytest.mark.parametrize("filters", [True, False])
def test_the_sources_are_unpacked_and_cut_down(filters, monkeypatch, tmp_path) -> None:
    """Python 3.11.2, Debian 12's own, knows no filters for archives."""
    if not filters:
        unpack = tarfile.TarFile.extractall
        monkeypatch.delattr(tarfile, "data_filter")
        monkeypatch.setattr(tarfile.TarFile, "extractall", lambda tar, path: unpack(tar, path))
    source = tmp_path / "pb1-detectron2-0.6"
    (source / "detectron2").mkdir(parents=True)
    for name in ("setup.py", "setup.cfg", "detectron2/__init__.py"):
        (source / name).write_text("")
    made: list[tuple[str, ...]] = []

    def pip(*arguments: str) -> None:
        made.append(arguments)
        if arguments[0] == "download":
            with tarfile.open(tmp_path / "work" / "pb1.tar.gz", "w:gz") as tar:
                tar.add(source, source.name)

    monkeypatch.setattr(installer, "pip", pip)
    (tmp_path / "work").mkdir()
    installer.install_detectron2(tmp_path / "work")
    root = tmp_path / "work" / source.name
    assert [call[0] for call in made] == ["download", "install"]
    assert made[1][-1] == str(root)
    assert (root / "detectron2" / "_C.py").is_file()
    assert not (root / "setup.py").exists()
