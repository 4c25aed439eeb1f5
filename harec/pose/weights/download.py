"""Downloads one large file, and goes on where an earlier try stopped.

What has come so far is kept beside the target as ``NAME.part``, with a note of what it is part of
(``NAME.part.json``): the address, the server's mark of that version of the file (ETag or
Last-Modified) and its length. The rest is asked for with ``Range`` and ``If-Range``, so a server
whose file has changed sends the whole new one; without such a mark a download starts anew.
One download of a target at a time: `harec.pose.weights.lock`.
"""

from __future__ import annotations

import hashlib
import json
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

from harec.core.errors import InputError, WeightsError
from harec.pose.weights.answer import (
    MOST_BYTES,
    DownloadInterrupted,
    DownloadUnavailable,
    NoConnection,
    check_kind,
    check_status,
    content_range,
    length_of,
    plain_network_errors,
    validator_of,
)
from harec.pose.weights.transfer import Meter, OnProgress

CONNECT_TIMEOUT_S: Final = 15
#: Nothing at all for so long counts as a broken connection.
READ_TIMEOUT_S: Final = 30
CHUNK_BYTES: Final = 256 * 1024
#: Waits before each new try. Whoever gets ahead by `AHEAD_BYTES` may break off as often again.
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0)
AHEAD_BYTES: Final = 1024 * 1024
#: Kept free on the disk beside the download itself.
SPARE_BYTES: Final = 64 * 1024**2


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

    def again(self) -> str:
        """What to do after an error: what is kept is only of use where the rest can be had."""
        if self.size() and (self.is_whole() or (self.note is not None and self.note.validator)):
            return "Run it again: it goes on from where it stopped."
        return "Run it again."

    def start(self, note: _Note) -> None:
        """Begin anew with an empty part."""
        self.drop()
        self._write_note(note)
        self.path.touch()

    def go_on(self, response: requests.Response) -> None:
        """Make sure that an answer is the rest of this part. Raises DownloadInterrupted and drops
        it if not.

        Servers that don't know If-Range send the rest of whatever they have now.
        """
        assert self.note is not None
        start, total = content_range(response)
        same = total in (None, self.note.total) or self.note.total is None
        kind = "ETag" if (self.note.validator or "").startswith('"') else "Last-Modified"
        same &= response.headers.get(kind, self.note.validator) == self.note.validator
        if start != self.size() or not same:
            self.drop()
            raise DownloadInterrupted("The server sent another part than it was asked for.")
        if self.note.total is None and total is not None:
            self._write_note(replace(self.note, total=total))

    def end_at(self, total: int | None) -> None:
        """The server says that the file ends at ``total``. Raises DownloadInterrupted if it can't
        be so."""
        if self.note is None or total != self.size():
            self.drop()
            raise DownloadInterrupted("The server's file is another one than before.")
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
    with _plain_disk_errors(part):
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
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f"{url} is no address to download from; it must begin with https:// or http://."
        )


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


@contextmanager
def _plain_disk_errors(part: _Part) -> Iterator[None]:
    try:
        yield
    except (
        OSError
    ) as error:  # requests' own, which are OSErrors too, are DownloadInterrupted by now
        reason = (error.strerror or type(error).__name__).lower()
        raise WeightsError(
            f"The download can't be written ({reason}). Make room or set HAREC_WEIGHTS_DIR to "
            f"another folder. {part.again()}"
        ) from error


def _try_often(url: str, part: _Part, meter: Meter) -> None:
    """Try until the file is whole, patiently as long as it gets ahead."""
    waits, ahead, answered = list(BACK_OFF_S), part.size(), False
    with requests.Session() as session:
        while not part.is_whole():
            meter.check()
            try:
                with plain_network_errors(url):
                    _request(session, url, part, meter)
            except DownloadInterrupted as broken:
                if isinstance(broken, NoConnection) and not answered:
                    raise DownloadUnavailable(str(broken)) from broken  # no network: say so at once
                if part.size() >= ahead + AHEAD_BYTES:
                    waits, ahead = list(BACK_OFF_S), part.size()
                if not waits:
                    raise DownloadUnavailable(f"{broken} {part.again()}") from broken
                meter.wait(waits.pop(0))
            answered = True


def _request(session: requests.Session, url: str, part: _Part, meter: Meter) -> None:
    """Ask once, for the rest where that can be had, else for all; keep what comes.

    Raises:
        DownloadInterrupted: not all came, asking again may help.
        WeightsError: asking again would not help.
    """
    have, headers = part.size(), {"Accept-Encoding": "identity"}  # lengths are the file's own
    if have and part.note is not None and part.note.validator is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.note.validator}
    timeout_s = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    with session.get(url, headers=headers, stream=True, timeout=timeout_s) as response:
        if response.status_code == 416 and "Range" in headers:
            part.end_at(content_range(response)[1])
            return
        check_status(response, url)
        chunks = _chunks(response)
        first = next(chunks, b"")
        check_kind(response, first)  # before anything that came earlier is given up for it
        if response.status_code == 206:
            part.go_on(response)
        else:
            part.start(_Note(_hash(url), validator_of(response), length_of(response)))
        _keep(chain([first], chunks), part, meter)


def _keep(chunks: Iterable[bytes], part: _Part, meter: Meter) -> None:
    """Append what comes. Raises DownloadInterrupted when it is less or more than was announced."""
    assert part.note is not None
    have, total = part.size(), part.note.total
    if total is not None:
        _check_room(part, total)
    meter.start(have, total)
    with part.path.open("ab") as file:
        for chunk in chunks:
            have += len(chunk)
            if have > (MOST_BYTES if total is None else total):
                part.drop()
                raise DownloadUnavailable(
                    "The server sends more than it announced; try a mirror (--url)."
                )
            file.write(chunk)
            meter.add(len(chunk))
    if total is None:
        part.end_at(have)  # the server named no length: its end is the end
    elif have < total:
        raise DownloadInterrupted(f"The download ended after {have} of {total} bytes.")


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """What has come, without waiting until a chunk is full: so a slow one can be cancelled."""
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        yield chunk


def _check_room(part: _Part, total: int) -> None:
    """The file, and beside it the copy that it will be converted to."""
    needed = 2 * total - part.size() + SPARE_BYTES
    free = shutil.disk_usage(part.path.parent).free
    if free < needed:
        raise WeightsError(
            f"The disk is too full: {needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are "
            f"free. Make room or set HAREC_WEIGHTS_DIR to another folder. {part.again()}"
        )
