"""The Yoga page's states, run by AppTest: photo, practice video, live coach, gallery."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from urllib.parse import urlsplit

import numpy as np
import pytest
from live_stub import StubCamera
from page_reading import alerts, button, labels, sent, text, visitor
from waiting import PATIENCE_S
from yoga_stub import HELD, Engine, StubCoach, coached, joints, no_person, photo, poses

from dashboard.live import camera
from dashboard.server.process import files
from dashboard.yoga import figures, gallery, live_controller
from dashboard.yoga import photo as photo_tab
from dashboard.yoga.photo_job import PhotoJob
from dashboard.yoga.practice_job import PracticeJob
from harec.core.errors import ModelError
from harec.live import LiveState, LiveView
from harec.video import VideoWriter
from harec.yoga.coaching import coach as coach_module
from harec.yoga.output import best_frames
from harec.yoga.recognition.asanas import ASANAS

CARD = "harec_yoga_coach"
FAULT = {"left_knee": 135.0}


@pytest.fixture
def engine(monkeypatch):
    engine = Engine()
    monkeypatch.setattr("harec.analysis.engines.create_estimator", engine.create)
    # Drawing takes seconds, and is tested where it is done.
    drawn = threading.Thread(target=lambda: None)
    monkeypatch.setattr(figures, "begin", lambda: drawn)
    monkeypatch.setattr(figures, "_figure", lambda asana, side: b"webp")
    monkeypatch.setattr(figures, "sample_photo", lambda: np.zeros((120, 160, 3), np.uint8))
    yield engine
    engine.go.set()


@pytest.fixture
def live(monkeypatch):
    live = StubCoach()
    monkeypatch.setattr(live_controller, "CoachSession", lambda: live)
    return live


@pytest.fixture
def webcam(monkeypatch):
    webcam = StubCamera()
    monkeypatch.setattr(camera, "webrtc_streamer", webcam)
    return webcam


@pytest.fixture
def yoga_page(open_page, engine):
    """Opens the Yoga page as a new visitor, with one of its tabs open."""

    def yoga_page(name="Photo"):
        return to_tab(to_page(open_page(), "yoga"), name)

    return yoga_page


def to_page(page, name):
    page.switch_page(f"pages/{name}.py").run()
    assert not page.exception
    return page


def to_tab(page, name):
    page.session_state["tab"] = next(t.label for t in page.tabs if t.label.endswith(name))
    page.run()
    assert not page.exception
    return page


def show_photo(page, content=None, name="me.jpg"):
    page.file_uploader[0].set_value((name, content or photo(), "image/jpeg"))
    page.run()
    return finish(page, visitor(page).state(PhotoJob))


def finish(page, work):
    """Run the page as the browser's polling does, once the worker is through."""
    for _ in range(2):  # the best moments come after the rest
        jobs = [getattr(work, name, None) for name in ("job", "rendering", "drawing")]
        for job in filter(None, jobs):
            assert job.wait(PATIENCE_S)
        page.run()
        assert not page.exception
    return page


# ------------------------------------------------------------------ gallery and tabs


def test_the_empty_page_shows_three_tabs_and_every_asana(yoga_page):
    page = yoga_page()
    assert [tab.label.split(" ", 1)[1] for tab in page.tabs] == [
        "Photo",
        "Practice video",
        "Live coach",
    ]
    cards = "".join(str(each.proto.body) for each in page.main.get("html"))
    for asana in ASANAS.values():
        assert asana.sanskrit in cards
        assert asana.english in cards
    assert cards.count("hg-card") == len(ASANAS) + cards.count(".hg-card")
    assert cards.count("Defined by rules") == 3
    assert cards.count("Learnt from photos") == 8
    assert "Left: the trunk leans over the left leg" in cards
    assert cards.count("data:image/webp") == len(ASANAS)


def test_cards_without_figures_keep_their_place_until_they_are_drawn(yoga_page, monkeypatch):
    class Drawing:
        def is_alive(self):
            return True

    monkeypatch.setattr(figures, "begin", Drawing)
    cards = "".join(str(each.proto.body) for each in yoga_page().main.get("html"))
    assert cards.count('"hg-none"') == len(ASANAS)
    assert "data:image" not in cards


@pytest.mark.parametrize("asana", ASANAS.values(), ids=ASANAS)
def test_each_card_says_sides_view_and_where_it_comes_from(asana):
    sides, view, source = gallery.facts(asana)
    assert sides.startswith("Left: ") == asana.sided
    assert asana.view in view
    assert ("photos" in source and "no photos" not in source) == asana.photos


def test_a_change_of_tabs_loses_neither_result_nor_settings(yoga_page, engine):
    engine.finds = poses(joints("vrikshasana", "left"))
    page = show_photo(yoga_page())
    page.slider(key="asana_threshold").set_value(0.4).run()
    to_tab(page, "Practice video")
    page.slider(key="min_hold").set_value(4.0).run()
    assert page.slider(key="asana_threshold").value == 0.4
    to_tab(page, "Photo")
    assert sent(page, CARD)["title"] == "Vṛkṣāsana"
    to_page(page, "analyze")
    to_page(page, "yoga")
    to_tab(page, "Practice video")
    assert page.slider(key="min_hold").value == 4.0
    assert engine.asked == ["movenet"]  # one look in all


def test_a_practice_is_there_again_after_a_reload(practised, reload):
    before = visitor(practised).state(PracticeJob).outcome
    practised.text_input(key="yoga-expected").set_value("tree right").run()
    practised.slider(key="min_hold").set_value(2.0).run()
    page = reload(practised, "yoga")
    assert visitor(page).state(PracticeJob).outcome is before
    assert page.slider(key="min_hold").value == 2.0
    assert page.text_input(key="yoga-expected").value == "tree right"
    assert "morning" in text(page)
    assert sent(page, "harec_player")["video"]["url"] == before.urls["film"]
    assert sent(page, "harec_browser_tab")["unsaved"] == [before.version]


def test_a_photo_is_there_again_after_a_reload(yoga_page, engine, reload):
    engine.finds = poses(joints("vrikshasana", "right"))
    page = reload(show_photo(yoga_page()), "yoga")
    assert sent(page, CARD)["title"] == "Vṛkṣāsana"
    assert "me\\.jpg" in text(page)
    (version,) = sent(page, "harec_browser_tab")["unsaved"]
    assert version == visitor(page).state(PhotoJob).outcome.version
    assert page.get("download_button")
    engine.finds = poses()
    page = show_photo(page)
    assert not page.get("download_button")
    assert sent(page, "harec_browser_tab")["unsaved"] == []  # nothing to take home


# ------------------------------------------------------------------ photo


def test_a_photo_gives_name_side_score_and_feedback(yoga_page, engine):
    engine.finds = poses(joints("virabhadrasana_ii", "left", FAULT))
    page = show_photo(yoga_page())
    card = sent(page, CARD)
    assert (card["title"], card["english"]) == ("Vīrabhadrāsana II", "Warrior II")
    assert card["side"] == "Left side: the left knee is bent"
    assert 0 < card["score"] < 90
    assert card["feedback"][0]["text"].startswith("Bend your front knee more: 13")
    assert not any(line["good"] for line in card["feedback"])
    assert "me\\.jpg" in text(page)
    table = page.dataframe[0].value
    knee = table[table["Angle"] == "Left knee"].iloc[0]
    assert knee["Yours is"] == "too large"
    assert page.expander[-1].label == "The eleven asanas"
    assert visitor(page).state(PhotoJob).outcome.at(0.5)[1].startswith(b"\xff\xd8")


def test_a_pose_at_its_reference_is_praised(yoga_page, engine):
    engine.finds = poses(joints("vrikshasana", "right"))
    card = sent(show_photo(yoga_page()), CARD)
    assert card["side"].startswith("Right side")
    assert [line["good"] for line in card["feedback"]] == [True]
    assert card["score"] > 80


def test_the_threshold_acts_without_another_look(yoga_page, engine):
    body = joints("trikonasana", "left")
    engine.finds = poses(body)
    page = show_photo(yoga_page())
    sure = float(visitor(page).state(PhotoJob).outcome.at(0.1)[0].confidence)
    assert sent(page, CARD)["title"] == "Trikoṇāsana"
    asked = list(engine.asked)
    visitor(page).state(PhotoJob).outcome.cache.clear()
    assert sure <= 1
    page.slider(key="asana_threshold").set_value(0.95).run()
    named = sent(page, CARD)["title"] == "Trikoṇāsana"
    assert named == (sure >= 0.95)
    assert engine.asked == asked


def test_no_asana_says_what_comes_nearest(yoga_page, engine):
    engine.finds = poses(joints("tadasana", None, {"left_shoulder": 80.0, "right_elbow": 60.0}))
    page = show_photo(yoga_page())
    assert sent(page, CARD)["title"] == "No asana"
    assert "the nearest is" in text(page)


def test_nobody_and_several_are_told(yoga_page, engine):
    page = show_photo(yoga_page())
    assert "Nobody was found" in page.warning[0].value
    engine.finds = poses(joints("vrikshasana", "left"), joints("tadasana"))
    show_photo(page)
    assert "2 people were found" in sent(page, CARD)["warnings"][0]
    assert not page.warning


def test_a_cropped_body_says_what_is_missing(yoga_page, engine):
    body = joints("vrikshasana", "left")
    body[15:] = 0
    engine.finds = poses(body)
    assert any("feet" in each for each in sent(show_photo(yoga_page()), CARD)["warnings"])


def test_a_pose_without_a_score_is_said_not_to_be_judged(yoga_page, engine, monkeypatch):
    monkeypatch.setattr(coach_module, "judge", lambda *_: None)
    engine.finds = poses(joints("vrikshasana", "left"))
    page = show_photo(yoga_page())
    card = sent(page, CARD)
    assert (card["title"], card["scoreText"], card["scoreOf"]) == ("Vṛkṣāsana", "–", "not judged")
    assert card["feedback"] == []
    assert card["warnings"]


def test_the_ring_of_a_judged_pose_counts_to_100(yoga_page, engine):
    engine.finds = poses(joints("vrikshasana", "left"))
    assert sent(show_photo(yoga_page()), CARD)["scoreOf"] == "of 100"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"this is a text", "me.jpg", "is not a picture"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "me.heic", "HEIC"),
        (photo()[:200], "me.jpg", "damaged"),
        (photo(size_wh=(20, 20)), "me.png", "20 x 20"),
        (b"", "me.jpg", "empty"),
    ],
)
def test_what_is_no_photo_is_refused_and_the_page_goes_on(yoga_page, engine, content, name, words):
    engine.finds = poses(joints("vrikshasana", "left"))
    page = yoga_page()
    page.file_uploader[0].set_value((name, content, "image/jpeg"))
    finish(page.run(), visitor(page).state(PhotoJob))
    assert words in page.error[0].value.replace("\\", "")
    assert "/" not in page.error[0].value  # no path of the server's
    show_photo(page)
    assert not page.error
    assert sent(page, CARD)["title"] == "Vṛkṣāsana"
    folder = visitor(page).state(PhotoJob).storage.folder
    assert list(folder.iterdir()) == []


def test_a_missing_model_is_told(yoga_page, engine, monkeypatch):
    def missing():
        raise ModelError("The yoga model is missing from models/.")

    monkeypatch.setattr(coach_module, "load_asana_model", missing)
    engine.finds = poses(joints("vrikshasana", "left"))
    page = show_photo(yoga_page())
    assert "is missing from" in page.error[0].value


def test_the_sample_is_one_press_away(yoga_page, engine):
    engine.finds = poses(joints("virabhadrasana_ii", "left"))
    page = yoga_page()
    button(page, "Try a sample").click().run()
    finish(page, visitor(page).state(PhotoJob))
    assert photo_tab.SAMPLE_NAME in text(page)
    assert sent(page, CARD)["title"] == "Vīrabhadrāsana II"


def test_a_look_that_waits_can_be_cancelled(yoga_page, engine):
    engine.go.clear()
    page = yoga_page()
    page.file_uploader[0].set_value(("me.jpg", photo(), "image/jpeg"))
    page.run()
    assert engine.started.wait(PATIENCE_S)
    button(page, "Cancel").click().run()
    page.run()
    assert visitor(page).state(PhotoJob).job is None
    assert not page.error
    assert "Cancel" not in labels(page)


# ------------------------------------------------------------------ practice video

FILM_FPS = 10
_STAND = "tadasana"


@pytest.fixture(scope="module")
def film():
    """Joints of 9 s: warrior II on the left with a stiff knee, then tree on the right."""
    parts = [
        (joints(_STAND), 5),
        (joints("virabhadrasana_ii", "left", FAULT), 35),
        (joints(_STAND), 5),
        (joints("vrikshasana", "right"), 40),
        (joints(_STAND), 5),
    ]
    return [poses(body) for body, count in parts for _ in range(count)]


@pytest.fixture(scope="module")
def video(tmp_path_factory, film):
    """A real video with as many frames; who is in them is the engine's to say."""
    path = tmp_path_factory.mktemp("practice") / "practice.mp4"
    size_wh = (160, 120)
    with VideoWriter(path, size_wh, frame_rate_hint=Fraction(10), audio_from=None) as writer:
        for i in range(len(film)):
            writer.write(np.full((120, 160, 3), 2 * i, np.uint8), i / FILM_FPS)
    return path.read_bytes()


@pytest.fixture
def practised(yoga_page, engine, film, video):
    """The tab with a result."""
    engine.film = film
    page = yoga_page("Practice video")
    page.file_uploader[0].set_value(("morning.mp4", video, "video/mp4"))
    page.run()
    button(page, "Analyze").click().run()
    return finish(page, visitor(page).state(PracticeJob))


def fetch(url):
    """GET an address of the server's own, without a server: its text."""
    return fetch_bytes(url).decode()


def fetch_bytes(url):
    """The same as it is."""
    from starlette.applications import Starlette

    from dashboard.server import published_files as public

    app = Starlette(routes=public.routes(files()))
    parts, got = urlsplit(f"/{url}"), []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        got.append(message)

    scope = {
        "type": "http", "method": "GET", "path": parts.path, "query_string": parts.query.encode(),
        "headers": [],
    }  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    assert got[0]["status"] == 200
    return b"".join(message.get("body", b"") for message in got[1:])


def links(page):
    return {each["kind"]: each["url"] for each in sent(page, "harec_downloads")}


def test_holds_are_on_the_timeline_in_the_table_and_in_the_files(practised):
    page = practised
    shown = sent(page, "harec_player")
    segments = shown["people"][0]["segments"]
    assert [s["title"] for s in segments] == ["Vīrabhadrāsana II, left", "Vṛkṣāsana, right"]
    assert segments[0]["start"] == pytest.approx(0.5, abs=0.6)
    assert segments[1]["end"] == pytest.approx(8.5, abs=0.6)
    bars = [t for t in json.loads(shown["figure"])["data"] if t["type"] == "bar"]
    assert [bar["customdata"][0][1] for bar in bars] == ["virabhadrasana_ii", "vrikshasana"]
    table = page.dataframe[0].value
    assert list(table["Side"]) == ["left", "right"]
    assert table["Best score"][0] < table["Best score"][1]
    assert "Bend your front knee more" in text(page)  # beside the best moment
    urls = links(page)
    assert set(urls) == {"HTML", "JSON", "CSV"}
    result = json.loads(fetch(urls["JSON"]))
    assert [hold["asana"] for hold in result["holds"]] == ["virabhadrasana_ii", "vrikshasana"]
    rows = list(csv.DictReader(fetch(urls["CSV"]).splitlines()))
    assert [row["side"] for row in rows] == ["left", "right"]
    html = fetch(urls["HTML"])
    assert html.startswith("<!doctype html>")
    assert html.count("<img") == 2


def test_sliders_find_holds_anew_without_the_pose_model(practised, engine):
    page = practised
    asked = list(engine.asked)
    page.slider(key="min_hold").set_value(3.5).run()
    assert not page.exception
    segments = sent(page, "harec_player")["people"][0]["segments"]
    assert [s["title"] for s in segments] == ["Vṛkṣāsana, right"]
    assert len(json.loads(fetch(links(page)["JSON"]))["holds"]) == 1
    assert engine.asked == asked
    finish(page, visitor(page).state(PracticeJob))
    assert fetch(links(page)["HTML"]).count("<img") == 1


def test_the_result_does_not_wait_for_pictures_nor_for_the_coached_video(practised, monkeypatch):
    page, job = practised, visitor(practised).state(PracticeJob)
    shown = sent(page, "harec_player")
    assert shown["coached"]
    assert fetch_bytes(shown["tracks"]).startswith(b"HRTRACK1")
    drawing, go = best_frames.best_frames, threading.Event()

    def slow(practice, path, *, cancel):
        assert go.wait(PATIENCE_S)
        return drawing(practice, path, cancel=cancel)

    monkeypatch.setattr(best_frames, "best_frames", slow)
    page.slider(key="min_hold").set_value(3.5).run()
    assert "Drawing the best moments" in text(page)
    assert set(links(page)) == {"JSON", "CSV"}
    assert sent(page, "harec_player")["tracks"] != shown["tracks"]
    go.set()
    finish(page, job)
    assert "Drawing the best moments" not in text(page)
    assert set(links(page)) == {"HTML", "JSON", "CSV"}
    button(page, "Coached video (MP4)").click().run()
    finish(page, job)
    assert fetch_bytes(links(page)["MP4"])[4:8] == b"ftyp"


def test_another_skip_needs_analyze_and_says_so(practised, engine):
    page = practised
    page.select_slider(key="yoga_skip").set_value(4).run()
    assert "press **Analyze** again" in page.info[0].value
    assert engine.asked == ["movenet"]


def test_an_expected_sequence_is_ticked_off(practised):
    page = practised
    page.text_input(key="yoga-expected").set_value("warrior II left, tree left, triangle").run()
    assert not page.exception
    steps = next(str(e.proto.body) for e in page.main.get("html") if "<ol" in str(e.proto.body))
    assert steps.count("✓") == 1
    assert "done on the other side" in steps
    assert "not seen" in steps
    sequence = json.loads(fetch(links(page)["JSON"]))["sequence"]
    assert [step["status"] for step in sequence["steps"]] == [
        "done",
        "on the other side",
        "missing",
    ]
    page.text_input(key="yoga-expected").set_value("warrior").run()
    assert "write which one" in page.error[0].value
    page.text_input(key="yoga-expected").set_value("").run()
    assert not page.error
    assert json.loads(fetch(links(page)["JSON"]))["sequence"] is None


def test_an_expected_sequence_outlives_tabs_pages_and_another_analysis(practised):
    page = practised
    wanted = "warrior II left, triangle"
    page.text_input(key="yoga-expected").set_value(wanted).run()

    def kept():
        assert page.text_input(key="yoga-expected").value == wanted
        assert len(json.loads(fetch(links(page)["JSON"]))["sequence"]["steps"]) == 2
        assert "Sequence" in fetch(links(page)["HTML"])

    to_tab(page, "Photo")
    to_tab(page, "Practice video")
    kept()
    to_page(page, "analyze")
    to_page(page, "yoga")
    to_tab(page, "Practice video")
    kept()
    button(page, "Analyze").click().run()
    finish(page, visitor(page).state(PracticeJob))
    kept()
    page.text_input(key="yoga-expected").set_value("").run()
    to_tab(page, "Photo")
    assert to_tab(page, "Practice video").text_input(key="yoga-expected").value == ""


def test_best_moments_say_what_could_not_be_seen_or_judged(practised):
    page = practised
    outcome = visitor(page).state(PracticeJob).outcome
    first, second = outcome.shown.coachings
    hidden = replace(first, warnings=("Your feet can't be seen.",))
    unjudged = replace(second, score=None, feedback=(), warnings=())
    outcome.shown = replace(outcome.shown, coachings=(hidden, unjudged))
    page.run()
    words = [each.value for each in page.markdown if "Vīrabhadrāsana II, left**" in each.value]
    assert "Bend your front knee more" in words[0]
    assert "Your feet can't be seen." in words[0]
    words = [each.value for each in page.markdown if "Vṛkṣāsana, right**" in each.value]
    assert "Not judged: too little of the body was seen." in words[0]


def test_a_video_without_anybody_says_so(yoga_page, engine, film, video):
    engine.film = [poses()] * len(film)
    page = yoga_page("Practice video")
    page.file_uploader[0].set_value(("empty.mp4", video, "video/mp4"))
    page.run()
    button(page, "Analyze").click().run()
    finish(page, visitor(page).state(PracticeJob))
    assert "Nobody was found in this video" in page.warning[0].value
    assert sent(page, "harec_player")["figure"] is None


def test_a_running_analysis_can_be_cancelled_and_leaves_the_other_tab_alone(
    yoga_page, engine, film, video
):
    engine.finds = poses(joints("vrikshasana", "left"))
    page = show_photo(yoga_page())
    engine.film, engine.frame = film, 0
    engine.started.clear()
    engine.go.clear()
    to_tab(page, "Practice video")
    page.file_uploader[0].set_value(("morning.mp4", video, "video/mp4"))
    page.run()
    button(page, "Analyze").click().run()
    assert engine.started.wait(PATIENCE_S)
    page.run()
    assert "Finding your asanas" in text(page) or "Loading the models" in text(page)
    button(page, "Cancel").click().run()
    page.run()
    assert "Cancel" not in labels(page)
    assert not page.error
    to_tab(page, "Photo")
    assert sent(page, CARD)["title"] == "Vṛkṣāsana"


def test_jobs_of_other_pages_go_on(yoga_page, engine, film, video):
    """A visitor may analyze a video while a photo is looked at."""
    engine.finds = poses(joints("vrikshasana", "left"))
    engine.go.clear()
    page = yoga_page()
    page.file_uploader[0].set_value(("me.jpg", photo(), "image/jpeg"))
    page.run()
    assert engine.started.wait(PATIENCE_S)
    to_tab(page, "Practice video")
    page.file_uploader[0].set_value(("morning.mp4", video, "video/mp4"))
    page.run()
    button(page, "Analyze").click().run()
    assert "next in line" in text(page)
    photo_job, video = (visitor(page).state(each) for each in (PhotoJob, PracticeJob))
    engine.go.set()
    assert photo_job.job.wait(PATIENCE_S)
    page.run()
    assert photo_job.outcome is not None
    video.job.cancel()


def test_a_broken_video_is_told_in_plain_words(yoga_page):
    page = yoga_page("Practice video")
    page.file_uploader[0].set_value(("me.mp4", b"no video", "video/mp4"))
    page.run()
    assert page.error
    assert visitor(page).state(PracticeJob).source is None


# ------------------------------------------------------------------ live coach


@pytest.fixture
def coach_page(yoga_page, live, webcam):
    return yoga_page("Live coach")


def play(page, webcam, live, view):
    webcam.playing = webcam.signalling = True
    live.seen = view
    page.run()
    assert not page.exception
    return page


def test_before_start_it_says_what_to_do(coach_page):
    assert "Press **Start**" in coach_page.info[0].value
    card = sent(coach_page, CARD)
    assert (card["stateText"], card["quiet"], card["holds"]) == ("Camera off", True, None)
    assert all(button(coach_page, name).disabled for name in ("Pause", "Reset", "Save session"))


def test_the_camera_is_there_only_in_its_tab(yoga_page, live, webcam):
    page = yoga_page("Photo")
    assert webcam.keys == []
    to_tab(page, "Live coach")
    assert webcam.keys == ["yoga-camera-0"]


def test_running_shows_asana_score_hold_cue_and_holds(coach_page, webcam, live):
    live.held = HELD
    view = coached("virabhadrasana_ii", "left", 7.9, "Bend your front knee more", left_knee=135.0)
    card = sent(play(coach_page, webcam, live, view), CARD)
    assert (card["title"], card["english"]) == ("Vīrabhadrāsana II", "Warrior II")
    assert (card["cue"], card["quiet"]) == ("Bend your front knee more", False)
    assert (card["hold"]["time"], card["hold"]["counted"]) == ("7 s", True)
    assert card["holdsTitle"] == "2 holds so far"
    assert [(h["title"], h["score"]) for h in card["holds"]] == [
        ("Trikoṇāsana, right", "–"),
        ("Vṛkṣāsana, left", "88"),
    ]
    assert alerts(coach_page) == ""


def test_others_are_told_and_an_empty_room_is_quiet(coach_page, webcam, live):
    view = coached("vrikshasana", "left", 1.0, "Hold", others=1)
    card = sent(play(coach_page, webcam, live, view), CARD)
    assert "1 other person is in the picture" in card["warnings"][0]
    assert card["hold"]["counted"] is False
    live.seen = no_person(view)
    coach_page.run()
    card = sent(coach_page, CARD)
    assert (card["title"], card["scoreText"]) == ("Looking for you …", "–")


def test_sliders_reach_the_session(coach_page, live):
    coach_page.slider(key="min_hold").set_value(5.0).run()
    coach_page.slider(key="asana_threshold").set_value(0.5).run()
    assert live.hold_settings.min_hold_s == 5.0
    assert live.hold_settings.enter == 0.5
    assert live.hold_settings.exit < 0.5
    assert live.settings.max_people == 2


def test_save_gives_the_holds_as_json_and_csv(coach_page, webcam, live):
    live.held = HELD
    play(coach_page, webcam, live, coached("vrikshasana", "left", 3.0, "Hold"))
    button(coach_page, "Save session").click().run()
    assert not coach_page.exception
    urls = links(coach_page)
    result = json.loads(fetch(urls["JSON"]))
    assert [hold["asana"] for hold in result["holds"]] == ["vrikshasana", "trikonasana"]
    assert result["holds"][1]["best_score"] is None
    rows = list(csv.DictReader(fetch(urls["CSV"]).splitlines()))
    assert rows[0]["best_score"] == "88.4"
    assert rows[1]["best_score"] == ""
    button(coach_page, "Reset").click().run()
    assert "harec_downloads" not in str(coach_page.main)
    assert sent(coach_page, CARD)["holds"] is None


def test_recording_on_one_page_does_not_begin_on_the_other(coach_page, live):
    coach_page.toggle(key="yoga_record").set_value(True).run()
    assert live.calls == ["record"]
    assert "live_record" not in coach_page.session_state


def test_states_of_the_camera_are_told_as_on_the_live_page(coach_page, webcam, live):
    play(coach_page, webcam, live, LiveView(state=LiveState.FAILED, problem="A model is damaged."))
    assert "A model is damaged" in alerts(coach_page).replace("\\", "")
    button(coach_page, "Try again").click().run()
    assert "retry" in live.calls
    live.seen = replace(coached("vrikshasana", "left", 1.0, "x"), state=LiveState.PAUSED)
    coach_page.run()
    assert "Paused" in alerts(coach_page)


def test_who_leaves_takes_everything_along(practised, live, webcam):
    page = practised
    to_tab(page, "Live coach")
    jobs = [visitor(page).state(each) for each in (PhotoJob, PracticeJob)]
    urls, folders = jobs[1].outcome.urls, [job.storage.folder for job in jobs]
    visitor(page).close()
    assert live.closed
    assert not any(folder.exists() for folder in folders)
    with pytest.raises(AssertionError):
        fetch(urls["json"])
