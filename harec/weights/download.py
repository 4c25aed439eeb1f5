"""Downloads one large file, and goes on where an earlier try stopped.

What has come so far is kept beside the target as ``NAME.part``, with a note of what it is part of
(``NAME.part.json``): the address, the server's mark of that version of the file (ETag or
Last-Modified) and its length. The rest is asked for with ``Range`` and ``If-Range``, so a server
whose file has changed sends the whole new one; without such a mark a download starts anew.
One download of a target at a time: `harec.weights.lock`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from harec.errors import InputError, WeightsError
from harec.weights.transfer import Meter, OnProgress

CONNECT_TIMEOUT_S: Final = 15
#: Nothing at all for so long counts as a broken connection.
READ_TIMEOUT_S: Final = 30
CHUNK_BYTES: Final = 256 * 1024
#: Waits before each new try. Whoever gets ahead by `AHEAD_BYTES` may break off as often again.
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0)
AHEAD_BYTES: Final = 1024 * 1024
#: Far more than any weights here; a server that sends without end must not fill the disk.
MOST_BYTES: Final = 2 * 1024**3
#: Kept free on the disk beside the download itself.
SPARE_BYTES: Final = 64 * 1024**2

_GO_ON = "Run it again: it goes on from where it stopped."


class _BrokenOff(Exception):
    """Not all came; a new try may go on. The text says what happened."""


class _NoConnection(_BrokenOff):
    """The server was not reached at all."""


@dataclass(frozen=True)
class _Note:
    """What the part is a part of."""

    address: str  # hashed: an address may hold a password
    validator: str | None  # a strong ETag or a Last-Modified, as If-Range takes it
    total: int | None


class _Part:
    """What has come so far of one file, and the note that belongs to it."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self.note_path = target.with_name(f"{target.name}.part.json")
        self.note: _Note | None = None

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def read_note(self) -> None:
        """Take up an earlier try's note, if there is one that makes sense."""
        try:
            self.note = _Note(**json.loads(self.note_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self.note = None

    def is_whole(self) -> bool:
        return self.note is not None and self.note.total == self.size() > 0

    def start(self, note: _Note) -> None:
        """Begin anew with an empty part."""
        self.drop()
        self._write_note(note)
        self.path.touch()

    def go_on(self, response: requests.Response) -> None:
        """Make sure that an answer is the rest of this part. Raises _BrokenOff and drops it if not.

        Servers that don't know If-Range send the rest of whatever they have now.
        """
        assert self.note is not None
        start, total = _content_range(response)
        same = total in (None, self.note.total) or self.note.total is None
        kind = "ETag" if (self.note.validator or "").startswith('"') else "Last-Modified"
        same &= response.headers.get(kind, self.note.validator) == self.note.validator
        if start != self.size() or not same:
            self.drop()
            raise _BrokenOff("The server sent another part than it was asked for.")
        if self.note.total is None and total is not None:
            self._write_note(replace(self.note, total=total))

    def end_at(self, total: int | None) -> None:
        """The server says that the file ends at ``total``. Raises _BrokenOff if it can't be so."""
        if self.note is None or total != self.size():
            self.drop()
            raise _BrokenOff("The server's file is another one than before.")
        self._write_note(replace(self.note, total=total))

    def _write_note(self, note: _Note) -> None:
        """Without a note, a part is not used: a crash in between costs a new start, no more."""
        self.note_path.write_text(json.dumps(asdict(note)), encoding="utf-8")
        self.note = note

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note_path.unlink(missing_ok=True)
        self.note = None


def download(
    url: str,
    target: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
) -> None:
    """Get ``url`` as ``target``, of the length that the server said. The folder must exist.

    After an error what has come stays for the next try. After success so does the note beside the
    target: the same download again only looks at it. `discard` removes them.

    Raises:
        InputError: the address is none of http or https.
        WeightsError: it did not come: no network, a refusal, a broken connection, another length
            than announced, a web page, a full disk. The text says what to do.
        Cancelled: the event was set.
    """
    check_url(url)
    part, meter = _Part(target), Meter("download", on_progress, cancel)
    with _plain_disk_errors():
        part.read_note()
        if target.exists():  # it came whole before, and nobody has said yet that it is good
            target.replace(part.path)
        if part.note is None or part.note.address != _hash(url):
            part.drop()
        _try_often(url, part, meter)
        meter.end()
        part.path.replace(target)


def discard(target: Path) -> None:
    """Remove a download, also an unfinished one, with the note of where it came from."""
    target.unlink(missing_ok=True)
    _Part(target).drop()


def check_url(url: str) -> None:
    """Raises InputError when ``url`` is no http or https address."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f"{url} is no address to download from; it must begin with https:// or http://."
        )


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


@contextmanager
def _plain_disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # requests' own, which are OSErrors too, are _BrokenOff by now
        reason = (error.strerror or type(error).__name__).lower()
        raise WeightsError(
            f"The download can't be written ({reason}). Make room or set HAREC_WEIGHTS_DIR to "
            f"another folder. {_GO_ON}"
        ) from error


@contextmanager
def _plain_network_errors(url: str) -> Iterator[None]:
    host = urlsplit(url).hostname
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise WeightsError(f"The certificate of {host} is not trusted here.") from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise _BrokenOff(f"{host} did not answer in time.") from error
    except requests.ConnectionError as error:
        raise _NoConnection(f"No connection to {host}.") from error
    except urllib3.exceptions.HTTPError as error:
        raise _BrokenOff(f"The connection to {host} broke off.") from error
    except requests.RequestException as error:  # endless redirects, a host that is no host
        raise WeightsError(f"Nothing can be downloaded from {host}; check the address.") from error


def _try_often(url: str, part: _Part, meter: Meter) -> None:
    """Try until the file is whole, patiently as long as it gets ahead."""
    waits, ahead, answered = list(BACK_OFF_S), part.size(), False
    with requests.Session() as session:
        while not part.is_whole():
            meter.check()
            try:
                with _plain_network_errors(url):
                    _request(session, url, part, meter)
            except _BrokenOff as broken:
                if isinstance(broken, _NoConnection) and not answered:
                    raise WeightsError(str(broken)) from broken  # no network: say so at once
                if part.size() >= ahead + AHEAD_BYTES:
                    waits, ahead = list(BACK_OFF_S), part.size()
                if not waits:
                    raise WeightsError(f"{broken} {_GO_ON}") from broken
                meter.wait(waits.pop(0))
            answered = True


def _request(session: requests.Session, url: str, part: _Part, meter: Meter) -> None:
    """Ask once, for the rest where that can be had, else for all; keep what comes.

    Raises:
        _BrokenOff: not all came, asking again may help.
        WeightsError: asking again would not help.
    """
    have, headers = part.size(), {"Accept-Encoding": "identity"}  # lengths are the file's own
    if have and part.note is not None and part.note.validator is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.note.validator}
    timeout_s = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    with session.get(url, headers=headers, stream=True, timeout=timeout_s) as response:
        if response.status_code == 416 and "Range" in headers:
            part.end_at(_content_range(response)[1])
            return
        _check_status(response, url)
        chunks = _chunks(response)
        first = next(chunks, b"")
        _check_kind(response, first)  # before anything that came earlier is given up for it
        if response.status_code == 206:
            part.go_on(response)
        else:
            part.start(_Note(_hash(url), _validator(response), _length(response)))
        _keep(chain([first], chunks), part, meter)


def _keep(chunks: Iterable[bytes], part: _Part, meter: Meter) -> None:
    """Append what comes. Raises _BrokenOff when it is less or more than was announced."""
    assert part.note is not None
    have, total = part.size(), part.note.total
    if total is not None:
        _check_room(part.path.parent, total, have)
    meter.start(have, total)
    with part.path.open("ab") as file:
        for chunk in chunks:
            have += len(chunk)
            if have > (MOST_BYTES if total is None else total):
                raise WeightsError("The server sends more than it announced; try a mirror (--url).")
            file.write(chunk)
            meter.add(len(chunk))
    if total is None:
        part.end_at(have)  # the server named no length: its end is the end
    elif have < total:
        raise _BrokenOff(f"The download ended after {have} of {total} bytes.")


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """What has come, without waiting until a chunk is full: so a slow one can be cancelled."""
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        yield chunk


def _check_status(response: requests.Response, url: str) -> None:
    status, host = response.status_code, urlsplit(response.url).hostname
    if url.startswith("https:") and not response.url.startswith("https:"):
        raise WeightsError(f"{host} leads to an address without encryption; try a mirror (--url).")
    if status in (401, 403, 407):
        raise WeightsError(f"{host} refuses to give the file (HTTP {status}).")
    if status in (404, 410):
        raise WeightsError(f"{host} has no such file (HTTP {status}); check the address.")
    if status in (408, 425, 429) or status >= 500:
        raise _BrokenOff(f"{host} can't give the file just now (HTTP {status}).")
    if status != 200 and not (status == 206 and "Range" in response.request.headers):
        raise WeightsError(f"{host} answers with HTTP {status} instead of the file.")


def _check_kind(response: requests.Response, first: bytes) -> None:
    """Networks with a log-in page answer everything with that page."""
    kind = response.headers.get("Content-Type", "").lower()
    start = first[:64].lstrip().lower()
    if kind.startswith("text/html") or start.startswith((b"<!doctype html", b"<html")):
        raise WeightsError(
            f"{urlsplit(response.url).hostname} sent a web page instead of the file: check the "
            "address, and whether this network wants a log-in."
        )
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise WeightsError("The server sends the file compressed; try a mirror (--url).")
    if _length(response) == 0 or not first:
        raise _BrokenOff("The server sent an empty file.")
    if (_length(response) or 0) > MOST_BYTES:
        raise WeightsError("The server's file is far too large; check the address.")


def _check_room(folder: Path, total: int, have: int) -> None:
    """The file, and beside it the copy that it will be converted to."""
    needed, free = 2 * total - have + SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise WeightsError(
            f"The disk is too full: {needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are "
            f"free. Make room or set HAREC_WEIGHTS_DIR to another folder. {_GO_ON}"
        )


def _length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def _content_range(response: requests.Response) -> tuple[int | None, int | None]:
    """Where the part begins (None: nowhere) and the length of the whole (None: not said)."""
    text = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(?:(\d{1,18})|\*)", text.strip())
    if found is None:
        return None, None
    start, total = found.groups()
    return (None if start is None else int(start)), (None if total is None else int(total))


def _validator(response: requests.Response) -> str | None:
    """The mark of this version of the file: a strong ETag, else the time of the last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
