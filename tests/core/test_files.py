"""Writing files whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from harec.core.errors import InputError
from harec.core.files import atomic_write


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
