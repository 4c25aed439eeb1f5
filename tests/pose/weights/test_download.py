"""Against a real server on this machine; it counts what it is asked for."""

from __future__ import annotations

import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import requests

from harec.core.errors import (
    Cancelled,
    InputError,
    WeightsError,
)
from harec.pose.weights import download as module
from harec.pose.weights.answer import check_status
from harec.pose.weights.download import discard, download
from harec.pose.weights.transfer import Transfer

CONTENT = np.random.default_rng(0).bytes(300_000)
HALF = 150_000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder / "weights.pkl"


def left(target: Path) -> set[str]:
    return {p.name for p in target.parent.iterdir()}


def test_the_file_comes_whole(serving, target: Path) -> None:
    server = serving(CONTENT)
    seen: list[Transfer] = []
    download(server.url, target, on_progress=seen.append)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None]
    assert (seen[0].done_bytes, seen[0].total_bytes) == (0, len(CONTENT))
    assert seen[-1].done_bytes == len(CONTENT)
    assert seen[-1].bytes_per_second > 0
    assert seen[-1].remaining_s == 0
    discard(target)
    assert left(target) == set()


def test_what_has_come_whole_is_not_asked_for_again(serving, target: Path) -> None:
    server = serving(CONTENT)
    download(server.url, target)
    download(server.url, target)
    assert server.asked == [None]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"etag": None},  # Last-Modified alone will do
        {"etag": 'W/"weak"'},  # means "about the same": not for joining bytes
        {"chunked": True},  # the length is not known
    ],
)
def test_it_goes_on_by_itself_where_the_server_broke_off(serving, target: Path, marks) -> None:
    server = serving(CONTENT, breaks=[HALF, 50_000], **marks)
    download(server.url, target)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={HALF}-", f"bytes={HALF + 50_000}-"]
    mark = server.etag if server.etag == '"one"' else server.modified
    assert server.conditions == [None, mark, mark]


@pytest.mark.parametrize("marks", [{"etag": None, "modified": None}, {"ranges": False}])
def test_without_a_mark_or_ranges_it_starts_anew(serving, target: Path, marks) -> None:
    server = serving(CONTENT, breaks=[HALF], **marks)
    download(server.url, target)
    assert target.read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_a_server_that_always_breaks_off_ends_in_a_plain_error_and_can_be_gone_on_with(
    serving, target: Path
) -> None:
    server = serving(CONTENT, always_breaks=20_000)
    with pytest.raises(WeightsError, match=r"goes on from where it stopped"):
        download(server.url, target)
    assert len(server.asked) == len(module.BACK_OFF_S) + 1
    assert not target.exists()
    server.always_breaks = None
    download(server.url, target)
    assert server.asked[-1] == f"bytes={20_000 * (len(server.asked) - 1)}-"
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("marks", [{}, {"etag": None, "modified": None}])
def test_it_promises_to_go_on_only_where_it_will(serving, target: Path, marks) -> None:
    server = serving(CONTENT, status=503, **marks)
    with pytest.raises(WeightsError, match=r"\(HTTP 503\)\. Run it again\.$"):
        download(server.url, target)  # nothing had come
    server.status, server.always_breaks = 200, 20_000
    with pytest.raises(WeightsError) as caught:
        download(server.url, target)
    assert str(caught.value).endswith("goes on from where it stopped.") == (marks == {})


def test_who_gets_ahead_may_break_off_as_often_as_it_likes(
    serving, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AHEAD_BYTES", 20_000)
    server = serving(CONTENT, always_breaks=20_000)
    download(server.url, target)
    assert target.read_bytes() == CONTENT
    assert len(server.asked) == 15


@pytest.mark.parametrize("if_range", [True, False])
def test_parts_of_two_versions_are_never_joined(serving, target: Path, if_range: bool) -> None:
    server = serving(CONTENT, always_breaks=HALF, ranges=False)
    with pytest.raises(WeightsError):
        download(server.url, target)
    other = CONTENT[::-1]
    server.content, server.etag, server.always_breaks = other, '"two"', None
    server.ranges, server.if_range = True, if_range
    download(server.url, target)
    assert target.read_bytes() == other


def test_a_part_from_another_address_is_not_gone_on_with(serving, target: Path) -> None:
    first = serving(CONTENT, always_breaks=HALF, ranges=False)
    with pytest.raises(WeightsError):
        download(first.url, target)
    second = serving(CONTENT[::-1])
    download(second.url, target)
    assert second.asked == [None]
    assert target.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("note", [None, "", "{}", "[1]", '{"address": 1}'])
def test_a_part_without_a_note_is_not_trusted(serving, target: Path, note: str | None) -> None:
    target.with_name("weights.pkl.part").write_bytes(b"x" * 1000)
    if note is not None:
        target.with_name("weights.pkl.part.json").write_text(note)
    server = serving(CONTENT)
    download(server.url, target)
    assert server.asked == [None]
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_given_up(serving, target: Path) -> None:
    server = serving(CONTENT, always_breaks=HALF, ranges=False)
    with pytest.raises(WeightsError):
        download(server.url, target)
    with target.with_name("weights.pkl.part").open("ab") as part:
        part.write(bytes(len(CONTENT)))
    server.always_breaks, server.ranges = None, True
    download(server.url, target)  # 416, then all of it
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "wrong",
    [
        "bytes 0-299999/300000",
        "bytes 150001-299999/300000",
        "bytes 150000-299999/300001",
        "bytes */300000",
        "lines 1-2/3",
        "",
    ],
)
def test_another_part_than_asked_for_is_not_joined(serving, target: Path, wrong: str) -> None:
    server = serving(CONTENT, breaks=[HALF], extra={"Content-Range": wrong})
    download(server.url, target)
    assert server.asked == [None, f"bytes={HALF}-", None]
    assert target.read_bytes() == CONTENT


def test_a_length_that_is_too_long_is_noticed(serving, target: Path) -> None:
    server = serving(CONTENT, lie=1000, ranges=False)
    with pytest.raises(WeightsError, match=r"broke off|ended after"):
        download(server.url, target)
    assert not target.exists()


def test_the_end_that_the_server_names_later_is_believed(serving, target: Path) -> None:
    """It announced 1000 bytes more than there are, then says that nothing follows."""
    server = serving(CONTENT, lie=1000)
    download(server.url, target)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-"]


def test_no_more_is_taken_than_was_announced(serving, target: Path) -> None:
    """The reader of the file finds that it ends too early."""
    server = serving(CONTENT, lie=-1000)
    download(server.url, target)
    assert target.read_bytes() == CONTENT[:-1000]


def test_a_stream_without_end_is_stopped(
    serving, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100_000)
    server = serving(CONTENT, chunked=True)
    with pytest.raises(WeightsError, match="more than it announced"):
        download(server.url, target)
    assert left(target) == set()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"status": 404}, "has no such file"),
        ({"status": 403}, "refuses"),
        ({"status": 503}, "just now"),
        ({"status": 204}, "HTTP 204"),
        ({"status": 206}, "HTTP 206"),  # nobody asked for a part
        ({"kind": "text/html; charset=utf-8"}, "web page"),
        ({"content": b"\n<!DOCTYPE html><title>Log in</title>"}, "web page"),
        ({"content": b""}, "empty"),
        ({"extra": {"Content-Encoding": "gzip"}}, "compressed"),
        ({"lie": 10**13}, "far too large"),
        ({"location": "ftp://127.0.0.1/file"}, "check the address"),
        ({"location": "/again"}, "check the address"),
    ],
)
def test_what_is_not_the_file_is_told(serving, target: Path, behaviour, words: str) -> None:
    server = serving(**{"content": CONTENT, **behaviour})
    with pytest.raises(WeightsError, match=words):
        download(server.url, target)
    assert left(target) == set()


def test_a_log_in_page_does_not_cost_what_has_come(serving, target: Path) -> None:
    server = serving(CONTENT, always_breaks=HALF // 4)
    with pytest.raises(WeightsError):
        download(server.url, target)
    server.kind, server.status = "text/html", 511
    server.always_breaks = None
    with pytest.raises(WeightsError):
        download(server.url, target)
    server.status, server.ranges = 200, False
    with pytest.raises(WeightsError, match="web page"):
        download(server.url, target)
    server.kind, server.ranges = "application/octet-stream", True
    download(server.url, target)
    assert server.asked[-1] not in (None, "bytes=0-")
    assert target.read_bytes() == CONTENT


def test_it_follows_where_the_server_leads(serving, target: Path) -> None:
    final = serving(CONTENT)
    server = serving(b"", location=final.url)
    download(server.url, target)
    assert target.read_bytes() == CONTENT


def test_no_server_is_told_at_once(target: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(WeightsError, match=r"^No connection to 127\.0\.0\.1\.$"):
        download(f"http://127.0.0.1:{port}/file", target)
    assert left(target) == set()


def test_a_server_without_encryption_is_no_secure_one(serving, target: Path) -> None:
    server = serving(CONTENT)
    with pytest.raises(WeightsError, match="No secure connection"):
        download(server.url.replace("http:", "https:"), target)
    assert server.asked == []


def test_nobody_may_lead_from_a_secure_address_to_another(target: Path) -> None:
    response = requests.Response()
    response.status_code, response.url = 200, "http://example.org/file"
    with pytest.raises(WeightsError, match="without encryption"):
        check_status(response, "https://example.org/file")


def test_a_server_that_is_silent_is_given_up(
    serving, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.1)
    server = serving(CONTENT, go=threading.Event())
    with pytest.raises(WeightsError, match="did not answer in time"):
        download(server.url, target)
    assert target.with_name("weights.pkl.part").stat().st_size >= server.held_after


@pytest.mark.parametrize(
    "url",
    ["", "weights.pkl", "file:///etc/passwd", "ftp://a/b", "https://", "http://[::1", "//a/b"],
)
def test_only_the_web(url: str, target: Path) -> None:
    with pytest.raises(InputError, match="http"):
        download(url, target)


def test_cancel_is_quick_and_what_has_come_stays(serving, target: Path) -> None:
    server = serving(CONTENT, go=threading.Event())
    cancel = threading.Event()

    def stop(transfer: Transfer) -> None:
        cancel.set()  # the server is asleep by now, or will be after one chunk

    with pytest.raises(Cancelled):
        download(server.url, target, on_progress=stop, cancel=cancel)
    server.go.set()
    have = target.with_name("weights.pkl.part").stat().st_size
    assert have <= server.held_after
    download(server.url, target)
    assert target.read_bytes() == CONTENT
    assert server.asked[-1] == (f"bytes={have}-" if have else None)


def test_cancel_before_the_start_asks_nobody(serving, target: Path) -> None:
    server = serving(CONTENT)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        download(server.url, target, cancel=cancel)
    assert server.asked == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system refuses to write more into any file: what a full disk looks like from inside."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_is_told_and_can_be_gone_on_with(serving, target: Path) -> None:
    server = serving(CONTENT)
    with files_of_at_most(100_000), pytest.raises(WeightsError, match="can't be written"):
        download(server.url, target)
    download(server.url, target)
    assert target.read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=100000-"


def test_a_full_disk_is_told_before_it_is_full(
    serving, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SPARE_BYTES", 2**60)
    with pytest.raises(WeightsError, match="disk is too full"):
        download(serving(CONTENT).url, target)


def test_reports_are_few(serving, target: Path) -> None:
    """Without waits a small file is one quick run of chunks: the first report and the last."""
    seen: list[Transfer] = []
    download(serving(CONTENT).url, target, on_progress=seen.append)
    assert len(seen) < len(CONTENT) / module.CHUNK_BYTES + 5
    assert [t.done_bytes for t in seen] == sorted(t.done_bytes for t in seen)
