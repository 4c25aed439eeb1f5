"""Take pictures of the dashboard for the README: docs/analyze.png, yoga.png and teach.png.

    python -m tools.make_pictures

Starts the dashboard, lets a headless Chromium analyse the samples, and photographs the results.
Needs playwright (requirements-dev.txt) and Chromium. docs/live.png needs a camera and is not made
here.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
_WAIT_MS: Final = 600_000
_WIDTH: Final = 1280
_HEIGHT: Final = 1240
#: Below the parts of the page that are shown.
_MARGIN_PX: Final = 24
#: As if the handle below the video had been drawn up: then the timeline is in the picture, too.
_LAYOUT: Final = "localStorage.setItem('harec layout', '{\"tall\": 0.36}')"


@contextmanager
def dashboard() -> Iterator[str]:
    """Runs it on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=10).close()
                break
            except urllib.error.URLError:
                time.sleep(0.3)
        yield address
    finally:
        process.terminate()
        process.wait()


def take(page: Any, at_s: float, until: str, out: Path) -> None:
    """Wait for the sample's result, go to a moment, and photograph the page down to an element."""
    page.get_by_role("button", name="Try the sample").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    page.evaluate(f"document.querySelector('.hp-video').currentTime = {at_s}")
    page.wait_for_function("!document.querySelector('.hp-video').seeking")
    page.wait_for_timeout(2000)  # letters, keypoints and the timeline's own transitions
    box = page.locator(until).first.bounding_box()
    height = min(round(box["y"] + box["height"] + _MARGIN_PX), _HEIGHT)
    page.screenshot(path=out, clip={"x": 0, "y": 0, "width": _WIDTH, "height": height})
    print(f"{out}: {_WIDTH} x {height}")


def take_lessons(page: Any, out: Path) -> None:
    """The Teach page with the example pack, down to the first cards."""
    page.get_by_role("button", name="Try the example pack").click()
    page.get_by_role("button", name="Try it live").wait_for()
    page.locator(".st-key-teach-name").get_by_text("Squat", exact=True).click()
    card = page.locator(".tc-card").first
    card.wait_for()
    page.wait_for_timeout(2000)  # letters, and everybody in motion
    box = card.bounding_box()
    height = round(box["y"] + box["height"] + _MARGIN_PX)
    page.screenshot(path=out, clip={"x": 0, "y": 0, "width": _WIDTH, "height": height})
    print(f"{out}: {_WIDTH} x {height}")


def main() -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with dashboard() as address, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        page.set_default_timeout(_WAIT_MS)
        page.add_init_script(_LAYOUT)
        page.goto(address)
        take(page, 7.65, ".hp-legend", ROOT / "docs" / "analyze.png")
        page.goto(f"{address}/yoga")
        page.get_by_role("tab", name="Practice video").click()
        take(page, 7.5, ".hp-legend", ROOT / "docs" / "yoga.png")
        page.goto(f"{address}/teach")
        take_lessons(page, ROOT / "docs" / "teach.png")
        browser.close()


if __name__ == "__main__":
    main()
