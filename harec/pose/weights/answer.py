"""What a server's answer means: the file, a part of it, to be tried again, or not to be had."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from harec.core.errors import WeightsError

#: Far more than any weights here; a server that sends without end must not fill the disk.
MOST_BYTES: Final = 2 * 1024**3


class DownloadInterrupted(Exception):
    """Not all came; a new try may go on. The text says what happened."""


class NoConnection(DownloadInterrupted):
    """The server was not reached at all."""


class DownloadUnavailable(WeightsError):
    """The server is not reached or doesn't give the file; another way may help."""


@contextmanager
def plain_network_errors(url: str) -> Iterator[None]:
    """What goes wrong between here and the server, as DownloadInterrupted or
    DownloadUnavailable."""
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
        if error.args and isinstance(error.args[0], urllib3.exceptions.ProtocolError):
            raise DownloadInterrupted(f"{host} hung up.") from error
        raise NoConnection(f"No connection to {host}.") from error
    except urllib3.exceptions.HTTPError as error:
        raise DownloadInterrupted(f"The connection to {host} broke off.") from error
    except requests.RequestException as error:  # endless redirects, a host that is no host
        raise DownloadUnavailable(
            f"Nothing can be downloaded from {host}; check the address."
        ) from error


def check_status(response: requests.Response, url: str) -> None:
    """Raises DownloadInterrupted or DownloadUnavailable unless what follows is the file or the
    part asked for."""
    status, host = response.status_code, urlsplit(response.url).hostname
    if url.lower().startswith("https:") and not response.url.startswith("https:"):
        raise DownloadUnavailable(
            f"{host} leads to an address without encryption; try a mirror (--url)."
        )
    if status in (401, 403, 407):
        raise DownloadUnavailable(f"{host} refuses to give the file (HTTP {status}).")
    if status in (404, 410):
        raise DownloadUnavailable(f"{host} has no such file (HTTP {status}); check the address.")
    if status in (408, 425, 429) or status >= 500:
        raise DownloadInterrupted(f"{host} can't give the file just now (HTTP {status}).")
    if status != 200 and not (status == 206 and "Range" in response.request.headers):
        raise DownloadUnavailable(f"{host} answers with HTTP {status} instead of the file.")


def check_kind(response: requests.Response, first: bytes) -> None:
    """Raises DownloadUnavailable for a web page: networks that want a log-in answer everything
    with it."""
    kind = response.headers.get("Content-Type", "").lower()
    start = first[:64].lstrip().lower()
    if kind.startswith("text/html") or start.startswith((b"<!doctype html", b"<html")):
        raise DownloadUnavailable(
            f"{urlsplit(response.url).hostname} sent a web page instead of the file: check the "
            "address, and whether this network wants a log-in."
        )
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise DownloadUnavailable("The server sends the file compressed; try a mirror (--url).")
    if length_of(response) == 0 or not first:
        raise DownloadInterrupted("The server sent an empty file.")
    if (length_of(response) or 0) > MOST_BYTES:
        raise DownloadUnavailable("The server's file is far too large; check the address.")


def length_of(response: requests.Response) -> int | None:
    """Bytes to come, None when the server doesn't say."""
    if "Transfer-Encoding" in response.headers:  # it counts, a length beside it doesn't
        return None
    text = response.headers.get("Content-Length", "")
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def content_range(response: requests.Response) -> tuple[int | None, int | None]:
    """Where the part begins (None: nowhere) and the length of the whole (None: not said)."""
    text = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(?:(\d{1,18})|\*)", text.strip())
    if found is None:
        return None, None
    start, total = found.groups()
    return (None if start is None else int(start)), (None if total is None else int(total))


def validator_of(response: requests.Response) -> str | None:
    """The mark of this version of the file: a strong ETag, else the time of the last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
