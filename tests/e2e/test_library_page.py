"""The Library page in a browser: a click opens a moment, and its link does so in another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_page import act_until
from made_library import fill_library
from playwright.sync_api import expect
from saved_results import made_result

from harec.batch.store import Store

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TIME = "document.querySelector('.hp-video, video')?.currentTime ?? -1"


@pytest.fixture(scope="module")
def library_server(
    run_server, clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A dashboard whose owner named a library; one of its videos is the clip."""
    folder = tmp_path_factory.mktemp("library") / "films"
    fill_library(Store(str(folder)), annotated=clip.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAREC_LIBRARY", f"Films={folder}")
        with run_server(tmp_path_factory.mktemp("tmp")) as server:
            yield server


def test_a_click_opens_a_moment_and_its_link_does_so_in_another_browser(
    library_server, browser: Any
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.goto(f"{library_server.address}/library")
    expect(page.get_by_text("25 moments in 5 videos")).to_be_visible()

    def filter_by_name() -> None:
        page.get_by_label("Video's name").fill("cam1", timeout=10_000)
        page.get_by_label("Video's name").press("Enter", timeout=10_000)
        expect(page.get_by_text("6 moments in 1 video")).to_be_visible(timeout=10_000)

    act_until(filter_by_name)
    table = page.get_by_test_id("stDataFrame").first

    def click_on_the_third_row() -> None:
        box = table.bounding_box(timeout=10_000)
        assert box is not None  # while it is drawn anew
        page.mouse.click(box["x"] + 200, box["y"] + 38 + 2.5 * 64)
        expect(page.get_by_text("The address bar holds a link")).to_be_visible(timeout=10_000)

    act_until(click_on_the_third_row)
    third_s = third_moment_s()
    page.wait_for_function(f"location.search.includes('t={third_s:.3f}')")
    link = page.evaluate("location.href")
    context.close()

    other = browser.new_context(viewport={"width": 420, "height": 900}, color_scheme="dark")
    page = other.new_page()
    page.goto(link)
    page.wait_for_function(f"Math.abs(({TIME}) - {third_s}) < 0.2")
    expect(page.get_by_role("heading", name="Cam1.mp4", exact=True)).to_be_visible()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)

    def close() -> None:
        if page.evaluate("location.search"):
            page.get_by_role("button", name="Close").click(timeout=10_000)
        page.wait_for_function("location.search === ''", timeout=10_000)

    act_until(close)
    expect(page.get_by_text("25 moments in 5 videos")).to_be_visible()
    other.close()


def third_moment_s() -> float:
    """Start of the third moment of the video, which is within the clip."""
    starts = (s.start_s for person in made_result(seed=1).people for s in person.segments)
    return sorted(starts)[2]
