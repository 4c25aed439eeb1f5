"""A visitor's own actions before the fake camera, chosen while it runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from live_film import CameraFilm
from live_page import NEEDS_CAMERA, LivePage
from playwright.sync_api import expect

from harec.render.palette import TAUGHT_COLORS
from harec.taught.action_set import ActionSet
from harec.taught.examples import stretch

pytestmark = [pytest.mark.e2e, pytest.mark.slow, NEEDS_CAMERA]
TAUGHT = {"スター": (1.2, 4.8), "拍手": (6.2, 9.8)}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The film's person shows the film's two actions."""
    (person,) = CameraFilm.truth_of_it().people
    times_s = np.array(person.times_s)
    ActionSet.teach(
        stretch(label, "film.mp4", times_s, person.keypoints_xyc, *span_s)
        for label, span_s in TAUGHT.items()
    ).save(tmp_path / "mine.harec")
    return tmp_path / "mine.harec"


def test_taught_actions_are_named_and_the_choice_changes_while_the_camera_runs(
    visit, camera_browser, pack
):
    page = visit("teach", of=camera_browser)
    page.get_by_role("button", name="Open a pack").click()
    page.get_by_test_id("stPopoverBody").locator("input[type=file]").set_input_files(pack)
    expect(page.locator(".tr-name")).to_have_text(list(TAUGHT))
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Live").click()
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()

    live = LivePage(page)
    live.switch("Mine")
    expect(page.locator(".hn-count")).to_have_count(len(TAUGHT))
    live.start()
    star = page.locator(".hl-card").filter(has=page.locator(".hl-action", has_text="スター"))
    live.wait_until(lambda: "スター" in live.seen().actions, "the taught action")
    expect(star.first).to_have_attribute("style", f"--now: {TAUGHT_COLORS[0]};")
    live.wait_until(lambda: live.seen().counts.get("スター"), "its repetitions")
    live.wait_until(lambda: "スター" in [bar[1] for bar in live.bars()], "its segment")
    assert not {"Jumping jacks", "Clapping hands"} & {*live.seen().actions}

    stream = live.stream()
    live.switch("The six")
    live.wait_until(lambda: "Jumping jacks" in live.seen().actions, "a built-in action")
    assert live.stream() == stream
