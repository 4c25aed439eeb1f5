"""The outermost boxes of MP4: cut files are told, normal ones read, traps don't keep us busy."""

from __future__ import annotations

import pytest

from harec.core.errors import VideoError
from harec.video import boxes, probe

FTYP = b"\0\0\0\x14ftypisom\0\0\x02\0isom"
EMPTY = b"\0\0\0\x08free"


def _large(kind: bytes, contents: bytes) -> bytes:
    """A box with a size of 64 bits."""
    return b"\0\0\0\x01" + kind + (len(contents) + 16).to_bytes(8) + contents


@pytest.mark.parametrize("first", [FTYP, b""])
def test_a_file_of_empty_boxes_is_refused_after_a_thousand_of_them(tmp_path, monkeypatch, first):
    path = tmp_path / "trap.mp4"
    path.write_bytes(first + EMPTY * 2_000_000)  # FFmpeg takes 4 s for it
    read = []
    real = boxes._boxes
    monkeypatch.setattr(boxes, "_boxes", lambda p: (read.append(b) or b for b in real(p)))
    monkeypatch.setattr("av.open", lambda *_, **__: pytest.fail("FFmpeg was given the trap"))
    with pytest.raises(VideoError, match="not a video that can be read"):
        probe(path)
    assert len(read) <= 1001


@pytest.mark.parametrize(
    ("contents", "cut"),
    [
        (FTYP + EMPTY, True),
        (FTYP + _large(b"mdat", bytes(99)), True),  # and its index lost
        (FTYP + b"\0\0\0\0mdat" + bytes(99), True),  # up to the end of the file
        (FTYP + b"\0\0\x10\0mdat" + bytes(99), True),
        (FTYP + _large(b"mdat", bytes(99)) + b"\0\0\0\x10moov" + bytes(3), True),
        (FTYP + _large(b"mdat", bytes(99)) + b"\0\0\0\x10moov" + bytes(8), False),
        (FTYP + b"\0\0\0\x09mdat-" * 12_000, False),  # nobody knows: too many
    ],
)
def test_whether_the_index_is_lost(tmp_path, contents, cut):
    path = tmp_path / "a.mp4"
    path.write_bytes(contents)
    assert boxes.lacks_index(path) == cut


@pytest.mark.parametrize("large", [False, True])
def test_normal_files_are_read_wherever_their_index_is(make_clip, tmp_path, large):
    """At the end, and behind a box of frames with a size of 64 bits and a few empty ones."""
    path = make_clip("a.mp4")
    data = path.read_bytes()
    assert data.index(b"mdat") < data.index(b"moov")
    if large:  # FFmpeg leaves an empty box before the frames, to make room for such a size
        at = data.index(b"free") - 4
        size = int.from_bytes(data[at + 8 : at + 12])
        head = b"\0\0\0\x01mdat" + (size + 8).to_bytes(8)
        data = data[:at] + head + data[at + 16 :] + EMPTY * 500
        path.write_bytes(data)
    assert probe(path).frames == 30
