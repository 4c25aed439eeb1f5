"""Whether browsers play a video file as it is analysed, and a copy where they don't."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any, Final

import av

from harec.core.correction import Correction
from harec.core.errors import Cancelled
from harec.video.container import frame_start_s, open_source
from harec.video.reader import VideoReader
from harec.video.rgb import Orientation
from harec.video.writer import VideoWriter

#: Codecs that all browsers play in these containers, with 8 bits and 4:2:0 alone.
_CODECS: Final = {"mp4": ("h264",), "webm": ("vp8", "vp9")}
#: Sound that all browsers play; with other sound some play the pictures alone, some nothing.
_SOUNDS: Final = ("aac", "mp3", "opus", "vorbis", "flac")
_PIXELS: Final = ("yuv420p", "yuvj420p")
#: Larger ones are hard on browsers and phones.
_MOST_SIDE: Final = 4096
#: Longest side of a copy: for looking at, in a hurry.
PREVIEW_SIDE: Final = 1280
_START_S: Final = 1e-3


def browser_start_s(path: Path, name: str) -> float | None:
    """Where a browser's player has the first frame, in seconds; None: browsers don't play the file.

    Nor where they play it in another way than it is read: another track of several, pixels that
    are not square, mirrored by its header, a clock that does not start at 0.

    Args:
        path: a video file.
        name: what messages call it.

    Raises:
        VideoError: as `harec.video.probe`.
    """
    kind = _container_kind(path)
    if kind is None:
        return None
    with open_source(path, name) as container:
        (stream, *others) = container.streams.video
        if (
            others
            or not _plays(stream, kind)
            or not all(map(_is_heard, container.streams.audio))
            or abs(container.start_time or 0) > 1e6 * _START_S
        ):
            return None
        try:
            frame = next(container.decode(stream))
        except (av.FFmpegError, StopIteration):
            return None  # damaged: the copy is of what can be read
        start_s = frame_start_s(frame)
        return start_s if start_s >= 0 and _is_turned(frame) else None


def _container_kind(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(64)
    if start[4:8] == b"ftyp":
        return "mp4"
    return "webm" if start[:4] == b"\x1aE\xdf\xa3" and b"webm" in start else None


def _plays(stream: Any, kind: str) -> bool:
    context = stream.codec_context
    return (
        context.name in _CODECS[kind]
        and context.pix_fmt in _PIXELS
        and (stream.sample_aspect_ratio or 1) == (context.sample_aspect_ratio or 1) == 1
        and max(context.width, context.height) <= _MOST_SIDE
    )


def _is_heard(stream: Any) -> bool:
    context = stream.codec_context  # None: FFmpeg does not know the codec
    return context is not None and context.codec.canonical_name in _SOUNDS


def _is_turned(frame: Any) -> bool:
    """By nothing or by a quarter, half or three quarters; not flipped."""
    how = Orientation.of_frame(frame)
    return not (how.transpose ^ how.flip_x ^ how.flip_y)


def write_preview(
    path: Path,
    out: Path,
    *,
    name: str,
    frame_rate: Fraction | float | None = None,
    correction: Correction,
    cancel: Event | None = None,
) -> None:
    """Write a copy that browsers play: H.264 in mp4, upright, its times and its sound.

    Args:
        path: a video file.
        out: the .mp4 to write; nothing is there unless this returns.
        name: what messages call the video.
        frame_rate, correction: as it is analysed; see `VideoReader`.
        cancel: set it from another thread to stop within a frame's time.

    Raises:
        VideoError: the file can't be read, or ``out`` can't be written.
        Cancelled: ``cancel`` was set.
    """
    with (
        VideoReader(
            path,
            name,
            max_side=PREVIEW_SIDE,
            exact=False,
            scale_first=True,
            frame_rate=frame_rate,
            correction=correction,
        ) as reader,
        VideoWriter(
            out,
            reader.size_wh,
            frame_rate_hint=reader.info.frame_rate,
            audio_from=path,
            preset="ultrafast",
        ) as writer,
    ):
        for frame in reader.unseen_frames():
            if cancel is not None and cancel.is_set():
                raise Cancelled("The preview was cancelled.")
            writer.write(frame.to_stored(), frame.time_s, frame.duration_s or None)
