"""Downloads one large file, and continues where an earlier try stopped.

What has come so far lies in a folder named after the address, the server's mark of this version of
the file (ETag or Last-Modified) and its length, so bytes of two versions are never joined. Packages
that resume do that (gdown, pypdl, huggingface_hub), or stay stuck at a server without ranges.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from harec.core.errors import WeightsError
from harec.pose.weights.transfer import Meter, OnProgress

CONNECT_TIMEOUT_S: Final = 15
#: Nothing at all for so long counts as a broken connection.
READ_TIMEOUT_S: Final = 30
CHUNK_BYTES: Final = 256 * 1024
#: Waits before each new try; all of them again after a try that got ahead by `AHEAD_BYTES`.
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0)
AHEAD_BYTES: Final = 1024 * 1024
#: Far more than any weights here; a server that sends without end must not fill the disk.
MOST_BYTES: Final = 2 * 1024**3


class DownloadUnavailable(WeightsError):
    """The server is not reached or doesn't give the file; another way may help."""


class DownloadInterrupted(Exception):
    """Not all came; a new try may continue. The text says what happened."""


def download(
    url: str,
    folder: Path,
    name: str,
    *,
    on_progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Get an http(s) ``url`` as a file called ``name`` inside ``folder``, which must exist.

    After an error or a stop what has come stays for the next try, until `discard` removes it.

    Raises:
        WeightsError: it did not come: no network, a refusal, a broken connection, another length
            than announced, a web page, a full disk. The text says what to do.
        Cancelled: the event was set.
    """
    meter, waits, answered = Meter(on_progress, cancel), list(BACK_OFF_S), False
    while True:
        meter.wait(0)
        before = meter.done_bytes
        try:
            with _plain_errors(url, answered):
                return _try(url, folder, name, meter)
        except DownloadInterrupted as broken:
            if meter.done_bytes >= before + AHEAD_BYTES:
                waits = list(BACK_OFF_S)
            if not waits:
                raise DownloadUnavailable(
                    f"{broken} Run it again: it goes on from where it stopped if the server can."
                ) from broken
            meter.wait(waits.pop(0))
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise WeightsError(
                f"The download can't be written ({reason}). Make room or set HAREC_WEIGHTS_DIR to "
                "another folder, and run it again."
            ) from error
        answered = True


def discard(folder: Path, but: Path | None = None) -> None:
    """Remove downloads, also unfinished ones, ``but`` one."""
    for unfinished in folder.glob(".unfinished-*"):
        if unfinished != but:
            shutil.rmtree(unfinished)


def _try(url: str, folder: Path, name: str, meter: Meter) -> Path:
    """Get the rest where that can be had, else all. Raises DownloadInterrupted if less came."""
    with _get(url, {}) as response:
        chunks = _chunks(response, url)
        mark, total = _mark(response), _length(response)
        if (total or 0) > MOST_BYTES:
            raise DownloadUnavailable("The server's file is far too large; check the address.")
        key = hashlib.sha256(f"{url} {mark} {total}".encode()).hexdigest()[:16]
        part = folder / f".unfinished-{key}" / name
        discard(folder, but=part.parent)
        part.parent.mkdir(exist_ok=True)
        if mark is None or total is None or not part.exists() or part.stat().st_size > total:
            part.write_bytes(b"")
        have = part.stat().st_size
        if have == 0:
            return _keep(chunks, part, total, meter)
    if have == total:
        return part
    with _get(url, {"Range": f"bytes={have}-", "If-Range": str(mark)}) as response:
        chunks = _chunks(response, url)
        answer = (_mark(response), response.headers.get("Content-Range"))
        if response.status_code == 200 and (_mark(response), _length(response)) == (mark, total):
            part.write_bytes(b"")  # all of it: the server knows no ranges
        elif answer != (mark, f"bytes {have}-{(total or 0) - 1}/{total}"):
            part.unlink()  # the file has changed
            raise DownloadInterrupted("The server sent another part than it was asked for.")
        return _keep(chunks, part, total, meter)


def _get(url: str, headers: dict[str, str]) -> requests.Response:
    headers = {"Accept-Encoding": "identity", **headers}  # lengths are the file's own
    return requests.get(
        url, headers=headers, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    )


def _keep(chunks: Iterable[bytes], part: Path, total: int | None, meter: Meter) -> Path:
    """Append what comes. Raises DownloadInterrupted when it is less than was announced."""
    have, most = part.stat().st_size, MOST_BYTES if total is None else total
    if shutil.disk_usage(part.parent).free < 2 * (total or 0) - have:  # a copy is made of it
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    meter.start(have, total)
    with part.open("ab") as file:
        for chunk in chunks:
            have += len(chunk)
            if have > most:
                part.unlink()
                raise DownloadUnavailable("The server sends too much; try a mirror (--url).")
            file.write(chunk)
            meter.add(len(chunk))
    if total is not None and have < total:
        raise DownloadInterrupted(f"The download ended after {have} of {total} bytes.")
    return part


@contextmanager
def _plain_errors(url: str, answered: bool) -> Iterator[None]:
    """What goes wrong between here and the server, as one of this module's errors."""
    host = urlsplit(url).hostname
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise DownloadUnavailable(
            f"No secure connection to {host}: its certificate or encryption is not accepted here."
        ) from error
    except (requests.ReadTimeout, urllib3.exceptions.TimeoutError) as error:
        raise DownloadInterrupted(f"{host} did not answer in time.") from error
    except requests.ConnectionError as error:
        kind = DownloadInterrupted if answered else DownloadUnavailable  # no network: at once
        raise kind(f"No connection to {host}.") from error
    except urllib3.exceptions.HTTPError as error:
        raise DownloadInterrupted(f"The connection to {host} broke off.") from error
    except requests.RequestException as error:  # endless redirects, a host that is no host
        raise DownloadUnavailable(
            f"Nothing can be downloaded from {host}; check the address."
        ) from error


def _chunks(response: requests.Response, url: str) -> Iterator[bytes]:
    """The content as it comes. Raises unless it is the file, or the part asked for."""
    status, host = response.status_code, urlsplit(response.url).hostname
    if url.lower().startswith("https:") and not response.url.startswith("https:"):
        raise DownloadUnavailable(
            f"{host} leads to an address without encryption; try a mirror (--url)."
        )
    if status in (408, 425, 429) or status >= 500:
        raise DownloadInterrupted(f"{host} can't give the file just now (HTTP {status}).")
    if status != 200 and not (status == 206 and "Range" in response.request.headers):
        raise DownloadUnavailable(
            f"{host} doesn't give the file (HTTP {status} {response.reason}); check the address."
        )
    # not `iter_content`: it waits until a chunk is full, a slow download could not be cancelled
    chunks = iter(lambda: response.raw.read1(CHUNK_BYTES, decode_content=False), b"")
    first = next(chunks, b"")
    kind = response.headers.get("Content-Type", "").lower()
    if kind.startswith("text/html") or re.match(rb"\s*<(!doctype )?html", first, re.IGNORECASE):
        raise DownloadUnavailable(  # networks that want a log-in answer everything with it
            f"{host} sent a web page instead of the file: check the address, and whether this "
            "network wants a log-in."
        )
    return chain([first], chunks)


def _length(response: requests.Response) -> int | None:
    """Of the content in bytes, None when the server doesn't say."""
    text = response.headers.get("Content-Length", "")
    chunked = "Transfer-Encoding" in response.headers  # it counts, a length beside it doesn't
    return int(text) if text.isdecimal() and not chunked else None


def _mark(response: requests.Response) -> str | None:
    """Of this version of the file: a strong ETag, else the time of the last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
