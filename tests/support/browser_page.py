"""What browser tests do with any page of the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

TOKENS = "Object.entries(sessionStorage).filter(([name]) => name.startsWith('harec '))"
# Whether the page would have the browser ask.
ASKS = "!window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"


def reload(page: Any, *, asks: bool) -> None:
    """F5, and yes to what is asked, as it is once the server's answer has reached the page."""
    asked: list[str] = []

    def accept(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.wait_for_function(f"{TOKENS}.length > 0 && {ASKS} === {str(asks).lower()}")
    page.on("dialog", accept)
    page.reload()
    page.remove_listener("dialog", accept)
    assert asked == ["beforeunload"] * asks


def to_tab(page: Any, name: str) -> None:
    """Of the Yoga page."""
    tab = page.get_by_role("tab", name=name)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def act_until(act: Callable[[], Any]) -> None:
    """Again until it works: what a visitor does while the page is put together may be lost."""
    for _ in range(30):
        try:
            act()
            return
        except (AssertionError, PlaywrightTimeout):
            pass
    act()


def slide_to_end(page: Any, name: str, key: str) -> None:
    """A slider to its end with the key ``Home`` or ``End``."""
    slider = page.get_by_role("slider", name=name)

    def press() -> None:
        slider.press(key)
        end = slider.get_attribute({"Home": "min", "End": "max"}[key])
        expect(slider).to_have_value(end, timeout=10_000)

    act_until(press)
