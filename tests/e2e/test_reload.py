"""F5: what a visitor is asked before, and what is there again after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from waiting import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TOKENS = "Object.entries(sessionStorage).filter(([name]) => name.startsWith('harec '))"


@pytest.fixture(scope="module")
def patient(run_server, tmp_path_factory) -> Iterator[Any]:
    """A server that waits for a visitor as long as any machine takes to load a page."""
    with run_server(tmp_path_factory.mktemp("reload"), grace_s=2 * PATIENCE_S) as server:
        yield server


@pytest.fixture
def open_page(browser, patient) -> Iterator[Callable[..., Any]]:
    """Opens a page of a new visitor, or a further tab of one who is there."""
    contexts, errors = [], []

    def open_page(path: str = "", context: Any = None, tab: dict[str, str] | None = None) -> Any:
        if context is None:
            context = browser.new_context(viewport={"width": 1280, "height": 1000})
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE_S)
        page.on("pageerror", lambda error: errors.append(str(error)))
        for name, value in (tab or {}).items():  # as browsers do that duplicate a tab
            page.add_init_script(f"sessionStorage.setItem({name!r}, {value!r})")
        page.goto(f"{patient.address}/{path}")
        page.wait_for_function(f"{TOKENS}.length > 0")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def reload(page: Any) -> list[str]:
    """F5, and yes to what is asked; returns the kinds of the questions."""
    asked: list[str] = []

    def accept(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.reload()
    page.remove_listener("dialog", accept)
    return asked


def test_a_result_is_asked_about_and_there_again(open_page, clip, tmp_path):
    page = open_page()
    page.get_by_role("heading", name="Who does which action when").click()
    assert reload(page) == []  # nothing to lose
    page.locator("input[type=file]").first.set_input_files(clip)
    analyze = page.get_by_role("button", name="Analyze")
    expect(analyze).to_be_enabled()
    page.get_by_role("slider", name="Action threshold").press("ArrowLeft")
    threshold = page.get_by_role("slider", name="Action threshold").get_attribute("aria-valuetext")
    assert reload(page) == []  # the file is on the visitor's disk
    analyze.click()
    page.get_by_role("button", name="Cancel").wait_for()
    assert reload(page) == ["beforeunload"]
    player = page.locator(".hp:not(.hp-alone) .barlayer .point").first
    player.wait_for()  # the job went on
    video = page.locator(".hp-video").get_attribute("src")

    before = dict(page.evaluate(TOKENS))
    assert reload(page) == ["beforeunload"]
    player.wait_for()
    assert page.locator(".hp-video").get_attribute("src") == video
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    expect(page.get_by_text("jacks in the park.mp4")).to_be_visible()
    expect(page.get_by_role("button", name="Other video")).to_be_enabled()
    slider = page.get_by_role("slider", name="Action threshold")
    expect(slider).to_have_attribute("aria-valuetext", threshold)
    page.screenshot(path=tmp_path / "restored.png", full_page=True)

    # Nobody else gets it: not with the token of now, nor with that of before.
    assert dict(page.evaluate(TOKENS)) != before
    for copied in (before, dict(page.evaluate(TOKENS))):
        other = open_page(context=page.context, tab=copied)
        name = next(name for name in copied if name.endswith("tokens"))
        other.wait_for_function(
            f"JSON.parse(sessionStorage.getItem({name!r})).length === 1"
            f" && sessionStorage.getItem({name!r}) !== {copied[name]!r}"
        )
        expect(other.locator("input[type=file]")).to_have_count(1)
        expect(other.locator(".hp")).to_have_count(0)
        other.close()
    expect(player).to_be_visible()

    with page.expect_download():
        page.get_by_role("link", name="Segments").click()
    assert reload(page) == []
    player.wait_for()
    assert page.url == page.url.split("?")[0]


def test_yogas_tab_and_photo_are_there_again(open_page):
    page = open_page("yoga")
    page.get_by_role("button", name="Try a sample").click()
    title = page.locator(".hy-title")
    title.wait_for()
    named = title.text_content()
    assert reload(page) == ["beforeunload"]
    expect(title).to_have_text(named)
    expect(page.get_by_text("sample photo")).to_be_visible()
    with page.expect_download():
        page.get_by_role("button", name="Save the photo").click()
    page.wait_for_function("true")
    page.get_by_role("tab", name="Practice video").click()
    page.get_by_role("button", name="Try the sample").wait_for()
    assert reload(page) == []
    expect(page.get_by_role("tab", name="Practice video")).to_have_attribute(
        "aria-selected", "true"
    )
