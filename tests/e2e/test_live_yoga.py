"""The live coach of the Yoga page: a simulated practice is the camera."""

from __future__ import annotations

import csv
import json
import re

import pytest
from browser_page import to_tab
from live_film import PRACTICE_FROM, practice_keypoints, write_film
from live_page import NEEDS_CAMERA, LivePage
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.slow, NEEDS_CAMERA]


def test_the_live_coach_names_times_corrects_and_saves(visit, launch_camera, tmp_path):
    film = tmp_path / "practice.mjpeg"
    write_film(film, len(practice_keypoints()), PRACTICE_FROM)
    page = visit("yoga", of=launch_camera(film))
    to_tab(page, "Live coach")
    live = LivePage(page)
    live.choose("Picture size", "320 × 240")
    page.get_by_text("Size and rate are asked").wait_for()
    live.start_button.click()
    page.locator('.hy[data-state="running"]').wait_for()
    title, hold = page.locator(".hy-title"), page.locator(".hy-hold b")

    expect(title).to_have_text("Vīrabhadrāsana II")
    expect(page.locator(".hy-side")).to_have_text("Left side: the left knee is bent")
    expect(page.locator(".hy-cue")).to_have_text("Bend your front knee more")
    expect(page.locator(".hy-score")).to_have_text(re.compile(r"^[3-9]\d$"))
    expect(title).to_have_text("Vṛkṣāsana")
    expect(page.locator(".hy-side")).to_contain_text("Right side")
    expect(hold).to_have_text(re.compile("^[2-5] s$"))
    held = page.locator(".hy-holds li")
    expect(held.filter(has_text="Vṛkṣāsana, right")).not_to_have_count(0)
    picture = live.picture()
    assert picture.shape[:2] == (240, 320)

    live.stop_button.click()
    page.locator('.hy[data-state="idle"]').wait_for()
    page.get_by_role("button", name="Save session").click()
    saved = json.loads(live.download("Everything", tmp_path / "yoga.json").read_text())
    kinds = {(each["asana"], each["side"]) for each in saved["holds"]}
    assert ("vrikshasana", "right") in kinds
    assert kinds <= {("virabhadrasana_ii", "left"), ("vrikshasana", "right"), ("tadasana", None)}
    with live.download("Holds", tmp_path / "yoga.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(saved["holds"])
    to_tab(page, "Photo")
    expect(page.locator("iframe")).to_have_count(0)  # no camera in a closed tab
    to_tab(page, "Live coach")
    expect(page.locator(".hy-done h4")).to_contain_text("so far")
