"""Who gets an earlier visitor back after a reload, and who doesn't."""

from __future__ import annotations

import threading

import pytest
from waiting import PATIENCE_S

from dashboard import visitor as visitor_module
from dashboard.browser_tab import TabInUse, Tabs
from dashboard.visitor import Visitor


@pytest.fixture
def connected(monkeypatch) -> set[str]:
    """Names of the tabs that have a connection."""
    connected: set[str] = set()
    monkeypatch.setattr(visitor_module, "_connected", lambda browser: browser in connected)
    return connected


@pytest.fixture
def forgotten(monkeypatch) -> list[str]:
    """Names of the tabs that may not come back."""
    forgotten: list[str] = []
    monkeypatch.setattr(visitor_module, "_forget", forgotten.append)
    return forgotten


@pytest.fixture
def tabs(connected, forgotten) -> Tabs:
    return Tabs()


def come(tabs, browser):
    visitor = Visitor()
    visitor.browser = browser
    tabs.add(visitor)
    return visitor


def test_who_was_left_moves_into_the_new_session_under_its_token(tabs, connected, forgotten):
    before, fresh = come(tabs, "a"), come(tabs, "b")
    connected.add("b")
    token = fresh.token
    assert tabs.earlier([before.token], fresh) is before
    assert (before.browser, before.token) == ("b", token)
    assert forgotten == ["a"]


def test_a_visitor_in_a_connected_tab_stays_there(tabs, connected, forgotten):
    before, fresh = come(tabs, "a"), come(tabs, "b")
    connected.update("ab")
    with pytest.raises(TabInUse):
        tabs.earlier([before.token], fresh)
    assert before.browser == "a"
    assert forgotten == []
    connected.remove("a")
    assert tabs.earlier([before.token], fresh) is before


def test_a_tab_that_connects_again_just_then_keeps_its_visitor(tabs, connected, monkeypatch):
    before, fresh = come(tabs, "a"), come(tabs, "b")
    monkeypatch.setattr(visitor_module, "_forget", connected.add)
    with pytest.raises(TabInUse):
        tabs.earlier([before.token], fresh)
    assert before.browser == "a"


def test_a_token_is_good_once(tabs):
    before, fresh, other = come(tabs, "a"), come(tabs, "b"), come(tabs, "c")
    token = before.token
    assert tabs.earlier([token], fresh) is before
    assert tabs.earlier([token], other) is None
    assert before.browser == "b"


def test_the_next_reload_brings_the_new_token(tabs):
    before, fresh, third = come(tabs, "a"), come(tabs, "b"), come(tabs, "c")
    first = before.token
    tabs.earlier([first], fresh)
    # Its tab may not know yet that the first one is used up.
    assert tabs.earlier([first, before.token], third) is before
    assert before.browser == "c"


@pytest.mark.parametrize("token", ["", "guess", "x" * 100_000])
def test_a_wrong_token_brings_nobody(tabs, token):
    come(tabs, "a")
    assert tabs.earlier([token], come(tabs, "b")) is None


def test_the_own_token_brings_nobody(tabs):
    fresh = come(tabs, "b")
    assert tabs.earlier([fresh.token], fresh) is None
    assert not fresh.closed


def test_nobody_comes_back_after_the_grace_time(tabs, monkeypatch):
    before, fresh = come(tabs, "a"), come(tabs, "b")
    closed = threading.Event()
    monkeypatch.setattr(before, "close", closed.set)
    monkeypatch.setattr(visitor_module, "GRACE_S", 0.01)
    before.leave()
    assert closed.wait(PATIENCE_S)
    assert tabs.earlier([before.token], fresh) is None
    assert before.browser == "a"


def test_who_moved_has_the_grace_time_anew(tabs, connected, monkeypatch):
    """The timer of the first loss still runs, and the new tab has a connection."""
    before, fresh = come(tabs, "a"), come(tabs, "b")
    connected.add("b")
    before.leave()
    assert tabs.earlier([before.token], fresh) is before
    monkeypatch.setattr(visitor_module, "GRACE_S", 3600)
    before._check()
    assert not before.closed
    before.arrive()


def test_tokens_are_long_and_all_different():
    tokens = {Visitor().token for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43  # 256 bits
