"""Change the time stamps of single frames in a written file, as broken recorders do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_GROUP: Final = 0xA0
_BLOCKS: Final = (0xA1, 0xA3)
_PACKET: Final = 188


def patch(format_name: str, data: bytearray, changes: dict[int, int | None]) -> None:
    """Set the stamps of frames, by their number, in ticks of the container's clock; in place.

    Args:
        format_name: matroska, webm, flv (milliseconds) or mpegts (1/90000 s).
        changes: None takes a stamp away (mpegts alone). Matroska's are 32.7 s off at most.
    """
    places = {
        "matroska": _matroska_blocks,
        "webm": _matroska_blocks,
        "flv": _flv_tags,
        "mpegts": _pes_headers,
    }
    found = list(places[format_name](data))
    for number, ticks in changes.items():
        place, base = found[number]
        if format_name in ("matroska", "webm"):
            assert ticks is not None
            relative = min(max(ticks - base, -32768), 32767)
            data[place : place + 2] = relative.to_bytes(2, signed=True)
        elif format_name == "flv":
            assert ticks is not None
            data[place : place + 3] = (ticks & 0xFFFFFF).to_bytes(3)
            data[place + 3] = ticks >> 24 & 0xFF
        elif ticks is None:
            data[place + 7] &= 0x3F  # its place is filling from now on
        else:
            data[place + 9 : place + 14] = _pts(ticks, data[place + 9] >> 4)


def _matroska_blocks(data: bytearray) -> Iterator[tuple[int, int]]:
    """(place of a block's 16 bits of time, its cluster's time); RFC 9559, track numbers < 128."""
    position, cluster = 0, 0
    while position + 2 < len(data):
        kind, start = _element_id(data, position)
        size, start, unknown = _element_size(data, start)
        if kind in (_SEGMENT, _CLUSTER, _GROUP):
            position = start
            continue
        if kind == 0xE7:
            cluster = int.from_bytes(data[start : start + size])
        if kind in _BLOCKS:
            yield start + 1, cluster
        if unknown:
            return
        position = start + size


def _element_id(data: bytearray, position: int) -> tuple[int, int]:
    length = 9 - data[position].bit_length()
    return int.from_bytes(data[position : position + length]), position + length


def _element_size(data: bytearray, position: int) -> tuple[int, int, bool]:
    length = 9 - data[position].bit_length()
    mask = (1 << 7 * length) - 1
    size = int.from_bytes(data[position : position + length]) & mask
    return size, position + length, size == mask


def _flv_tags(data: bytearray) -> Iterator[tuple[int, int]]:
    """(place of a picture's 24 + 8 bits of time, 0); Adobe's FLV specification, E.4.1."""
    position = 13
    while position + 12 <= len(data):
        size = int.from_bytes(data[position + 1 : position + 4])
        codec, kind = data[position + 11] & 15, data[position + 12]
        if data[position] == 9 and (codec != 7 or kind == 1):
            yield position + 4, 0
        position += 11 + size + 4


def _pes_headers(data: bytearray) -> Iterator[tuple[int, int]]:
    """(place of a PES header of pictures, 0); ISO/IEC 13818-1, 2.4.3.7."""
    for position in range(0, len(data) - _PACKET + 1, _PACKET):
        if data[position + 1] & 0x40:
            place = position + 4
            if data[position + 3] & 0x20:
                place += 1 + data[place]
            if data[place : place + 3] == b"\0\0\1" and 0xE0 <= data[place + 3] <= 0xEF:
                yield place, 0


def _pts(ticks: int, mark: int) -> bytes:
    return bytes(
        [
            mark << 4 | ticks >> 29 & 0x0E | 1,
            ticks >> 22 & 0xFF,
            ticks >> 14 & 0xFE | 1,
            ticks >> 7 & 0xFF,
            ticks << 1 & 0xFE | 1,
        ]
    )
