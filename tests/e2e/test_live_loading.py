"""Live when models load for long, and when the connection breaks off."""

from __future__ import annotations

import os
import signal

import pytest
from live_page import NEEDS_CAMERA, LivePage
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.slow, NEEDS_CAMERA]

# What the server says reaches the camera's frame late; that a connection ends never reaches it.
SLOW_SERVER = """
addEventListener("message", (event) => {
  const {type, args, value} = event.data ?? {};
  if (type === "streamlit:render") {
    if (!window.late) window.answer = args.sdp_answer_json;
    else window.late.push(event.data);
  }
  const render = type === "streamlit:render" && window.late;
  const end = type === "streamlit:setComponentValue" && window.deaf && !value.sdpOffer;
  if (render || end) event.stopImmediatePropagation();
}, true);
"""
ANSWERED = """() => window.late.map((data) => data.args.sdp_answer_json)
  .some((answer) => answer && answer !== window.answer)"""
# A camera that is there at once, before React has looked at what the server said last.
QUICK_CAMERA = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({video: true});
  navigator.mediaDevices.getUserMedia = async () => stream.clone();
  window.late = [];
}"""
IN_TIME = """() => {
  const late = window.late;
  window.late = null;
  late.forEach((data) => postMessage(data, "*"));
}"""


@pytest.fixture(scope="module")
def live(visit_for_all, camera_browser) -> LivePage:
    return LivePage(visit_for_all("live", of=camera_browser))


def test_start_and_stop_while_models_load(server, live):
    server.hold.touch()
    try:
        for _ in range(2):
            live.start("loading")
            live.stop()
        live.start("loading")
    finally:
        server.hold.unlink()
    live.wait_until(lambda: live.seen().state == "running", "running")
    live.stop()
    expect(live.page.get_by_test_id("stAlert")).to_contain_text("Press Start, allow the camera")


@pytest.fixture
def slow(visit, camera_browser) -> LivePage:
    live = LivePage(visit("live", of=camera_browser, script=SLOW_SERVER))
    live.start()
    return live


def test_a_start_before_the_last_answer_is_taken_back(slow):
    frame = slow.inner()
    frame.evaluate(QUICK_CAMERA)
    slow.stop()
    slow.press_start()
    frame.get_by_role("button", name="Stop").wait_for()
    slow.wait_until(lambda: frame.evaluate(ANSWERED), "another answer")
    assert slow.stop_button.is_visible()
    frame.evaluate(IN_TIME)
    slow.wait_until(lambda: slow.reached("running"), "running")


def test_a_start_of_which_the_server_hears_before_the_stop(slow):
    before = (None, slow.stream())
    slow.page.evaluate("window.deaf = true")
    slow.stop_button.click()
    slow.press_start()
    slow.wait_until(lambda: slow.reached("running") and slow.stream() not in before, "another one")


def test_the_frame_is_shown_in_its_own_look_only(live):
    frame = live.page.locator("iframe[title^='streamlit_webrtc']")
    looked_at = "delete frame.dataset.dressed, getComputedStyle(frame).visibility"
    assert frame.evaluate(f"(frame) => ({looked_at})") == "hidden"
    expect(frame).to_be_visible()


def goes_on_after_an_interruption(server, live) -> bool:
    live.start()
    stream = live.stream()
    os.kill(server.pid, signal.SIGSTOP)  # as a machine that is busy for seconds
    try:
        expect(live.interrupted).to_have_count(1)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    before_s = live.seen().time_s

    def over() -> bool:
        seen = live.seen()
        return seen.state == "idle" or (
            live.interrupted.count() == 0 and seen.time_s > before_s + 2
        )

    live.wait_until(over, "goes on, or is lost")
    return live.seen().state == "running" and live.stream() == stream


def test_a_connection_that_is_interrupted_goes_on(server, live):
    # A machine that is busy itself may take the rest of the browser's patience.
    assert any(goes_on_after_an_interruption(server, live) for _ in range(3))
    live.stop()


def test_a_connection_that_breaks_off_is_told(server, live):
    live.start()
    os.kill(server.pid, signal.SIGSTOP)  # as a machine that is busy for too long
    try:
        expect(live.start_button).to_be_visible()  # the browser has given up
    finally:
        os.kill(server.pid, signal.SIGCONT)
    expect(live.lost).to_contain_text("Press Start again")
    live.wait_until(lambda: live.seen().state == "idle", "idle")
    live.start()
    expect(live.lost).to_have_count(0)
    live.stop()
