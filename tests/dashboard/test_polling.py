"""Parts that run by themselves, and runs of the whole page that wait for them."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner


def page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from dashboard import polling

    polling.begin_at_the_top()
    context = get_script_run_ctx()
    runs = st.session_state.setdefault("runs", [])
    runs.append("all")
    st.title("Top")

    @polling.polled
    def part() -> None:
        st.text("part")
        if context.fragment_ids_this_run:
            runs.append("part")

    part()
    st.caption("Bottom")
    if len(runs) == 1:
        (identity,) = context.fragment_storage._fragments
        context.script_requests.request_rerun(RerunData(fragment_id=identity))


def test_a_run_of_all_that_waited_for_a_part_begins_at_the_top(monkeypatch):
    finish = LocalScriptRunner._on_script_finished

    def finish_while_all_is_asked_for(self, context, event, *rest):
        finish(self, context, event, *rest)
        if event == ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS:
            assert self.request_rerun(RerunData())  # goes on in the same thread

    monkeypatch.setattr(LocalScriptRunner, "_on_script_finished", finish_while_all_is_asked_for)
    tested = AppTest.from_function(page).run()
    assert tested.session_state.runs == ["all", "part", "all"]
    assert not tested.exception
    kinds = [tested.main.children[i].type for i in sorted(tested.main.children)]
    assert kinds == ["title", "flex_container", "caption"]
