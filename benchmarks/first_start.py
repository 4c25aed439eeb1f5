"""Live just after the server has started: from *Start* to the first frame and the first action.

    python -m benchmarks.first_start [--rounds 2] [--patience 120]

Each time the dashboard is started anew, a headless Chromium with a film for a camera opens Live and
presses Start as soon as it is there, while the models begin to load. Beside harec as it is, in
turns, stands what it would be if Streamlit collected garbage after each run of the page meanwhile,
too (see `dashboard.server.warmup`). The browser works on the same processors.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

from benchmarks.dashboard_process import camera_flags, chromium, dashboard
from benchmarks.hardware import hardware
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec, parse_script

#: What the server runs first.
VARIANTS: Final = {
    "as it is": "",
    "with collections while models load": (
        "from contextlib import nullcontext\n"
        "from dashboard.server import warmup\n"
        "warmup._few_collections = nullcontext"
    ),
}


def camera_film(path: Path) -> None:
    """A film for a browser's camera: two people wave, one of them with both hands.

    Forth and back: the browser plays it again and again, and no turn is a cut.
    """
    scripts = (parse_script("WAVING_1HAND:8"), parse_script("WAVING_2HANDS:8"))
    spec = ClipSpec(scripts, size_wh=(640, 480), fps=30, seed=9, yaw_deg=8)
    jpegs = []
    for frame in simulate_frames(spec):
        bgr = np.ascontiguousarray(frame.rgb[..., ::-1])
        jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        jpegs.append(np.asarray(jpeg, np.uint8).tobytes())
    path.write_bytes(b"".join(jpegs + jpegs[::-1]))


def press_start(page: Any) -> None:
    """On the Live page, once its camera is there."""
    page.frame_locator("iframe[title*=webrtc_streamer]").get_by_role("button", name="Start").click()


def measure(page: Any, patience_s: float) -> tuple[float, float]:
    """Seconds from Start until frames have results, and until a person has an action; inf: not
    within the patience."""
    press_start(page)
    start_s = time.monotonic()
    seconds = []
    for what in (".hl[data-state=running]", ".hl-action small:not(:empty)"):
        left_s = patience_s - (time.monotonic() - start_s)
        try:
            page.locator(what).first.wait_for(timeout=1000 * max(left_s, 0.001))
            seconds.append(time.monotonic() - start_s)
        except PlaywrightTimeout:
            seconds.append(float("inf"))
    return seconds[0], seconds[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--patience", type=float, default=120, help="seconds for each start")
    chosen = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / "camera.mjpeg"
        camera_film(film)
        flags = ["--no-sandbox", "--disable-gpu", *camera_flags(film)]
        for _ in range(chosen.rounds):
            for name, before in VARIANTS.items():
                with dashboard(before) as (address, _):
                    browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
                    page = browser.new_page(viewport={"width": 1280, "height": 1240})
                    page.goto(f"{address}/live")
                    found[name].append(measure(page, chosen.patience))
                    browser.close()
    print(f"{hardware()}; each of {chosen.rounds} rounds, inf: not in {chosen.patience:g} s\n")
    print("| Live on a server that has just started | s to the first frame | to an action |")
    print("|---|--:|--:|")
    for name, times in found.items():
        columns = (", ".join(f"{s:.1f}" for s in column) for column in zip(*times, strict=True))
        print(f"| {name} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
