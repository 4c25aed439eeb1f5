"""An RTSP camera of this machine: H.264 over one TCP connection (RFC 2326, 3550 and 6184)."""

from __future__ import annotations

import base64
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np

_CLOCK = 90_000
#: Timestamps start anywhere (RFC 3550, 5.1); these wrap around soon.
_START = 2**32 - _CLOCK // 2


@dataclass
class RtspServer:
    """What is sent, how, and what was asked for. Everything may be changed while it serves.

    Attributes:
        units: (time in seconds, H.264 in Annex B form) per picture, sent again and again; the
            first starts with parameter sets and a key picture.
        length_s: of ``units`` from the first to where they start again.
        port: of this machine, once `serve_rtsp` runs.
        password: "user:password" that is asked for, None for none.
        deaf: while set, requests get no answer.
        frozen: while set, no picture is sent.
        down: while set, connections are closed at once, old ones break off.
        burst: pictures sent at once at the start, as cameras do that keep the last key picture.
        methods: the requests that came, in order.
    """

    units: Sequence[tuple[float, bytes]]
    length_s: float
    port: int = 0
    password: str | None = None
    deaf: threading.Event = field(default_factory=threading.Event)
    frozen: threading.Event = field(default_factory=threading.Event)
    down: threading.Event = field(default_factory=threading.Event)
    burst: int = 0
    methods: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


def h264_units(
    pictures: Sequence[np.ndarray], times_s: Sequence[float], key_every: int = 10
) -> list[tuple[float, bytes]]:
    """RGB pictures as a camera codes them: no picture refers to a later one."""
    codec = av.CodecContext.create("libx264", "w")
    codec.height, codec.width = pictures[0].shape[:2]
    codec.pix_fmt, codec.time_base, codec.gop_size = "yuv420p", Fraction(1, _CLOCK), key_every
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "18"}
    units = []
    for rgb, time_s in zip(pictures, times_s, strict=True):
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts, frame.time_base = round(time_s * _CLOCK), codec.time_base
        units += [(time_s, bytes(packet)) for packet in codec.encode(frame)]
    assert len(units) == len(pictures)
    return units


@contextmanager
def serve_rtsp(server: RtspServer) -> Iterator[RtspServer]:
    """Serve on a free port of localhost until the block ends; sets ``server.port``."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=_Connection(server, connection).run))
            threads[-1].start()

    accepting = threading.Thread(target=listen)
    accepting.start()
    try:
        yield server
    finally:
        server.stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


class _Connection:
    def __init__(self, server: RtspServer, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.playing = threading.Event()
        self.ended = threading.Event()

    def run(self) -> None:
        sender = threading.Thread(target=self._send_pictures)
        sender.start()
        received = b""
        try:
            self.connection.settimeout(0.05)
            while not self._over():
                try:
                    data = self.connection.recv(4096)
                except TimeoutError:
                    continue
                if not data:
                    break
                received += data
                while b"\r\n\r\n" in received and not self.server.deaf.is_set():
                    request, _, received = received.partition(b"\r\n\r\n")
                    # Receiver reports come between requests as $ frames.
                    start = re.search(rb"[A-Z_]+ rtsp://", request)
                    if start:
                        self._answer(request[start.start() :].decode())
        except OSError:
            pass  # the other side has gone
        finally:
            self.ended.set()
            sender.join()
            self.connection.close()

    def _over(self) -> bool:
        return self.server.stopped.is_set() or self.server.down.is_set() or self.ended.is_set()

    def _answer(self, request: str) -> None:
        lines = request.split("\r\n")
        method, address, _ = lines[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
        self.server.methods.append(method)
        answer, body = [f"CSeq: {headers.get('cseq', '0')}"], ""
        status = "200 OK"
        wanted = self.server.password and base64.b64encode(self.server.password.encode()).decode()
        if method == "OPTIONS":
            answer.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER")
        elif wanted and headers.get("authorization") != f"Basic {wanted}":
            status = "401 Unauthorized"
            answer.append('WWW-Authenticate: Basic realm="camera"')
        elif method == "DESCRIBE":
            body = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
                "m=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 H264/90000\r\n"
                "a=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
            )
            answer += [f"Content-Base: {address}/", "Content-Type: application/sdp"]
        elif method == "SETUP":
            if "TCP" not in headers["transport"]:
                status = "461 Unsupported Transport"
            answer += ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1;timeout=60"]
        else:
            answer.append("Session: 1")
        if method == "PLAY":
            answer.append(f"RTP-Info: url={address}/track1;seq=0;rtptime={_START}")
        if body:
            answer.append(f"Content-Length: {len(body)}")
        text = "\r\n".join((f"RTSP/1.0 {status}", *answer)) + "\r\n\r\n" + body
        self.connection.sendall(text.encode())
        if method == "PLAY":
            self.playing.set()
        elif method == "TEARDOWN":
            self.ended.set()

    def _send_pictures(self) -> None:
        while not self.playing.wait(0.02):
            if self._over():
                return
        sequence, start_s, index = 0, time.monotonic(), 0
        while not self._over():
            server = self.server
            time_s, unit = self._unit(index)
            if index >= server.burst:
                ahead_s = self._unit(server.burst - 1)[0] if server.burst else 0.0
                self.ended.wait(max(start_s + time_s - ahead_s - time.monotonic(), 0))
            if not server.frozen.is_set():
                with suppress(OSError):
                    stamp = (_START + round(time_s * _CLOCK)) % 2**32
                    sequence = self._send_unit(unit, stamp, sequence)
            index += 1

    def _unit(self, index: int) -> tuple[float, bytes]:
        turn, place = divmod(index, len(self.server.units))
        time_s, unit = self.server.units[place]
        return turn * self.server.length_s + time_s, unit

    def _send_unit(self, unit: bytes, stamp: int, sequence: int) -> int:
        pieces = [p for p in re.split(rb"\x00\x00\x00?\x01", unit) if p]
        for at, piece in enumerate(pieces):
            marker = 0x80 if at == len(pieces) - 1 else 0
            head = struct.pack("!BBHII", 0x80, marker | 96, sequence & 0xFFFF, stamp, 7)
            packet = head + piece  # a whole NAL unit: TCP carries up to 64 KiB in one frame
            self.connection.sendall(struct.pack("!BBH", 0x24, 0, len(packet)) + packet)
            sequence += 1
        return sequence
