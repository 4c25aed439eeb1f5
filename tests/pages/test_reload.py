"""The page after the browser has loaded it anew, and what it says before that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from page_reading import analyze_job, button, finish, labels, sent, text, upload, visitor
from waiting import PATIENCE_S

from dashboard import browser_tab
from dashboard import visitor as visitor_module
from dashboard.visitor import PageState, Visitor


def tab(page):
    return sent(page, "harec_browser_tab")


@pytest.fixture
def analyzed(fake, open_page, clip):
    page = upload(open_page(), "my clip.mp4", clip)
    button(page, "Analyze").click().run()
    return finish(page)


def test_a_result_comes_back_with_its_file_and_settings(fake, analyzed, reload):
    analyzed.slider(key="action_threshold").set_value(0.5).run()
    analyzed.select_slider(key="skip").set_value(0).run()
    analyzed.select_slider(key="mode").set_value("lightweight").run()
    before = analyze_job(analyzed).outcome
    page = reload(analyzed)
    assert analyze_job(page).outcome is before
    assert page.slider(key="action_threshold").value == 0.5
    assert page.select_slider(key="mode").value == "lightweight"
    assert "my clip" in text(page)
    assert {"Analyze", "Try the sample"} <= set(labels(page))  # and a new file may be given
    assert sent(page, "harec_player")["video"]["url"] == before.urls["film"]
    assert fake.asked == [("my clip.mp4", fake.asked[0][1])]  # once
    assert len(page.dataframe[0].value) == 4


def test_the_chosen_person_and_row_come_back(analyzed, reload):
    table = f"segments-{analyze_job(analyzed).outcome.version}"
    analyzed.session_state[table] = {"selection": {"cells": [(1, "Action")]}}
    (person,) = analyzed.button_group
    person.set_value(2).run()
    moment = sent(analyzed, "harec_player")["seek"]
    figure = sent(analyzed, "harec_player")["figure"]
    assert moment is not None
    page = reload(analyzed)
    assert page.button_group[0].value == 2
    assert page.session_state[table]["selection"]["cells"] == [(1, "Action")]
    assert sent(page, "harec_player")["seek"] == moment
    assert sent(page, "harec_player")["figure"] == figure


def test_a_running_job_comes_back_with_its_progress(fake, open_page, clip, reload):
    fake.go.clear()
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    assert fake.started.wait(PATIENCE_S)
    job = analyze_job(page).job
    page = reload(page)
    assert analyze_job(page).job is job
    assert "30%" in text(page)
    fake.go.set()
    page = finish(page)
    assert analyze_job(page).outcome is not None


def test_the_session_of_before_has_nothing_any_more(analyzed, reload, monkeypatch):
    page = reload(analyzed)
    old = SimpleNamespace(session_id="test session id")
    monkeypatch.setattr(visitor_module, "get_script_run_ctx", lambda: old)
    analyzed.run()
    assert visitor(analyzed) is not visitor(page)
    assert analyze_job(analyzed).outcome is None
    assert analyze_job(page).outcome is not None


def test_twice_in_a_row(analyzed, reload):
    before = analyze_job(analyzed).outcome
    assert analyze_job(reload(reload(analyzed))).outcome is before


@pytest.fixture
def state(monkeypatch):
    """A session that has just begun, beside a visitor who was left."""
    left, fresh = Visitor(), Visitor()
    browser_tab._tabs.add(left)
    browser_tab._tabs.add(fresh)
    state = {"visitor": fresh, "browser_tab_asked": browser_tab._Asked(), "left": left}
    monkeypatch.setattr(browser_tab, "st", SimpleNamespace(session_state=state))
    return state


@pytest.mark.parametrize("sent", [None, 7, [], {}, {"tokens": "abc"}, {"tokens": [None, {}, 3]}])
def test_whatever_else_a_browser_sends_is_answered_with_nothing(state, sent):
    fresh = state["visitor"]
    browser_tab.answer(sent)
    assert state["visitor"] is fresh
    assert state["browser_tab_asked"].answered


def test_only_the_first_question_is_answered(state):
    fresh = state["visitor"]
    browser_tab.answer(None)
    browser_tab.answer({"tokens": [state["left"].token]})
    assert state["visitor"] is fresh


def test_what_was_begun_since_stays(state):
    class Full(PageState):
        empty = False

    fresh = state["visitor"]
    fresh.state(lambda visitor: Full())
    browser_tab.answer({"tokens": [state["left"].token]})
    assert state["visitor"] is fresh
    assert not fresh.closed


def test_a_tab_that_is_still_connected_is_asked_for_a_few_times(state, monkeypatch):
    monkeypatch.setattr(visitor_module, "_connected", lambda browser: True)
    fresh, asked = state["visitor"], state["browser_tab_asked"]
    while not asked.answered:
        browser_tab.answer({"tokens": [state["left"].token]})
    assert state["visitor"] is fresh
    assert 3 <= asked.tries <= 10


def test_leaving_is_asked_about_while_there_is_something_to_lose(fake, open_page, clip):
    page = open_page()
    assert tab(page)["unsaved"] == []
    page = upload(page, "clip.mp4", clip)
    assert tab(page)["unsaved"] == []
    fake.go.clear()
    button(page, "Analyze").click().run()
    assert tab(page)["unsaved"] == ["AnalyzeJob"]
    fake.go.set()
    page = finish(page)
    version = analyze_job(page).outcome.version
    assert tab(page)["unsaved"] == [version]
    assert {link["of"] for link in sent(page, "harec_downloads")} == {version}
    page.slider(key="action_threshold").set_value(0.5).run()
    assert tab(page)["unsaved"] not in ([], [version])  # another result


def test_the_question_waits_for_a_script_that_takes_an_upload(state):
    class Uploads(PageState):
        empty = True

    fresh = state["visitor"]
    uploads = fresh.state(lambda visitor: Uploads())
    state["browser-tab"] = {"earlier": {"tokens": [state["left"].token], "tries": 0}}
    with ThreadPoolExecutor(1) as pool:
        with fresh.script:
            asking = pool.submit(browser_tab.take)
            uploads.empty = False
        asking.result(PATIENCE_S)
    assert state["visitor"] is fresh
