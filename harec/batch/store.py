"""Files of a library at an address, on a disk or in a bucket: read, listed, put all at once.

What is written appears complete or not at all. `Store.put` with ``new`` succeeds for one of several
that try at the same time: by a link on a disk, by ``If-None-Match: *`` in a bucket.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from uuid import uuid4

from harec.core.errors import InputError
from harec.core.extras import require

#: Schemes of buckets that obstore opens.
_BUCKETS: Final = ("s3", "gs", "az", "abfs")
_TEMPORARY: Final = ".harec-tmp"
_LIBRARY: Final = ("fsspec", "pyarrow", "duckdb", "obstore")


def require_batch() -> None:
    """Raise InputError unless what batches need is installed."""
    require("batch", "A batch", "ray", *_LIBRARY)


def require_library() -> None:
    """Raise InputError unless what queries and the page need is installed."""
    require("library", "A library", *_LIBRARY)


def is_address(text: str) -> bool:
    """Whether this is an address such as ``s3://bucket/prefix``, and no path."""
    return "://" in text


def filesystem(address: str) -> tuple[Any, str]:
    """The fsspec file system behind a path or an address, and the path within it.

    Raises:
        InputError: there is nothing that opens such an address.
    """
    import fsspec
    from fsspec.core import url_to_fs

    scheme = address.partition("://")[0] if is_address(address) else "file"
    try:
        if scheme in _BUCKETS:
            from obstore.fsspec import register

            register(scheme, asynchronous=False)
        filesystem, path = url_to_fs(address)
    except (ImportError, ValueError) as error:
        known = ", ".join(f"{name}://" for name in _BUCKETS)
        raise InputError(
            f"{address} can't be opened ({error}): give a path, {known} or what fsspec opens."
        ) from None
    assert isinstance(filesystem, fsspec.AbstractFileSystem)
    return filesystem, str(path)


@cache
def _open_buckets(scheme: str) -> None:
    """Have fsspec open them with obstore, which takes no other package's versions along."""
    from obstore.fsspec import register

    register(scheme)


class Store:
    """The files below one address.

    Args:
        address: a folder, or ``s3://bucket/prefix`` and the like. It need not be there yet.

    Attributes:
        address: as given, without a slash at its end.
        folder: where it is on this machine's disk; None in a bucket.

    Raises:
        InputError: there is nothing that opens such an address.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/") or "/"
        self.filesystem, self.root = filesystem(self.address)
        self.folder = Path(self.root) if self.filesystem.protocol[0] == "file" else None

    def path(self, name: str) -> str:
        """A file's path within `filesystem`."""
        return f"{self.root}/{name}"

    def begin(self) -> None:
        """Make sure that something can be written.

        Raises:
            InputError: it can't.
        """
        probe = f"{_TEMPORARY}/{uuid4().hex}"
        try:
            self.put(probe, b"harec")
            self.remove(probe)
        except Exception as error:  # each kind of store has its own
            raise InputError(
                f"Nothing can be written to {self.address} ({plain_reason(error)}): choose another "
                "place, or check its rights and this program's credentials."
            ) from None

    def read(self, name: str) -> bytes:
        """A file's contents. Raises FileNotFoundError."""
        return bytes(self.filesystem.cat_file(self.path(name)))

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, sorted; none where there is no such folder."""
        self.filesystem.invalidate_cache()  # other machines write, too
        try:
            found = self.filesystem.ls(self.path(folder), detail=False)
        except FileNotFoundError:
            return []
        names = (str(path).rstrip("/").rpartition("/")[2] for path in found)
        return sorted(name for name in names if not name.startswith("."))

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        self.filesystem.invalidate_cache()
        return bool(self.filesystem.exists(self.path(name)))

    def open(self, name: str) -> BinaryIO:
        """A file to read, seekable. Raises FileNotFoundError."""
        return cast(BinaryIO, self.filesystem.open(self.path(name), "rb"))

    def remove(self, name: str) -> None:
        """A file is no longer there, or never was."""
        with suppress(FileNotFoundError):
            self.filesystem.rm_file(self.path(name))

    def put(self, name: str, data: bytes, *, new: bool = False) -> None:
        """Write a file.

        Args:
            new: there must not be such a file yet.

        Raises:
            FileExistsError: there is one, and ``new`` was asked for.
            OSError: the system refuses.
        """
        if self.folder is not None:
            with suppress(FileNotFoundError):  # a file beside it would show in listings
                self._put_locally(self.folder / name, data, new)
                return
            raise OSError(f"{self.address} is gone")
        if not new:
            self.filesystem.pipe_file(self.path(name), data)
        elif self.filesystem.protocol in _BUCKETS:
            self._put_new_object(name, data)
        else:
            self.filesystem.pipe_file(self.path(name), data, mode="create")

    def _put_new_object(self, name: str, data: bytes) -> None:
        import obstore
        from obstore.exceptions import AlreadyExistsError

        bucket, path = self.filesystem._split_path(self.path(name))
        try:
            obstore.put(self.filesystem._construct_store(bucket), path, data, mode="create")
        except AlreadyExistsError as error:
            raise FileExistsError(name) from error

    def _put_locally(self, target: Path, data: bytes, new: bool) -> None:
        temporary = self.temporary_folder() / uuid4().hex
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._move(temporary, target, new)
        finally:
            temporary.unlink(missing_ok=True)

    def put_file(self, name: str, path: Path) -> None:
        """Bring a finished file here; from this store's disk it is moved, else uploaded in parts.

        Raises:
            OSError: the system refuses.
        """
        if self.folder is not None:
            self._move(path, self.folder / name, new=False)
        else:
            self.filesystem.put_file(str(path), self.path(name))
            path.unlink()

    def _move(self, path: Path, target: Path, new: bool) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if new:
            os.link(path, target)  # of several at once, one succeeds
            return
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != 18:  # EXDEV: another disk
                raise
            beside = self.temporary_folder() / uuid4().hex
            shutil.copyfile(path, beside)
            beside.replace(target)

    def temporary_folder(self) -> Path:
        """A folder on the disk of a local store, for what is not finished. Raises OSError."""
        assert self.folder is not None
        folder = self.folder / _TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def plain_reason(error: BaseException) -> str:
    """Why something failed, on one line of at most 300 characters."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = " ".join(str(error).split())
    return (text or type(error).__name__)[:300]
