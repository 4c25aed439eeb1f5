"""Tell a motion JPEG from a photo: both begin with the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harec.core.file_types import ending

_START: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"
#: As far as the second picture of a motion JPEG is looked for.
_READ: Final = 32 << 20


def is_motion_jpeg(path: Path) -> bool:
    """Whether a file that begins as a JPEG is a stream of them, by its ending or by its content.

    In a stream the next picture follows the first one at once. So it does in the MPO files of
    stereo cameras and phones (CIPA DC-007), which are photos and say so.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        data = file.read(len(_START))
        if data != _START:
            return False
        data += file.read(_READ)
    if ending(path) in (".mjpeg", ".mjpg"):
        return True
    position, end = 2, len(data)
    while position + 4 <= end and data[position] == 0xFF:  # the segments before the scan
        marker = data[position + 1]
        if marker == 0xDA:
            return _follows(data, position)
        size = int.from_bytes(data[position + 2 : position + 4])
        if marker == 0xE2 and data[position + 4 : position + 8] == b"MPF\0":
            return False
        position += 2 + size
    return False


def _follows(data: bytes, scan: int) -> bool:
    """Whether a picture stands right behind the one whose scan begins there.

    Within a scan 0xFF is followed by 0 or a restart marker (ITU T.81, B.1.1.5), so the end is
    found by its marker. Writers may fill up with zeros.
    """
    found = data.find(_END, scan)
    return found >= 0 and data[found + 2 : found + 66].lstrip(b"\0").startswith(_START)
