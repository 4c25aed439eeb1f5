"""What browser tests do with any page of the dashboard."""

from __future__ import annotations

from typing import Any

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
