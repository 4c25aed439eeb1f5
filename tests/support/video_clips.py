"""Clips for the video tests, made with PyAV: coloured corners tell which way is up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 30), (40, 40, 220), (128, 128, 128)


def picture(index: int, width: int, height: int) -> np.ndarray:
    """Red top left, green top right, blue bottom left; a white column moves with the index."""
    rgb = np.full((height, width, 3), GREY, np.uint8)
    rgb[: height // 2, : width // 2] = RED
    rgb[: height // 2, width // 2 :] = GREEN
    rgb[height // 2 :, : width // 2] = BLUE
    x = (index * 8) % width
    rgb[-height // 4 :, x : x + 8] = 255
    return rgb


def write_clip(
    path: Path,
    *,
    times_s: Sequence[float] | None = None,
    frames: int = 30,
    rate: Fraction | int = 30,
    size: tuple[int, int] = (160, 120),
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotate_ccw: float | None = None,
    hflip: bool = False,
    aspect: Fraction | None = None,
    audio: str | None = None,
    audio_start_s: float = 0.0,
    audio_rate: int = 44100,
    video: bool = True,
    file: Any = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    make: Callable[[int, int, int], np.ndarray] = picture,
) -> Path:
    """Write a clip; frames at ``times_s`` if given, else evenly at ``rate``."""
    times = [float(i / Fraction(rate)) for i in range(frames)] if times_s is None else times_s
    with av.open(
        file or str(path),
        "w",
        format={".mkv": "matroska", ".ts": "mpegts"}.get(path.suffix, path.suffix[1:]),
        options=container_options or {},
    ) as out:
        if video:
            stream = out.add_stream(codec, rate=rate, options=options or {})
            stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
            if times_s is not None:
                stream.codec_context.time_base = Fraction(1, 1000)
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            if rotate_ccw is not None or hflip:
                stream.set_display_rotation(rotate_ccw or 0, hflip=hflip)
        if audio:
            sound = out.add_stream(audio, rate=audio_rate)
            sound.layout = "mono"
            _beep(out, sound, (times[-1] if times else 1.0) + 0.1, audio_start_s)
        if video:
            for index, time_s in enumerate(times):
                frame = av.VideoFrame.from_ndarray(make(index, *size), format="rgb24")
                if times_s is not None:
                    frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path


def _beep(out: Any, sound: Any, length_s: float, start_s: float) -> None:
    """A 440 Hz tone that is silent in its first half."""
    rate = sound.rate
    count = int(length_s * rate)
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(count) / rate)
    wave[: count // 2] = 0
    samples = (wave * 32767).astype(np.int16)
    for start in range(0, count, 1024):
        frame = av.AudioFrame.from_ndarray(
            samples[None, start : start + 1024], format="s16", layout="mono"
        )
        frame.sample_rate = rate
        frame.pts, frame.time_base = start + round(start_s * rate), Fraction(1, rate)
        out.mux(sound.encode(frame))
    out.mux(sound.encode(None))


def sound_onset_s(path: Path) -> float | None:
    """Time of the first loud sample after the first picture; None without a sound track."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        origin_s = next(container.decode(container.streams.video[0])).time
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            samples = frame.to_ndarray().astype(float).ravel()
            samples /= 32768 if frame.format.name.startswith("s16") else 1
            loud = np.flatnonzero(np.abs(samples) > 0.2)
            if len(loud):
                return frame.time + loud[0] / frame.sample_rate - origin_s
    return float("nan")
