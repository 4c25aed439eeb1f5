"""F5: what a visitor is asked before, and what is there again after it."""

from __future__ import annotations

import pytest
from browser_page import TOKENS, act_until, reload
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_result_is_asked_about_and_there_again(visit, clip):
    page = visit()
    page.locator("input[type=file]").first.set_input_files(clip)
    analyze = page.get_by_role("button", name="Analyze")
    expect(analyze).to_be_enabled()
    slider = page.get_by_role("slider", name="Action threshold")
    default = slider.get_attribute("aria-valuetext")

    def move_and_reload() -> None:  # a busy page is left before it has sent what was moved
        slider.press("ArrowLeft")
        reload(page, asks=False)  # the file is on the visitor's disk
        expect(analyze).to_be_enabled()
        assert slider.get_attribute("aria-valuetext") != default

    act_until(move_and_reload)
    threshold = slider.get_attribute("aria-valuetext")
    analyze.click()
    page.get_by_role("button", name="Cancel").wait_for()
    reload(page, asks=True)
    player = page.locator(".hp:not(.hp-alone) .barlayer .point").first
    player.wait_for()  # the job went on
    video = page.locator(".hp-video").get_attribute("src")

    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    page.evaluate("document.querySelector('.hp-video').currentTime = 1.3")
    expect(page.locator(".hp-time")).to_contain_text("0:01.30")
    before = dict(page.evaluate(TOKENS))
    reload(page, asks=True)
    player.wait_for()
    assert page.locator(".hp-video").get_attribute("src") == video
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    expect(page.locator(".hp-time")).to_contain_text("0:01.30")
    expect(page.get_by_text("jacks in the park.mp4")).to_be_visible()
    expect(page.get_by_role("button", name="Other video")).to_be_enabled()
    expect(slider).to_have_attribute("aria-valuetext", threshold)

    # Nobody else gets it with the token of before, as a duplicated tab has it.
    name = next(name for name in before if name.endswith("tokens"))
    assert dict(page.evaluate(TOKENS))[name] != before[name]
    tab = (f"sessionStorage.setItem({name!r}, {value!r});" for name, value in before.items())
    other = visit(context=page.context, script="".join(tab))
    other.wait_for_function(
        f"JSON.parse(sessionStorage.getItem({name!r})).length === 1"
        f" && sessionStorage.getItem({name!r}) !== {before[name]!r}"
    )
    expect(other.locator("input[type=file]")).to_have_count(1)
    expect(other.locator(".hp")).to_have_count(0)
    expect(player).to_be_visible()

    with page.expect_download():
        page.get_by_role("link", name="Segments").click()
    reload(page, asks=False)
    player.wait_for()
    assert page.url == page.url.split("?")[0]
