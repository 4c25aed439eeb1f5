"""Recordings that end by themselves: a full disk, the longest a recording may be."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
from waiting import until

from harec.analysis.results import AnalysisSettings
from harec.core.files import RESERVE_BYTES
from harec.live import LiveView, recorder
from harec.live.advice import hints
from harec.live.recorder import Recorder
from harec.video import VideoReader

Usage = namedtuple("Usage", "total used free")


class Disk:
    """Stands for the server's disk: what is free at each look, the last figure from then on."""

    def __init__(self, *free: int) -> None:
        self.free = list(free)
        self.looked_at: list[Path] = []

    def __call__(self, path: Path) -> Usage:
        free = self.free[min(len(self.looked_at), len(self.free) - 1)]
        self.looked_at.append(path)
        return Usage(1 << 40, (1 << 40) - free, free)


def offer(recording: Recorder, times_s: list[float]) -> None:
    """Pictures, not quicker than they are taken."""
    for time_s in times_s:
        recording.offer(time_s, np.full((48, 64, 3), 90, np.uint8))
        until(recording._frames.empty)


def times_in(path: Path) -> list[float]:
    with VideoReader(path) as reader:
        return [round(frame.time_s, 2) for frame in reader]


def told(recording: Recorder) -> tuple[str, ...]:
    return hints(LiveView(), None, 0.0, AnalysisSettings(), recording)


def test_a_disk_that_fills_up_ends_the_recording_and_keeps_it(tmp_path, monkeypatch):
    disk = Disk(RESERVE_BYTES, RESERVE_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", disk)
    recording = Recorder(tmp_path / "live.mp4")
    offer(recording, [100.0 + s for s in range(10)])
    assert told(recording) == ()
    assert not recording.path.exists()
    offer(recording, [110.0])
    until(recording.path.exists)  # now, not when somebody ends it
    assert told(recording) == ("The recording has ended: the server's disk is almost full.",)
    length_s = recording.length_s
    offer(recording, [111.0, 130.0])
    assert recording.length_s == length_s
    recording.close()
    assert recording.problem is None
    assert disk.looked_at == [tmp_path, tmp_path]  # about every five seconds
    assert times_in(recording.path) == [float(s) for s in range(10)]


def test_a_disk_with_room_is_looked_at_seldom(tmp_path, monkeypatch):
    disk = Disk(RESERVE_BYTES)
    monkeypatch.setattr(shutil, "disk_usage", disk)
    recording = Recorder(tmp_path / "live.mp4")
    offer(recording, [s / 4 for s in range(4 * 16)])
    recording.close()
    assert len(disk.looked_at) == 3
    assert len(times_in(recording.path)) == 64


def test_the_longest_recording_is_kept_and_plays(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "LONGEST_S", 2.0)
    recording = Recorder(tmp_path / "live.mp4")
    offer(recording, [5.0, 6.0])
    assert not recording.full
    offer(recording, [7.0, 8.0, 9.0])
    assert recording.full
    assert told(recording)[0].startswith("The recording has ended: ")
    recording.close()
    assert recording.problem is None
    assert times_in(recording.path) == [0.0, 1.0, 2.0]


def test_no_picture_leaves_no_file(tmp_path):
    recording = Recorder(tmp_path / "live.mp4")
    recording.close()
    assert recording.problem is None
    assert list(tmp_path.iterdir()) == []
