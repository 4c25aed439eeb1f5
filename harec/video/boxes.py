"""The outermost boxes of an MP4 or MOV: whether its index is there, and whether it is a trap."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

#: Usual files have three to ten, those that are written piece by piece two for each piece.
_MOST: Final = 10_000
#: So many boxes without contents one after the other are no video. FFmpeg takes 4 microseconds for
#: each: a file of 500 MB that is made of them would keep it busy for minutes.
_MOST_EMPTY: Final = 1000
#: The head of a box, with a size of 8 bytes, is 16 long.
_EMPTY_BYTES: Final = 16


class _Box(NamedTuple):
    """A box by its type; ``end`` is where it ends, in bytes from the start of the file."""

    kind: bytes
    start: int
    end: int


def lacks_index(path: Path) -> bool:
    """Whether an MP4 or MOV was cut short before or within its index, the box ``moov``."""
    file_end = path.stat().st_size
    last = _Box(b"", 0, 0)
    for last in islice(_boxes(path), _MOST):
        if last.kind == b"moov":
            return last.end > file_end
    return file_end - last.end < 8 or last.end - last.start < 8


def is_hollow(path: Path) -> bool:
    """Whether an MP4 or MOV holds a thousand empty boxes one after the other."""
    empty = 0
    for box in islice(_boxes(path), _MOST):
        empty = empty + 1 if box.end - box.start <= _EMPTY_BYTES else 0
        if empty >= _MOST_EMPTY:
            return True
    return False


def _boxes(path: Path) -> Iterator[_Box]:
    """A box is its size in 4 bytes, its type in 4, its contents (ISO/IEC 14496-12, 4.2)."""
    with path.open("rb") as file:
        file_end = file.seek(0, os.SEEK_END)
        start = 0
        while start + 8 <= file_end:
            file.seek(start)
            head = file.read(16)
            size = int.from_bytes(head[:4])
            if size == 1:  # the real size follows in 8 bytes
                size = int.from_bytes(head[8:16])
            elif size == 0:  # up to the end of the file
                size = file_end - start
            yield _Box(head[4:8], start, start + size)
            if size < 8:  # damaged
                return
            start += size
