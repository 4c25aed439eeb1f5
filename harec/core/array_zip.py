"""Files of ours that hold arrays: a zip of one JSON document and NumPy's .npy, never pickled.

Sizes are compared with what the file claims before anything is unpacked; arrays are taken for what
their layout says, or refused.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.files import atomic_write
from harec.core.plain import parse_json

#: Little for keypoints, which hardly shrink; more takes twice the time.
_COMPRESSION: Final = 4
#: What NumPy writes before the numbers (its format 1.0). Read as it is, and not as the Python that
#: it is, too, for that takes ways that no file of harec needs.
_HEADER: Final = re.compile(
    rb"\{'descr': '(?P<kind>[<|][a-z]\d)', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[\d, ]{1,60})\), \} *\n"
)


@dataclass(frozen=True)
class ZipLayout:
    """What a file holds.

    Attributes:
        document: name of the JSON document.
        arrays: name -> type and shape of a row.
        most_bytes: more is not read, unpacked.
        most_document_bytes: the same for the document.
    """

    document: str
    arrays: Mapping[str, tuple[str, tuple[int, ...]]]
    most_bytes: int
    most_document_bytes: int


def write_array_zip(
    path: Path, layout: ZipLayout, document: bytes, arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write all of the layout's arrays, or nothing; the same bytes for the same contents.

    Raises:
        InputError: it can't be written there.
    """
    with (
        atomic_write(path) as temporary,
        zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION
        ) as archive,
    ):
        archive.writestr(_entry(layout.document), document)
        for name, array in arrays.items():
            archive.writestr(_entry(f"{name}.npy"), _npy(array, *layout.arrays[name]))


def _entry(name: str) -> zipfile.ZipInfo:
    """The same bytes for the same result: without the time of day."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _npy(array: NDArray[Any], kind: str, row: tuple[int, ...]) -> bytes:
    written = io.BytesIO()
    rows = np.ascontiguousarray(array, kind).reshape(-1, *row)
    np.lib.format.write_array(written, rows, version=(1, 0), allow_pickle=False)
    return written.getvalue()


def read_array_zip(path: Path, layout: ZipLayout, name: str) -> tuple[Any, dict[str, NDArray[Any]]]:
    """The document, as plain values, and the arrays, of the layout's types and shapes.

    Args:
        name: of the file, for messages.

    Raises:
        InputError, ValueError: it is not such a file; see `harec.core.plain.refusing`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked(archive, layout)
            document = parse_json(archive.read(entries.pop(layout.document)), name)
            return document, {
                each: _array(archive.read(entry), *layout.arrays[each])
                for each, entry in entries.items()
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ValueError(str(error) or "it was cut short") from None


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip does. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _checked(archive: zipfile.ZipFile, layout: ZipLayout) -> dict[str, zipfile.ZipInfo]:
    """The entries by name of array, and the document: just these, none too large."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename.removesuffix(".npy")
        if name in entries or name not in (*layout.arrays, layout.document):
            raise ValueError(f"{entry.filename[:40]!r} does not belong into it")
        if entry.flag_bits & 1 or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise ValueError("it is packed in another way")
        entries[name] = entry
    missing = sorted({*layout.arrays, layout.document} - set(entries))
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    if (
        sum(entry.file_size for entry in entries.values()) > layout.most_bytes
        or entries[layout.document].file_size > layout.most_document_bytes
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
