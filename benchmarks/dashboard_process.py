"""The dashboard as a process of its own, for benchmarks and pictures that open it in a browser."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
#: What ``python -m streamlit`` does.
_STREAMLIT: Final = "from streamlit.web.cli import main; main(prog_name='streamlit')"


@contextmanager
def dashboard(before: str = "") -> Iterator[tuple[str, int]]:
    """Its address and the process's number, until the block ends.

    Args:
        before: Python that the process runs first.

    Raises:
        SystemExit: it does not start; with what it said.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    command = [sys.executable, "-c", f"{before}\n{_STREAMLIT}", "run", "streamlit_app.py", *options]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health") as up:
                    if up.status == 200:
                        break
                if process.poll() is not None:
                    log.seek(0)
                    raise SystemExit(log.read())
                time.sleep(0.2)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait()


def chromium() -> str | None:
    """The browser's program; None lets playwright look for its own."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def camera_flags(film: Path) -> list[str]:
    """For a Chromium whose camera shows a film (.mjpeg), and whose visitor allows it."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
