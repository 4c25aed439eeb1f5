"""Where results go: whole files in place of old ones, or straight to what is no file.

A link stays and what it points to is replaced; a device (``/dev/null``), a pipe or ``-``, standard
output, is written to as it is. Until a result is complete it lies in a file `is_unfinished`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from harec.core.errors import InputError
from harec.core.text import readable

#: What grows with the length of a video (uploads, recordings) leaves at least this free on a disk.
RESERVE_BYTES: Final = 1 << 30
#: Standard output, under all its names.
_STANDARD_OUTPUT: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_UNFINISHED: Final = ".harec-"


def is_standard_output(path: Path) -> bool:
    """Whether a result for ``path`` goes to standard output, where words would be in its way."""
    return str(path) in _STANDARD_OUTPUT


def is_stream(path: Path) -> bool:
    """Whether ``path`` is no file that could be replaced: standard output, a device, a pipe.

    Raises:
        OSError: the system does not let it be looked at.
    """
    if is_standard_output(path) or str(path).startswith(("/dev/fd/", "/proc/self/fd/")):
        return True
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_unfinished(path: Path) -> bool:
    """Whether this is what an interrupted program left of a result (or one that is being made)."""
    return path.name.startswith(_UNFINISHED)


def check_place(path: Path) -> None:
    """Raise InputError when a result can't go to ``path``: a folder, or nothing may be written."""
    try:
        if is_stream(path):
            if not is_standard_output(path) and not os.access(path, os.W_OK):
                raise InputError(f"Nothing may be written to {path}; choose another place.")
            return
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the name of a file to write.")
        folder = _target(path).parent
        if not folder.is_dir():
            raise InputError(f"The folder {folder} does not exist; make it first.")
        if not os.access(folder, os.W_OK):
            raise InputError(f"Nothing may be written in {folder}; choose another place.")
    except OSError as error:  # a ring of links, a name that is too long
        raise InputError(_refused(path, error)) from error


def check_not_source(source: Path, out: Path) -> None:
    """Raise InputError when a result would take its own source's place."""
    if out.is_file() and source.exists() and out.samefile(source):
        raise InputError(f"{out} is the input itself; choose another name to write to.")


def check_video_place(source: Path, out: Path) -> None:
    """Raise InputError when an annotated video can't go to ``out``: as `check_place`, or it would
    take its source's place, or be a file that is named after another format."""
    check_place(out)
    check_not_source(source, out)
    check_video_name(out)


def check_video_name(out: Path | None) -> None:
    """Raise InputError when the annotated video would be a file, and not an .mp4; None: there is
    to be none."""
    if out is None or is_stream(out) or out.suffix.lower() == ".mp4":
        return
    raise InputError(f"The annotated video is written as .mp4; name it so: {out}")


class Destination:
    """Where one result goes, and the temporary file that it is made in.

    Args:
        path: a file to write or replace, a link to one, a device, a pipe or ``-``.

    Attributes:
        temporary: the file to make; beside the one that is replaced (so on the same disk), and with
            the suffix of ``path``.

    Raises:
        OSError: the system does not let it be looked at.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = is_stream(path)
        self._target = path if self._stream else _target(path)
        folder = Path(tempfile.gettempdir()) if self._stream else self._target.parent
        self.temporary = folder / f"{_UNFINISHED}{uuid4().hex[:12]}.part{path.suffix}"

    def put(self) -> None:
        """The complete file is put in its place, with the rights of the one it replaces.

        A reader that has left a pipe is no error: it has what it wanted.

        Raises:
            OSError: the system refuses.
        """
        if not self._stream:
            with suppress(OSError):
                shutil.copymode(self._target, self.temporary)
            self.temporary.replace(self._target)
            return
        with self.temporary.open("rb") as source, suppress(BrokenPipeError):
            if is_standard_output(self._path):
                sys.stdout.flush()
                shutil.copyfileobj(source, sys.stdout.buffer)
                sys.stdout.buffer.flush()
            else:
                with self._path.open("wb") as stream:
                    shutil.copyfileobj(source, stream)
        self.drop()

    def drop(self) -> None:
        """Nothing is left behind; harmless after `put`."""
        with suppress(OSError):
            self.temporary.unlink(missing_ok=True)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path (same suffix), put at ``path`` on success, removed on error.

    Raises:
        InputError: the folder does not exist, ``path`` is a folder, or the system refuses to write.
    """
    check_place(path)
    destination = Destination(path)
    try:
        yield destination.temporary
        destination.put()
    except OSError as error:
        raise InputError(_refused(path, error)) from error
    finally:
        destination.drop()


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file, all of it or nothing; lines end as they do in ``text``.

    Raises:
        InputError: it can't be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(readable(text), encoding="utf-8", newline="")


def file_sha256(path: Path) -> str:
    """What a file's contents are known by: SHA-256, 64 hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _target(path: Path) -> Path:
    """The file itself behind links, there or not yet."""
    return Path(os.path.realpath(path))


def _refused(path: Path, error: OSError) -> str:
    reason = (error.strerror or type(error).__name__).lower()
    return f"{path} can't be written ({reason}); choose another place."
