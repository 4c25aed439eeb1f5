"""A web server on this machine for one file, which behaves as well or as badly as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from http_server import http_server

CHUNK = 16 * 1024


@dataclass
class FileServer:
    """What is served, how, and what was asked for. Everything may be changed between requests.

    Attributes:
        content: the file.
        url: where it is, once `serve` runs; every path gives the same answer.
        ranges: whether Range is understood.
        if_range: whether If-Range is; without, the rest of a changed file is sent.
        etag: the ETag, None for none.
        modified: the Last-Modified, None for none.
        breaks: bytes of the body after which each of the next answers breaks off.
        always_breaks: likewise for every answer, the next ones included.
        lie: added to the length that is announced; the body stays as it is.
        chunked: no length, chunks instead.
        status: of every answer, unless it is 200.
        kind: the Content-Type.
        extra: headers to send besides or instead.
        location: where to redirect to.
        go: with it, each answer stops after `held_after` bytes until it is set.
        held: set when an answer has stopped.
        asked: the Range header of each request, None for none.
        conditions: likewise the If-Range header.
    """

    content: bytes
    url: str = ""
    ranges: bool = True
    if_range: bool = True
    etag: str | None = '"one"'
    modified: str | None = "Sat, 01 Aug 2020 10:00:00 GMT"
    breaks: list[int] = field(default_factory=list)
    always_breaks: int | None = None
    lie: int = 0
    chunked: bool = False
    status: int = 200
    kind: str = "application/octet-stream"
    extra: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    go: threading.Event | None = None
    held: threading.Event = field(default_factory=threading.Event)
    held_after: int = CHUNK
    asked: list[str | None] = field(default_factory=list)
    conditions: list[str | None] = field(default_factory=list)


@contextmanager
def serve(server: FileServer) -> Iterator[FileServer]:
    """Serve on a free port of localhost until the block ends; sets ``server.url``."""
    with http_server(partial(_answer, server), "HTTP/1.1") as port:
        server.url = f"http://127.0.0.1:{port}/zoo/model_final_a6e10b.pkl"
        try:
            yield server
        finally:
            if server.go is not None:
                server.go.set()


def _answer(server: FileServer, request: BaseHTTPRequestHandler) -> None:
    wanted = request.headers.get("Range")
    server.asked.append(wanted)
    server.conditions.append(request.headers.get("If-Range"))
    request.close_connection = True
    if server.location is not None and urlsplit(request.path).path != "/moved":
        request.send_response(302)
        request.send_header("Location", server.location)
        request.send_header("Content-Length", "0")
        request.send_header("Connection", "close")
        request.end_headers()
        return
    start, status = 0, server.status
    marks = (server.etag, server.modified, None)
    same = request.headers.get("If-Range") in marks or not server.if_range
    if status == 200 and wanted is not None and server.ranges and same:
        start = int(wanted.removeprefix("bytes=").partition("-")[0])
        status = 206 if start < len(server.content) else 416
    _send(server, request, status, start)


def _send(server: FileServer, request: BaseHTTPRequestHandler, status: int, start: int) -> None:
    body = b"" if status == 416 else server.content[start:]
    size = len(server.content)
    headers = {"Content-Type": server.kind, "Connection": "close"}
    if server.etag is not None:
        headers["ETag"] = server.etag
    if server.modified is not None:
        headers["Last-Modified"] = server.modified
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{size - 1}/{size + server.lie}"
    elif status == 416:
        headers["Content-Range"] = f"bytes */{size}"
    if server.chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(len(body) + server.lie)
    request.send_response(status)
    for name, value in (headers | server.extra).items():
        request.send_header(name, value)
    request.end_headers()
    end = server.breaks.pop(0) if server.breaks else server.always_breaks
    _send_body(server, request, body, len(body) if end is None else end)


def _send_body(server: FileServer, request: BaseHTTPRequestHandler, body: bytes, end: int) -> None:
    try:
        for at in range(0, min(end, len(body)), CHUNK):
            chunk = body[at : min(at + CHUNK, end)]
            if server.chunked:
                chunk = f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
            request.wfile.write(chunk)
            request.wfile.flush()
            if server.go is not None and at + CHUNK >= server.held_after:
                server.held.set()
                server.go.wait(30)
        if server.chunked and end >= len(body):
            request.wfile.write(b"0\r\n\r\n")
    except OSError:
        pass  # the other side has stopped listening
