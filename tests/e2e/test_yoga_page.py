"""The Yoga page as a visitor meets it: a photo and a practice video, both simulated.

The live coach is in test_live_yoga.py.
"""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from browser_page import act_until, reload, to_tab
from live_film import PRACTICE, faulty_angles
from PIL import Image
from playwright.sync_api import expect
from waiting import PATIENCE_S

from harec.simulate.scene.asana_figure import draw_asana
from harec.simulate.yoga_practice import PracticeTruth, write_practice
from harec.yoga.recognition.asanas import ASANAS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NAMES = [ASANAS[name].sanskrit for name in ("virabhadrasana_ii", "vrikshasana")]
# What the bars of the timeline stand for: hold, asana, side, start, end, best score. None while
# the page puts another timeline in its place.
BARS = """() => {
  const plot = document.querySelector('.hp:not(.hp-alone) .hp-plot');
  if (!plot?.data) return [];
  const points = [...plot.querySelectorAll('.barlayer .point')];
  const data = plot.data.filter((trace) => trace.type === 'bar')
    .flatMap((trace) => trace.y.map((_, i) => trace.customdata[i]));
  if (data.length !== points.length) return [];
  return points.map((point, i) => {
    const {x, y, width, height} = point.getBoundingClientRect();
    return {x, y, width, height, data: data[i]};
  }).sort((a, b) => a.x - b.x);
}"""
# Whether the canvas shows the green of angles that are as they should be.
GREEN = """() => {
  const canvas = document.querySelector('.hp-canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    count += data[i] === 72 && data[i + 1] === 214 && data[i + 2] === 166 && data[i + 3] === 255;
  }
  return count > 200;
}"""


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "warrior.png"
    angles = faulty_angles("virabhadrasana_ii", "left")
    rgb = draw_asana("virabhadrasana_ii", "left", size_wh=(640, 480), angles_deg=angles)
    Image.fromarray(rgb).save(path)
    return path


@pytest.fixture(scope="module")
def practice(tmp_path_factory) -> tuple[Path, PracticeTruth]:
    """Warrior II with a fault, then the tree, and what is true of them."""
    path = tmp_path_factory.mktemp("yoga") / "morning practice.mp4"
    options = {"size_wh": (320, 240), "fps": 10, "seed": 2, "angles_of": faulty_angles}
    return path, write_practice(path, PRACTICE, **options)


@pytest.fixture(scope="module")
def yoga(visit_for_all) -> Any:
    """The page, for one visitor who tries everything."""
    return visit_for_all("yoga")


def choose(page: Any, path: Path) -> None:
    # Those of other tabs may still be there for a moment, out of sight.
    page.get_by_role("tabpanel").locator("input[type=file]").first.set_input_files(path)


def analyze(page: Any, path: Path) -> None:
    choose(page, path)
    page.get_by_role("button", name="Analyze").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.get_by_text("Best moments").wait_for()
    page.wait_for_function("document.querySelector('.hp-video')?.readyState >= 2")


def bars_at_rest(page: Any, count: int) -> list[dict[str, Any]]:
    """The timeline's bars, once all are there and none moves."""
    before: list[dict[str, Any]] = []
    for _ in range(round(PATIENCE_S / 0.3)):
        bars = page.evaluate(BARS)
        if len(bars) == count and bars == before:
            return bars
        before = bars
        page.wait_for_timeout(300)
    raise AssertionError(f"not {count} bars at rest: {before}")


def click_bar(page: Any, index: int, count: int) -> None:
    """Until the video is at the start of what the bar stands for: the page may still move."""

    def click() -> float:
        page.locator(".hp:not(.hp-alone) .hp-plot").scroll_into_view_if_needed()
        bar = bars_at_rest(page, count)[index]
        page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
        return float(bar["data"][3])

    arrived = "(s) => Math.abs(document.querySelector('.hp-video')?.currentTime - s) < 0.1"
    act_until(lambda: page.wait_for_function(arrived, arg=click(), timeout=5000))


def download(page: Any, name: str, path: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    started.value.save_as(path)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


class Report(HTMLParser):
    """What stands in a report."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pictures: list[str] = []
        self.words: list[str] = []
        self.elsewhere: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "href"):
                where = self.pictures if (value or "").startswith("data:image/") else self.elsewhere
                where.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_gallery_has_a_figure_for_each_asana(yoga):
    expect(yoga.locator(".hg-card img")).to_have_count(len(ASANAS))
    for asana in ASANAS.values():
        expect(yoga.locator(".hg-name", has_text=asana.sanskrit).first).to_be_visible()
    # Nothing sticks out of a phone's screen.
    size = yoga.viewport_size
    yoga.set_viewport_size({"width": 420, "height": 900})
    yoga.wait_for_function(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    yoga.set_viewport_size(size)


def test_what_is_no_photo_is_told_and_the_next_one_is_judged_and_outlives_a_reload(
    yoga, photo, tmp_path
):
    alert = yoga.get_by_test_id("stAlert")
    text, wall = tmp_path / "renamed.jpg", tmp_path / "wall.png"
    text.write_text("dear diary")
    choose(yoga, text)
    expect(alert).to_contain_text('"renamed.jpg" is not a picture')
    Image.fromarray(np.full((300, 300, 3), 200, np.uint8)).save(wall)
    choose(yoga, wall)
    expect(alert).to_contain_text("Nobody was found")
    choose(yoga, photo)
    expect(yoga.locator(".hy-title")).to_have_text("Vīrabhadrāsana II")
    expect(alert).to_have_count(0)
    assert 20 < float(yoga.locator(".hy-score").text_content()) < 95
    expect(yoga.locator(".hy-side")).to_have_text("Left side: the left knee is bent")
    expect(yoga.locator(".hy-feedback li").first).to_contain_text("Bend your front knee more")
    shown = yoga.locator(".st-key-yoga-photo img")
    shown.wait_for()
    assert shown.evaluate("(image) => image.naturalWidth") == 640
    to_tab(yoga, "Practice video")
    yoga.get_by_role("button", name="Try the sample").wait_for()
    reload(yoga, asks=True)
    expect(yoga.get_by_role("tab", name="Practice video")).to_have_attribute(
        "aria-selected", "true"
    )
    to_tab(yoga, "Photo")
    expect(yoga.locator(".hy-title")).to_have_text("Vīrabhadrāsana II")


def test_a_practice_video_gives_holds_timeline_and_report(yoga, practice, tmp_path):
    page, (video, truth) = yoga, practice
    to_tab(page, "Practice video")
    analyze(page, video)
    bars = bars_at_rest(page, 2)
    named = [(bar["data"][1], bar["data"][2]) for bar in bars]
    assert named == [("virabhadrasana_ii", "left"), ("vrikshasana", "right")]
    for bar, hold in zip(bars, truth.holds, strict=True):
        # An asana is named somewhat before it is fully there, and after it is being left.
        assert bar["data"][3] == pytest.approx(hold.start_s, abs=1.2)
        assert bar["data"][4] == pytest.approx(hold.end_s, abs=1.2)
    click_bar(page, 1, 2)
    expect(page.locator(".hp-chip")).to_have_text("You: Vṛkṣāsana, right")
    middle_s = (bars[1]["data"][3] + bars[1]["data"][4]) / 2
    page.evaluate(f"document.querySelector('.hp-video').currentTime = {middle_s}")
    page.wait_for_function(GREEN)

    def expect_a_sequence() -> None:
        field = page.get_by_role("textbox", name="Expected sequence")
        field.fill("")  # the same text again would be no news to the page
        field.fill("warrior II left, tree right, triangle")
        field.press("Enter")
        page.get_by_text("Trikoṇāsana · not seen").wait_for(timeout=10_000)

    act_until(expect_a_sequence)

    report = Report(download(page, "Report", tmp_path / "report.html").read_text("utf-8"))
    assert len(report.pictures) == 2
    assert report.elsewhere == []  # it stands by itself
    words = " ".join(report.words)
    assert all(name in words for name in NAMES)
    assert "Bend your front knee more" in words
    result = json.loads(download(page, "Everything", tmp_path / "practice.json").read_text())
    assert [hold["asana"] for hold in result["holds"]] == ["virabhadrasana_ii", "vrikshasana"]
    assert result["holds"][0]["best_score"] < result["holds"][1]["best_score"]
    rows = rows_of(download(page, "Holds", tmp_path / "p.csv"))
    assert [row["side"] for row in rows] == ["left", "right"]
    page.get_by_role("button", name="Coached video").click()
    with av.open(str(download(page, "Coached video", tmp_path / "coached.mp4"))) as coached:
        assert coached.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in coached.decode(video=0)) == len(truth.times_s)

    def ask_for_longer_holds() -> None:
        page.get_by_role("slider", name="Minimum hold (s)").press("End")  # than any here
        page.get_by_text("No asana was held for 10 s").wait_for(timeout=10_000)

    act_until(ask_for_longer_holds)
    to_tab(page, "Photo")
    to_tab(page, "Practice video")
    expect(page.get_by_text("No asana was held for 10 s")).to_be_visible()
