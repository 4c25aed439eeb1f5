"""An S3 server on this machine (moto's), in an environment of its own: see s3-requirements.txt."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from waiting import until

_MOTO = Path(sys.prefix) / "s3" / "bin" / "moto_server"


def moto_is_here() -> bool:
    """Whether `make test` has installed the server."""
    return _MOTO.exists()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url):
            return True
    except OSError:
        return False


@contextmanager
def s3_server(bucket: str) -> Iterator[dict[str, str]]:
    """A server with an empty bucket; what programs need in their environment to use it."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([_MOTO, "-p", str(port)], stdout=quiet, stderr=quiet)
    try:
        until(lambda: _answers(f"{url}/moto-api/"), "moto's start", every_s=0.05)
        urllib.request.urlopen(urllib.request.Request(f"{url}/{bucket}", method="PUT")).close()
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    finally:
        server.kill()
        server.wait()
