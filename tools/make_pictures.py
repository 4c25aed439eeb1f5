"""Take the pictures of the dashboard for the README and the documents.

    python -m tools.make_pictures [analyze truth correct yoga teach live]

Starts the dashboard, lets a headless Chromium analyse the samples, and photographs the results:
each docs/NAME.png, or those that are named. For live.png two simulated people stand before the
camera; on a busy machine its skeletons lag behind. Needs playwright (requirements-dev.txt) and
Chromium.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.dashboard_process import ROOT, camera_flags, chromium, dashboard
from benchmarks.first_start import camera_film, press_start

_WAIT_MS: Final = 600_000
_WIDTH: Final = 1280
_HEIGHT: Final = 1240
#: Below the parts of the page that are shown.
_MARGIN_PX: Final = 24
#: For letters, keypoints and the timeline's own transitions.
_REST_MS: Final = 2000
#: As if the handle below the video had been drawn up: then the timeline is in the picture, too.
_LAYOUT: Final = "localStorage.setItem('harec layout', '{\"tall\": 0.36}')"

#: What two people do in the sample, as somebody may have noted it.
TRUTH: Final = """person,action,start_s,end_s
Anna,WAVING_1HAND,1.2,4.0
Anna,JUMPING_JACKS,5.0,9.0
Anna,BOXING,10.0,14.0
Ben,CLAPPING_HANDS,2.0,5.0
Ben,BOXING,5.1,5.7
Ben,JUMPING,6.0,9.0
Ben,WAVING_2HANDS,10.0,13.2
"""


def photograph(
    page: Any,
    name: str,
    last: Any,
    first: Any = None,
    *,
    rest_ms: int = _REST_MS,
    margin_px: int = _MARGIN_PX,
) -> None:
    """The page down to an element's end: all of it, or from another element on, as wide as both."""
    page.wait_for_timeout(rest_ms)
    size, end = page.viewport_size, last.bounding_box()
    left, top, right = 0, 0, size["width"]
    if first is not None:
        begin = first.bounding_box()
        left = min(begin["x"], end["x"]) - _MARGIN_PX
        right = max(box["x"] + box["width"] for box in (begin, end)) + _MARGIN_PX
        top = begin["y"] - 4
    bottom = min(end["y"] + end["height"] + margin_px, size["height"])
    width, height = round(right - left), round(bottom - top)
    out = ROOT / "docs" / f"{name}.png"
    page.screenshot(path=out, clip={"x": left, "y": top, "width": width, "height": height})
    print(f"{out}: {width} x {height}")


def try_sample(page: Any, at_s: float) -> None:
    """Wait for the sample's result, and go to a moment."""
    page.get_by_role("button", name="Try the sample").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    page.evaluate(f"document.querySelector('.hp-video').currentTime = {at_s}")
    page.wait_for_function("!document.querySelector('.hp-video').seeking")


def analyze(page: Any) -> None:
    """The README's first picture: the sample's result, down to the legend."""
    try_sample(page, 7.65)
    photograph(page, "analyze", page.locator(".hp-legend").first)


def truth(page: Any) -> None:
    """The sample's result beside a truth, from the timeline down to the table."""
    page.set_viewport_size({"width": _WIDTH, "height": 2 * _HEIGHT})
    try_sample(page, 4.6)
    page.get_by_text("Compare with the truth").click()
    file = {"name": "truth.csv", "mimeType": "text/csv", "buffer": TRUTH.encode()}
    page.locator("input[type=file]").last.set_input_files([file])
    page.get_by_text("Frame accuracy").wait_for()
    figures = page.get_by_test_id("stExpander").filter(has_text="Compare with the truth")
    photograph(page, "truth", figures, page.locator(".hp-plot"))


def correct(page: Any) -> None:
    """The sample's timeline while it is corrected: a new name, and a stretch that is cleared."""
    page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT + 160})
    try_sample(page, 10.5)
    page.locator(".hp").focus()
    keys = page.keyboard
    keys.press("e")
    segments = page.locator(".hp-lane").first.locator(".hp-seg")
    segments.last.click()
    keys.press("s")  # at the playhead
    segments.last.click()
    keys.press("Delete")
    segments.nth(1).click()
    keys.press("Enter")
    keys.type("Star jump")
    keys.press("Enter")
    page.evaluate("document.querySelector('.hp-video').currentTime = 6.9")
    photograph(page, "correct", page.locator(".hp-chart"), page.locator(".hp-screen"), margin_px=4)


def yoga(page: Any) -> None:
    """The practice's result, down to the legend."""
    page.get_by_role("tab", name="Practice video").click()
    try_sample(page, 7.5)
    photograph(page, "yoga", page.locator(".hp-legend").first)


def teach(page: Any) -> None:
    """The example pack, down to the first cards."""
    page.get_by_role("button", name="Try the example pack").click()
    page.get_by_role("button", name="Try it live").wait_for()
    page.locator(".st-key-teach-name").get_by_text("Squat", exact=True).click()
    card = page.locator(".tc-card").first
    card.wait_for()
    photograph(page, "teach", card)


def live(page: Any) -> None:
    """Two people before the camera, both surely named; without the hint of a slow machine."""
    press_start(page)
    sure = page.locator(".hl-action small").filter(has_text=re.compile("^9[0-9] %$"))
    page.wait_for_timeout(15_000)
    sure.nth(1).wait_for()
    page.locator(".hl-hints").evaluate("(hints) => { hints.style.visibility = 'hidden'; }")
    heading = page.get_by_role("heading", name="Live", exact=True)
    photograph(page, "live", page.locator(".hl-card").nth(1), heading, rest_ms=0)


PICTURES: Final = {
    "analyze": ("", analyze),
    "truth": ("", truth),
    "correct": ("", correct),
    "yoga": ("yoga", yoga),
    "teach": ("teach", teach),
    "live": ("live", live),
}


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    names = parser.parse_args().names or list(PICTURES)
    if unknown := set(names) - set(PICTURES):
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    with (
        tempfile.TemporaryDirectory() as folder,
        dashboard() as (address, _),
        sync_playwright() as playwright,
    ):
        flags = ["--no-sandbox", "--disable-gpu"]
        if "live" in names:
            film = Path(folder) / "camera.mjpeg"
            camera_film(film)
            flags += camera_flags(film)
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        for name in names:
            path, take = PICTURES[name]
            page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
            page.set_default_timeout(_WAIT_MS)
            page.add_init_script(_LAYOUT)
            page.goto(f"{address}/{path}")
            take(page)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
