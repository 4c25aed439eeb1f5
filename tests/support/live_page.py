"""The Live page in a browser, in the words of a test."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from waiting import PATIENCE_S

from benchmarks.loopback import own_address

#: Of tests whose browser sends its camera's frames to the server.
NEEDS_CAMERA = pytest.mark.skipif(
    own_address() is None,
    reason="WebRTC uses no loopback address, and this machine has no other one",
)

_FRAME = "iframe[title*='webrtc']"
_PEOPLE = """(root) => {
  const text = (query) => [...root.querySelectorAll(query)].map((e) => e.textContent);
  return {
    state: root.dataset.state ?? '',
    actions: text('.hl-action > span'),
    ids: text('.hl-id'),
    hints: text('.hl-hints > li'),
    recording: text('.hl-rec:not([hidden])')[0] ?? null,
  };
}"""
_METERS = """(root) => Object.fromEntries([...root.querySelectorAll('.hb-meters > span')].map(
  (meter) => [meter.firstChild.data, meter.lastChild.textContent]))"""
_COUNTS = """(root) => Object.fromEntries([...root.querySelectorAll('.hn-count')].map(
  (tile) => [tile.lastElementChild.textContent, Number(tile.firstElementChild.textContent)]))"""
_BARS = """() => {
  const plot = document.querySelector('.hb-plot');
  return (plot?.data ?? []).filter((t) => t.type === 'bar' && t.customdata)
    .flatMap((t) => t.customdata.map((data) => [...data])).filter((data) => data.length >= 4);
}"""
# The file is the video as it is shown: what the server sent back, decoded by the browser.
_PICTURE = """() => {
  const video = document.querySelector('video');
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas.toDataURL('image/png');
}"""
_BROKEN = re.compile("was lost|did not come about")
_STREAM = "() => document.querySelector('video')?.srcObject?.id ?? null"


@dataclass(frozen=True)
class Seen:
    """What the page showed at a moment."""

    state: str
    actions: list[str]
    ids: list[str]
    hints: list[str]
    recording: str | None
    meters: dict[str, str]
    counts: dict[str, int]

    @property
    def time_s(self) -> float:
        return seconds(self.meters.get("Time", "0 s"))

    @property
    def seen_share(self) -> float:
        """Share of the camera's frames that the model sees."""
        return self._rate("Model") / max(self._rate("Camera"), 1.0)

    def _rate(self, meter: str) -> float:
        found = re.match(r"[\d.]+", self.meters.get(meter, ""))
        return float(found[0]) if found else 0.0


def seconds(text: str) -> float:
    """ "24 s" or "1:04 min" as seconds."""
    total = 0.0
    for part in re.findall(r"[\d.]+", text):
        total = 60 * total + float(part)
    return total


class LivePage:
    """A visitor on the Live page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frame = page.frame_locator(_FRAME)
        self.start_button = self.frame.get_by_role("button", name="Start")
        self.stop_button = self.frame.get_by_role("button", name="Stop")
        self.interrupted = self.frame.locator("html[data-harec-interrupted] video")
        self.lost = page.get_by_test_id("stAlert").filter(has_text="was lost")
        self.broken = page.get_by_test_id("stAlert").filter(has_text=_BROKEN)

    def wait_until(self, true: Callable[[], Any], what: str) -> Any:
        """The first answer that is true."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := true()):
            late = time.monotonic() > deadline
            assert not late, f"{what}: not within {PATIENCE_S:.0f} s; {self.seen()}; {self._says()}"
            self.page.wait_for_timeout(100)
        return answer

    def start(self, until: str = "running") -> None:
        self.press_start()
        self.wait_until(lambda: self.reached(until), until)

    def reached(self, state: str) -> bool:
        """Presses Start once more where a machine that is too busy has lost the connection."""
        if self.seen().state == state:
            return True
        again = self._is_new() or self.broken.count() > 0
        if again and self._alone() and self.start_button.is_visible():
            self.press_start()
            expect(self.broken).to_have_count(0)
        return False

    def press_start(self) -> None:
        self.wait_until(self._alone, "one frame")
        self.page.locator(_FRAME).evaluate("(frame) => { frame.dataset.pressed = ''; }")
        self.start_button.click(timeout=1000 * PATIENCE_S)

    def _alone(self) -> bool:
        """For a moment a new frame stands beside the one of a dead connection."""
        return self.page.locator(_FRAME).count() == 1

    def _is_new(self) -> bool:
        return self._alone() and self.page.locator(f"{_FRAME}[data-pressed]").count() == 0

    def stop(self) -> None:
        self.stop_button.click()
        self.wait_until(lambda: self.seen().state == "idle", "stopped")
        self.wait_until(lambda: self._alone() and self.start_button.is_visible(), "Start")

    def seen(self) -> Seen:
        people = self.page.locator(".hl").evaluate(_PEOPLE)
        meters = self.page.locator(".hb").evaluate(_METERS)
        counts = self.page.locator(".hn").evaluate(_COUNTS)
        return Seen(**people, meters=meters, counts=counts)

    def _says(self) -> list[str]:
        """What stands in the page's boxes and on the camera's buttons."""
        boxes = self.page.get_by_test_id("stAlert").all_inner_texts()
        return boxes + self.inner().locator("button").all_inner_texts()

    def bars(self) -> list[list[Any]]:
        """Segments of the timeline: person, label, start, end, ..."""
        return self.page.evaluate(_BARS)

    def picture(self) -> np.ndarray:
        """uint8 (H, W, 3): what the visitor sees of the camera now."""
        url = self.wait_until(lambda: self.inner().evaluate(_PICTURE), "a picture")
        png = base64.b64decode(url.split(",")[1])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def stream(self) -> str:
        """Names the connection: another one after each start."""
        return self.inner().evaluate(_STREAM)

    def inner(self) -> Any:
        """The frame itself, for scripts of a test's."""
        return next(frame for frame in self.page.frames if "webrtc" in frame.url)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def switch(self, name: str) -> None:
        self.page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()

    def choose(self, field: str, option: str) -> None:
        self.page.get_by_role("combobox", name=field).click()
        self.page.get_by_role("option", name=option).click()

    def download(self, name: str, path: Path) -> Path:
        with self.page.expect_download() as started:
            self.page.get_by_role("link", name=name).click()
        started.value.save_as(path)
        return path
