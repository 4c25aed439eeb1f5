"""A visitor's browser tab: asks before it is left, and finds its visitor again after a reload.

A page that is loaded anew is a new session to Streamlit, and so a new visitor. The tab keeps the
visitor's token (in its ``sessionStorage``, see ``browser_tab.js``) and sends it back once; the
earlier visitor then moves into the new session, with jobs, results and settings. A token belongs
to one visitor, who moves only out of a tab that is not connected any more: a duplicated tab has the
token, too. The new session has a token of its own, so that none is good for two reloads.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import streamlit as st

from dashboard.visitor import Visitor

_KEY: Final = "browser-tab"
#: In the session's state.
_ASKED: Final = "browser_tab_asked"
#: Tokens of reloads that the server has not answered; of more than these the tab keeps the newest.
_MOST_TOKENS: Final = 8
#: The server may learn later than it sees the new page that the old one is gone.
_MOST_TRIES: Final = 5

_component = st.components.v2.component(
    "harec_browser_tab",
    html='<span class="hb-tab" hidden></span>',
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


class TabInUse(Exception):
    """A token's visitor is in a tab that is connected."""


class Tabs:
    """Visitors by their tokens. Methods may be called from any thread.

    A visitor who has left is kept by nothing but the timer of the grace time.
    """

    def __init__(self) -> None:
        self._visitors: WeakValueDictionary[str, Visitor] = WeakValueDictionary()
        self._lock = threading.Lock()

    def add(self, visitor: Visitor) -> None:
        """The visitor may come back with their token."""
        with self._lock:
            self._visitors[visitor.token] = visitor

    def earlier(self, tokens: list[str], fresh: Visitor) -> Visitor | None:
        """Move who has one of the tokens, the first if several do, to where ``fresh`` is.

        Returns:
            The visitor, who has the token of ``fresh`` now; None: nobody to move.

        Raises:
            TabInUse: nobody was moved, but could be if a tab were not connected.
        """
        in_use = False
        with self._lock:
            for token in tokens:
                visitor = self._visitors.get(token)
                if visitor is None or visitor is fresh or visitor.closed:
                    continue
                if visitor.move(fresh.browser, fresh.token):
                    del self._visitors[token]
                    self._visitors[visitor.token] = visitor
                    return visitor
                in_use = True
        if in_use:
            raise TabInUse
        return None


_tabs: Final = Tabs()


@dataclass
class _Asked:
    """How far the question of a session's earlier visitor is."""

    tries: int = 0
    answered: bool = False


def follow(visitor: Visitor) -> None:
    """Mount the component; call it in each run, right after the page."""
    _tabs.add(visitor)
    asked: _Asked = st.session_state.setdefault(_ASKED, _Asked())
    _component(
        key=_KEY,
        data={
            "token": visitor.token,
            "answered": asked.answered,
            "tries": asked.tries,
            "most": _MOST_TOKENS,
            "unsaved": visitor.unsaved,
        },
        default={"earlier": None},
        on_earlier_change=lambda: None,
    )


def take() -> None:
    """Take the earlier tokens that the tab has sent; call it in each run, before the page.

    Not a callback: Streamlit drops one that looks into the session's state while another run
    waits, and doesn't call it again.
    """
    asked: _Asked | None = st.session_state.get(_ASKED)
    sent = (st.session_state.get(_KEY) or {}).get("earlier")
    if asked is None or not isinstance(sent, Mapping) or sent.get("tries") != asked.tries:
        return
    fresh: Visitor = st.session_state["visitor"]
    with fresh.script:  # which may be taking an upload over
        answer(sent)


def answer(sent: object) -> None:
    """Let the session's visitor be the earlier one, if there is one; only once.

    Args:
        sent: what came from the browser, which may be anything.
    """
    asked: _Asked = st.session_state[_ASKED]
    fresh: Visitor = st.session_state["visitor"]
    if asked.answered:
        return
    asked.tries += 1
    asked.answered = True
    if not fresh.empty:
        return  # what was begun since is worth more
    tokens = sent.get("tokens") if isinstance(sent, Mapping) else None
    known = [each for each in tokens if isinstance(each, str)] if isinstance(tokens, list) else []
    try:
        visitor = _tabs.earlier(known[:_MOST_TOKENS], fresh)
    except TabInUse:
        asked.answered = asked.tries >= _MOST_TRIES
        return
    if visitor is not None:
        st.session_state["visitor"] = visitor
        fresh.close()
