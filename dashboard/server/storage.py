"""Files of visitors: copied to disk in chunks, kept apart, removed when the visitor leaves.

A `ServerStorage` is this process's folder; it has a `VisitorStorage` for each part of a visitor's
work. Names that visitors chose never become paths. A folder left by a process that died is removed
by the next one that starts: the lock beside it is not held any more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from filelock import FileLock, Timeout

from harec.core.errors import Cancelled, InputError
from harec.core.files import RESERVE_BYTES

CHUNK_BYTES: Final = 1 << 20
#: What a process's folder is called begins so; nothing else is ever removed.
_PREFIX: Final = "harec-"
#: What follows the folder's name in that of its lock.
_LOCK: Final = ".lock"
#: Users of one machine may share the folder for temporary files.
_USER: Final = f"-{os.getuid()}" if hasattr(os, "getuid") else ""

_log = logging.getLogger(__name__)


class VisitorStorage:
    """One visitor's folder. Everything in it goes away with `clear`, and nothing makes it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._closed = threading.Event()

    def new_folder(self) -> Path:
        """An empty folder with an unguessable name.

        Raises:
            Cancelled: the visitor has left.
        """
        path = self.folder / secrets.token_hex(8)
        with self._while_there():
            path.mkdir()
        return path

    def store(self, source: IO[bytes], suffix: str = "") -> Path:
        """Copy an open file into a new folder, a chunk at a time.

        Args:
            source: read from its start to its end.
            suffix: such as ``.mp4``; from a list of the caller's, never the visitor's text.

        Raises:
            InputError: the disk is too full for it.
            Cancelled: the visitor has left.
        """
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        path = self.new_folder() / f"upload{suffix}"
        try:
            with self._while_there():
                if shutil.disk_usage(self.folder).free < size + RESERVE_BYTES:
                    raise InputError("The server's disk is full: use a smaller file or come later.")
                with path.open("wb") as target:
                    shutil.copyfileobj(source, target, CHUNK_BYTES)
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        return path

    @contextlib.contextmanager
    def _while_there(self) -> Iterator[None]:
        """A block that writes into the folder: Cancelled if the visitor leaves before its end.

        The visitor may leave, and the server end, at any moment: then the folder is gone.
        """
        try:
            yield
        except FileNotFoundError:
            if self.folder.exists():
                raise
        if self._closed.is_set() or not self.folder.exists():
            raise Cancelled("The session has ended.")

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Remove every folder in this one that holds none of ``paths``."""
        kept = {path.parent for path in paths}
        for folder in self.folder.iterdir() if self.folder.exists() else ():
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Remove everything; nothing can be stored from now on."""
        self._closed.set()
        _remove(self.folder)


class ServerStorage:
    """The folder of one process, by default in the system's folder for temporary files.

    Attributes:
        folder: holds the folders of this process's visitors.
        removed: how many folders of ended processes were removed at the start.

    Raises:
        InputError: what should be the folder of all processes is a link, a file or another user's.
    """

    def __init__(self, root: Path | None = None) -> None:
        root = root or Path(tempfile.gettempdir()) / f"harec-spool{_USER}"
        _make_root(root)
        self.removed = _remove_orphans(root)
        self.folder = root / f"{_PREFIX}{secrets.token_hex(8)}"
        # Held as long as this process lives, however it ends. Taken before there is a folder: a
        # folder without a held lock is then never a new one.
        self._lock = _lock_of(self.folder)
        self._lock.acquire()
        self.folder.mkdir(mode=0o700)

    def new_visitor(self) -> VisitorStorage:
        """A new, empty folder for a visitor's files."""
        return VisitorStorage(Path(tempfile.mkdtemp(dir=self.folder)))

    def close(self) -> None:
        """Remove this process's folder and everything in it."""
        _remove(self.folder)
        if self._lock.is_locked:
            _let_go(self._lock)


def _remove(folder: Path) -> None:
    """Remove a folder in which others may be about to write.

    It gets another name first: a file that came in while its contents are removed would keep it.
    """
    gone = folder.with_name(f"{folder.name}.gone")
    with contextlib.suppress(OSError):  # not there; or, on Windows, a file in it is open
        folder = folder.rename(gone)
    shutil.rmtree(folder, ignore_errors=True)


def _lock_of(folder: Path) -> FileLock:
    """The lock beside a process's folder; not acquired yet, and never waited for."""
    return FileLock(folder.with_name(folder.name + _LOCK), timeout=0, thread_local=False)


def _let_go(lock: FileLock) -> None:
    """Release a lock that is held, and remove its file."""
    path = Path(lock.lock_file)
    if os.name == "posix":  # elsewhere an open file can't be removed
        path.unlink(missing_ok=True)
    lock.release()
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _make_root(path: Path) -> None:
    """Make the folder of all processes unless it is there."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700, parents=True)
    found = path.lstat()  # of a link, not of what it leads to
    if not stat.S_ISDIR(found.st_mode):
        raise InputError(
            f"{path.name}, where uploads would go, is a link or a file: remove it, or set TMPDIR "
            "to another folder."
        )
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise InputError("The folder for uploads belongs to another user: set TMPDIR.")


def _remove_orphans(root: Path) -> int:
    """Remove the folders of processes that no longer live; returns how many."""
    removed = 0
    with os.scandir(root) as entries:
        folders = [
            Path(entry.path)
            for entry in entries
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False)
        ]
    for folder in folders:
        lock = _lock_of(folder)
        try:
            lock.acquire()
        except Timeout:
            continue  # its process lives
        shutil.rmtree(folder, ignore_errors=True)
        _let_go(lock)
        removed += 1
    if removed:
        _log.info("Removed the files of %d ended processes", removed)
    return removed
