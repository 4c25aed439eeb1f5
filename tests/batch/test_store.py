"""Files of a library: put all at once, by one of several, on a disk and in a bucket."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harec.batch.store import Store
from harec.core.errors import InputError


@pytest.fixture(params=["disk", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "s3":
        return Store(request.getfixturevalue("bucket"))
    return Store(str(tmp_path / "lib") if request.param == "disk" else f"memory://{tmp_path.name}")


def test_what_is_put_is_read_listed_and_removed(store: Store) -> None:
    store.begin()
    assert store.names("records") == []
    assert not store.exists("records/a.json")
    store.put("records/a.json", b"1")
    store.put("records/b.json", b"2")
    store.put("records/a.json", b"3")
    assert store.names("records") == ["a.json", "b.json"]
    assert store.read("records/a.json") == b"3"
    store.remove("records/a.json")
    store.remove("records/a.json")
    assert store.names("records") == ["b.json"]
    with pytest.raises(FileNotFoundError):
        store.read("records/a.json")


@pytest.mark.parametrize("store", ["disk", "s3"], indirect=True)
def test_of_several_that_put_a_new_file_one_succeeds(store: Store) -> None:
    wins: list[int] = []
    together = threading.Barrier(6)

    def put(number: int) -> None:
        together.wait()
        try:
            store.put("claims/one", str(number).encode() * 1000, new=True)
        except FileExistsError:
            return
        wins.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1
    assert store.read("claims/one") == str(wins[0]).encode() * 1000


def test_a_finished_file_is_brought_and_can_be_read_from_any_place(
    store: Store, tmp_path: Path
) -> None:
    made = tmp_path / "made.bin"
    made.write_bytes(bytes(range(256)) * 40_000)  # more than one part of an upload
    store.put_file("annotated/a.mp4", made)
    assert not made.exists()
    with store.open("annotated/a.mp4") as file:
        file.seek(5_000_001)
        assert file.read(3) == bytes([65, 66, 67])


def test_a_place_that_takes_nothing_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="Nothing can be written to"):
        Store(str(tmp_path / "file" / "out")).begin()
    with pytest.raises(InputError, match="can't be opened"):
        Store("nosuchscheme://bucket/a")


def test_nothing_unfinished_is_left_on_a_disk(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put("a/b", b"x", new=True)
    with pytest.raises(FileExistsError):
        store.put("a/b", b"y", new=True)
    assert [*store.temporary_folder().iterdir()] == []
