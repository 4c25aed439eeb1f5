"""Videos to analyse: from files, folders, globs, lists and addresses to one address each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from harec.batch.store import Store, filesystem, is_address
from harec.core.errors import InputError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.core.plain import read_text

_LISTS: Final = (".txt", ".lst", ".list")
_MOST_LIST_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Source:
    """A video to analyse.

    Attributes:
        address: a full path, or an address.
        name: the file's own name.
        stamp: differs once the file has changed; empty where it was not found.
        size_bytes: of the file; None where it is not known.
    """

    address: str
    name: str
    stamp: str = ""
    size_bytes: int | None = None


def find_sources(
    given: Iterable[str], out: Store, pattern: str | None = None, *, needed: bool = True
) -> list[Source]:
    """The videos that arguments of a command name, each once, in the order given.

    Args:
        given: files, folders (with all below), globs, lists of such (.txt: one a line, relative to
            the list; ``#`` begins a remark) and addresses that fsspec opens.
        out: what lies in it is no source.
        pattern: of names, such as ``*cam2*``; None = all.
        needed: each of them must lead to a video; else a folder may be empty.

    Raises:
        InputError: one of them leads to nothing, or can't be listed.
    """
    found: dict[str, Source] = {}
    for text in given:
        for source in _sources(text, out, needed):
            if pattern is None or fnmatch(source.name, pattern):
                found.setdefault(source.address, source)
    return list(found.values())


def _sources(text: str, out: Store, needed: bool) -> Iterator[Source]:
    path = Path(text)
    if not is_address(text) and path.suffix.lower() in _LISTS and path.is_file():
        yield from _listed(path, out)
        return
    some = False
    for source in _expand(text, out):
        some = True
        yield source
    if not some and (needed or not _may_come(text)):
        raise InputError(f"There is no video at {text}: check the path, or the pattern's quotes.")


def _listed(path: Path, out: Store) -> Iterator[Source]:
    """What a list names; a line that leads to nothing is a source that will be told as failed."""
    lines = read_text(path, _MOST_LIST_BYTES).splitlines()
    texts = [text for line in lines if (text := line.partition("#")[0].strip())]
    if not texts:
        raise InputError(f"The list {path} names no video: put a path or an address a line.")
    for text in texts:
        whole = text if is_address(text) else str(path.parent / text)
        found = list(_expand(whole, out))
        yield from found or [Source(_full(whole), _last(whole))]


def _expand(text: str, out: Store) -> Iterator[Source]:
    files, path = filesystem(text)
    files.invalidate_cache()
    try:
        if files.isfile(path):  # first: names may hold brackets
            yield _source(files, path, files.info(path))
            return
        found = files.glob(path, detail=True) if _is_glob(text) and not files.isdir(path) else None
        if found is None:
            found = files.find(path, detail=True)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{text} can't be listed ({error}): check the address.") from None
    within = f"{out.root}/" if files.protocol == out.filesystem.protocol else None
    for name, info in sorted(found.items()):
        hidden = any(part.startswith(".") for part in name[len(path) :].split("/"))
        is_own = within is not None and name.startswith(within)
        if info["type"] == "directory" or hidden or is_own:
            continue
        if ending(name) in VIDEO_ENDINGS:
            yield _source(files, name, info)


def _may_come(text: str) -> bool:
    """Whether videos may come to a place where there is none: a folder, a pattern, a bucket."""
    return is_address(text) or _is_glob(text) or Path(text).is_dir()


def _is_glob(text: str) -> bool:
    return any(letter in text for letter in "*?[")


def _source(files: Any, path: str, info: dict[str, Any]) -> Source:
    local = files.protocol[0] == "file"
    address = path if local else files.unstrip_protocol(path)
    return Source(address, _last(path), stamp_of(info), info.get("size"))


def stamp_of(info: dict[str, Any]) -> str:
    """What differs once a file has changed: its ETag, or its size and time of change."""
    tag = info.get("e_tag") or info.get("ETag")
    changed = info.get("mtime") or info.get("last_modified") or info.get("LastModified") or ""
    return f"{info.get('size')} {tag or changed}"


def _full(text: str) -> str:
    return text if is_address(text) else str(Path(text).absolute())


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
