"""Open a video file safely, say in plain words what is wrong with it."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.logging

from harec.core.errors import VideoError
from harec.core.text import readable
from harec.video.boxes import is_hollow, lacks_index
from harec.video.jpeg import is_motion_jpeg

#: Containers that are read. A list, and not "all that FFmpeg knows", because an upload that is
#: really a playlist (HLS, concat) could make FFmpeg open other files of the machine or addresses.
FORMATS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm,gif,mpegts,mpeg,mpegvideo,flv,asf,ogg,"
    "mjpeg,ivf,mxf,dv,h264,hevc,m4v,yuv4mpegpipe"
)
#: 8192 x 8192; 8K (7680 x 4320) is half of it. Larger frames would need gigabytes to decode.
MAX_PIXELS: Final = 8192 * 8192
CONVERT: Final = (
    "convert it to an MP4 with H.264, for example with: ffmpeg -i INPUT -pix_fmt yuv420p OUTPUT.mp4"
)
#: A file whose header was made to keep FFmpeg busy does not do so for longer.
_OPEN_S: Final = 30.0
#: What an MP4 or MOV begins with: the types that FFmpeg knows it by.
_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"styp", b"pnot")
_IMAGE_STARTS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")


#: In the place of a codec: a camera's session, which never was a file.
LIVE_CODEC: Final = "live"


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before it is read.

    Attributes:
        name: what messages and exports call the file.
        width, height: pixels as displayed: after rotation and with square pixels.
        duration_s: length of the video track in seconds; None when the file does not say.
        frames: number of frames, an estimate (exact only for some containers); None if unknown.
        frame_rate: average frames a second; None if unknown. Never a base for times.
        untimed_rate: frames a second by which a file is read whose frames have no times of their
            own: given, or assumed; None where they have.
        rotation_deg: clockwise turn that makes the stored image upright: 0, 90, 180 or 270.
        codec: FFmpeg's name of the video codec, such as "h264".
        has_audio: whether there is a sound track.
        sha256: of the file's contents, 64 hexadecimal digits; None = not looked at.
    """

    name: str
    width: int
    height: int
    duration_s: float | None
    frames: int | None
    frame_rate: Fraction | None
    rotation_deg: int
    codec: str
    has_audio: bool
    untimed_rate: Fraction | None = None
    sha256: str | None = None


def full_name(path: Path, name: str | None) -> str:
    """The file's name for results: ``name`` or the file's own, on one line, always valid text."""
    return readable(" ".join((name or path.name or str(path)).split()))


def display_name(path: Path, name: str | None) -> str:
    """The file's name for messages: as :func:`full_name`, at most 80 long."""
    text = full_name(path, name)
    return text if len(text) <= 80 else f"{text[:50]}…{text[-29:]}"


def open_source(path: Path, name: str) -> Any:
    """Open a video file as a PyAV input container.

    Raises:
        VideoError: no such file, a directory, empty, unreadable, or not a video.
    """
    try:
        if path.is_dir():
            raise VideoError(f'"{name}" is a folder: choose a video file in it.')
        if path.stat().st_size == 0:
            raise VideoError(f'"{name}" is empty (0 bytes): copy or upload it again.')
        with path.open("rb") as file:
            start = file.read(16)
        if start[4:8] in _BOXES and is_hollow(path):
            raise VideoError(damaged(name))
        motion_jpeg = is_motion_jpeg(path)
    except OSError as error:
        raise VideoError(plain_words(error, name)) from None
    image = start.startswith(_IMAGE_STARTS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")
    if image and not motion_jpeg:
        raise VideoError(f'"{name}" is a picture: choose a video (MP4, MOV, AVI, MKV, WebM, GIF).')
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(
            f"file:{path.absolute()}",
            format="mjpeg" if motion_jpeg else None,  # else FFmpeg takes it for a picture
            options=options,
            metadata_errors="replace",
            timeout=(_OPEN_S, None),
        )
    except av.error.ExitError:
        words = f'"{name}" could not be opened within {_OPEN_S:.0f} s: {CONVERT}.'
        raise VideoError(words) from None
    except (OSError, av.FFmpegError, ValueError) as error:
        if start[4:8] == b"ftyp" and lacks_index(path):
            raise VideoError(
                f'"{name}" was cut short: its index, which most cameras write at the end, is '
                "missing, and without it nothing can be read. Copy or upload the whole file again."
            ) from None
        raise VideoError(plain_words(error, name)) from None


def duration_s(container: Any, stream: Any, start_s: float) -> float | None:
    """Seconds from the first frame, at ``start_s``, to the end of the last one, or None.

    Matroska counts its durations from time 0, also when the first frame comes later, and may
    have only the one of the longest track. FFmpeg shortens an AVI's duration to what the file's
    size allows; its frame count is what the file promised.
    """
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate)
    length_s = (container.duration or 0) / av.time_base
    if stream.duration and stream.time_base:
        length_s = float(stream.duration * stream.time_base)
    if "matroska" in container.format.name:
        length_s -= max(start_s, 0.0)
    return length_s if length_s > 0 else None


def frame_start_s(frame: Any) -> float:
    """Stream time of a decoded frame (the first one is time 0 of ours); 0 if it has none."""
    return 0.0 if frame.pts is None or not frame.time_base else float(frame.pts * frame.time_base)


def plain_words(error: Exception, name: str) -> str:
    """One line about a failed read of ``name``, without FFmpeg's wording and without a path."""
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        return f'There is no file "{name}": check the path.'
    if number in (errno.EACCES, errno.EPERM):
        return f'"{name}" may not be read: check its permissions.'
    if number == errno.ENAMETOOLONG:
        return f'"{name}" is too long for a file name: check the path.'
    if number in (errno.EMFILE, errno.ENFILE):
        return f'"{name}" could not be opened: too many files are open. Try again later.'
    if isinstance(error, av.error.DecoderNotFoundError | av.error.PatchWelcomeError):
        return f'"{name}" uses a codec that can\'t be read here: {CONVERT}.'
    return damaged(name)


def damaged(name: str) -> str:
    """One line about a file that makes no sense."""
    return (
        f'"{name}" is not a video that can be read, or it is damaged or incomplete: '
        f"copy it again, or {CONVERT}."
    )
