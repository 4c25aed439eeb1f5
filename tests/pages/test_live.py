"""The Live page's states and buttons, run by AppTest; the camera's pictures, without a page."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections import namedtuple
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from unittest.mock import Mock

import av
import numpy as np
import pytest
import streamlit as st
from live_stub import RUNNING, StubCamera, StubLive
from page_reading import alerts, analyze_job, button, finish, labels, sent, upload, visitor
from streamlit import config
from streamlit_webrtc import WebRtcStreamerContext, WebRtcStreamerState
from streamlit_webrtc.component import generate_frontend_component_key
from taught_examples import example

from dashboard.live import camera, check, controller, link, panel
from dashboard.live.camera import CameraSettings, Processor
from dashboard.live.check import CameraCheck
from dashboard.live.controller import LiveController, live_controller
from dashboard.live.link import Link
from dashboard.live.notice import notice
from dashboard.server.process import files
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import ServerStorage
from dashboard.taught import Taught
from harec.core.errors import VideoError
from harec.live import LiveState, LiveView
from harec.pose.registry import ESTIMATORS
from harec.render.palette import TAUGHT_COLORS
from harec.taught.action_set import ActionSet
from harec.taught.named import Named


@pytest.fixture
def live(monkeypatch) -> StubLive:
    live = StubLive()
    monkeypatch.setattr(controller, "LiveSession", lambda **_: live)
    return live


@pytest.fixture
def webcam(monkeypatch) -> StubCamera:
    webcam = StubCamera()
    monkeypatch.setattr(camera, "webrtc_streamer", webcam)
    return webcam


@pytest.fixture
def live_page(open_page, live, webcam):
    """Opens the Live page as a new visitor."""
    return lambda: to_page(open_page(), "live")


def to_page(page, name):
    page.switch_page(f"pages/{name}.py").run()
    assert not page.exception
    return page


def play(page, webcam, live, view=RUNNING):
    webcam.playing = webcam.signalling = True
    live.seen = view
    page.run()
    assert not page.exception
    return page


# ------------------------------------------------------------------ before and on the way


def test_before_start_it_says_what_to_do_and_where_pictures_go(live_page):
    page = live_page()
    assert [t.value for t in page.title] == ["Live"]
    assert "Press **Start**" in page.info[0].value
    assert "nothing is kept unless **Record** is on" in page.info[0].value
    assert all(button(page, name).disabled for name in ("Pause", "Reset", "Save session"))
    assert sent(page, "harec_live_people")["stateText"] == "Camera off"


def test_the_browser_is_asked_modestly_and_nobody_else_is(live_page, webcam):
    live_page()
    assert webcam.asked["media_stream_constraints"] == {
        "video": {"width": {"ideal": 480}, "height": {"ideal": 360}, "frameRate": {"ideal": 15}},
        "audio": False,
    }
    assert webcam.asked["frontend_rtc_configuration"] == {"iceServers": []}
    assert webcam.asked["server_rtc_configuration"] == {"iceServers": []}
    assert webcam.asked["async_processing"] is True
    assert webcam.asked["sendback_audio"] is False


def test_size_and_rate_take_effect_with_the_next_start_and_the_page_says_so(
    live_page, webcam, live
):
    page = live_page()
    page.selectbox(key="live_size").set_value((1280, 720)).run()
    page.select_slider(key="live_rate").set_value(30).run()
    assert webcam.asked["media_stream_constraints"]["video"]["width"] == {"ideal": 1280}
    play(page, webcam, live)
    assert not [c for c in page.sidebar.caption if "next **Start**" in c.value]
    page.select_slider(key="live_rate").set_value(20).run()
    assert [c for c in page.sidebar.caption if "next **Start**" in c.value]
    assert len(set(webcam.keys)) == 1  # the same component: the stream continues


def test_connecting_says_after_a_while_that_a_turn_server_may_be_needed(
    live_page, webcam, monkeypatch
):
    page = live_page()
    webcam.signalling = True
    page.run()
    assert page.info[0].value == "Connecting …"
    assert sent(page, "harec_live_people")["stateText"] == "Connecting"
    link = visitor(page).state(live_controller).link
    monkeypatch.setattr(link, "_clock", lambda: time.monotonic() + 7)
    page.run()
    assert "TURN server" in page.warning[0].value
    assert "coturn" in page.expander[0].markdown[0].value
    webcam.signalling = False
    page.run()  # the browser has given up
    assert "did not come about" in page.error[0].value
    webcam.playing = True
    page.run()
    assert not page.error


def test_a_connection_that_cannot_be_prepared_is_told_and_its_frame_made_anew(live_page, webcam):
    page = live_page()
    webcam.signalling, webcam.error = True, TimeoutError("turn:secret@host")
    page.run()
    assert not page.exception
    assert "did not come about" in page.error[0].value
    assert "secret" not in alerts(page)
    assert webcam.keys[-1] != webcam.keys[0]


@pytest.mark.parametrize(
    ("check", "kind", "words"),
    [
        (CameraCheck(), "info", "Press **Start**"),
        (CameraCheck(True, cameras=1, permission="granted"), "info", "Press **Start**"),
        (CameraCheck(True, secure=False), "error", "https"),
        (CameraCheck(True, asking=True), "info", "**Allow**"),
        (CameraCheck(True, permission="denied"), "warning", "not allowed"),
        (CameraCheck(True, error="NotAllowedError"), "error", "beside the page's address"),
        (CameraCheck(True, cameras=0), "warning", "No camera was found"),
        (CameraCheck(True, error="NotFoundError"), "warning", "No camera was found"),
        (CameraCheck(True, cameras=1, error="NotReadableError"), "error", "another program"),
        (CameraCheck(True, cameras=1, error="StrangeError"), "error", "StrangeError"),
        (CameraCheck(True, cameras=1, lost=True), "warning", "Press **Start** again"),
        (CameraCheck(True, cameras=1, failed=True), "error", "did not come about"),
    ],
)
def test_what_the_browser_says_of_its_camera_is_told_with_what_to_do(check, kind, words):
    shown = notice(LiveView(), Link(), check)
    assert shown is not None
    assert shown.kind == kind
    assert words in shown.text
    playing = Link()
    playing.follow(playing=True, signalling=True)
    assert notice(RUNNING, playing, check) is None  # it evidently works


def test_a_connection_that_may_come_back_is_not_taken_for_a_camera_unplugged():
    playing, silent = Link(), LiveView(state=LiveState.RUNNING, silent_s=2.1)
    playing.follow(playing=True, signalling=True)
    shown = notice(silent, playing, CameraCheck(True, lost=True))
    assert shown is not None
    assert "goes on by itself" in shown.text


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (LiveView(state=LiveState.WAITING), "first picture"),
        (LiveView(state=LiveState.LOADING, camera_fps=15), "Loading the models"),
        (LiveView(state=LiveState.PAUSED, camera_fps=15), "Paused"),
        (LiveView(state=LiveState.RUNNING, silent_s=2.1), "still plugged in"),
        (
            LiveView(state=LiveState.FAILED, problem="A *model* is damaged."),
            r"\*model\* is damaged",
        ),
    ],
)
def test_each_state_of_a_stream_has_its_words(view, words):
    playing = Link()
    playing.follow(playing=True, signalling=True)
    shown = notice(view, playing, CameraCheck())
    assert shown is not None
    assert words in shown.text


def test_one_picture_is_not_the_end_of_them():
    """A single picture has no rate yet."""
    playing = Link()
    playing.follow(playing=True, signalling=True)
    assert notice(replace(RUNNING, camera_fps=0, silent_s=0.3), playing, CameraCheck()) is None


def test_a_camera_without_pictures_is_told_after_a_while():
    now_s = 0.0
    playing = Link(clock=lambda: now_s)
    playing.follow(playing=True, signalling=True)
    now_s = link.SLOW_S + 1
    shown = notice(LiveView(state=LiveState.WAITING), playing, CameraCheck())
    assert shown is not None
    assert "no picture arrives" in shown.text


@pytest.mark.parametrize(
    "value", [None, 3, "text", [], {"cameras": -1, "error": "<b>", "permission": "root"}]
)
def test_strange_news_from_a_browser_does_no_harm(value):
    check = CameraCheck.read(value)
    assert (check.secure, check.permission, check.cameras, check.error) == (True, None, None, None)


@pytest.fixture
def said(monkeypatch) -> dict[str, object]:
    """What a session's state holds of the browser's news. No callback has told of them."""
    said: dict[str, object] = {}
    for module in (camera, check):
        monkeypatch.setattr(module, "st", SimpleNamespace(session_state=said))
    return said


def test_the_browsers_newest_word_on_its_camera_is_taken_in_each_run(said):
    assert not check.newest().reported
    said["camera-check"] = {"camera": {"asking": True}}
    assert check.newest().asking
    said["camera-check"] = {"camera": {"asking": False}}
    assert check.newest() == CameraCheck(reported=True)


@pytest.mark.parametrize("playing", [True, False])
def test_what_the_frame_says_of_its_connection_is_taken_in_each_run(said, playing):
    before = WebRtcStreamerState(playing=not playing, signalling=False)
    said["a"] = context = WebRtcStreamerContext(worker=None, state=before)
    camera._catch_up("a", Link())
    assert context.state == before
    said[generate_frontend_component_key("a")] = {"playing": playing}
    camera._catch_up("a", Link())
    assert context.state.playing is playing


def test_a_new_offer_ends_what_answered_the_one_before(said):
    frames, worker = Link(), Mock()
    state = WebRtcStreamerState(playing=True, signalling=False)
    said["a"] = context = WebRtcStreamerContext(worker=None, state=state)
    for sdp, stops in (("first", 1), ("first", 1), ("second", 2)):
        context._set_worker(worker)
        frame_says = {"playing": False, "sdpOffer": {"type": "offer", "sdp": sdp}}
        said[generate_frontend_component_key("a")] = frame_says
        camera._catch_up("a", frames)
        assert context.state.signalling
        assert worker.stop.call_count == stops


def test_a_wrong_ice_setting_is_told_without_its_values(live_page, monkeypatch):
    monkeypatch.setenv("HAREC_TURN_URL", "turn:host")
    monkeypatch.setenv("HAREC_TURN_CREDENTIAL", "swordfish")
    page = live_page()
    assert "HAREC\\_TURN\\_USERNAME" in page.warning[0].value
    assert "swordfish" not in alerts(page)


@pytest.fixture
def secrets_file(tmp_path):
    """Where the page reads its secrets from, for this test."""
    path = tmp_path / "swordfish" / "secrets.toml"
    path.parent.mkdir()
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    st.secrets._reset()
    yield path
    config.set_option("secrets.files", before)
    st.secrets._reset()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[webrtc\nice_servers = "swordfish', "must be a TOML file"),
        (b"[webrtc]\nname = '\xff\xfe'", "must be a TOML file"),
        (b"webrtc = 'turn:anna:swordfish@host'", "must be a table"),
        (b"[[webrtc]]\ncredential = 'swordfish'", "must be a table"),
        (b"[[webrtc.servers]]\ncredential = 'swordfish'", "no list ice"),
        (
            b"[[webrtc.ice_servers]]\nurls = 'turn:swordfish:65536'\n"
            b"username = 'anna'\ncredential = 'swordfish'",
            "up to 65535",
        ),
    ],
)
def test_wrong_secrets_are_told_without_values_and_paths(
    live_page, webcam, secrets_file, content, words
):
    secrets_file.write_bytes(content)
    page = live_page()
    assert words in page.warning[0].value
    assert "No such server is used" in page.warning[0].value
    assert "swordfish" not in alerts(page)
    assert "Press **Start**" in page.info[0].value  # the page is there all the same
    assert webcam.asked["frontend_rtc_configuration"] == {"iceServers": []}


def test_secrets_that_are_right_are_used(live_page, webcam, secrets_file):
    secrets_file.write_text("[[webrtc.ice_servers]]\nurls = ['stun:host']")
    page = live_page()
    assert not page.warning
    asked = webcam.asked["frontend_rtc_configuration"]
    assert asked == {"iceServers": [{"urls": ["stun:host"]}]}


# ------------------------------------------------------------------ while it runs


def test_running_shows_people_counters_timeline_and_meters(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    assert alerts(page) == ""
    shown = sent(page, "harec_live_people")
    first, second = shown["people"]
    assert (first["id"], first["title"], first["confidence"]) == (3, "Jumping jacks", 0.9)
    assert [bar["title"] for bar in first["bars"] if bar["top"]] == ["Jumping jacks"]
    assert first["repetitions"] == [{"title": "Jumping jacks", "count": 12}]
    assert second["bars"] == []
    counts = {each["title"]: each["count"] for each in sent(page, "harec_live_counts")}
    assert counts["Jumping jacks"] == 12
    assert counts["Clapping hands"] == 4
    assert counts["Jumping"] == 0
    board = sent(page, "harec_live_board")
    assert json.loads(board["figure"])["layout"]["xaxis"]["range"] == [15.0, 75.0]
    meters = {meter["name"]: meter["value"] for meter in board["meters"]}
    assert meters == {
        "Camera": "15 pictures/s",
        "Model": "9.6 looks/s",
        "Result age": "123 ms",
        "Picture": "480 × 360",
        "Time": "1:15",
    }


def test_hints_are_shown_and_an_empty_room_has_no_cards(live_page, webcam, live):
    page = play(live_page(), webcam, live, replace(RUNNING, people=(), hints=("Too dark.",)))
    shown = sent(page, "harec_live_people")
    assert (shown["people"], shown["hints"], shown["empty"]) == ([], ["Too dark."], None)
    live.seen = replace(RUNNING, people=())
    page.run()
    assert "Looking" in sent(page, "harec_live_people")["empty"]


def test_sliders_and_mirror_act_at_once(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    assert live.mirror is True
    page.slider(key="action_threshold").set_value(0.8).run()
    page.toggle(key="live_mirror").set_value(False).run()
    assert live.settings.action_threshold == 0.8
    assert live.mirror is False
    assert not [c for c in page.sidebar.caption if "Analyze" in c.value]


def test_pause_and_resume(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    button(page, "Pause").click().run()
    assert live.paused
    assert "Paused" in page.info[0].value
    button(page, "Resume").click().run()
    assert not live.paused
    assert "Pause" in labels(page)


def test_a_pause_ends_with_its_camera(live_page, webcam, live, monkeypatch):
    page = play(live_page(), webcam, live)
    button(page, "Pause").click().run()
    visitor(page).state(live_controller).open_stream()
    assert not live.paused
    webcam.playing = False
    live.seen = LiveView()
    monkeypatch.setattr(StubLive, "paused", True)  # the browser was closed meanwhile
    page.run()
    assert button(page, "Pause").disabled


def test_reset_forgets(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    button(page, "Save session").click().run()
    tokens = [file.token for file in visitor(page).state(live_controller).saved]
    button(page, "Reset").click().run()
    assert live.calls == ["reset"]  # it records nothing, and begins no recording
    assert visitor(page).state(live_controller).saved == ()
    assert not set(tokens) & set(files()._files)
    assert {each["count"] for each in sent(page, "harec_live_counts")} == {0}
    assert sent(page, "harec_live_board")["figure"] is None


def test_a_failed_model_is_told_and_tried_again(live_page, webcam, live):
    failed = replace(RUNNING, state=LiveState.FAILED, problem="The model is damaged.")
    page = play(live_page(), webcam, live, failed)
    assert [e.value for e in page.error] == [r"The model is damaged\."]
    button(page, "Try again").click().run()
    assert live.calls == ["retry"]


def test_an_engine_that_cannot_run_is_told_in_short(live_page, webcam, live):
    failed = replace(RUNNING, state=LiveState.FAILED, problem="Not here. Download it from ...")
    page = play(live_page(), webcam, live, failed)
    page.selectbox(key="engine").set_value("detectron2").run()
    assert page.error[0].value.startswith(str(ESTIMATORS["detectron2"].unavailable()))
    assert "choose another engine" in page.error[0].value
    assert "Download it" not in alerts(page)


def test_stop_closes_the_stream_and_keeps_what_was_seen(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    stream = visitor(page).state(live_controller).open_stream()
    webcam.playing = webcam.signalling = False
    live.seen = replace(RUNNING, state=LiveState.IDLE, people=())
    page.run()
    assert stream.closed == 1
    assert not button(page, "Save session").disabled
    assert sum(each["count"] for each in sent(page, "harec_live_counts")) == 16


def test_stop_is_shown_before_the_connections_end_is_waited_for(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    room = visitor(page).state(live_controller)
    stream = room.open_stream()
    known = []
    webcam.waits = lambda: known.append((room.link.on, stream.closed))
    webcam.playing = webcam.signalling = False
    page.run()
    assert known == [(False, 1)]


def test_a_lost_connection_is_told_and_its_frame_made_anew(live_page, webcam, live, monkeypatch):
    page = play(live_page(), webcam, live)
    room = visitor(page).state(live_controller)
    processor = Processor(room)
    processor.recv(picture())
    live.seen = replace(RUNNING, state=LiveState.IDLE, people=())
    processor.on_ended()  # while the browser still takes it for connected
    page.run()
    assert len(set(webcam.keys)) == 1  # perhaps it was STOP: the browser is waited for
    monkeypatch.setattr(room.link, "_clock", lambda: time.monotonic() + link.LOST_S)
    page.run()  # on a busy server, whose runs may have kept the browser's word waiting
    assert len(set(webcam.keys)) == 1
    for _ in range(link.LOST_RUNS):
        page.run()
    assert not page.exception
    assert len(set(webcam.keys)) == 2
    assert "was lost" in page.warning[0].value
    assert "Press **Start** again" in page.warning[0].value
    assert sent(page, "harec_live_people")["stateText"] == "Camera off"
    play(page, webcam, live)
    assert not page.warning
    assert sent(page, "harec_live_people")["stateText"] == "Live"


def test_a_stop_is_no_loss(live_page, webcam, live, monkeypatch):
    page = play(live_page(), webcam, live)
    room = visitor(page).state(live_controller)
    processor = Processor(room)
    processor.recv(picture())
    webcam.waits = processor.on_ended
    webcam.playing = webcam.signalling = False
    live.seen = replace(RUNNING, state=LiveState.IDLE, people=())
    page.run()
    monkeypatch.setattr(room.link, "_clock", lambda: time.monotonic() + link.LOST_S)
    for _ in range(link.LOST_RUNS):
        page.run()
    assert not page.warning
    assert len(set(webcam.keys)) == 1


# ------------------------------------------------------------------ recording and saving


def test_save_gives_the_result_and_the_recording_when_record_was_on(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    button(page, "Save session").click().run()
    assert [link["kind"] for link in sent(page, "harec_downloads")] == ["RESULT", "JSON", "CSV"]
    page.toggle(key="live_record").set_value(True).run()
    assert sent(page, "harec_live_people")["recording"] == "REC 12 s"
    button(page, "Save session").click().run()
    links = sent(page, "harec_downloads")
    assert [link["kind"] for link in links] == ["MP4", "RESULT", "JSON", "CSV"]
    assert page.toggle(key="live_record").value is False  # it has ended
    saved = visitor(page).state(live_controller).saved
    assert saved[0].path.read_bytes() == b"annotated"
    segments = json.loads(saved[2].path.read_text())["people"][0]["segments"]
    assert [s["action"] for s in segments] == ["JUMPING_JACKS"]
    assert saved[3].path.read_text().startswith("person,action,start_s")


def test_leaving_is_asked_about_until_the_session_was_taken_home(live_page, webcam, live):
    def unsaved(page):
        return sent(page, "harec_browser_tab")["unsaved"]

    page = live_page()
    assert unsaved(page) == []
    page = play(page, webcam, live)
    button(page, "Save session").click().run()
    assert unsaved(page) == ["live"]  # the camera goes on
    webcam.playing = webcam.signalling = False
    page.run()
    (name,) = unsaved(page)
    assert {link["of"] for link in sent(page, "harec_downloads")} == {name}
    live.seen = replace(live.seen, state=LiveState.IDLE, time_s=live.seen.time_s + 1)
    page.run()
    assert unsaved(page) == ["live"]
    button(page, "Reset").click().run()
    assert unsaved(page) == []


def test_a_session_is_there_again_after_a_reload(live_page, webcam, live, reload):
    page = play(live_page(), webcam, live)
    webcam.playing = webcam.signalling = False
    page = reload(page, "live")
    assert visitor(page).state(live_controller).live is live
    assert sum(each["count"] for each in sent(page, "harec_live_counts")) > 0


def test_two_recordings_are_both_there_to_take(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    for _ in range(2):
        page.toggle(key="live_record").set_value(True).run()
        page.toggle(key="live_record").set_value(False).run()
    button(page, "Save session").click().run()
    texts = [link["text"] for link in sent(page, "harec_downloads")]
    assert texts[:2] == ["Recording 1", "Recording 2"]


def test_saved_files_stay_while_shown_and_go_later(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    page.toggle(key="live_record").set_value(True).run()
    button(page, "Save session").click().run()
    first = [file.path for file in visitor(page).state(live_controller).saved]
    to_page(page, "analyze")
    analyze_job(page).tidy()
    assert all(path.exists() for path in first)
    to_page(page, "live")
    button(page, "Save session").click().run()
    assert [path.exists() for path in first] == [True, False, False, False]  # the recording is kept
    button(page, "Reset").click().run()
    assert not first[0].exists()


def test_reset_forgets_a_recording_that_runs_and_begins_anew(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    page.toggle(key="live_record").set_value(True).run()
    first = live.recording
    button(page, "Reset").click().run()
    # Were one running during the reset, the session's clock would continue.
    assert live.calls == ["record", "finish", "reset", "record"]
    assert live.recording not in (None, first)
    assert not first.parent.exists()
    assert page.toggle(key="live_record").value is True
    button(page, "Save session").click().run()
    assert [link["text"] for link in sent(page, "harec_downloads")][::2] == ["Video", "Everything"]
    assert visitor(page).state(live_controller).saved[0].path.parent != first.parent


def test_a_recording_that_runs_stays_while_other_pages_tidy_up(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    page.toggle(key="live_record").set_value(True).run()
    path = live.recording
    unused = analyze_job(page).storage.new_folder()
    to_page(page, "analyze")
    analyze_job(page).tidy()
    assert not unused.exists()
    assert path.parent.is_dir()
    to_page(page, "live")
    button(page, "Save session").click().run()
    assert visitor(page).state(live_controller).saved[0].path == path
    assert path.read_bytes() == b"annotated"


def test_a_full_disk_is_told_and_nothing_recorded(live_page, webcam, live, monkeypatch):
    page = play(live_page(), webcam, live)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100, 99, 1))
    page.toggle(key="live_record").set_value(True).run()
    assert "disk is full" in page.error[0].value
    page.run()
    assert live.calls == []
    monkeypatch.undo()


def test_recording_that_fails_is_told(live_page, webcam, live):
    page = play(live_page(), webcam, live)
    live.record_error = VideoError("The video can't be written here.")
    page.toggle(key="live_record").set_value(True).run()
    assert "can't be written here" in page.error[0].value
    live.record_error, live.lost = None, True
    page.toggle(key="live_record").set_value(False).run()
    page.toggle(key="live_record").set_value(True).run()
    assert not page.error
    button(page, "Save session").click().run()
    assert "There is no recording" in page.error[0].value
    assert [link["kind"] for link in sent(page, "harec_downloads")] == ["RESULT", "JSON", "CSV"]


# ------------------------------------------------------------------ pages and visitors


def test_settings_and_results_live_through_a_change_of_pages(fake, live_page, webcam, live, clip):
    page = to_page(live_page(), "analyze")
    upload(page, "clip.mp4", clip)
    button(page, "Analyze").click().run()
    page = finish(page)
    page.slider(key="action_threshold").set_value(0.5).run()
    page.select_slider(key="skip").set_value(2).run()
    outcome = analyze_job(page).outcome
    to_page(page, "live")
    assert page.slider(key="action_threshold").value == 0.5
    assert live.settings.skip == 2
    page.slider(key="action_threshold").set_value(0.7).run()
    page.toggle(key="live_mirror").set_value(False).run()
    to_page(page, "analyze")
    assert page.slider(key="action_threshold").value == 0.7
    assert page.select_slider(key="skip").value == 2
    assert analyze_job(page).outcome is outcome
    to_page(page, "live")
    assert page.toggle(key="live_mirror").value is False
    assert page.slider(key="action_threshold").value == 0.7
    assert not live.closed


def test_each_engines_thresholds_come_back_with_it(live_page):
    page = live_page()
    page.slider(key="person_threshold_movenet").set_value(0.45).run()
    page.selectbox(key="engine").set_value("detectron2").run()
    assert page.slider(key="person_threshold_detectron2").value == 0.9
    to_page(page, "analyze")
    assert page.selectbox(key="engine").value == "detectron2"
    page.selectbox(key="engine").set_value("movenet").run()
    assert page.slider(key="person_threshold_movenet").value == 0.45


def test_the_session_ends_with_the_visitor(live_page, live):
    page = live_page()
    assert not live.closed
    visitor(page).close()
    assert live.closed


def test_who_stays_on_analyze_has_no_live_session(open_page, live):
    page = open_page()
    visitor(page).close()
    assert not live.closed


# ------------------------------------------------------------------ pictures


@pytest.fixture
def room(tmp_path, live):
    storage = ServerStorage(tmp_path / "storage")
    yield LiveController(storage.new_visitor(), PublicFiles(), live)
    storage.close()


def picture(value=50, pts=0):
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), value, np.uint8), format="rgb24")
    frame = frame.reformat(format="yuv420p")
    frame.pts, frame.time_base = pts, Fraction(1, 90_000)
    return frame


def test_a_picture_goes_through_the_session_with_its_own_time(room, live):
    processor = Processor(room)
    assert live.streams == []  # no picture yet
    out = processor.recv(picture(50, pts=45_000))
    ((time_s, rgb),) = live.shown
    assert time_s == 0.5
    assert rgb.shape == (48, 64, 3)
    assert rgb.dtype == np.uint8
    assert abs(int(rgb.mean()) - 50) <= 3
    assert out.format.name == "yuv420p"  # what is sent, converted here once
    assert abs(out.to_ndarray(format="rgb24").mean() - 205) <= 3


def test_an_error_never_ends_the_picture_and_is_logged_once(room, live, caplog):
    processor = Processor(room)
    live.error = RuntimeError("broken")
    frames = [picture(pts=i) for i in range(3)]
    with caplog.at_level(logging.ERROR):
        assert [processor.recv(frame) for frame in frames] == frames
    assert len(caplog.records) == 1
    live.error = None
    assert processor.recv(frames[0]) is not frames[0]


def test_the_stream_ends_with_the_track_and_late_pictures_open_no_other(room, live):
    processor = Processor(room)
    processor.recv(picture())
    processor.on_ended()
    processor.on_ended()
    frame = picture(pts=1)
    assert processor.recv(frame) is frame
    assert len(live.streams) == 1
    assert live.streams[0].closed


def test_a_stream_that_ends_while_it_opens_does_not_stay_open(room, live, monkeypatch):
    processor = Processor(room)
    opening = live.open

    def stopped_meanwhile():
        stream = opening()
        processor.on_ended()
        return stream

    monkeypatch.setattr(room, "open_stream", stopped_meanwhile)
    frame = picture()
    assert processor.recv(frame) is frame
    assert [stream.closed for stream in live.streams] == [1]
    assert live.shown == []


def test_each_start_is_a_new_stream(room, live):
    first, second = Processor(room), Processor(room)
    first.recv(picture())
    second.recv(picture())
    first.on_ended()  # late
    assert [stream.closed for stream in live.streams] == [1, 0]
    room.close_stream()
    assert live.streams[1].closed == 1


def test_constraints_are_wishes():
    video = CameraSettings((640, 480), 30).constraints()["video"]
    assert all(set(wish) == {"ideal"} for wish in video.values())


def test_the_timeline_has_no_lane_for_who_only_flickered(live):
    live.seen = RUNNING
    analysis = live.analysis()
    one = analysis.people[0]
    crowd = [replace(one, id=i, first_s=10.0 * i, last_s=10.0 * i + 5) for i in range(1, 8)]
    blip = replace(one, id=8, first_s=60.0, last_s=60.4)
    kept = panel._lanes(replace(analysis, people=(*crowd, blip))).people
    assert [person.id for person in kept] == [2, 3, 4, 5, 6, 7]


def test_taught_actions_are_offered_and_the_choice_is_followed(live_page):
    page = live_page()
    room = visitor(page).state(live_controller)
    assert room.named == Named()
    taught = ActionSet.teach(
        example(motion, 0, label)
        for motion, label in (("SQUAT", "Kniebeuge"), ("KNOCKING", "ノック"))
    )
    visitor(page).state(Taught).learn(taught)
    page.run()
    assert room.named == Named(taught, True, taught.head.threshold)
    tiles = sent(page, "harec_live_counts")
    assert [each["title"] for each in tiles][:2] == ["Kniebeuge", "ノック"]
    assert tiles[1]["color"] == TAUGHT_COLORS[1]
    page.button_group(key="actions").set_value("taught").run()
    assert len(sent(page, "harec_live_counts")) == 2
    assert room.named.actions is taught
    assert not room.named.builtin
    page.switch_page("pages/analyze.py").run()  # what is chosen on one page is chosen on the next
    assert page.button_group(key="actions").value == "taught"
