"""Small videos of many kinds, whose frames say which one they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from harec.simulate import ClipSpec, simulate_frames

RGB = NDArray[np.uint8]

FRAMES: Final = 24
SIZE_WH: Final = (128, 96)
_DARKEST: Final = 24
_STEP: Final = 9


@dataclass(frozen=True)
class Kind:
    """A container with a codec.

    Attributes:
        name: of the container, in the table.
        suffix, format: of the file, as users and as FFmpeg call it.
        codec, pix_fmt, options: of the encoder.
        rates: frames a second that it may have.
        free: whether each frame has a time of its own, in ticks of at most a millisecond.
        bare: whether its frames have no times at all.
        length: whether the file says how long it is, so that what is missing can be noticed.
        any_size: whether sides may be odd and small.
    """

    name: str
    suffix: str
    format: str
    codec: str
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    rates: tuple[Fraction, ...] = (
        Fraction(10),
        Fraction(15),
        Fraction(25),
        Fraction(30000, 1001),
        Fraction(60),
    )
    free: bool = False
    bare: bool = False
    length: bool = True
    any_size: bool = False


_FAST: Final = {"deadline": "realtime", "cpu-used": "8"}
_X265: Final = {"preset": "ultrafast", "x265-params": "log-level=none"}
_X264: Final = {"preset": "ultrafast"}
_MPEG: Final = (Fraction(25), Fraction(30000, 1001))


def _kinds() -> tuple[Kind, ...]:
    iso = [
        ("h264", "libx264", "yuv420p", _X264),
        ("hevc", "libx265", "yuv420p", _X265),
        ("mpeg4", "mpeg4", "yuv420p", {}),
        ("mjpeg", "mjpeg", "yuvj420p", {}),
    ]
    found = [
        Kind("mp4", ".mp4", "mp4", codec, pix_fmt, options, free=True)
        for _, codec, pix_fmt, options in iso
    ]
    found += [
        Kind("mp4", ".m4v", "mp4", "libx264", options=_X264, free=True),
        Kind("mov", ".mov", "mov", "libx264", options=_X264, free=True),
        Kind("mov", ".mov", "mov", "prores_ks", "yuv422p10le", free=True),
        Kind("mov", ".qt", "mov", "png", "rgb24", free=True, any_size=True),
        Kind("mov", ".mov", "mov", "qtrle", "rgb24", free=True),
        Kind("3gp", ".3gp", "3gp", "libx264", options=_X264, free=True),
        Kind("3gp", ".3g2", "3g2", "mpeg4", free=True),
    ]
    for codec, pix_fmt, options, any_size in [
        ("libx264", "yuv420p", _X264, False),
        ("libx265", "yuv420p", _X265, False),
        ("libvpx", "yuv420p", _FAST, True),
        ("libvpx-vp9", "yuv420p", _FAST, True),
        ("libsvtav1", "yuv420p", {"preset": "13", "crf": "20"}, False),
        ("ffv1", "yuv420p", {}, True),
        ("mjpeg", "yuvj444p", {}, True),
        ("mpeg4", "yuv420p", {}, False),
    ]:
        found.append(
            Kind("mkv", ".mkv", "matroska", codec, pix_fmt, options, free=True, any_size=any_size)
        )
    found += [
        Kind("webm", ".webm", "webm", "libvpx", options=_FAST, free=True, any_size=True),
        Kind("webm", ".webm", "webm", "libvpx-vp9", options=_FAST, free=True, any_size=True),
        Kind("avi", ".avi", "avi", "mpeg4"),
        Kind("avi", ".avi", "avi", "mjpeg", "yuvj420p"),
        Kind("avi", ".AVI", "avi", "libx264", options={**_X264, "bf": "0"}),
        Kind("avi", ".avi", "avi", "ffv1", any_size=True),
        Kind("avi", ".avi", "avi", "huffyuv", "yuv422p"),
        Kind("flv", ".flv", "flv", "libx264", options=_X264, free=True),
        Kind("flv", ".flv", "flv", "flv", free=True),
        Kind("ts", ".ts", "mpegts", "libx264", options=_X264, free=True, length=False),
        Kind("ts", ".MTS", "mpegts", "libx265", options=_X265, free=True, length=False),
        Kind("ts", ".m2ts", "mpegts", "mpeg2video", rates=_MPEG, length=False),
        Kind("mpeg", ".mpg", "mpeg", "mpeg2video", rates=_MPEG, length=False),
        Kind("mpeg", ".vob", "vob", "mpeg2video", rates=_MPEG, length=False),
        Kind("ogg", ".ogv", "ogg", "libvpx", options=_FAST, length=False, any_size=True),
        Kind("asf", ".wmv", "asf", "wmv2", free=True),
        Kind("asf", ".asf", "asf", "msmpeg4", free=True),
        Kind("gif", ".gif", "gif", "gif", "gray", rates=(Fraction(10), Fraction(25)), length=False),
        Kind("y4m", ".y4m", "yuv4mpegpipe", "rawvideo", length=False),
        Kind("ivf", ".ivf", "ivf", "libvpx", options=_FAST, length=False, any_size=True),
        Kind("mxf", ".mxf", "mxf", "mpeg2video", rates=_MPEG),
        Kind("bare", ".h264", "h264", "libx264", options=_X264, bare=True, length=False),
        Kind("bare", ".265", "hevc", "libx265", options=_X265, bare=True, length=False),
        Kind("bare", ".mjpeg", "mjpeg", "mjpeg", "yuvj420p", bare=True, length=False),
        Kind("bare", ".m4v", "m4v", "mpeg4", bare=True, length=False),
    ]
    return tuple(found)


KINDS: Final = _kinds()


@cache
def _film(size_wh: tuple[int, int]) -> tuple[RGB, ...]:
    """Frames of a simulated clip, scaled to a size."""
    spec = ClipSpec(scripts=((("BOXING", 2.4),),), size_wh=SIZE_WH, fps=10, seed=3)
    frames = [frame.rgb for frame in simulate_frames(spec)][:FRAMES]
    return tuple(np.asarray(cv2.resize(rgb, size_wh), np.uint8) for rgb in frames)


def paint(index: int, size_wh: tuple[int, int]) -> RGB:
    """A frame of a simulated clip; grey in its middle, as its index; white at the top left."""
    width, height = size_wh
    rgb = _film(size_wh)[index % FRAMES].copy()
    level = _DARKEST + _STEP * index
    if min(size_wh) < 64:
        rgb[:] = level
        return rgb
    rgb[height // 4 : -height // 4, width // 4 : -width // 4] = level
    for y in (slice(0, height // 5), slice(-height // 5, None)):
        for x in (slice(0, width // 5), slice(-width // 5, None)):
            rgb[y, x] = 255 if (y.start, x.start) == (0, 0) else 0
    return rgb


def index_of(rgb: RGB) -> int | None:
    """Which frame it is, by its middle; None where that is no level of a frame."""
    height, width = rgb.shape[:2]
    middle = rgb[height * 3 // 8 : height * 5 // 8 + 1, width * 3 // 8 : width * 5 // 8 + 1]
    level = float(np.median(middle))
    index = round((level - _DARKEST) / _STEP)
    exact = abs(level - _DARKEST - _STEP * index) <= _STEP / 2 - 0.5
    return index if exact and 0 <= index < FRAMES else None


def is_upright(rgb: RGB) -> bool:
    """Whether the white corner is at the top left."""
    height, width = rgb.shape[:2]
    corners = [
        float(np.median(rgb[y, x]))
        for y in (slice(2, height // 8), slice(-height // 8, -2))
        for x in (slice(2, width // 8), slice(-width // 8, -2))
    ]
    return corners[0] > 200 and max(corners[1:]) < 60


def write(
    path: Path,
    kind: Kind,
    times_s: Sequence[float],
    *,
    rate: Fraction,
    sizes: Sequence[tuple[int, int]] = (SIZE_WH,),
    rotate: int = 0,
    aspect: Fraction | None = None,
    sound: str | None = None,
    before: Sequence[dict[str, Any]] = (),
    pictures: bool = True,
) -> list[bytes]:
    """Write a video of frames 0, 1, ... at these times.

    Args:
        rate: nominal frames a second; without ``kind.free`` the times must be those of it.
        sizes: the film is cut into as many parts, each of another size.
        rotate: degrees, of the display matrix.
        aspect: width of a pixel by its height.
        sound: codec of a sound track.
        before: other picture tracks that come before: frames, codec, pix_fmt, disposition.
        pictures: whether there is a film at all.

    Returns:
        The packets of the film.
    """
    packets: list[bytes] = []
    with _own_priority(), av.open(str(path), "w", format=kind.format) as out:
        others = [_other(out, each) for each in before]
        stream: Any = None
        if pictures:
            stream = out.add_stream(kind.codec, rate=rate, options=dict(kind.options))
            _prepare(stream, kind, sizes[0])
            if kind.free:
                stream.codec_context.time_base = Fraction(1, 1000)
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            if rotate:
                stream.set_display_rotation(rotate)
        if sound:
            _add_sound(out, sound, (times_s[-1] if times_s else 1.0) + 0.2)
        for other, each in zip(others, before, strict=True):
            _encode_other(out, other, each)
        if stream is not None:
            for packet in _encoded(stream, kind, times_s, rate, sizes):
                packets.append(bytes(packet))
                out.mux(packet)
    return packets


@contextmanager
def _own_priority() -> Iterator[None]:
    """SVT-AV1 makes the thread that calls it a real-time one where it may, as root, and leaves it
    so: the programs that it starts then keep all others from the processors."""
    if not hasattr(os, "sched_getscheduler"):  # not Linux
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def _prepare(stream: Any, kind: Kind, size_wh: tuple[int, int]) -> None:
    stream.width, stream.height = size_wh
    stream.pix_fmt = kind.pix_fmt
    if not kind.codec.startswith("lib"):
        stream.bit_rate = 4_000_000  # the old ones' own would be too coarse to tell the levels
    stream.codec_context.thread_count = 1


def _encoded(
    stream: Any,
    kind: Kind,
    times_s: Sequence[float],
    rate: Fraction,
    sizes: Sequence[tuple[int, int]],
) -> Any:
    base = Fraction(1, 1000) if kind.free else 1 / rate
    each = -(-len(times_s) // len(sizes))
    for part, size_wh in enumerate(sizes):
        encoder: Any = stream
        if part:
            encoder = av.CodecContext.create(kind.codec, "w")
            encoder.width, encoder.height = size_wh
            encoder.pix_fmt, encoder.options = kind.pix_fmt, dict(kind.options)
            encoder.time_base, encoder.framerate = base, rate
            encoder.thread_count = 1
        for index in range(part * each, min((part + 1) * each, len(times_s))):
            frame = av.VideoFrame.from_ndarray(paint(index, size_wh), format="rgb24")
            frame.pts, frame.time_base = round(Fraction(times_s[index]) / base), base
            yield from _own(encoder.encode(frame), stream)
        yield from _own(encoder.encode(None), stream)


def _own(packets: Any, stream: Any) -> Any:
    for packet in packets:
        packet.stream = stream
        yield packet


def _other(out: Any, each: dict[str, Any]) -> Any:
    stream = out.add_stream(each["codec"], rate=10)
    stream.width, stream.height, stream.pix_fmt = *SIZE_WH, each["pix_fmt"]
    stream.disposition = each.get("disposition", 0)
    return stream


def _encode_other(out: Any, stream: Any, each: dict[str, Any]) -> None:
    for _ in range(each["frames"]):
        grey = np.full((SIZE_WH[1], SIZE_WH[0], 3), 250, np.uint8)
        out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
    out.mux(stream.encode(None))


def _add_sound(out: Any, codec: str, length_s: float) -> None:
    stream = out.add_stream(codec, rate=48000)
    stream.layout = "mono"
    wave = 0.3 * np.sin(np.arange(round(length_s * 48000)) / 20).astype(np.float32)
    for start in range(0, len(wave), 960):
        piece = np.ascontiguousarray(wave[None, start : start + 960])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
