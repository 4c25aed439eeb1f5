"""A store of the test's own, and a server for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer, serve
from zoo_files import small_state, write_zoo_pkl

from harec.pose.weights import download, layout
from harec.pose.weights.spec import DETECTRON2, WEIGHTS_DIR

Serve = Callable[..., FileServer]


@pytest.fixture(autouse=True)
def store_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store, no cache, no weights named by the environment, and short waits."""
    folder = tmp_path / "store"
    monkeypatch.setenv(WEIGHTS_DIR, str(folder))
    monkeypatch.setenv("FVCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(DETECTRON2.environment, raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr(download, "BACK_OFF_S", (0.01, 0.01, 0.01))
    return folder


SMALL_LAYOUT = {name: values.shape for name, values in small_state().items()}


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network has few arrays here, so that its files are small."""
    monkeypatch.setattr(layout, "layout", lambda network: SMALL_LAYOUT)


@pytest.fixture
def harec_command() -> list[str]:
    """``python -m harec`` with that network, as another process."""
    code = (
        f"from harec.pose.weights import layout; layout.layout = lambda network: {SMALL_LAYOUT}; "
        "from harec.cli.main import main; main()"
    )
    return [sys.executable, "-c", code]


@pytest.fixture
def serving() -> Iterator[Serve]:
    """``serving(content, etag=None, ...)`` serves a file until the test ends."""
    with ExitStack() as stack:

        def start(content: bytes, **behaviour: Any) -> FileServer:
            return stack.enter_context(serve(FileServer(content, **behaviour)))

        yield start


@pytest.fixture
def zoo_pkl(tmp_path: Path) -> Path:
    """A small file of the model zoo's kind, about 400 kB."""
    return write_zoo_pkl(tmp_path / "given.pkl", small_state())
