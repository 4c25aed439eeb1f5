"""A source's contents on this machine's disk, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from harec.batch.sources import Source, stamp_of
from harec.batch.store import filesystem
from harec.core.errors import InputError

_PART_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class Fetched:
    """A source as it was read.

    Attributes:
        path: on this machine.
        sha256: of its contents.
        stamp: see `harec.batch.sources.Source`.
        size_bytes: of the file.
        modified: when it was changed last, where that is known.
    """

    path: Path
    sha256: str
    stamp: str
    size_bytes: int
    modified: datetime | None


@contextmanager
def fetched(
    source: Source, folder: Path, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Fetched]:
    """A source within reach in here: where it is, or a copy that is read in parts.

    Args:
        folder: for the copy.
        on_bytes: told how many bytes were read so far.

    Raises:
        InputError: it is gone, can't be read, or the disk is full.
    """
    files, path = filesystem(source.address)
    files.invalidate_cache()
    local = files.protocol[0] == "file"
    copy = None if local else folder / f"source{Path(source.name).suffix[:10]}"
    try:
        info = files.info(path)
        sha256 = _read(files, path, copy, on_bytes)
        if local and stamp_of(files.info(path)) != stamp_of(info):
            raise InputError(f'"{source.name}" changed while it was read: run again.')
    except FileNotFoundError:
        raise InputError(f'"{source.name}" is gone, or was never there.') from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f'"{source.name}" can\'t be read ({reason.lower()}).') from None
    try:
        yield Fetched(copy or Path(path), sha256, stamp_of(info), int(info["size"]), _changed(info))
    finally:
        if copy is not None:
            copy.unlink(missing_ok=True)


def _read(files: Any, path: str, copy: Path | None, on_bytes: Callable[[int], None] | None) -> str:
    digest, count = hashlib.sha256(), 0
    with ExitStack() as opened:
        source = opened.enter_context(files.open(path, "rb", block_size=_PART_BYTES))
        target = None if copy is None else opened.enter_context(copy.open("wb"))
        while part := source.read(_PART_BYTES):
            digest.update(part)
            if target is not None:
                target.write(part)
            count += len(part)
            if on_bytes is not None:
                on_bytes(count)
    return digest.hexdigest()


def _changed(info: dict[str, Any]) -> datetime | None:
    for name in ("mtime", "last_modified", "LastModified"):
        value = info.get(name)
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
    return None
