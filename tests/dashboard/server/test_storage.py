import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.server import storage as storage_module
from dashboard.server.storage import CHUNK_BYTES, ServerStorage
from harec.core.errors import Cancelled, InputError


@pytest.fixture
def server(tmp_path):
    server = ServerStorage(tmp_path / "server")
    yield server
    server.close()


class Chunked(io.BytesIO):
    """A file that notes how much is asked of it at once."""

    largest = 0

    def read(self, size=-1, /):
        assert size is not None
        assert size >= 0, "the whole file was asked for"
        self.largest = max(self.largest, size)
        return super().read(size)


def test_upload_is_copied_whole_in_chunks(server):
    content = os.urandom(3 * CHUNK_BYTES + 17)
    source = Chunked(content)
    source.seek(5)  # it has been read from before
    path = server.new_visitor().store(source, ".mp4")
    assert path.read_bytes() == content
    assert path.suffix == ".mp4"
    assert source.largest <= CHUNK_BYTES


def test_two_visitors_share_nothing(server):
    a, b = server.new_visitor(), server.new_visitor()
    first, second = a.store(io.BytesIO(b"a")), b.store(io.BytesIO(b"b"))
    assert a.folder not in second.parents
    a.clear()
    assert not first.exists()
    assert second.read_bytes() == b"b"


def test_nothing_is_stored_after_the_visitor_left(server):
    storage = server.new_visitor()
    storage.clear()
    with pytest.raises(Cancelled):
        storage.store(io.BytesIO(b"late"))
    assert not storage.folder.exists()


class Interrupted(io.BytesIO):
    """An upload during whose copying, or right before it, something happens."""

    def __init__(self, content: bytes, happens) -> None:
        super().__init__(content)
        self.happens = happens

    def read(self, size=-1, /):
        if self.happens is not None:
            happens, self.happens = self.happens, None
            happens()
        return super().read(size)


@pytest.mark.parametrize("who", ["visitor", "server"])
@pytest.mark.parametrize("when", ["before its folder", "before its file", "while it is copied"])
def test_an_upload_that_races_the_removal_of_its_folder_leaves_nothing(
    tmp_path, monkeypatch, who, when
):
    server = ServerStorage(tmp_path / "server")
    storage = server.new_visitor()
    leave = storage.clear if who == "visitor" else server.close
    upload = Interrupted(b"x" * 100, leave if when == "while it is copied" else None)
    if when == "before its folder":  # after it was seen that the visitor is there
        monkeypatch.setattr(
            storage_module.secrets, "token_hex", lambda n: leave() or os.urandom(n).hex()
        )
    elif when == "before its file":
        usage = storage_module.shutil.disk_usage
        monkeypatch.setattr(
            storage_module.shutil, "disk_usage", lambda path: [usage(path), leave()][0]
        )
    with pytest.raises(Cancelled):
        storage.store(upload)
    assert not storage.folder.exists()
    assert not list(tmp_path.glob("server/*/*"))
    server.close()
    assert not list(tmp_path.glob("server/*"))


def test_a_file_that_comes_while_a_folder_is_removed_does_not_keep_it(server, monkeypatch):
    storage = server.new_visitor()
    folder = storage.new_folder()
    rmdir = os.rmdir

    def comes_first(path, **options):  # after the folder's contents were listed and removed
        with contextlib.suppress(FileNotFoundError):
            (folder / "annotated.mp4").write_bytes(b"of a job that has not returned yet")
        rmdir(path, **options)

    monkeypatch.setattr(os, "rmdir", comes_first)
    storage.clear()
    assert list(server.folder.iterdir()) == []


def test_keep_only(server):
    storage = server.new_visitor()
    paths = [storage.store(io.BytesIO(bytes([i]))) for i in range(3)]
    storage.keep_only([paths[1], Path("elsewhere/file")])
    assert [path.exists() for path in paths] == [False, True, False]


def test_full_disk_is_an_input_error_and_leaves_nothing(server, monkeypatch):
    storage = server.new_visitor()
    monkeypatch.setattr(storage_module, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(InputError, match="full"):
        storage.store(io.BytesIO(b"x"))
    assert list(storage.folder.iterdir()) == []


def test_close_removes_everything(tmp_path):
    server = ServerStorage(tmp_path)
    path = server.new_visitor().store(io.BytesIO(b"x"))
    server.close()
    assert not path.exists()
    assert not server.folder.exists()


def test_folder_of_a_dead_process_is_removed_and_of_a_living_one_kept(tmp_path):
    script = (
        "import io, os, pathlib, sys\n"
        "from dashboard.server.storage import ServerStorage\n"
        "server = ServerStorage(pathlib.Path(sys.argv[1]))\n"
        "server.new_visitor().store(io.BytesIO(b'left behind'))\n"
        "print(server.folder, flush=True)\n"
        "os._exit(1)\n"  # no clean-up, as after a kill
    )
    living = ServerStorage(tmp_path)
    kept = living.new_visitor().store(io.BytesIO(b"in use"))
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
    assert list(tmp_path.iterdir()) == []  # the dead one's lock is gone, too


def test_ends_without_leaving_a_lock_behind(tmp_path):
    ServerStorage(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_is_fine(tmp_path):
    server = ServerStorage(tmp_path)
    server.close()
    server.close()


@pytest.mark.parametrize("kind", ["link", "dangling link", "file"])
def test_root_that_is_no_real_folder_is_refused(tmp_path, kind):
    root, elsewhere = tmp_path / "server", tmp_path / "elsewhere"
    if kind == "file":
        root.write_bytes(b"")
    else:
        root.symlink_to(elsewhere)
    if kind == "link":
        (elsewhere / "harec-precious").mkdir(parents=True)
    with pytest.raises(InputError, match=r"server.*TMPDIR") as caught:
        ServerStorage(root)
    assert str(tmp_path) not in str(caught.value)
    assert kind != "link" or list(elsewhere.iterdir()) == [elsewhere / "harec-precious"]


def test_only_real_folders_of_its_own_name_are_removed(tmp_path):
    root, elsewhere = tmp_path / "server", tmp_path / "elsewhere"
    for folder in (root / "holiday", root / "harec-orphan", elsewhere):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x")
    (root / "harec-link").symlink_to(elsewhere)
    (root / "harec-file").write_bytes(b"x")
    server = ServerStorage(root)
    assert server.removed == 1
    assert not (root / "harec-orphan").exists()
    assert (root / "holiday" / "file").exists()
    assert (root / "harec-link" / "file").exists()
    assert (root / "harec-file").exists()
    server.close()


def test_works_without_fcntl(tmp_path):
    """As on a system that has none; the folder of a living process is kept there, too."""
    script = (
        "import io, pathlib, sys\n"
        "sys.modules['fcntl'] = None\n"
        "from dashboard.server.storage import ServerStorage\n"
        "first, second = (ServerStorage(pathlib.Path(sys.argv[1])) for _ in range(2))\n"
        "path = first.new_visitor().store(io.BytesIO(b'x'))\n"
        "assert second.removed == 0 and path.read_bytes() == b'x'\n"
        "first.close(), second.close()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == []
