"""Signs of damage that FFmpeg sees, or does not see, and decodes over."""

from __future__ import annotations

from typing import Any, Final

#: An interrupted copy leaves zeros where nothing was written. So many in a row are in no picture of
#: the codecs below, whose data look random or avoid them; behind a picture they may be filling.
_HOLE: Final = bytes(256)
_DENSE: Final = frozenset({"gif", "h264", "hevc", "mjpeg", "mpeg4", "vp8", "vp9"})


def is_damaged(packet: Any, codec: str) -> bool:
    """Whether a packet lost bytes on its way: the container noticed, or it holds a hole of zeros.

    Args:
        packet: of PyAV, before it is decoded.
        codec: FFmpeg's name.
    """
    if packet.is_corrupt:
        return True
    return codec in _DENSE and _HOLE in bytes(packet).rstrip(b"\0")


def lost_pages(container: Any, stream: Any, read_bytes: int) -> bool:
    """Whether an Ogg file lost whole pages: those with a wrong checksum are skipped in silence.

    Pages cost a hundredth of a file (RFC 3533): but for the codec's headers it must all be read.

    Args:
        stream: the picture track.
        read_bytes: of all its packets.
    """
    if container.format.name != "ogg" or len(container.streams) > 1:
        return False
    headers = 1024 + len(stream.codec_context.extradata or b"")
    return bool(read_bytes < 0.8 * (container.size - headers))
