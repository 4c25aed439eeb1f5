"""From files, folders, globs, lists and addresses to videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harec.batch.sources import Source, find_sources
from harec.batch.store import Store
from harec.core.errors import InputError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.mp4", "deep/er/B.MOV", "deep/notes.txt", "deep/c [1].mkv", ".hidden/d.mp4"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "tree"


@pytest.fixture
def names(tmp_path: Path) -> Callable[..., list[str]]:
    def find(*given: object, pattern: str | None = None) -> list[str]:
        out = Store(str(tmp_path / "tree" / "out"))
        return [s.name for s in find_sources(map(str, given), out, pattern)]

    return find


def test_folders_are_walked_and_files_taken_whatever_they_are_called(tree, names) -> None:
    assert names(tree) == ["a.mp4", "c [1].mkv", "B.MOV"]
    assert names(tree / "deep" / "c [1].mkv", tree) == ["c [1].mkv", "a.mp4", "B.MOV"]
    (tree / "recording").write_bytes(b"x")
    assert names(tree / "recording") == ["recording"]
    assert names(tree, pattern="*.M*") == ["B.MOV"]


def test_globs_are_expanded_here(tree, names) -> None:
    assert names(f"{tree}/*.mp4") == ["a.mp4"]
    assert names(f"{tree}/**/*.MOV") == ["B.MOV"]


def test_what_lies_in_the_library_is_no_source(tree, names) -> None:
    annotated = tree / "out" / "annotated"
    annotated.mkdir(parents=True)
    (annotated / "a-1.mp4").write_bytes(b"x")
    assert "a-1.mp4" not in names(tree)


def test_a_list_names_paths_beside_it_and_keeps_what_is_not_there(tree, tmp_path) -> None:
    listed = tmp_path / "films.txt"
    listed.write_text("# of May\ntree/a.mp4\n\ntree/gone.mp4 # lost?\nmemory://none/x.mp4\n")
    found = find_sources([str(listed)], Store(str(tmp_path / "out")))
    assert [s.name for s in found] == ["a.mp4", "gone.mp4", "x.mp4"]
    assert found[0].size_bytes == 5
    assert found[1] == Source(str(tmp_path / "tree" / "gone.mp4"), "gone.mp4")


def test_an_argument_that_leads_to_nothing_is_wrong_use(tree, names, tmp_path) -> None:
    for text in (tree / "none.mp4", f"{tree}/*.avi", tree / "deep" / "er" / "x"):
        with pytest.raises(InputError, match="There is no video at"):
            names(text)
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(InputError, match="names no video"):
        names(tmp_path / "empty.txt")


def test_a_watched_folder_may_be_empty_but_must_be_there(tmp_path: Path) -> None:
    out = Store(str(tmp_path / "out"))
    (tmp_path / "inbox").mkdir()
    assert find_sources([str(tmp_path / "inbox")], out, needed=False) == []
    with pytest.raises(InputError, match="There is no video at"):
        find_sources([str(tmp_path / "inbix")], out, needed=False)


def test_a_stamp_changes_with_the_file(tree, tmp_path) -> None:
    out = Store(str(tmp_path / "out"))
    (before,) = find_sources([str(tree / "a.mp4")], out)
    (tree / "a.mp4").write_bytes(b"other")
    (after,) = find_sources([str(tree / "a.mp4")], out)
    assert before.stamp != after.stamp
    assert before.address == after.address


def test_a_bucket_is_listed(bucket: str, tmp_path: Path) -> None:
    store = Store(bucket)
    for name in ("films/a.mp4", "films/deep/b.mp4", "films/readme.md", "out/annotated/c.mp4"):
        store.put(name, name.encode())
    out = Store(f"{bucket}/out")
    found = find_sources([bucket], out)
    assert [s.address for s in found] == [f"{bucket}/films/a.mp4", f"{bucket}/films/deep/b.mp4"]
    assert all(s.stamp for s in found)
    assert [s.name for s in find_sources([f"{bucket}/films/*.mp4"], out)] == ["a.mp4"]
    assert [s.name for s in find_sources([f"{bucket}/films/deep/b.mp4"], out)] == ["b.mp4"]
    with pytest.raises(InputError):
        find_sources([f"{bucket}/none/"], out)
