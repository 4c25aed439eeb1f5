"""What ``--source`` names: a file, a camera of this machine or one on the network; its errors."""

from __future__ import annotations

import errno
import re
import socket
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import av

from harec.core.errors import InputError
from harec.core.text import readable

#: Kinds of addresses, each with the protocols that what is found there may use in turn. Without
#: such a list a playlist on the network could make FFmpeg open files of this machine.
PROTOCOLS: Final = {
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsps,rtsp,rtp,udp,tcp,tls",
    "http": "http,https,tcp,tls,crypto,httpproxy",
    "https": "http,https,tcp,tls,crypto,httpproxy",
    "udp": "udp,rtp",
    "tcp": "tcp",
}


class SourceKind(Enum):
    """FILE: a video file. DEVICE: a camera of this machine. NETWORK: an address."""

    FILE = auto()
    DEVICE = auto()
    NETWORK = auto()


@dataclass(frozen=True)
class Source:
    """Where frames come from.

    Attributes:
        kind: file, device or network.
        target: what is opened. An address may hold a password: never show it.
        name: what messages and results call it; without user, password, path and query (cameras
            take passwords and tokens in any of these).
    """

    kind: SourceKind
    target: str
    name: str


@dataclass(frozen=True)
class Problem:
    """Why there is no frame.

    Attributes:
        reason: a few words that follow "No picture from ...:".
        text: the whole, one plain sentence or two, when it is given up.
        final: whether trying again is of no use.
    """

    reason: str
    text: str
    final: bool = False


def parse_source(text: str) -> Source:
    """``text`` as a source: "clip.mp4", "rtsp://user:password@host/path", "/dev/video0" or "0".

    Raises:
        InputError: nothing, an unknown kind of address, or an address that can't be understood.
    """
    if not text.strip():
        raise InputError("The source is empty; give a video file, an address or /dev/video0.")
    scheme, parted, _ = text.partition("://")
    if parted and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]+", scheme):
        return _address(scheme.lower(), text)
    if re.fullmatch(r"\d{1,2}", text):
        text = f"/dev/video{int(text)}"
    if text.startswith("/dev/"):
        return Source(SourceKind.DEVICE, text, text)
    return Source(SourceKind.FILE, text, readable(Path(text).name or text))


def _address(scheme: str, text: str) -> Source:
    if scheme not in PROTOCOLS:
        known = ", ".join(f"{name}://" for name in PROTOCOLS)
        raise InputError(f"{scheme}:// is not a kind of address that can be read; use {known}.")
    hint = "write special characters in a user name or password as %40 (@), %3A (:), %2F (/)"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"The {scheme} address can't be understood; {hint}.") from None
    if not host and scheme != "udp":  # udp://:1234 listens on a port of this machine
        raise InputError(f"The {scheme} address names no host, such as {scheme}://192.168.1.20/.")
    if "@" in text[text.find("://") + 3 + len(parts.netloc) :]:
        # Perhaps "rtsp://user:pass/word@host": then what looks like the host is the user.
        return Source(SourceKind.NETWORK, text, f"the {scheme} camera")
    place = f"[{host}]" if host and ":" in host else host or ""
    place += "" if port is None else f":{port}"
    return Source(SourceKind.NETWORK, text, f"{scheme}://{place}")


def silence(source: Source) -> Problem:
    """No answer, or no more frames."""
    if source.kind is SourceKind.DEVICE:
        text = f"{source.name} gives no pictures: plug it in again, or choose another camera."
        return Problem("it gives no pictures", text)
    text = f"{_the_camera(source)} does not answer: check that it is on, the address, the network."
    return Problem("no answer", text)


def problem_of(error: Exception, source: Source, *, timed_out: bool, seen: bool) -> Problem:
    """``error`` of libav in plain words; its own text may hold the address with the password.

    Args:
        error: what opening or reading raised.
        source: what was opened.
        timed_out: whether it came when the time for an answer was over; libav does not always
            say so itself.
        seen: whether there were frames before: then it may come back.
    """
    if source.kind is SourceKind.DEVICE:
        return _of_device(error, source, seen=seen)
    return _of_network(error, source, timed_out=timed_out, seen=seen)


def _of_device(error: Exception, source: Source, *, seen: bool) -> Problem:
    number, name = getattr(error, "errno", None), source.name
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        there = ", ".join(sorted(str(p) for p in Path("/dev").glob("video*"))) or "none"
        text = f"There is no camera {name}: plug it in, or choose another (here: {there})."
        return Problem("it is unplugged", text, not seen)
    if number in (errno.EACCES, errno.EPERM):
        text = (
            f"{name} may not be read: add yourself to the group video "
            '(sudo usermod -aG video "$USER") and log in again.'
        )
        return Problem("it may not be read", text, not seen)
    if number == errno.EBUSY:
        text = f"{name} is in use by another program: close that first."
        return Problem("another program has it", text, not seen)
    if number in (errno.ENOTTY, errno.ENOTSUP, errno.EISDIR):
        return Problem("it is no camera", f"{name} is not a camera that gives pictures.", not seen)
    if number == errno.EINVAL:
        text = f"{name} does not take these settings: leave out --size and --fps."
        return Problem("it does not take the settings", text, not seen)
    text = f"{name} gives no pictures: plug it in again, or choose another camera."
    return Problem("it gives no pictures", text, not seen)


def _of_network(error: Exception, source: Source, *, timed_out: bool, seen: bool) -> Problem:
    camera, number = _the_camera(source), getattr(error, "errno", None)
    if isinstance(error, av.error.HTTPUnauthorizedError):
        text = (
            f"{camera} refuses the user name or password: give them as "
            f"{urlsplit(source.target).scheme}://USER:PASSWORD@HOST/..."
        )
        return Problem("it refuses the password", text, True)
    if isinstance(error, av.error.HTTPForbiddenError):
        text = f"{camera} forbids access: check the user's rights in the camera's settings."
        return Problem("it forbids access", text, True)
    if isinstance(error, av.error.HTTPNotFoundError):
        text = f"{camera} answers, but has nothing at this path: look it up in its manual."
        return Problem("nothing at this path", text, not seen)
    if isinstance(error, av.error.HTTPError):
        return Problem("it reports an error", f"{camera} reports an error: restart it.")
    if isinstance(error, av.error.ProtocolNotFoundError):
        scheme = urlsplit(source.target).scheme
        text = f"This installation's video library can't read {scheme}:// addresses."
        return Problem("unknown protocol", text, True)
    if timed_out:
        return silence(source)
    if number == errno.ECONNREFUSED:
        text = f"{camera} refuses the connection: check that it is on and the port in the address."
        return Problem("connection refused", text)
    if seen:
        return replace(silence(source), reason="the connection broke")
    if number == errno.EIO and not _resolves(source):
        text = f"{camera} is not known on this network: check the host in the address."
        return Problem("host not known", text, True)
    if isinstance(error, av.error.InvalidDataError | av.error.EOFError) or number == errno.EIO:
        text = f"{camera} answers, but sends nothing that is video: check the path in the address."
        return Problem("no video", text, isinstance(error, av.error.InvalidDataError))
    return silence(source)


def no_video_track(source: Source) -> Problem:
    """The stream is there and holds no frames."""
    text = f"{_the_camera(source)} sends sound or data, but no picture: check the path."
    return Problem("no picture in it", text, True)


def _the_camera(source: Source) -> str:
    name = source.name
    return "T" + name[1:] if name.startswith("the ") else f"The camera at {name.split('://')[-1]}"


def _resolves(source: Source) -> bool:
    """Whether the host has an address; libav reports that as any other failed read."""
    host = urlsplit(source.target).hostname
    try:
        return bool(host) and bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False
