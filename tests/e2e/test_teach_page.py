"""The Teach page as a visitor meets it: clips, the set, its pack, and the webcam."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser_page import act_until
from live_page import NEEDS_CAMERA, LivePage
from playwright.sync_api import expect

from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script
from harec.taught.action_set import ActionSet

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TAUGHT = {"Squat": "SQUAT", "Lunge": "LUNGES", "Biceps curl": "BICEPS_CURLS"}
CARDS = ".tc-card"


@pytest.fixture(scope="module")
def lessons(tmp_path_factory) -> dict[str, Path]:
    """A clip of each action: somebody stands, shows it for three seconds, and stands."""
    folder, paths = tmp_path_factory.mktemp("lessons"), {}
    for seed, (label, motion) in enumerate(TAUGHT.items()):
        paths[label] = folder / f"anna_{motion.lower()}.mp4"
        script = parse_script(f"STANDING:0.5,{motion}:3,STANDING:0.5")
        write_clip(paths[label], ClipSpec((script,), size_wh=(320, 240), fps=10, seed=seed))
    return paths


def name(page: Any, label: str) -> None:
    """Type the name of the action that is shown next."""
    field = page.get_by_role("textbox", name="Its name")

    def type_it() -> None:
        field.fill(label)
        field.press("Enter")
        expect(page.locator("input[type=file]").first).to_be_enabled(timeout=10_000)
        expect(field).to_have_value(label, timeout=10_000)

    act_until(type_it)


def test_three_actions_are_taught_saved_deleted_and_opened(visit, lessons, tmp_path):
    page = visit("teach")
    for count, (label, clip) in enumerate(lessons.items(), start=1):
        name(page, label)
        page.locator("input[type=file]").first.set_input_files(clip)
        expect(page.locator(CARDS)).to_have_count(count)
    expect(page.locator(".tc-name")).to_have_text(list(TAUGHT))
    expect(page.locator(".tr-name")).to_have_text(list(TAUGHT))

    with page.expect_download() as started:
        page.get_by_role("link", name="Save pack").click()
    pack = tmp_path / "mine.harec"
    started.value.save_as(pack)
    torn = tmp_path / "torn.harec"
    torn.write_bytes(pack.read_bytes()[:200])
    taught = ActionSet.load(pack)
    assert taught.labels == tuple(TAUGHT)
    for each in taught.examples:
        assert 2 < each.end_s - each.start_s < 4
        assert each.person == "anna"

    page.get_by_role("button", name="Delete: Lunge").click()
    expect(page.locator(".tr-name")).to_have_text(["Squat", "Biceps curl"])
    page.get_by_label("Name: Biceps curl").select_option("Squat")
    expect(page.locator(".tr-name")).to_have_text(["Squat"])
    page.get_by_role("button", name="Delete all").click()
    page.get_by_role("button", name="Delete all examples").click()
    expect(page.locator(CARDS)).to_have_count(0)

    page.get_by_role("button", name="Open a pack").click()
    opener = page.get_by_test_id("stPopoverBody")
    opener.locator("input[type=file]").set_input_files(pack)
    expect(page.locator(".tr-name")).to_have_text(list(TAUGHT))
    expect(page.locator(CARDS)).to_have_count(3)
    expect(opener).to_have_count(0)

    page.get_by_role("button", name="Open a pack").click()
    opener.locator("input[type=file]").set_input_files(torn)
    expect(opener.get_by_test_id("stAlert")).to_be_visible()  # open as long as it has a problem
    opener.locator("input[type=file]").set_input_files(pack)
    expect(opener).to_have_count(0)
    expect(page.locator(CARDS)).to_have_count(3)


@NEEDS_CAMERA
def test_the_webcam_records_an_example(visit, camera_browser):
    page = visit("teach", of=camera_browser)
    name(page, "Star jump")
    page.get_by_text("Webcam", exact=True).click()
    live = LivePage(page)
    record, keep = (page.get_by_role("button", name=name) for name in ("Record", "Keep"))

    def show_it() -> None:
        """Once more where the connection or the moment was lost on a busy machine."""
        if keep.count() == 0:
            if live.stop_button.count() == 0:
                live.start_button.click(timeout=10_000)
            expect(record).to_be_enabled(timeout=60_000)
            record.click(timeout=10_000)
            expect(page.locator(".tk")).to_be_visible(timeout=10_000)
        keep.click(timeout=60_000)

    act_until(show_it)
    expect(page.locator(CARDS)).to_have_count(1)
    expect(page.locator(".tc-source")).to_have_text([re.compile("webcam")])
    expect(page.locator(".tr-name")).to_have_text(["Star jump"])
