"""Fixtures: a store of the test's own for weights, and a server that gives them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer, serve
from zoo_files import small_state, write_zoo_pkl

from harec.pose.weights import DETECTRON2, arrays, download
from harec.pose.weights.spec import WEIGHTS_DIR

Serve = Callable[..., FileServer]

SMALL_LAYOUT = {name: values.shape for name, values in small_state().items()}


@pytest.fixture
def store_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store for a network of few arrays; no cache, no weights named by the environment,
    and short waits."""
    monkeypatch.setenv(WEIGHTS_DIR, str(tmp_path / "store"))
    monkeypatch.setenv("FVCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(DETECTRON2.environment, raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr(download, "BACK_OFF_S", (0.01, 0.01, 0.01))
    monkeypatch.setattr(arrays, "layout", lambda network: SMALL_LAYOUT)
    return tmp_path / "store"


@pytest.fixture
def harec_command(store_dir: Path) -> list[str]:
    """``python -m harec`` with that store, as another process."""
    code = (
        f"from harec.pose.weights import arrays; arrays.layout = lambda network: {SMALL_LAYOUT}; "
        "from harec.cli.main import main; main()"
    )
    return [sys.executable, "-c", code]


@pytest.fixture
def serving(store_dir: Path) -> Iterator[Serve]:
    """``serving(content, etag=None, ...)`` serves a file until the test ends."""
    with ExitStack() as stack:

        def start(content: bytes, **behaviour: Any) -> FileServer:
            return stack.enter_context(serve(FileServer(content, **behaviour)))

        yield start


@pytest.fixture
def zoo_pkl(tmp_path: Path) -> Path:
    """A small file of the model zoo's kind, about 400 kB."""
    return write_zoo_pkl(tmp_path / "given.pkl", small_state())


def unfinished(folder: Path) -> Path:
    """Waits until a download into ``folder`` has written something: the file that it writes. The
    test's own timeout ends it."""
    while True:
        for part in folder.glob(".unfinished-*/*"):
            if part.stat().st_size:
                return part
        time.sleep(0.01)
