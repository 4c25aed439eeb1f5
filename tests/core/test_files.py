"""Writing files whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from harec.core.errors import InputError
from harec.core.files import atomic_write, write_text


def test_the_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.suffix == ".txt"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".txt")
    with atomic_write(path) as temporary:
        temporary.write_text("x")
    assert path.read_text() == "x"


@pytest.mark.parametrize("name", ["none/a.txt", ".", "n" * 300])
def test_what_can_not_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError), atomic_write(tmp_path / name) as temporary:
        temporary.write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "real.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600  # nobody else may read it all at once
    assert list((tmp_path / "there").iterdir()) == [target]


def test_a_link_to_what_is_not_there_yet_makes_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "new")
    write_text(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new").read_text() == "x"


def test_a_ring_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(InputError, match="can't be written"):
        write_text(tmp_path / "a", "x")


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes with names")
def test_devices_and_pipes_are_written_to_as_they_are(tmp_path: Path) -> None:
    before = Path("/dev/null").stat()
    write_text(Path("/dev/null"), "x")
    assert (Path("/dev/null").stat().st_ino, before.st_mode) == (before.st_ino, before.st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_text(pipe, "through the pipe")
    reader.join()
    assert read == ["through the pipe"]
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_has_names(name: str, capfdbinary) -> None:
    if name != "-" and not Path(name).exists():
        pytest.skip("this system does not call it so")
    write_text(Path(name), "é\n")
    assert capfdbinary.readouterr().out == "é\n".encode()
    assert not Path("-").exists()
