"""Live when models load for long, and when the connection breaks off."""

from __future__ import annotations

import os
import signal

import pytest
from live_page import NEEDS_CAMERA, LivePage
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.slow, NEEDS_CAMERA]


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
