"""Files of visitors: copied to disk in chunks, kept apart, removed when the visitor leaves.

A `ServerStorage` is this process's folder; it has a `VisitorStorage` per visitor. Names that
visitors chose never become paths. A folder left by a process that died is removed by the next one
that starts. Locks are held on the folders themselves, so that no lock file stays behind.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from harec.core.errors import Cancelled, InputError

CHUNK_BYTES = 1 << 20
#: Uploads are refused when less than this would be left on the disk.
RESERVE_BYTES = 1 << 30
#: What a process's folder is called begins so; nothing else is ever removed.
_PREFIX = "harec-"

_log = logging.getLogger(__name__)


class VisitorStorage:
    """One visitor's folder. Everything in it goes away with `clear`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._closed = threading.Event()

    def new_folder(self) -> Path:
        """An empty folder with an unguessable name.

        Raises:
            Cancelled: the visitor has left.
        """
        if self._closed.is_set():
            raise Cancelled("The session has ended.")
        path = self.folder / secrets.token_hex(8)
        path.mkdir(parents=True)
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
            if shutil.disk_usage(self.folder).free < size + RESERVE_BYTES:
                raise InputError("The server's disk is full: use a smaller file or come later.")
            with path.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK_BYTES)
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        return path

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Remove every folder of this shelf that holds none of ``paths``."""
        kept = {path.parent for path in paths}
        for folder in self.folder.iterdir() if self.folder.exists() else ():
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Remove everything; nothing can be stored from now on."""
        self._closed.set()
        shutil.rmtree(self.folder, ignore_errors=True)


class ServerStorage:
    """The folder of one process, in the system's folder for temporary files unless told.

    Raises:
        InputError: what should be the folder of all processes is a link, a file or another user's.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(tempfile.gettempdir()) / f"harec-spool-{os.getuid()}"
        with _opened(_make_root(self._root)) as held:
            # One process at a time: a folder without a held lock is then never a new one.
            fcntl.flock(held, fcntl.LOCK_EX)
            self.removed = _remove_orphans(self._root)
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._root))
            # Held as long as this process lives, however it ends: what the line above tests.
            self._lock: int | None = _open_folder(self.folder)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def shelf(self) -> VisitorStorage:
        """A new, empty shelf for a visitor."""
        return VisitorStorage(Path(tempfile.mkdtemp(dir=self.folder)))

    def close(self) -> None:
        """Remove this process's folder and all shelves in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _open_folder(path: Path) -> int:
    """A descriptor of a real folder; a link is refused, wherever it leads."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


@contextlib.contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _make_root(path: Path) -> int:
    """Make the folder of all processes unless it is there; returns a descriptor of it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = _open_folder(path)
    except OSError as problem:
        if problem.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ELOOP):
            raise
        raise InputError(
            f"{path.name}, where uploads would go, is a link or a file: remove it, or set TMPDIR "
            "to another folder."
        ) from None
    if os.fstat(root).st_uid != os.getuid():
        os.close(root)
        raise InputError("The folder for uploads belongs to another user: set TMPDIR.")
    return root


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
        if not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    if removed:
        _log.info("Removed the spool folders of %d ended processes", removed)
    return removed


def _in_use(folder: Path) -> bool:
    try:
        with _opened(_open_folder(folder)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # its process has ended this moment and removed it
        return False
    return False
