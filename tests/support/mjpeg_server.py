"""An IP camera of this machine that sends JPEG pictures over HTTP (multipart/x-mixed-replace)."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from http.server import BaseHTTPRequestHandler

import av
import numpy as np
from http_server import http_server

#: Pages that are no camera: path -> (status, content type, body).
PAGES = {
    "/page": (200, "text/html", b"<html><body>Welcome to your router</body></html>" * 50),
    "/none": (404, "text/html", b"not here"),
    "/forbidden": (403, "text/html", b"no"),
}


@dataclass
class MjpegServer:
    """What is sent, how, and what was asked for. Everything may be changed while it serves.

    Attributes:
        pictures: JPEG files, sent again and again from the first.
        interval_s: from one picture to the next.
        address: "127.0.0.1:PORT", once `serve_mjpeg` runs.
        password: "user:password" that is asked for, None for none.
        limit: pictures after which a connection breaks off; None for none.
        frozen: while set, connections stay open but no picture comes.
        down: while set, new connections are closed without an answer, old ones break off.
        silent_from: pictures after which a connection falls silent; None for none.
        connections: how many there have been.
        sent: pictures, over all connections.
    """

    pictures: Sequence[bytes]
    interval_s: float = 0.04
    address: str = ""
    password: str | None = None
    limit: int | None = None
    frozen: threading.Event = field(default_factory=threading.Event)
    down: threading.Event = field(default_factory=threading.Event)
    silent_from: int | None = None
    connections: int = 0
    sent: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)


def jpegs(pictures: Sequence[np.ndarray]) -> list[bytes]:
    """RGB pictures as JPEG files."""
    return [_jpeg(rgb) for rgb in pictures]


def _jpeg(rgb: np.ndarray) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=25, options={"qscale": "3", "flags": "+qscale"})
        stream.height, stream.width, stream.pix_fmt = rgb.shape[0], rgb.shape[1], "yuvj420p"
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


@contextmanager
def serve_mjpeg(server: MjpegServer) -> Iterator[MjpegServer]:
    """Serve on a free port of localhost until the block ends; sets ``server.address``."""
    with http_server(partial(_answer, server)) as port:
        server.address = f"127.0.0.1:{port}"
        try:
            yield server
        finally:
            server.stopped.set()


def _answer(server: MjpegServer, request: BaseHTTPRequestHandler) -> None:
    server.connections += 1
    if server.down.is_set():
        return
    path = request.path.partition("?")[0]
    status, kind, body = PAGES.get(path, (200, "", b""))
    wanted = server.password and base64.b64encode(server.password.encode()).decode()
    if wanted and request.headers.get("Authorization") != f"Basic {wanted}":
        status, kind, body = 401, "text/html", b"who are you?"
    request.send_response(status)
    if status == 401:
        request.send_header("WWW-Authenticate", 'Basic realm="camera"')
    if kind:
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        return
    request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
    request.end_headers()
    with suppress(OSError):  # the other side has stopped listening
        _send_pictures(server, request)


def _send_pictures(server: MjpegServer, request: BaseHTTPRequestHandler) -> None:
    index, start_s = 0, time.monotonic()
    while not server.stopped.is_set() and not server.down.is_set():
        if server.limit is not None and index >= server.limit:
            return
        silent = server.silent_from is not None and index >= server.silent_from
        if not server.frozen.is_set() and not silent:
            jpeg = server.pictures[index % len(server.pictures)]
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            request.wfile.write(head.encode() + jpeg + b"\r\n")
            request.wfile.flush()
            server.sent += 1
        index += 1
        server.stopped.wait(max(start_s + index * server.interval_s - time.monotonic(), 0))
