"""Open a saved result: a ``.harec-result``, or the JSON document. Whatever is not one is refused.

Sizes are compared with what the file claims before anything is unpacked; arrays are taken for what
`harec.analysis.result_file.ARRAYS` says, never unpickled.
"""

from __future__ import annotations

import math
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.analysis.document import analysis_of
from harec.analysis.result_arrays import with_arrays
from harec.analysis.result_file import ARRAYS, DOCUMENT, MOST_BYTES, MOST_DOCUMENT_BYTES
from harec.analysis.results import Analysis
from harec.core.errors import InputError
from harec.core.files import file_sha256
from harec.core.plain import (
    MOST_TEXT_BYTES,
    check_readable,
    parse_json,
    read_json,
    refusing,
    shown_name,
)

_WHAT: Final = "a result of harec"
#: What NumPy writes before the numbers (its format 1.0). Read as it is, and not as the Python that
#: it is, too, for that takes ways that no file of harec needs.
_HEADER: Final = re.compile(
    rb"\{'descr': '(?P<kind>[<|][a-z]\d)', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[\d, ]{1,60})\), \} *\n"
)


def load_result(path: Path) -> Analysis:
    """A result that was saved with `harec.Analysis.save`, or written with ``--json``.

    From a JSON document the labels alone come, and keypoints and probabilities if it has them; only
    a ``.harec-result`` holds what people are followed anew from.

    Raises:
        InputError: no such file, or not a result, or damaged, too large, or of a newer harec.
    """
    check_readable(path, MOST_BYTES)
    name = shown_name(path)
    with refusing(name, _WHAT):
        if not is_archive(path):
            return analysis_of(read_json(path, MOST_TEXT_BYTES))
        try:
            with zipfile.ZipFile(path) as archive:
                return _read(archive, name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise ValueError(str(error) or "it was cut short") from None


def is_archive(path: Path) -> bool:
    """Whether a file begins as a ``.harec-result`` does. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _read(archive: zipfile.ZipFile, name: str) -> Analysis:
    entries = _checked(archive)
    document = parse_json(archive.read(entries.pop(DOCUMENT)), name)
    arrays = {each: _array(archive.read(entry), *ARRAYS[each]) for each, entry in entries.items()}
    return with_arrays(analysis_of(document), arrays)


def _checked(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name of array, and the document: just these, none too large."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename.removesuffix(".npy")
        if name in entries or name not in (*ARRAYS, DOCUMENT):
            raise ValueError(f"{entry.filename[:40]!r} does not belong into it")
        if entry.flag_bits & 1 or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise ValueError("it is packed in another way")
        entries[name] = entry
    missing = sorted({*ARRAYS, DOCUMENT} - set(entries))
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    if (
        sum(entry.file_size for entry in entries.values()) > MOST_BYTES
        or entries[DOCUMENT].file_size > MOST_DOCUMENT_BYTES
    ):
        raise ValueError("unpacked it is too large")
    return entries


def _array(data: bytes, kind: str, row: tuple[int, ...]) -> NDArray[Any]:
    """The rows of a .npy whose header says just what is expected."""
    length = int.from_bytes(data[8:10], "little")
    header = _HEADER.fullmatch(data[10 : 10 + length])
    if not data.startswith(b"\x93NUMPY\x01\x00") or header is None:
        raise ValueError("an array is none, or of another kind")
    shape = tuple(int(count) for count in header["shape"].replace(b",", b" ").split())
    dtype = np.dtype(kind)
    size = dtype.itemsize * math.prod(shape)
    if (
        header["kind"].decode() != kind
        or shape[1:] != row
        or not shape
        or len(data) != 10 + length + size
    ):
        raise ValueError("an array has another shape")
    return np.frombuffer(data, dtype, offset=10 + length).reshape(shape)


def same_video(analysis: Analysis, sha256: str) -> bool:
    """Whether a file with these contents is the video that a result is of; True if unknown."""
    return analysis.video.sha256 in (None, sha256)


def find_video(analysis: Analysis, given: Path | None, folder: Path) -> Path:
    """The video that a result is of: the given one, or that of its name in a folder.

    Raises:
        InputError: it is not there, or it is another one.
    """
    path = given or folder / Path(analysis.video.name).name
    check_readable(path, sys.maxsize)
    if not same_video(analysis, file_sha256(path)):
        raise InputError(
            f'"{shown_name(path)}" is another video than the one that this result is of '
            f'("{analysis.video.name}"): give that one with --source.'
        )
    return path
