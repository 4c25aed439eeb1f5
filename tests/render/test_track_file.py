"""The file of keypoints that a browser reads in parts; tests/e2e/test_canvas.py reads it there."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.interpolation import USUAL_STEPS
from harec.render.track_file import CHUNK_S, MAGIC, TICKS_PER_S, DrawnTrack, write_tracks

SIZE_WH = (1920, 1080)


def person(number: int, times_s: np.ndarray, extra: int | None = None) -> DrawnTrack:
    rng = np.random.default_rng(number)
    keypoints = rng.uniform(0, 1000, (len(times_s), 17, 3)).astype(np.float32)
    keypoints[..., 2] = rng.uniform(0.01, 1, keypoints.shape[:2])
    keypoints[rng.random(keypoints.shape[:2]) < 0.1, 2] = 0
    more = None if extra is None else rng.integers(0, 255, (len(times_s), extra)).astype(np.uint8)
    return DrawnTrack(number, times_s, keypoints, more)


def head_of(data: bytes) -> dict:
    assert data.startswith(MAGIC)
    (size,) = struct.unpack_from("<I", data, len(MAGIC))
    return json.loads(data[len(MAGIC) + 4 :][:size])


def read_chunk(data: bytes, head: dict, number: int) -> dict[int, tuple[np.ndarray, ...]]:
    """id -> times, keypoints and what else is told, as the format says."""
    offset, length = head["chunks"][number]
    end, found = offset + length, {}
    (people,) = struct.unpack_from("<I", data, offset)
    offset += 4
    for _ in range(people):
        number, n = struct.unpack_from("<II", data, offset)
        offset += 8
        times = np.frombuffer(data, "<u4", n, offset) / TICKS_PER_S
        offset += 4 * n
        places = np.frombuffer(data, "<i2", n * 34, offset).reshape(n, 17, 2) * head["unitPx"]
        offset += 68 * n
        scores = np.frombuffer(data, "u1", n * 17, offset).reshape(n, 17, 1) / 255
        offset += 17 * n
        extra = np.frombuffer(data, "u1", n * head["extraBytes"], offset).reshape(n, -1)
        offset += n * head["extraBytes"]
        offset = -(-offset // 4) * 4 if n * (17 + head["extraBytes"]) % 4 else offset
        found[number] = times, np.concatenate([places, scores], axis=2), extra
    assert offset == end
    return found


def test_a_chunk_has_all_that_is_drawn_in_it_and_no_more(tmp_path: Path) -> None:
    times = np.arange(0, 34, 0.05)
    tracks = [person(1, times), person(2, times[(times > 12) & (times < 14)])]
    path = tmp_path / "people.track"
    write_tracks(path, tracks, SIZE_WH, 0.6)
    data = path.read_bytes()
    head = head_of(data)
    assert (head["chunkS"], head["maxGapS"], head["extraBytes"]) == (CHUNK_S, 0.6, 0)
    assert len(head["chunks"]) == 4
    assert sum(length for _, length in head["chunks"]) + head["chunks"][0][0] == len(data)
    assert [set(read_chunk(data, head, i)) for i in range(4)] == [{1}, {1, 2}, {1}, {1}]
    chunk = read_chunk(data, head, 2)[1]
    first, end = int(np.searchsorted(times, 20.0)), int(np.searchsorted(times, 30.0))
    rows = slice(first - USUAL_STEPS, end + 1)  # 20.0 itself is a frame
    np.testing.assert_allclose(chunk[0], times[rows], atol=0.6 / TICKS_PER_S)
    wanted = tracks[0].keypoints_xyc[rows]
    seen = wanted[..., 2] > 0
    assert ((chunk[1][..., 2] > 0) == seen).all()
    np.testing.assert_allclose(chunk[1][seen], wanted[seen], atol=0.06)


def test_what_else_is_told_stays_with_its_frame(tmp_path: Path) -> None:
    track = person(1, np.arange(0, 5, 0.1), extra=3)
    write_tracks(tmp_path / "you.track", [track], SIZE_WH, 0.6)
    data = (tmp_path / "you.track").read_bytes()
    head = head_of(data)
    assert head["extraBytes"] == 3
    assert (read_chunk(data, head, 0)[1][2] == track.extra).all()


def test_nobody_is_a_file_with_nobody_in_it(tmp_path: Path) -> None:
    write_tracks(tmp_path / "empty.track", [], SIZE_WH, 0.6)
    data = (tmp_path / "empty.track").read_bytes()
    assert read_chunk(data, head_of(data), 0) == {}


def test_keypoints_that_no_file_can_hold_are_not_seen(tmp_path: Path) -> None:
    track = person(1, np.array([0.0]))
    track.keypoints_xyc[0, 0] = np.nan, 1, 0.9
    track.keypoints_xyc[0, 1] = 1e9, -1e9, 0.9
    write_tracks(tmp_path / "odd.track", [track], SIZE_WH, 0.6)
    data = (tmp_path / "odd.track").read_bytes()
    _, keypoints, _ = read_chunk(data, head_of(data), 0)[1]
    assert keypoints[0, 0, 2] == 0
    assert abs(keypoints[0, 1, :2]).max() == pytest.approx(2 * 1920)


def test_a_place_where_nothing_may_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        write_tracks(tmp_path / "none" / "a.track", [person(1, np.array([0.0]))], SIZE_WH, 0.6)
