"""Keypoints over time in one compact file that a browser reads a part at a time.

Everything is little-endian. The file begins with `MAGIC`, the length of what follows as uint32,
and that: JSON with ``unitPx``, ``chunkS``, ``maxGapS``, ``usualSteps``, ``holdShare``,
``extraBytes`` and ``chunks``, pairs of offset and length in bytes. Chunk i is all that is needed
to draw from i * ``chunkS`` on for so long, whoever was seen then, with a few frames of before (by
which the usual step is known) and one of after (towards which is interpolated):

    uint32              people
    for each of them:
      uint32            id
      uint32            frames, n
      uint32 (n,)       times in 1/10,000 s
      int16 (n, 17, 2)  x and y in units of ``unitPx`` pixels
      uint8 (n, 17)     score * 255; 0 = not seen
      uint8 (n, extraBytes)
      zeros up to a multiple of four bytes

A frame of a person is 89 bytes: four people at 30 frames/s are 38 MB an hour, of which a browser
holds a minute. The reader is ``dashboard/player/track.js``.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.files import atomic_write
from harec.core.interpolation import HOLD_SHARE, USUAL_STEPS
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS

MAGIC: Final = b"HRTRACK1"
TICKS_PER_S: Final = 10_000
#: Seconds of a chunk.
CHUNK_S: Final = 10.0
#: Keypoints may be outside the frame, by as much as it is large.
_INT16: Final = 32767


@dataclass(frozen=True, eq=False)
class DrawnTrack:
    """One person over time; F frames.

    Attributes:
        id: the person's number.
        times_s: float64 (F,), increasing, 0 or more.
        keypoints_xyc: float32 (F, 17, 3): pixels of the full frame, score; 0 = not seen.
        extra: uint8 (F, B): what else is drawn of each frame; None = nothing.
    """

    id: int
    times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray
    extra: NDArray[np.uint8] | None = None


def write_tracks(
    path: Path, tracks: Sequence[DrawnTrack], size_wh: tuple[int, int], max_gap_s: float
) -> None:
    """Write the file, all of it or nothing.

    Args:
        tracks: all with ``extra`` of the same width, or all without.
        size_wh: of the video, in pixels.
        max_gap_s: frames further apart than this are not joined.

    Raises:
        InputError: it can't be written.
    """
    unit_px = 2 * max(size_wh) / _INT16
    extra_bytes = max((0 if t.extra is None else t.extra.shape[1] for t in tracks), default=0)
    end_s = max((float(t.times_s[-1]) for t in tracks if len(t.times_s)), default=0.0)
    starts_s = [CHUNK_S * i for i in range(math.floor(end_s / CHUNK_S) + 1)]
    parts = [_parts(tracks, start_s, max_gap_s) for start_s in starts_s]
    lengths = [_length(each, extra_bytes) for each in parts]
    head = {
        "unitPx": unit_px,
        "chunkS": CHUNK_S,
        "maxGapS": max_gap_s,
        "usualSteps": USUAL_STEPS,
        "holdShare": HOLD_SHARE,
        "extraBytes": extra_bytes,
    }
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        file.write(_head(head, lengths))
        for each in parts:
            file.write(struct.pack("<I", len(each)))
            for track, rows in each:
                file.write(_encode(track, rows, unit_px))


def _head(head: dict[str, float], lengths: Sequence[int]) -> bytes:
    """What stands before the chunks; its own length decides where they are."""
    size, text = 0, b""
    while True:  # once or twice: the offsets' digits are a part of it
        offset, chunks = len(MAGIC) + 4 + size, []
        for length in lengths:
            chunks.append([offset, length])
            offset += length
        text = json.dumps(head | {"chunks": chunks}, separators=(",", ":")).encode()
        if len(text) <= size:
            return MAGIC + struct.pack("<I", size) + text.ljust(size)
        size = -(-(len(text) + 64) // 4) * 4


def _parts(
    tracks: Sequence[DrawnTrack], start_s: float, max_gap_s: float
) -> list[tuple[DrawnTrack, slice]]:
    """Who is drawn in a chunk, and which of their frames it takes for that."""
    parts = []
    for track in tracks:
        first = int(np.searchsorted(track.times_s, start_s, side="right"))
        end = int(np.searchsorted(track.times_s, start_s + CHUNK_S, side="left"))
        # Who was seen last long before is not drawn, nor who comes later.
        seen_before = first > 0 and start_s - track.times_s[first - 1] <= max_gap_s
        if end > first or seen_before:
            parts.append((track, slice(max(first - USUAL_STEPS - 1, 0), end + 1)))
    return parts


def _length(part: Sequence[tuple[DrawnTrack, slice]], extra_bytes: int) -> int:
    """Bytes of a chunk."""
    length = 4
    for track, rows in part:
        count = len(track.times_s[rows])
        length += 8 + count * 4 + count * NUM_KEYPOINTS * 4
        length += _padded(count * (NUM_KEYPOINTS + extra_bytes))
    return length


def _padded(size: int) -> int:
    return -(-size // 4) * 4


def _encode(track: DrawnTrack, rows: slice, unit_px: float) -> bytes:
    times = np.round(track.times_s[rows] * TICKS_PER_S).astype("<u4")
    keypoints = track.keypoints_xyc[rows]
    seen = np.isfinite(keypoints).all(axis=2) & (keypoints[..., 2] > 0)
    places = np.where(seen[..., None], keypoints[..., :2] / unit_px, 0)
    scores = np.where(seen, keypoints[..., 2] * 255, 0)
    # One that is seen, however unsurely, does not become one that is not.
    tail = np.where(seen, np.clip(np.round(scores), 1, 255), 0).astype(np.uint8).tobytes()
    if track.extra is not None:
        tail += track.extra[rows].tobytes()
    return (
        struct.pack("<II", track.id, len(times))
        + times.tobytes()
        + np.clip(np.round(places), -_INT16, _INT16).astype("<i2").tobytes()
        + tail.ljust(_padded(len(tail)), b"\0")
    )
