"""A run's last pieces, and a request that comes before they are passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import ScriptRunner

from dashboard.server import last_pieces


class Runner:
    """A runner whose thread has ended (then it takes no request), or runs."""

    def __init__(self, ended: bool) -> None:
        self.ended = ended
        self.asked: list[str] = []

    def request_rerun(self, data: str) -> bool:
        if not self.ended:
            self.asked.append(data)
        return not self.ended


class Session(SimpleNamespace):
    """What is used of an `AppSession`."""

    def __init__(self, runner: Runner | None) -> None:
        super().__init__(
            _scriptrunner=runner,
            _state=AppSessionState.APP_IS_RUNNING,
            _event_loop=asyncio.get_running_loop(),
            made=[],
        )

    def create(self, data: str) -> None:
        self.made.append(data)
        self._scriptrunner = Runner(ended=False)


wait = last_pieces._waiting(Session.create)  # type: ignore[arg-type]


@pytest.fixture
def streamlit(monkeypatch):
    monkeypatch.setattr(AppSession, "_create_scriptrunner", AppSession._create_scriptrunner)
    last_pieces.wait_for_them()


def run(answer: Coroutine[Any, Any, Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:  # a browser's loop may run in this thread
        return pool.submit(asyncio.run, answer).result()


async def happens(fact) -> None:
    while not fact():
        await asyncio.sleep(0.001)


def test_without_a_runner_one_is_made_at_once():
    async def ask() -> list[str]:
        session = Session(None)
        wait(session, "first")
        return session.made

    assert run(ask()) == ["first"]


def test_the_end_of_a_runner_is_waited_for_and_requests_keep_their_order():
    async def ask() -> Session:
        session = Session(Runner(ended=True))
        wait(session, "first")
        wait(session, "second")
        await asyncio.sleep(0.02)
        assert session.made == []  # its last pieces are still on their way
        session._scriptrunner = None
        await happens(lambda: session.made and session._scriptrunner.asked)
        return session

    session = run(ask())
    assert session.made == ["first"]
    assert session._scriptrunner.asked == ["second"]


def test_a_request_does_not_overtake_one_that_waits():
    """An older one that came last would take back an upload."""

    async def ask() -> Session:
        session = Session(Runner(ended=True))
        wait(session, "name")
        session._scriptrunner = None  # heard of before the next look
        wait(session, "upload")
        await asyncio.sleep(0.02)
        return session

    session = run(ask())
    assert session.made == ["name"]
    assert session._scriptrunner.asked == ["upload"]


def test_nothing_is_made_for_a_session_that_ends():
    async def ask() -> Session:
        session = Session(Runner(ended=True))
        wait(session, "first")
        session._state = AppSessionState.SHUTDOWN_REQUESTED
        session._scriptrunner = None
        await asyncio.sleep(0.02)
        return session

    assert run(ask()).made == []


def test_a_runner_whose_end_is_never_heard_of_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(last_pieces, "_MOST_S", 0.01)

    async def ask() -> Session:
        session = Session(Runner(ended=True))
        wait(session, "first")
        await happens(lambda: session.made)
        return session

    assert run(ask()).made == ["first"]


def test_this_streamlit_is_made_as_expected(streamlit):
    """A newer one may be made otherwise: read `AppSession.request_rerun` again then."""
    made = AppSession._create_scriptrunner
    assert hasattr(made, "waits")
    last_pieces.wait_for_them()
    assert AppSession._create_scriptrunner is made  # once
    assert "_create_scriptrunner" in AppSession.request_rerun.__code__.co_names
    assert "_scriptrunner" in AppSession.__init__.__code__.co_names
    assert callable(ScriptRunner.request_rerun)


def test_another_streamlit_stays_as_it_is(monkeypatch, caplog):
    monkeypatch.delattr(AppSession, "_create_scriptrunner")
    last_pieces.wait_for_them()
    assert "made otherwise" in caplog.text
