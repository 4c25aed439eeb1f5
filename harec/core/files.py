"""Writing files so that nothing half-written is ever seen under the real name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from harec.core.errors import InputError

#: What grows with the length of a video (uploads, recordings) leaves at least this free on a disk.
RESERVE_BYTES: Final = 1 << 30


def check_place(path: Path) -> None:
    """Raise InputError when ``path`` is a folder, or would be in one that does not exist."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file to write.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist; make it first.")


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` (same suffix), renamed to it on success, removed on error.

    Raises:
        InputError: the folder does not exist, ``path`` is a folder, or the system refuses to write.
    """
    temporary = path.with_name(f".{uuid4().hex[:12]}{path.suffix}")
    try:
        check_place(path)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError(f"{path} can't be written ({reason}); choose another place.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file, all of it or nothing; lines end as they do in ``text``.

    Raises:
        InputError: it can't be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
