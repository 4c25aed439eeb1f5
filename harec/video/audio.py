"""Carry the sound of one file over into another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from harec.core.errors import VideoError
from harec.video.container import display_name, open_source
from harec.video.reader import VideoReader

#: Codecs that every browser plays from an MP4 file; the others become AAC.
COPIED: Final = ("aac", "mp3", "mp3float")
#: Sound that starts this much before the video is kept: it is the encoder's lead-in (priming).
LEAD_IN_S: Final = 0.1
_AAC_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_ERRORS: Final = (av.FFmpegError, OSError, ValueError, VideoError)


class AudioTrack:
    """The first sound track of a file, copied or re-encoded into an output container.

    Times are those relative to the file's video track. Whatever fails ends the sound with one
    warning and never the video. Made by ``open``.
    """

    def __init__(self, source: Any, origin_s: float, target: Any, warnings: list[str]) -> None:
        self._source, self._target = source, target
        self._origin_s, self._warnings = origin_s, warnings
        self._track = source.streams.audio[0]
        codec = self._track.codec_context
        if codec.name in COPIED:
            self._out = target.add_stream_from_template(self._track)
            self._packets = self._copied()
        else:
            self._out = target.add_stream("aac", rate=_aac_rate(codec.sample_rate))
            self._out.layout = "mono" if codec.channels == 1 else "stereo"
            self._out.bit_rate = 128_000
            self._packets = self._encoded()
        self._pending: tuple[float, Any] | None = None
        self._ended = False

    @classmethod
    def open(cls, path: Path, target: Any, warnings: list[str]) -> AudioTrack | None:
        """Add the sound of ``path`` to ``target``, whose header is not written yet.

        Returns:
            None when there is no sound, or none that can be read (then with a warning).
        """
        name = display_name(path, None)
        try:
            with open_source(path, name) as source:
                if not source.streams.audio:
                    return None
                # A first sound that can be decoded, before the track is promised in the header.
                next(source.decode(source.streams.audio[0]))
            origin_s = _video_origin_s(path, name)
            source = open_source(path, name)
        except (*_ERRORS, StopIteration):
            warnings.append("The sound can't be read: the video is without sound.")
            return None
        try:
            return cls(source, origin_s, target, warnings)
        except BaseException:
            source.close()
            raise

    def carry_until(self, time_s: float | None) -> None:
        """Write the sound that starts before ``time_s`` of the video; None: all that is left."""
        while not self._ended:
            try:
                if self._pending is None:
                    self._pending = next(self._packets, None)
                if self._pending is None:
                    self._ended = True
                elif time_s is not None and self._pending[0] > time_s:
                    return
                else:
                    packet, self._pending = self._pending[1], None
                    self._target.mux(packet)
            except _ERRORS:
                self._ended = True
                self._warn()

    def close(self) -> None:
        """Let go of the source."""
        self._ended = True
        self._source.close()

    def _copied(self) -> Iterator[tuple[float, Any]]:
        """(start in seconds, packet), shifted to the video's time; never back in time."""
        last = None
        for packet in self._source.demux(self._track):
            if packet.dts is None or packet.pts is None:
                continue
            shift = round(self._origin_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            start_s = float(packet.pts * packet.time_base)
            if start_s < -LEAD_IN_S or (last is not None and packet.dts <= last):
                continue
            last = packet.dts
            packet.stream = self._out
            yield start_s, packet

    def _encoded(self) -> Iterator[tuple[float, Any]]:
        """(start in seconds, AAC packet)."""
        resampler = av.AudioResampler("fltp", self._out.layout, self._out.rate)
        for frame in self._frames():
            for resampled in resampler.resample(frame):
                yield from self._timed(self._out.encode(resampled))
        for resampled in resampler.resample(None):
            yield from self._timed(self._out.encode(resampled))
        yield from self._timed(self._out.encode(None))

    def _frames(self) -> Iterator[Any]:
        """Decoded sound on the video's time; damaged packets are skipped."""
        skipped = False
        for packet in self._source.demux(self._track):
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                if not skipped:
                    self._warn()
                skipped = True
                continue
            for frame in frames:
                if frame.pts is not None:
                    frame.pts -= round(self._origin_s / frame.time_base)
                    if frame.pts * frame.time_base < -LEAD_IN_S:
                        continue
                yield frame

    @staticmethod
    def _timed(packets: list[Any]) -> Iterator[tuple[float, Any]]:
        for packet in packets:
            yield float((packet.pts or 0) * (packet.time_base or Fraction(0))), packet

    def _warn(self) -> None:
        self._warnings.append("The sound is damaged: parts of it are missing.")


def _video_origin_s(path: Path, name: str) -> float:
    """Stream time of what readers call 0; 0 where there is no video."""
    try:
        with VideoReader(path, name) as reader:
            next(reader.frames(lambda index: False), None)
            return reader.origin_s
    except _ERRORS:
        return 0.0


def _aac_rate(rate: int) -> int:
    """The nearest sample rate that AAC has, not below ``rate`` where possible."""
    return min((r for r in _AAC_RATES if r >= rate), default=_AAC_RATES[-1])
