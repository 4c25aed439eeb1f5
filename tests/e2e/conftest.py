"""A real server, a real browser, a short simulated clip, films for the browser's camera.

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
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from live_film import PRACTICE_FROM, CameraFilm, write_film
from waiting import PATIENCE_S, until

from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.yoga_practice import PracticeTruth, write_practice
from harec.yoga.coaching.references import load_references

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
#: How long a visitor who left is waited for. Long enough for a slow machine between two pages.
GRACE_S = 8.0
WAIT_MS = 1000 * PATIENCE_S
HOLD = "models-go-on-loading"


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """6 s, 320 x 240: a person stands, then does jumping jacks, then stands."""
    path = tmp_path_factory.mktemp("e2e") / "jacks in the park.mp4"
    script = parse_script("STANDING:1,JUMPING_JACKS:4,STANDING:1")
    write_clip(path, ClipSpec((script,), size_wh=(320, 240), fps=15, seed=1))
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


@dataclass(frozen=True)
class Practice:
    """A simulated practice, as a file to upload and as a film for a camera."""

    video: Path
    film: Path
    truth: PracticeTruth


#: The front knee is not bent enough.
FAULT = {"left_knee": 135.0}


@pytest.fixture(scope="session")
def practice(tmp_path_factory) -> Practice:
    """Warrior II with a fault, then the tree."""
    folder = tmp_path_factory.mktemp("yoga")
    video, film = folder / "morning practice.mp4", folder / "camera.mjpeg"
    script = (
        ("standing", None, 1.0),
        ("virabhadrasana_ii", "left", 5.0),
        ("vrikshasana", "right", 5.0),
        ("standing", None, 1.0),
    )

    def angles(asana: str, side: Any) -> dict[str, float]:
        fault = FAULT if asana == "virabhadrasana_ii" else {}
        return {**load_references().median(asana, side), **fault}

    truth = write_practice(video, script, size_wh=(320, 240), fps=15, seed=2, angles_of=angles)
    with av.open(str(video)) as read:
        frames = (frame.to_ndarray(format="rgb24") for frame in read.decode(video=0))
        write_film(film, frames, PRACTICE_FROM)
    return Practice(video, film, truth)


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """Playwright expects everything within 5 s, which a busy machine does not keep."""
    from playwright.sync_api import expect

    expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="session")
def truth_file(tmp_path_factory, film, practice) -> Path:
    """The keypoints of all numbered frames, for the server."""
    truth = np.zeros((PRACTICE_FROM + len(practice.truth.times_s), 17, 3), np.float32)
    own = film.truth.people[0].keypoints_xyc
    truth[: len(own)], truth[PRACTICE_FROM:] = own, practice.truth.keypoints_xyc
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
def _run_server(
    truth_file: Path, temporary: Path, base: str = "", grace_s: float = GRACE_S
) -> Iterator[Server]:
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
        env={**_environment(temporary), "HAREC_SESSION_GRACE_S": str(grace_s)},
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
def camera_browser(launch, film) -> object:
    """A browser whose camera shows the film, and whose visitor allows it."""
    return launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film.path}",
    )


@pytest.fixture
def visit(browser, server) -> Iterator[Callable[..., object]]:
    """Opens the page as a new visitor, with a script of the test's.

    No page may throw an error, or ask any other machine for anything.
    """
    errors: list[str] = []
    elsewhere: list[str] = []
    own = ["data:", "blob:", "about:"]

    def note(asked: object) -> None:
        if not asked.url.startswith(tuple(own)):  # type: ignore[attr-defined]
            elsewhere.append(asked.url)  # type: ignore[attr-defined]

    contexts = []

    def visit(init_script=None, address=server.address):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        if init_script is not None:
            page.add_init_script(init_script)
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", note)
        page.on("websocket", note)
        own.extend((address, address.replace("http", "ws", 1)))
        page.goto(address)
        page.get_by_role("heading", name="Who does which action when").wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert errors == []
    assert elsewhere == []
