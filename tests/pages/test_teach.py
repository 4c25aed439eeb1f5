"""The Teach page's states, run by AppTest: examples, training, packs; the webcam without a page."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from live_stub import RUNNING, StubCamera, StubLive
from page_reading import alerts, analyze_job, button, finish, labels, sent, text, visitor
from taught_examples import example, track_of
from waiting import PATIENCE_S

from dashboard.live import camera, controller
from dashboard.server.process import files
from dashboard.server.storage import ServerStorage
from dashboard.taught import Taught
from dashboard.teach import cards, example_pack, recorder, report
from dashboard.teach.clips import Clips
from dashboard.teach.page import WEBCAM
from dashboard.teach.recorder import RecordController
from dashboard.teach_state import TeachState
from harec.actions.labels import OTHER
from harec.analysis import analyze as analysis
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import InputError
from harec.core.progress import Timings
from harec.taught.action_set import ActionReport, ActionSet


def person(number: int, motion: str, seconds: float = 3.0) -> PersonResult:
    """Somebody stands, does something, and stands again."""
    times_s, track = track_of(("STANDING", 1), (motion, seconds), ("STANDING", 1), person=number)
    none = np.zeros((0, 7), np.float32)
    ends = float(times_s[0]), float(times_s[-1])
    return PersonResult(number, *ends, times_s, track, none[:, 0], none[:, :2], none, ())


@pytest.fixture
def filmed(fake, monkeypatch):
    """What clips show: the motion that their name begins with; the page's engine does the rest."""

    def analyze(path, settings=None, *, name, **options) -> Analysis:
        seen = fake.analyze(path, settings, name=name, **options)
        motion = name.split("-")[0]
        people = () if motion == "NOBODY" else (person(1, motion), person(2, "STANDING", 1.0))
        return replace(seen, people=people, timings=Timings({}, 5.0, 100, 100))

    monkeypatch.setattr(analysis, "analyze", analyze)
    return fake


@pytest.fixture
def teach_page(open_page):
    """Opens the Teach page as a new visitor."""

    def opened():
        page = open_page()
        page.switch_page("pages/teach.py").run()
        assert not page.exception
        return page

    return opened


def state_of(page) -> TeachState:
    return visitor(page).state(TeachState)


def name(page, action):
    page.text_input(key="teach-new").set_value(action).run()
    assert not page.exception


def drop(page, clip, *names):
    uploads = [(each, clip, "video/mp4") for each in names]
    page.file_uploader[0].set_value(uploads)
    page.run()
    assert not page.exception


def settle(page):
    """Run the page as its polling does, until nothing waits any more."""
    clips, state = visitor(page).state(Clips), state_of(page)
    while clips.working or state.training:
        for clip in clips.working:
            assert clip.job.wait(PATIENCE_S)
        state.wait(PATIENCE_S)
        page.run()
        assert not page.exception
    return page.run()


def groups(page):
    return {each["label"]: each for each in sent(page, "harec_teach_cards")["groups"]}


def act(state, monkeypatch, *acts):
    """Send what the browser sends of the cards."""
    said = {"teach-cards": {"acts": list(acts)}}
    monkeypatch.setattr(cards, "st", SimpleNamespace(session_state=said))
    return cards.follow(state)


def test_the_empty_page_says_what_to_do(teach_page):
    page = teach_page()
    assert "Nothing of yours yet" in text(page)
    assert "Name the action first" in text(page)
    assert page.file_uploader[0].disabled
    assert "Try it live" not in labels(page)


def test_the_example_pack_is_one_click_away_and_known_at_once(teach_page):
    page = teach_page()
    button(page, "Try the example pack").click().run()
    settle(page)
    assert list(groups(page)) == ["Squat", "Lunge", "Biceps curl", OTHER]
    assert groups(page)["Squat"]["count"] == "4 examples"
    assert visitor(page).unsaved == []
    report = "".join(each.proto.body for each in page.main.get("html"))
    assert "recognised" in report
    assert "confused with Lunge" in report


def test_advice_names_actions_as_people_read_them():
    advice = 'Add another example of "WAVING_1HAND".'
    row = report._row(ActionReport("WAVING_1HAND", 1, None, None, advice), ("WAVING_1HAND",))
    assert "another example of &quot;Waving, one hand&quot;" in row
    assert "WAVING_1HAND" not in row


def test_try_it_opens_a_page_that_names_only_the_taught_actions(teach_page):
    page = teach_page()
    state_of(page).add([example("SQUAT", 0)])
    settle(page)
    button(page, "Try it on a clip").click().run()
    assert not page.exception
    assert [each.value for each in page.title] == ["Who does which action when"]
    assert visitor(page).state(Taught).choice == "taught"
    assert analyze_job(page).empty


def test_the_example_pack_is_tried_on_a_sample_with_one_click(teach_page, fake):
    page = teach_page()
    button(page, "Try the example pack").click().run()
    settle(page)
    button(page, "Try it on a sample").click().run()
    assert not page.exception
    finish(page)
    assert [name for name, _ in fake.asked] == ["teach-sample.mp4"]
    assert fake.asked[0][1].skip == AnalysisSettings().skip
    page.switch_page("pages/teach.py").run()
    assert "Try it on a clip" in labels(page)


def test_clips_become_examples_of_the_named_action(teach_page, filmed, clip):
    page = teach_page()
    name(page, "Kniebeuge")
    filmed.go.clear()
    drop(page, clip, "SQUAT-anna_1.mp4", "SQUAT-ben_1.mp4", "NOBODY-here.mp4")
    assert filmed.started.wait(PATIENCE_S)
    page.run()
    waiting = [each.proto.text for each in page.main.get("progress")]
    assert "about 40 s left" in waiting[0]
    assert "waiting" in waiting[1]
    assert len(waiting) == 3
    filmed.go.set()
    settle(page)
    shown = groups(page)["Kniebeuge"]["cards"]
    assert [each["source"] for each in shown] == ["SQUAT-anna_1.mp4", "SQUAT-ben_1.mp4"]
    kept = state_of(page).kept[0].example
    assert 0.2 < kept.start_s < 1.3  # it stands for a second
    assert 3.5 < kept.end_s < 4.6
    assert "Nobody is seen" in alerts(page)
    assert all(settings.skip == 0 for _, settings in filmed.asked)
    assert state_of(page).trained.report[0].examples == 2


def test_a_clip_can_be_given_up(teach_page, filmed, clip):
    page = teach_page()
    name(page, "Squat")
    filmed.go.clear()
    drop(page, clip, "SQUAT-1.mp4", "SQUAT-2.mp4")
    page.button(key="teach-cancel-all").click().run()
    assert not page.exception
    assert visitor(page).state(Clips).clips == []
    assert state_of(page).empty


def test_what_is_no_video_is_said_and_can_be_put_away(teach_page):
    page = teach_page()
    name(page, "Squat")
    drop(page, b"hello", "notes.mp4")
    assert "not a video" in alerts(page)
    button(page, "Got it").click().run()
    assert "not a video" not in alerts(page)


def test_a_name_that_is_none_is_refused(teach_page):
    page = teach_page()
    name(page, "x" * 61)
    assert "at most 60" in alerts(page).replace("\\", "")
    assert page.file_uploader[0].disabled


def test_a_name_that_is_there_in_other_letters_is_that_one(teach_page, filmed, clip):
    page = teach_page()
    state_of(page).add([example("SQUAT", 0)])
    name(page, "squat")
    drop(page, clip, "SQUAT-anna_1.mp4")
    settle(page)
    assert state_of(page).labels == ("SQUAT",)
    assert len(state_of(page).kept) == 2


def test_what_is_there_is_chosen_and_a_name_whose_examples_are_gone_is_not(teach_page):
    page = teach_page()
    state_of(page).add([example("SQUAT", 0)])
    page.run()
    pills = page.pills(key="teach-name")
    pills.set_value("SQUAT").run()
    assert not page.file_uploader[0].disabled
    assert not page.text_input
    page.pills(key="teach-name").set_value(OTHER).run()
    assert not page.file_uploader[0].disabled
    page.pills(key="teach-name").set_value("SQUAT").run()
    state_of(page).delete(1)
    page.run()
    assert not page.exception
    assert page.file_uploader[0].disabled


def test_a_full_set_is_said(teach_page, filmed, clip, monkeypatch):
    page = teach_page()
    monkeypatch.setattr("dashboard.teach_state.MOST_EXAMPLES", 1)
    name(page, "Squat")
    drop(page, clip, "SQUAT-anna_1.mp4", "SQUAT-ben_1.mp4")
    settle(page)
    assert "There is room for 1 examples" in alerts(page)
    assert len(state_of(page).kept) == 1


def test_wishes_of_cards_are_followed_once_each(teach_page, monkeypatch):
    state = state_of(teach_page())
    state.add([example("SQUAT", 0), example("SQUAT", 1), example("LUNGES", 0)])
    gone = {"n": 1, "what": "delete", "number": 1}
    named = {"n": 2, "what": "relabel", "number": 2, "label": "Lunge"}
    assert act(state, monkeypatch, gone, named) is None
    assert state.labels == ("LUNGES", "Lunge")
    state.relabel(2, "SQUAT")
    cut = {"n": 3, "what": "cut", "number": 2}
    assert act(state, monkeypatch, gone, named, cut) == 2
    assert state.labels == ("SQUAT", "LUNGES")
    with pytest.raises(InputError):
        act(state, monkeypatch, {**named, "n": 4, "label": " "}, {**gone, "n": 5, "number": 3})
    assert state.labels == ("SQUAT",)
    for strange in ("hello", {"n": "6"}, {"n": 7}, {"n": 8, "what": "delete", "number": "2"}):
        assert act(state, monkeypatch, strange) is None
    assert len(state.kept) == 1


def test_start_and_end_are_moved_with_a_slider(teach_page, filmed, clip):
    page = teach_page()
    name(page, "Squat")
    drop(page, clip, "SQUAT-anna_1.mp4")
    settle(page)
    page.session_state["teach-cut"] = 1
    page.run()
    page.slider(key="teach-cut-1-0").set_value((1.5, 3.0)).run()
    button(page, "Use this part").click().run()
    assert not page.exception
    kept = state_of(page).kept[0].example
    assert (kept.start_s, kept.end_s) == (1.5, 3.0)
    assert "Use this part" not in labels(page)


def test_counterexamples_alone_ask_for_an_action(teach_page):
    page = teach_page()
    state_of(page).add([example("SQUAT", 0, label=OTHER)])
    settle(page)
    assert "show an action, too" in alerts(page)
    assert "Try it live" not in labels(page)
    assert groups(page)[OTHER]["title"] == "Nothing of these"


def test_a_training_that_fails_is_said_and_one_that_runs_too(teach_page, monkeypatch):
    page, go = teach_page(), threading.Event()
    monkeypatch.setattr("dashboard.teach.page._SOON_S", 0)

    def broken(examples):
        go.wait()
        raise InputError("The embedding is gone.")

    monkeypatch.setattr(ActionSet, "teach", broken)
    state_of(page).add([example("SQUAT", 0)])
    page.run()
    assert "Learning from your examples" in text(page)
    go.set()
    settle(page)
    assert "The embedding is gone" in alerts(page)
    assert "Learning from your examples" not in text(page)


def open_pack(page, file_name, content):
    page.file_uploader[-1].set_value((file_name, content, "application/zip"))
    page.run()
    assert not page.exception


@pytest.fixture
def pack(tmp_path):
    ActionSet.teach([example("SQUAT", 0), example("LUNGES", 0)]).save(tmp_path / "gym.harec")
    return (tmp_path / "gym.harec").read_bytes()


def test_a_pack_is_opened_merged_or_put_in_the_others_place(teach_page, pack):
    page = teach_page()
    open_pack(page, "../..\\gym.harec", pack)
    settle(page)
    assert list(groups(page)) == ["SQUAT", "LUNGES"]
    assert state_of(page).name == "gym"
    state_of(page).add([example("KICKING", 0)])
    settle(page)
    open_pack(page, "gym.harec", pack)
    settle(page)
    assert list(groups(page)) == ["SQUAT", "LUNGES", "KICKING"]
    page.segmented_control(key="teach-open-as").set_value("Replace mine").run()
    open_pack(page, "gym.harec", pack)
    settle(page)
    assert list(groups(page)) == ["SQUAT", "LUNGES"]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04nothing"])
def test_what_is_no_pack_is_refused_in_one_line(teach_page, content):
    page = teach_page()
    open_pack(page, "gym.harec", content)
    (error,) = page.error
    assert "gym" in error.value
    assert "upload" not in error.value
    assert "\n" not in error.value
    assert state_of(page).empty


def test_the_saved_pack_holds_the_examples(teach_page, tmp_path):
    page = teach_page()
    button(page, "Try the example pack").click().run()
    settle(page)
    (link,) = sent(page, "harec_downloads")
    token = link["url"].split("/")[-1].removesuffix("?save")
    published = files()._files[token]
    assert published.name == "example-pack.harec"
    published.make(tmp_path / "pack.harec")
    assert ActionSet.load(tmp_path / "pack.harec").labels == ("Squat", "Lunge", "Biceps curl")


def test_after_a_reload_the_examples_are_there(teach_page, reload):
    page = teach_page()
    button(page, "Try the example pack").click().run()
    settle(page)
    again = reload(page, at="teach")
    assert list(groups(again)) == ["Squat", "Lunge", "Biceps curl", OTHER]
    assert state_of(again).trained.actions is not None


def test_the_example_pack_tells_its_actions_apart():
    report = ActionSet.teach(example_pack.examples()).report()
    assert [each.examples for each in report] == [4, 4, 4]
    assert np.mean([each.right for each in report]) > 0.9


# ------------------------------------------------------------------ the webcam


class Mirror(StubLive):
    """A live session before which somebody does squats, from 20 s on."""

    def analysis(self, last_s=None, name="Webcam"):
        moves = person(3, "SQUAT", 30.0)
        seen = moves.track_times_s <= self.seen.time_s - 20.0
        times_s = moves.track_times_s[seen] + 20.0
        shown = replace(moves, track_times_s=times_s, keypoints_xyc=moves.keypoints_xyc[seen])
        found = super().analysis(last_s, name)
        return replace(found, people=(shown,) if self.seen.people else ())


@pytest.fixture
def recording(tmp_path):
    """A controller whose camera sees what the test says."""
    storage = ServerStorage(tmp_path / "storage")
    controller = RecordController(storage.new_visitor(), files(), Mirror())
    controller.link.playing = True
    controller.live.seen = replace(RUNNING, time_s=21.0)
    yield controller
    storage.close()


def play(controller, seconds, people=RUNNING.people):
    """The camera goes on for some seconds."""
    now_s = controller.live.seen.time_s + seconds
    controller.live.seen = replace(controller.live.seen, time_s=now_s, people=people)
    controller.follow()


def test_after_three_two_one_the_seconds_that_follow_are_an_example(recording):
    recording.begin("Squat", 2)
    play(recording, 5.1)  # the results of the last frames are still on their way
    assert recording.take is not None
    play(recording, 0.5)
    assert recording.take is None
    example = recording.kept.example
    assert (example.label, example.source) == ("Squat", "webcam 1")
    assert (example.start_s, example.end_s) == (0.0, 2.0)
    assert np.ptp(example.times_s) == pytest.approx(2.0, abs=0.1)
    assert recording.unsaved
    recording.again()
    play(recording, 6.0)
    assert recording.kept.example.source == "webcam 2"
    recording.drop()
    assert recording.kept is None


def test_who_is_not_seen_is_no_example(recording):
    recording.begin("Squat", 2)
    play(recording, 6.0, people=())
    assert recording.kept is None
    assert "not seen for long enough" in recording.problem


def test_a_camera_that_stops_ends_the_recording(recording):
    recording.begin("Squat", 2)
    recording.link.playing = False
    recording.follow()
    assert recording.take is None
    assert "camera stopped" in recording.problem


@pytest.fixture
def webcam(monkeypatch):
    live, webcam = Mirror(), StubCamera()
    monkeypatch.setattr(controller, "LiveSession", lambda **options: live)
    monkeypatch.setattr(camera, "webrtc_streamer", webcam)
    webcam.live = live
    return webcam


def test_recording_on_the_page(teach_page, webcam):
    page = teach_page()
    page.segmented_control(key="teach-by").set_value(WEBCAM).run()
    assert not page.exception
    assert "none is kept" in alerts(page)
    assert button(page, "Record").disabled
    name(page, "Squat")
    webcam.playing = webcam.signalling = True
    webcam.live.seen = replace(RUNNING, time_s=20.0)
    page.run()
    button(page, "Record").click().run()
    recording = visitor(page).state(recorder.record_controller)
    assert recording.take.label == "Squat"
    assert sent(page, "harec_teach_count")["lengthS"] == 3
    play(recording, 8.0)
    page.run()
    page.button(key="teach-keep").click().run()
    assert not page.exception
    settle(page)
    assert [each["source"] for each in groups(page)["Squat"]["cards"]] == ["webcam 1"]
    assert recording.named.labels == ("Squat",)  # in the picture, from now on
