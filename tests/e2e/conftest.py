"""A real server, a real browser, a short simulated clip.

A page is waited for as long as it takes. Live, the pose engine is the truth of the camera's film
(see tests/support/dashboard_server.py); uploads and photos go through the engine that ships.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from live_film import PRACTICE_FROM, CameraFilm, practice_keypoints
from waiting import PATIENCE_S, until

from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script

ROOT = Path(__file__).parents[2]
#: Debian's package first; the others are what the same browser is called elsewhere.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 1000 * PATIENCE_S
HOLD, CLOCK = "models-go-on-loading", "clock"


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """5 s, 320 x 240, 10 frames/s: a person stands, does jumping jacks from 1 to 4 s, stands."""
    path = tmp_path_factory.mktemp("e2e") / "jacks in the park.mp4"
    script = parse_script("STANDING:1,JUMPING_JACKS:3,STANDING:1")
    write_clip(path, ClipSpec((script,), size_wh=(320, 240), fps=10, seed=1))
    return path


class Server(NamedTuple):
    """The dashboard: its address, the folder where it keeps uploads, its process."""

    address: str
    folder: Path
    pid: int

    @property
    def hold(self) -> Path:
        """While this file is there, live sessions go on loading their models."""
        return self.folder / HOLD

    def let_time_pass(self) -> None:
        """Who is gone by now has been gone for too long. It never passes by itself."""
        with (self.folder / CLOCK).open("a") as clock:
            clock.write(".")


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """Playwright expects everything within 5 s, which a busy machine does not keep."""
    from playwright.sync_api import expect

    expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="session")
def truth_file(tmp_path_factory) -> Path:
    """The keypoints of all numbered frames, for the server."""
    practice, own = practice_keypoints(), CameraFilm.truth_of_it().people[0].keypoints_xyc
    truth = np.zeros((PRACTICE_FROM + len(practice), 17, 3), np.float32)
    truth[: len(own)], truth[PRACTICE_FROM:] = own, practice
    path = tmp_path_factory.mktemp("truth") / "truth.npy"
    np.save(path, truth)
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory, truth_file) -> Iterator[Server]:
    """The dashboard on a free port."""
    with _run_server(truth_file, tmp_path_factory.mktemp("tmp")) as server:
        yield server


@pytest.fixture(scope="session")
def run_server(truth_file) -> Callable[..., AbstractContextManager[Server]]:
    """Runs another dashboard."""
    return partial(_run_server, truth_file)


@contextmanager
def _run_server(truth_file: Path, temporary: Path, base: str = "") -> Iterator[Server]:
    """The dashboard on a free port, below the path ``base``, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (temporary / "server.log").open("w+")
    script = ROOT / "tests" / "support" / "dashboard_server.py"
    command = [sys.executable, str(script), str(truth_file)]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    options.append("--server.fileWatcherType=none")  # who edits meanwhile changes nothing here
    options.append(f"--server.baseUrlPath={base}")
    process = subprocess.Popen(
        command + options,
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=_environment(temporary),
    )
    address = f"http://127.0.0.1:{port}" + (f"/{base}" if base else "")
    try:
        _wait_until_up(f"{address}/_stcore/health", process)
        yield Server(address, temporary, process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        log.close()
    assert not list(temporary.glob("harec-spool-*/*")), "the server left files behind"


def _environment(temporary: Path) -> dict[str, str]:
    """The developer's own weights don't matter, and nothing is fetched from the internet."""
    own = {
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
        "HAREC_WEIGHTS_DIR": str(temporary / "weights"),
        "HAREC_DETECTRON2_WEIGHTS": "",
        "FVCORE_CACHE": str(temporary / "cache"),
        "HAREC_TEST_HOLD": str(temporary / HOLD),
        "HAREC_TEST_CLOCK": str(temporary / CLOCK),
        "HAREC_SESSION_GRACE_S": "0.5",  # of that clock
    }
    for name in ("https_proxy", "HTTPS_PROXY"):
        own[name] = "http://127.0.0.1:9"  # no server answers there
    for name in ("no_proxy", "NO_PROXY"):
        own[name] = "127.0.0.1,localhost"
    return {**os.environ, **own}


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    def up() -> bool:
        assert process.poll() is None, "the server ended at once"
        try:
            urllib.request.urlopen(url, timeout=PATIENCE_S).close()
        except OSError:
            return False
        return True

    until(up, "the server's start", 0.1)


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., object]]:
    """Starts a browser with more flags than the usual ones."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browsers = []

        def launch(*flags: str) -> object:
            args = [*FLAGS, *flags]
            browsers.append(playwright.chromium.launch(executable_path=CHROMIUM, args=args))
            return browsers[-1]

        yield launch
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="session")
def browser(launch) -> object:
    """A browser on a machine without a camera."""
    return launch()


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> CameraFilm:
    return CameraFilm.make(tmp_path_factory.mktemp("camera") / "camera.mjpeg")


@pytest.fixture(scope="session")
def launch_camera(launch) -> Callable[[Path], Any]:
    """Starts a browser whose camera shows a film, and whose visitor allows it."""

    def launch_camera(film: Path) -> Any:
        return launch(
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        )

    return launch_camera


@pytest.fixture(scope="session")
def camera_browser(launch_camera, film) -> Any:
    return launch_camera(film.path)


@pytest.fixture
def visit(browser, server) -> Iterator[Callable[..., Any]]:
    """Opens a page as a new visitor; see `_visits`."""
    with _visits(browser, server) as visit:
        yield visit


@pytest.fixture(scope="module")
def visit_for_all(browser, server) -> Iterator[Callable[..., Any]]:
    """The same for a page that several tests play with."""
    with _visits(browser, server) as visit:
        yield visit


@contextmanager
def _visits(browser: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """No page may throw an error, or ask any other machine for anything."""
    errors: list[str] = []
    elsewhere: list[str] = []
    own = ["data:", "blob:", "about:"]
    contexts = []

    def note(asked: Any) -> None:
        if not asked.url.startswith(tuple(own)):
            elsewhere.append(asked.url)

    def visit(
        path: str = "",
        *,
        of: Any = browser,
        context: Any = None,
        script: str = "",
        address: str = server.address,
    ) -> Any:
        """A page of a new visitor of a browser, or a further tab of one who is there, in which a
        script of the test's runs first."""
        if context is None:
            context = of.new_context(viewport={"width": 1280, "height": 1400})
            contexts.append(context)
        page = context.new_page()
        page.add_init_script(script)
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", note)
        page.on("websocket", note)
        own.extend((address, address.replace("http", "ws", 1)))
        page.goto(f"{address.rstrip('/')}/{path}")
        page.get_by_role("heading").first.wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    server.let_time_pass()
    assert errors == []
    assert elsewhere == []
