"""One visitor of the dashboard. Nothing is shared; a visitor knows no page.

The queue, the folder for files and the published files belong to the process. What a page keeps of
a visitor is a `PageState` of its own; it goes away, with the visitor's jobs and files, when the
visitor has been gone for `GRACE_S`.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.server import process
from dashboard.server.jobs import Job, Work
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import VisitorStorage

#: A browser may lose its connection for this long (a phone in a lift) and find everything again.
GRACE_S = float(os.environ.get("HAREC_SESSION_GRACE_S", "60"))


class PageState:
    """What a page keeps of a visitor; it outlives a change of pages."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that the visitor chose or got."""
        return True

    @property
    def unsaved(self) -> list[str]:
        """Names of what is lost for who leaves now; another result has another name."""
        return []

    def close(self) -> None:
        """The visitor has left. Their jobs are cancelled and their files removed besides."""

    def engine_arrived(self) -> None:
        """A pose engine that could not run can run now: a problem that said so is over."""


S = TypeVar("S", bound=PageState)


class Visitor:
    """One visitor's part of the process. Used by the script's thread; jobs only read.

    Attributes:
        owner: whose jobs these are, for the queue.
        closed: the visitor has left.
        browser: Streamlit's name for the browser's tab; it outlives a lost connection, but no
            reload of the page: see `dashboard.browser_tab`.
        token: a secret between this server and the tab.
        script: held while a page runs: the script of before a reload may not have ended yet.
    """

    def __init__(self) -> None:
        self.owner = secrets.token_hex(8)
        self.closed = False
        self.browser: str | None = None
        self.token = secrets.token_urlsafe(32)
        self.script = threading.Lock()
        self._states: dict[Callable[[Visitor], Any], PageState] = {}
        self._storages: list[VisitorStorage] = []
        self._timing = threading.Lock()
        self._moving = threading.Lock()
        self._timer: threading.Timer | None = None
        self._seen_s = 0.0  # on the monotonic clock

    # Coming and going

    def arrive(self) -> None:
        """The visitor's browser has asked for the page (again)."""
        with self._timing:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def leave(self) -> None:
        """The connection is gone; so is everything else, unless it comes back in time."""
        self._seen_s = time.monotonic()
        self._check_later()

    def _check_later(self) -> None:
        with self._timing:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(GRACE_S, self._check)
            self._timer.daemon = True
            self._timer.start()

    def _check(self) -> None:
        """A page at rest that connects again runs no script, so nothing has called `arrive`; and
        its next loss of connection will not be reported either."""
        with self._moving:
            now_s = time.monotonic()
            if _connected(self.browser):
                self._seen_s = now_s
            else:
                self.closed = now_s - self._seen_s >= GRACE_S
        if self.closed:
            self.close()
        else:
            self._check_later()

    def move(self, browser: str | None, token: str) -> bool:
        """Belong to another tab of the browser, under its token; the old one can't come back.

        Returns:
            Whether it does: not while the old tab is connected, nor after the grace time.
        """
        with self._moving:
            if self.closed or _connected(self.browser):
                return False
            _forget(self.browser)
            if _connected(self.browser):  # meanwhile
                return False
            self.browser, self.token = browser, token
            self._seen_s = time.monotonic()
            return True

    def close(self) -> None:
        """Stop the visitor's jobs and cameras, and remove the visitor's files."""
        self.closed = True
        for state in [*self._states.values()]:
            state.close()
        process.queue().forget(self.owner)
        for storage in self._storages:
            storage.clear()

    # What pages need of it

    def state(self, make: Callable[[Visitor], S]) -> S:
        """What ``make`` made of this visitor; it is called when a page first asks."""
        if make not in self._states:
            made = self._states[make] = make(self)
            if self.closed:  # meanwhile
                made.close()
        return cast(S, self._states[make])

    def new_storage(self) -> VisitorStorage:
        """An empty folder that goes away with the visitor."""
        storage = process.storage().new_visitor()
        self._storages.append(storage)
        if self.closed:  # meanwhile
            storage.clear()
        return storage

    @property
    def files(self) -> PublicFiles:
        """Where a page publishes what the visitor may download."""
        return process.files()

    def submit(self, work: Work) -> Job:
        """Put work in line for the process's worker."""
        return process.queue().submit(work, self.owner)

    @property
    def busy(self) -> bool:
        """Whether a job of this visitor waits or runs."""
        return process.queue().busy_for(self.owner)

    @property
    def empty(self) -> bool:
        """Whether no page holds anything; see `PageState.empty`."""
        return all(state.empty for state in [*self._states.values()])

    @property
    def unsaved(self) -> list[str]:
        """Of all pages; see `PageState.unsaved`."""
        return [name for state in [*self._states.values()] for name in state.unsaved]

    def engine_arrived(self) -> None:
        """Tell all pages; see `PageState.engine_arrived`."""
        for state in [*self._states.values()]:
            state.engine_arrived()


def _connected(browser: str | None) -> bool:
    """Whether a browser's tab has a connection to this server right now."""
    if browser is None or not st.runtime.exists():
        return False
    return st.runtime.get_instance().is_active_session(browser)


def _forget(browser: str | None) -> None:
    """A tab that has lost its connection gets a new session if it comes back."""
    if browser is not None and st.runtime.exists():
        st.runtime.get_instance().mark_session_nonresumable(browser)


def current_visitor() -> Visitor:
    """The visitor whose script runs."""
    context = get_script_run_ctx()
    browser = context.session_id if context is not None else None
    visitor = st.session_state.get("visitor")
    if visitor is None or visitor.closed or visitor.browser != browser:
        visitor = st.session_state["visitor"] = Visitor()
        visitor.browser = browser
    _presence(visitor.owner, visitor)
    return visitor


@st.cache_resource(scope="session", show_spinner=False, on_release=Visitor.leave)
def _presence(owner: str, _visitor: Visitor) -> Visitor:
    """Streamlit drops this entry when the browser's connection ends, and so reports it."""
    _visitor.arrive()
    return _visitor
