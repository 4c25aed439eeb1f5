"""How long everything takes to begin: imports, the page's first paint, Analyze to first progress.

    python -m benchmarks.startup [--rounds 5] [--no-browser]

Imports are timed in a fresh interpreter each. The page is served by a fresh process each round and
opened in headless Chromium, which itself runs already and has nothing in its cache:

- first paint, cold: from the address to the upload field on the screen, as the first visitor;
- models ready: from there until the page no longer says that it loads them;
- first paint, warm: the same as the first, for a visitor who comes when the models are there;
- Analyze to progress: from the press of the button to the first speed in frames/s on the screen.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.hardware import Hardware, commit, load_average, versions
from harec.core.errors import HarecError
from harec.core.files import atomic_write, check_place

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "benchmarks" / "results" / "startup.json"
SAMPLE: Final = ROOT / "assets" / "sample.mp4"
#: What each page imports before it is drawn; Streamlit itself is there when a visitor comes.
PAGES: Final = {
    "Analyze": "dashboard.warmup_badge, dashboard.server.published_files, dashboard.sidebar, "
    "dashboard.analyze.intro, "
    "dashboard.analyze.running",
    "Live": "dashboard.warmup_badge, dashboard.server.published_files, dashboard.sidebar, "
    "dashboard.live.camera, "
    "dashboard.live.page, dashboard.live.check",
    "Yoga": "dashboard.warmup_badge, dashboard.server.published_files, dashboard.sidebar, "
    "dashboard.yoga.live, "
    "dashboard.yoga.photo, dashboard.yoga.practice",
}
IMPORTS: Final = {
    "import harec": ("", "harec"),
    "import harec.cli.main": ("", "harec.cli.main"),
    **{f"import the {page} page": ("import streamlit", names) for page, names in PAGES.items()},
}
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_WAIT_MS: Final = 120_000
_CODE: Final = "import time\n{first}\nstart = time.perf_counter()\nimport {modules}\n" + (
    "print(time.perf_counter() - start)"
)

Times = dict[str, list[float]]


def import_s(first: str, modules: str) -> float:
    """Seconds that modules take to import in a fresh interpreter that has run ``first``."""
    code = _CODE.format(first=first, modules=modules)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The dashboard in a process of its own, on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    process = subprocess.Popen(
        command + options,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("the dashboard's server ended at once") from None
                time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def visit(browser: Any, address: str) -> tuple[Any, float]:
    """A new visitor's page, and the seconds until the upload field was on their screen."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(_WAIT_MS)
    start_s = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.get_by_test_id("stFileUploaderDropzone").wait_for()
    return page, time.perf_counter() - start_s


def progress_s(page: Any) -> float:
    """Seconds from the press of Analyze to the first speed on the screen."""
    page.locator("input[type=file]").first.set_input_files(SAMPLE)
    button = page.get_by_role("button", name="Analyze")
    button.wait_for()
    page.wait_for_timeout(1000)  # a visitor's hand; what the upload set off has ended
    start_s = time.perf_counter()
    button.click()
    # The video's own facts say frames/s, too; only progress has parts before it.
    page.get_by_text("· ").filter(has_text="frames/s").filter(has_text="%").first.wait_for()
    return time.perf_counter() - start_s


def page_times(browser: Any, times: Times) -> None:
    """One round with a fresh server."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as address:
        first, cold_s = visit(browser, address)
        start_s = time.perf_counter()
        loading = first.get_by_text("Loading the models")
        first.wait_for_timeout(1000)  # at most 0.5 s before it begins
        loading.wait_for(state="detached")
        times["first paint, cold"].append(cold_s)
        times["models ready"].append(time.perf_counter() - start_s)
        second, warm_s = visit(browser, address)
        times["first paint, warm"].append(warm_s)
        times["Analyze to progress"].append(progress_s(second))
        for page in (first, second):
            page.context.close()


def measure(rounds: int, with_browser: bool) -> Times:
    """Seconds by what was timed, a value for each round."""
    times: Times = defaultdict(list)
    for _ in range(rounds):
        for name, (first, modules) in IMPORTS.items():
            times[name].append(import_s(first, modules))
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not with_browser or chromium is None:
        print("skipped: the page in a browser" + ("" if chromium else " (no chromium here)"))
        return times
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        visit_blank(browser)
        for _ in range(rounds):
            page_times(browser, times)
        browser.close()
    return times


def visit_blank(browser: Any) -> None:
    """The browser's own first page takes longer than all later ones."""
    page = browser.new_page()
    page.goto("about:blank")
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-browser", action="store_true", help="imports only")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        raise SystemExit("--rounds must be at least 1")
    load_before = load_average()
    OUT.parent.mkdir(exist_ok=True)
    try:
        check_place(chosen.out)
        times = measure(chosen.rounds, not chosen.no_browser)
        here = Hardware.here()
        result = {
            "hardware": here.as_dict(),
            "versions": versions(),
            "commit": commit(ROOT),
            "load_before": load_before,
            "seconds": times,
        }
        with atomic_write(chosen.out) as temporary:
            temporary.write_text(json.dumps(result, indent=1) + "\n")
    except HarecError as error:
        raise SystemExit(str(error)) from None
    print(f"{here.line}; {chosen.rounds} rounds; load before {load_before}")
    print(f"{'seconds':<26}{'median':>8}{'best':>8}{'worst':>8}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<26}{median:8.3f}{min(values):8.3f}{max(values):8.3f}")


if __name__ == "__main__":
    main()
