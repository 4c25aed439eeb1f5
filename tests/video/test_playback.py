"""Which files are given to browsers; what these do with them: tests/e2e/test_playback.py."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from video_clips import write_clip

from harec.core.correction import UNCORRECTED
from harec.core.errors import Cancelled
from harec.video.playback import browser_start_s, write_preview


def test_where_the_first_frame_is_damaged_a_copy_is_shown(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", frames=60, options={"g": "10"})
    assert browser_start_s(path, path.name) == 0
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 8
    data[start : start + 800] = b"\xff" * 800
    path.write_bytes(data)
    assert browser_start_s(path, path.name) is None
    write_preview(path, tmp_path / "b.mp4", name=path.name, correction=UNCORRECTED)
    assert browser_start_s(tmp_path / "b.mp4", "b.mp4") == 0


def test_a_cancelled_copy_leaves_no_file(tmp_path: Path) -> None:
    path, cancel = write_clip(tmp_path / "a.avi", frames=20), threading.Event()
    cancel.set()
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Cancelled):
        write_preview(path, out / "b.mp4", name=path.name, correction=UNCORRECTED, cancel=cancel)
    assert list(out.iterdir()) == []
