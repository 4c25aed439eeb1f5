"""Against a real server on this machine; it counts what it is asked for."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import requests
from file_server import FileServer
from weights_store import unfinished

from harec.core.errors import Cancelled, WeightsError
from harec.pose.weights import Transfer
from harec.pose.weights import download as module
from harec.pose.weights.download import discard, download

CONTENT = np.random.default_rng(0).bytes(300_000)
OTHER = CONTENT[::-1]
HALF = 150_000


def get(server: FileServer, folder: Path, **options) -> bytes:
    return download(server.url, folder, "weights.pkl", **options).read_bytes()


def break_off(server: FileServer, folder: Path) -> None:
    """Let half of the file come, and no more."""
    server.always_breaks, server.ranges = HALF, False
    with pytest.raises(WeightsError, match="it goes on from where it stopped if the server can"):
        get(server, folder)
    server.always_breaks, server.ranges = None, True
    server.asked.clear()


def test_the_file_comes_whole_and_is_not_asked_for_again(serving, tmp_path: Path) -> None:
    server = serving(CONTENT)
    seen: list[Transfer] = []
    assert get(server, tmp_path, on_progress=seen.append) == CONTENT
    assert (seen[0].done_bytes, seen[0].total_bytes) == (0, len(CONTENT))
    assert (seen[-1].done_bytes, seen[-1].remaining_s) == (len(CONTENT), 0)
    assert seen[-1].bytes_per_second > 0
    server.always_breaks = 100  # whatever is sent now: only its beginning is looked at
    assert get(server, tmp_path) == CONTENT
    discard(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("marks", "resumes"),
    [
        ({}, True),
        ({"etag": None}, True),  # Last-Modified alone will do
        ({"etag": 'W/"weak"'}, True),  # means "about the same", not for joining bytes: likewise
        ({"etag": None, "modified": None}, False),
        ({"ranges": False}, False),
        ({"chunked": True}, False),  # the length is not known
    ],
)
def test_it_continues_by_itself_where_the_server_broke_off(
    serving, tmp_path: Path, marks, resumes: bool
) -> None:
    server = serving(CONTENT, breaks=[HALF, len(CONTENT), 50_000], **marks)
    assert get(server, tmp_path) == CONTENT
    mark = server.etag if server.etag == '"one"' else server.modified
    if resumes:
        assert [asked for asked in server.asked if asked] == [
            f"bytes={HALF}-", f"bytes={HALF + 50_000}-"
        ]  # fmt: skip
        assert [c for c in server.conditions if c] == [mark, mark]


def test_a_server_that_always_breaks_off_is_given_up_unless_it_gets_ahead(
    serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(CONTENT, always_breaks=20_000)
    with pytest.raises(WeightsError, match=r"goes on from where it stopped"):
        get(server, tmp_path)
    monkeypatch.setattr(module, "AHEAD_BYTES", 20_000)
    server.asked.clear()
    assert get(server, tmp_path) == CONTENT
    assert len(server.asked) > 2 * len(module.BACK_OFF_S)


@pytest.mark.parametrize("etag", ['"two"', None])
@pytest.mark.parametrize("if_range", [True, False])
def test_parts_of_two_versions_are_never_joined(
    serving, tmp_path: Path, if_range: bool, etag: str | None
) -> None:
    server = serving(CONTENT)
    break_off(server, tmp_path)
    server.content, server.etag, server.if_range = OTHER, etag, if_range
    server.modified = "Sun, 02 Aug 2020 10:00:00 GMT"
    assert get(server, tmp_path) == OTHER


@pytest.mark.parametrize("wrong", ["0-299999/300000", "150000-299999/300001", "*/300000"])
def test_another_part_than_asked_for_is_not_joined(serving, tmp_path: Path, wrong: str) -> None:
    server = serving(CONTENT)
    break_off(server, tmp_path)
    server.extra = {"Content-Range": f"bytes {wrong}"}
    assert get(server, tmp_path) == CONTENT
    assert server.asked == [None, f"bytes={HALF}-", None]


def test_parts_of_two_addresses_are_never_joined(serving, tmp_path: Path) -> None:
    break_off(serving(CONTENT), tmp_path)
    assert get(serving(OTHER), tmp_path) == OTHER
    assert len(list(tmp_path.iterdir())) == 1


def test_a_part_that_is_too_long_is_given_up(serving, tmp_path: Path) -> None:
    server = serving(CONTENT)
    break_off(server, tmp_path)
    with unfinished(tmp_path).open("ab") as part:
        part.write(bytes(len(CONTENT)))
    assert get(server, tmp_path) == CONTENT


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"status": 404}, r"doesn't give the file \(HTTP 404 Not Found\); check the address"),
        ({"status": 403}, "HTTP 403 Forbidden"),
        ({"status": 503}, "just now"),
        ({"status": 206}, "HTTP 206"),  # nobody asked for a part
        ({"kind": "text/html; charset=utf-8"}, "web page.*log-in"),
        ({"content": b"\n<!DOCTYPE html><title>Log in</title>"}, "web page"),
        ({"lie": 10**13}, "far too large"),
        ({"location": "ftp://127.0.0.1/file"}, "check the address"),
        ({"location": "/again"}, "check the address"),
    ],
)
def test_what_is_not_the_file_is_told_and_leaves_nothing(
    serving, tmp_path: Path, behaviour, words: str
) -> None:
    server = serving(**{"content": CONTENT, **behaviour})
    with pytest.raises(WeightsError, match=words):
        get(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_log_in_page_does_not_cost_what_has_come(serving, tmp_path: Path) -> None:
    server = serving(CONTENT)
    break_off(server, tmp_path)
    server.kind, server.etag = "text/html", None
    with pytest.raises(WeightsError, match="web page"):
        get(server, tmp_path)
    server.kind, server.etag = "application/octet-stream", '"one"'
    assert get(server, tmp_path) == CONTENT
    assert server.asked[-1] == f"bytes={HALF}-"


def test_a_length_that_is_too_long_and_a_stream_without_end(
    serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WeightsError, match=r"broke off|ended after"):
        get(serving(CONTENT, lie=1000, ranges=False), tmp_path)
    monkeypatch.setattr(module, "MOST_BYTES", 100_000)
    with pytest.raises(WeightsError, match="too much"):
        get(serving(CONTENT, chunked=True), tmp_path)
    assert not list(tmp_path.glob(".unfinished-*/*"))


def test_redirects_are_followed_but_not_from_https_to_http(
    serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(b"", location=serving(CONTENT).url)
    assert get(server, tmp_path) == CONTENT
    real = requests.get
    monkeypatch.setattr(
        requests, "get", lambda url, **options: real(url.replace("https:", "http:"), **options)
    )
    server.url = server.url.replace("http:", "https:")
    with pytest.raises(WeightsError, match="without encryption"):
        get(server, tmp_path)


def test_servers_that_are_not_reached(
    serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(CONTENT)
    server.url = server.url.replace("http:", "https:")
    with pytest.raises(WeightsError, match="No secure connection"):
        get(server, tmp_path)
    assert server.asked == []
    with pytest.raises(WeightsError, match=r"^No connection to 127\.0\.0\.1\.$"):  # at once
        download("http://127.0.0.1:9/file", tmp_path, "x")
    monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.1)
    with pytest.raises(WeightsError, match="did not answer in time"):
        get(serving(CONTENT, go=threading.Event()), tmp_path)
    assert unfinished(tmp_path)


def test_cancel_is_quick_and_what_has_come_stays(serving, tmp_path: Path) -> None:
    server = serving(CONTENT, go=threading.Event())
    cancel = threading.Event()
    with pytest.raises(Cancelled):  # the server is asleep by now, or will be after one chunk
        get(server, tmp_path, on_progress=lambda transfer: cancel.set(), cancel=cancel)
    asked = len(server.asked)
    with pytest.raises(Cancelled):
        get(server, tmp_path, cancel=cancel)
    assert len(server.asked) == asked
    server.go.set()
    have = unfinished(tmp_path).stat().st_size
    assert have <= server.held_after
    assert get(server, tmp_path) == CONTENT
    assert server.asked[-1] == f"bytes={have}-"


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system refuses to write more into any file: what a full disk looks like from inside."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk(serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serving(CONTENT)
    with files_of_at_most(100_000), pytest.raises(WeightsError, match="can't be written"):
        get(server, tmp_path)
    free = SimpleNamespace(free=300_000)  # enough for the rest, but not for the copy made of it
    with monkeypatch.context() as patch:
        patch.setattr(module.shutil, "disk_usage", lambda path: free)
        with pytest.raises(WeightsError, match=r"can't be written \(no space left on device\)"):
            get(server, tmp_path)
    assert get(server, tmp_path) == CONTENT
    assert server.asked[-1] == "bytes=100000-"
