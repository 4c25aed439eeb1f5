"""Memory of the dashboard: a large upload, and the result of an hour with several people.

    python -m benchmarks.page_memory [--megabytes 450] [--minutes 60] [--people 4]

Starts the dashboard, opens it in headless Chromium, and prints the memory of the server's process:
with its models; at most while a file is sent (Streamlit holds an upload in memory until it is
there, then harec copies it to disk and lets go of it); afterwards; with an hour's saved result; and
after its labels have followed a slider again and again. Linux only.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import expect, sync_playwright

from benchmarks.dashboard_process import ROOT, chromium, dashboard
from benchmarks.hardware import hardware
from benchmarks.soak import Known, write_clip
from harec.analysis.analyze import analyze
from harec.analysis.results import AnalysisSettings

_WAIT_MS: Final = 600_000
_SLIDES: Final = 20


class Memory:
    """The memory of a process that is in use, in MB, looked at ten times a second."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.most = 0.0
        self._end = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def now(self) -> float:
        """In MB."""
        lines = self._status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def close(self) -> None:
        """Look no more."""
        self._end.set()

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            with suppress(OSError, StopIteration):
                self.most = max(self.most, self.now())


def padded_sample(path: Path, megabytes: float) -> None:
    """The sample with a box at its end that no player looks into."""
    shutil.copy(ROOT / "assets" / "sample.mp4", path)
    size = round(megabytes * 2**20)
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", size, b"free"))
        file.truncate(file.tell() + size - 8)


def saved_result(path: Path, minutes: float, people: int) -> None:
    """What `harec.analysis` makes of a long film, by a stand-in for the engine."""
    clip = path.with_suffix(".mp4")
    write_clip(clip, minutes)
    settings = AnalysisSettings(skip=0, max_people=people)
    analyze(clip, settings, estimator=Known(people)).save(path)


def measure(
    visit: Callable[[], Any], memory: Memory, upload: Path, result: Path
) -> Iterator[tuple[str, float]]:
    """A row each: what was done, and the memory in MB."""
    page = visit()
    page.wait_for_timeout(5000)
    expect(page.get_by_text("Loading the models")).to_have_count(0)
    yield "with its models", memory.now()
    memory.most = 0.0
    page.locator("input[type=file]").first.set_input_files(upload)
    expect(page.get_by_role("button", name="Analyze")).to_be_enabled()
    yield f"at most while {upload.stat().st_size / 2**20:.0f} MB are sent", memory.most
    page.wait_for_timeout(3000)
    yield "with the upload on disk", memory.now()
    page = visit()
    page.locator("input[type=file]").first.set_input_files(result)
    page.locator(".hp").first.wait_for()
    page.wait_for_timeout(3000)
    yield f"with a result of {result.stat().st_size / 2**20:.0f} MB", memory.now()
    slider = page.get_by_role("slider", name="Action threshold")
    for number in range(_SLIDES):
        slider.press("ArrowRight" if number % 2 else "ArrowLeft")
        page.wait_for_timeout(1500)
    yield f"after {_SLIDES} moves of a slider", memory.now()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--megabytes", type=float, default=450, help="of the upload")
    parser.add_argument("--minutes", type=float, default=60, help="of the result")
    parser.add_argument("--people", type=int, default=4)
    chosen = parser.parse_args()
    print(f"{hardware()}; {chosen.minutes:g} minutes, {chosen.people} people\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        upload, result = folder / "large.mp4", folder / "long.harec-result"
        padded_sample(upload, chosen.megabytes)
        saved_result(result, chosen.minutes, chosen.people)
        with dashboard() as (address, pid), sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            expect.set_options(timeout=_WAIT_MS)

            def visit() -> Any:
                page = browser.new_page(viewport={"width": 1280, "height": 1400})
                page.set_default_timeout(_WAIT_MS)
                page.goto(address)
                page.locator("input[type=file]").first.wait_for(state="attached")
                return page

            memory = Memory(pid)
            print("| the server's process | MB |\n|---|--:|")
            for what, megabytes in measure(visit, memory, upload, result):
                print(f"| {what} | {megabytes:.0f} |", flush=True)
            memory.close()
            browser.close()


if __name__ == "__main__":
    main()
