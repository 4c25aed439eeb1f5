import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.server import storage as spool_module
from dashboard.server.storage import CHUNK_BYTES, ServerStorage
from harec.core.errors import Cancelled, InputError


@pytest.fixture
def spool(tmp_path):
    spool = ServerStorage(tmp_path / "spool")
    yield spool
    spool.close()


class Chunked(io.BytesIO):
    """A file that notes how much is asked of it at once."""

    largest = 0

    def read(self, size=-1, /):
        assert size is not None
        assert size >= 0, "the whole file was asked for"
        self.largest = max(self.largest, size)
        return super().read(size)


def test_upload_is_copied_whole_in_chunks(spool):
    content = os.urandom(3 * CHUNK_BYTES + 17)
    source = Chunked(content)
    source.seek(5)  # somebody has read from it before
    path = spool.shelf().store(source, ".mp4")
    assert path.read_bytes() == content
    assert path.suffix == ".mp4"
    assert source.largest <= CHUNK_BYTES


def test_two_shelves_share_nothing(spool):
    a, b = spool.shelf(), spool.shelf()
    first, second = a.store(io.BytesIO(b"a")), b.store(io.BytesIO(b"b"))
    assert a.folder not in second.parents
    a.clear()
    assert not first.exists()
    assert second.read_bytes() == b"b"


def test_nothing_is_stored_after_the_visitor_left(spool):
    shelf = spool.shelf()
    shelf.clear()
    with pytest.raises(Cancelled):
        shelf.store(io.BytesIO(b"late"))
    assert not shelf.folder.exists()


def test_keep_only(spool):
    shelf = spool.shelf()
    paths = [shelf.store(io.BytesIO(bytes([i]))) for i in range(3)]
    shelf.keep_only([paths[1], Path("elsewhere/file")])
    assert [path.exists() for path in paths] == [False, True, False]


def test_full_disk_is_an_input_error_and_leaves_nothing(spool, monkeypatch):
    shelf = spool.shelf()
    monkeypatch.setattr(spool_module, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(InputError, match="full"):
        shelf.store(io.BytesIO(b"x"))
    assert list(shelf.folder.iterdir()) == []


def test_close_removes_everything(tmp_path):
    spool = ServerStorage(tmp_path)
    path = spool.shelf().store(io.BytesIO(b"x"))
    spool.close()
    assert not path.exists()
    assert not spool.folder.exists()


def test_folder_of_a_dead_process_is_removed_and_of_a_living_one_kept(tmp_path):
    script = (
        "import io, os, pathlib, sys\n"
        "from dashboard.server.storage import ServerStorage\n"
        "spool = ServerStorage(pathlib.Path(sys.argv[1]))\n"
        "spool.shelf().store(io.BytesIO(b'left behind'))\n"
        "print(spool.folder, flush=True)\n"
        "os._exit(1)\n"  # no clean-up, as after a kill
    )
    living = ServerStorage(tmp_path)
    kept = living.shelf().store(io.BytesIO(b"in use"))
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    dead = Path(run.stdout.strip())
    assert dead.is_dir(), run.stderr
    later = ServerStorage(tmp_path)
    assert not dead.exists()
    assert later.removed == 1
    assert kept.read_bytes() == b"in use"
    living.close()
    later.close()


def test_ends_without_leaving_a_lock_behind(tmp_path):
    ServerStorage(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_is_fine(tmp_path):
    spool = ServerStorage(tmp_path)
    spool.close()
    spool.close()


@pytest.mark.parametrize("kind", ["link", "dangling link", "file"])
def test_root_that_is_no_real_folder_is_refused(tmp_path, kind):
    root, elsewhere = tmp_path / "spool", tmp_path / "elsewhere"
    if kind == "file":
        root.write_bytes(b"")
    else:
        root.symlink_to(elsewhere)
    if kind == "link":
        (elsewhere / "harec-precious").mkdir(parents=True)
    with pytest.raises(InputError, match=r"spool.*TMPDIR") as caught:
        ServerStorage(root)
    assert str(tmp_path) not in str(caught.value)
    assert kind != "link" or list(elsewhere.iterdir()) == [elsewhere / "harec-precious"]


def test_only_real_folders_of_its_own_name_are_removed(tmp_path):
    root, elsewhere = tmp_path / "spool", tmp_path / "elsewhere"
    for folder in (root / "holiday", root / "harec-orphan", elsewhere):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x")
    (root / "harec-link").symlink_to(elsewhere)
    (root / "harec-file").write_bytes(b"x")
    spool = ServerStorage(root)
    assert spool.removed == 1
    assert not (root / "harec-orphan").exists()
    assert (root / "holiday" / "file").exists()
    assert (root / "harec-link" / "file").exists()
    assert (root / "harec-file").exists()
    spool.close()
