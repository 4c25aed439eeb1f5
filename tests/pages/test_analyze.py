"""The Analyze page's states, run by AppTest."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from page_reading import analyze_job, button, finish, labels, sent, text, upload, visitor
from starlette.applications import Starlette
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from video_clips import write_clip
from waiting import PATIENCE_S

from dashboard import sidebar
from dashboard import visitor as visitor_module
from dashboard.analyze import source
from dashboard.server import process, published_files
from dashboard.server.jobs import UNEXPECTED
from dashboard.text import plain
from harec.actions.segments import DEFAULT_ACTION_THRESHOLD
from harec.core.errors import VideoError
from harec.video import probe

ROOT = Path(__file__).parents[2]
VIDEO = "Annotated video (MP4)"


def player(page):
    """What the player component was given."""
    return next(
        json.loads(element.proto.json)
        for element in page.main.get("bidi_component")
        if element.proto.component_name == "harec_player"
    )


def figure(page):
    """The player's plotly figure."""
    return json.loads(player(page)["figure"])


def traces(figure, kind):
    return [trace for trace in figure["data"] if trace["type"] == kind]


def links(page):
    """Addresses of what can be taken home, by kind."""
    return {each["kind"]: each["url"] for each in sent(page, "harec_downloads")}


def fetch(url, **headers):
    """GET an address of the server's own, relative to the page, without a server."""
    app = Starlette(routes=published_files.routes(process.files()))
    parts, sent = urlsplit(f"/{url}"), []

    async def receive():
        await asyncio.Event().wait()  # the client stays and says nothing more

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": parts.path, "query_string": parts.query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    # In a thread of its own: the browser tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    return SimpleNamespace(
        status=sent[0]["status"],
        headers={k.decode(): v.decode() for k, v in sent[0]["headers"]},
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


@pytest.fixture
def analyzed(fake, open_page, clip):
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    return finish(page)


def test_empty_page_offers_upload_and_names_the_actions(fake, open_page):
    page = open_page()
    assert page.title[0].value == "Who does which action when"
    assert not page.file_uploader[0].proto.type  # the browser refuses none: harec does, in words
    chips = page.main.get("html")
    assert any("Jumping jacks" in str(chip.proto.body) for chip in chips)
    assert "Analyze" not in labels(page)
    assert fake.asked == []


def test_every_setting_says_what_it_trades(fake, open_page):
    page = open_page()
    widgets = [*page.sidebar.slider, *page.sidebar.select_slider, *page.sidebar.selectbox]
    assert [w.label for w in widgets] == [
        "Action threshold",
        "Smoothing (s)",
        "People",
        "Person threshold",
        "Keypoint threshold",
        "Mode",
        "Skip frames",
        "Engine",
        "Precision",
        "Turn",
    ]
    assert all(len(w.help) > 30 for w in widgets)
    skip = page.select_slider(key="skip")
    assert (skip.options[0], skip.options[-1], skip.value) == ("Auto", "10", "auto")
    assert page.selectbox(key="precision").value == "auto"


def test_upload_shows_its_name_beside_analyze_and_leaves_memory(fake, open_page, clip, monkeypatch):
    gone = []
    remove = MemoryUploadedFileManager.remove_file

    def remember(self, session_id, file_id):
        gone.extend(record.data for record in self.get_files(session_id, [file_id]))
        remove(self, session_id, file_id)

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", remember)
    page = upload(open_page(), "my *holiday*.mp4", clip)
    assert r"my \*holiday\*\.mp4" in text(page)
    assert "160 × 120" in text(page)
    assert not button(page, "Analyze").disabled
    assert page.file_uploader[0].value is None
    assert analyze_job(page).source.path.read_bytes() == clip
    assert gone == [clip]


@pytest.mark.parametrize("name", ["a.MTS", "a.wmv", "a"])
def test_a_video_is_taken_under_any_ending(fake, open_page, clip, name):
    page = upload(open_page(), name, clip, "text/vnd.trolltech.linguist")
    assert not page.error
    stored = analyze_job(page).source.path
    assert stored.name == "upload" + Path(name).suffix.lower()
    assert stored.read_bytes() == clip


def test_a_file_without_times_asks_for_its_frame_rate(fake, open_page, clip, tmp_path):
    page = upload(open_page(), "clip.mp4", clip)
    assert not page.number_input
    bare = write_clip(tmp_path / "a.h264", rate=15).read_bytes()
    page = upload(page, "cam.h264", bare)
    field = page.number_input[0]
    assert (field.label, field.value) == ("Frames/s", 15)
    assert "15 frames/s" in text(page)
    page = field.set_value(10.0).run()
    assert "10 frames/s" in text(page)
    button(page, "Analyze").click().run()
    page = finish(page)
    assert fake.frame_rates == [10]
    assert page.number_input[0].value == 10


def test_names_never_become_paths(fake, open_page, clip):
    page = upload(open_page(), "../../etc/passwd.mp4", clip)
    path = analyze_job(page).source.path
    assert path.is_relative_to(analyze_job(page).storage.folder)
    assert "passwd" not in str(path)


def test_bad_file_gets_a_plain_line_and_the_old_choice_stays(fake, open_page, clip):
    page = upload(open_page(), "good.mp4", clip)
    page = upload(page, "notes.mp4", b"hello, this is no video\n" * 40)
    assert len(page.error) == 1
    assert r"notes\.mp4" in page.error[0].value
    assert str(analyze_job(page).storage.folder) not in page.error[0].value
    assert r"good\.mp4" in text(page)
    page = upload(page, "again.mp4", clip)
    assert not page.error
    assert r"again\.mp4" in text(page)


def test_running_shows_stage_speed_time_left_and_a_first_timeline(fake, open_page, clip):
    fake.go.clear()
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    assert fake.started.wait(PATIENCE_S)
    page.run()
    assert "Finding people and actions" in text(page)
    assert "30% · 12 frames/s · about 40 s left" in text(page)
    assert button(page, "Analyze").disabled
    partial = player(page)
    assert partial["video"] is None
    assert [p["id"] for p in partial["people"]] == [1, 2]


def test_cancel_answers_at_once_and_the_page_can_start_again(fake, open_page, clip):
    fake.go.clear()
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    assert fake.started.wait(PATIENCE_S)
    job = analyze_job(page).job
    button(page, "Cancel").click().run()
    assert job.state == "cancelled"
    assert "Cancel" not in labels(page)
    assert not page.error
    fake.go.set()
    button(page, "Analyze").click().run()
    assert player(finish(page))["video"]


def test_second_visitor_waits_in_line_and_is_told(fake, open_page, clip):
    fake.go.clear()
    first = upload(open_page(), "first.mp4", clip)
    button(first, "Analyze").click().run()
    assert fake.started.wait(PATIENCE_S)
    second = upload(open_page(), "second.mp4", clip)
    button(second, "Analyze").click().run()
    assert "1 person is before you" in text(second)
    third = upload(open_page(), "third.mp4", clip)
    button(third, "Analyze").click().run()
    assert "2 people are before you" in text(third)
    button(second, "Cancel").click().run()
    third.run()
    assert "1 person is before you" in text(third)
    fake.go.set()
    finish(first)
    assert player(finish(third))["video"]
    assert [name for name, _ in fake.asked] == ["first.mp4", "third.mp4"]


def test_result_has_player_tables_summary_and_timings(analyzed):
    page = analyzed
    data = player(page)
    figure = json.loads(data["figure"])
    assert figure["layout"]["yaxis"]["ticktext"] == ["Person 1", "Person 2"]
    assert data["people"][0]["segments"][0]["start"] == 0.5
    assert data["frameS"] == pytest.approx(0.1)
    segments, totals, stages = (table.value for table in page.dataframe)
    assert list(segments.columns) == [
        "Person", "Action", "Start", "End", "Duration", "Confidence", "Repetitions",
    ]  # fmt: skip
    assert segments["Action"].tolist() == ["Boxing", "Boxing"]
    assert totals.drop(columns="Repetitions").to_dict("records") == [
        {"Action": "Boxing", "Times": 2, "In total": "2.0 s"}
    ]
    assert totals["Repetitions"].isna().all()  # punches are not counted
    assert stages["ms per frame"].tolist() == [10.0, 50.0]
    assert "MoveNet" in [metric.value for metric in page.metric]


def test_relabel_acts_at_once_and_needs_no_new_analysis(fake, analyzed):
    page = analyzed
    page.slider(key="action_threshold").set_value(0.5).run()
    assert [s.action_threshold for s in fake.relabeled] == [0.5]
    assert len(fake.asked) == 1
    assert page.dataframe[0].value["Action"].tolist() == ["Boxing", "Boxing", "Jumping", "Jumping"]
    result = json.loads((analyze_job(page).outcome.folder / "result.json").read_text())
    assert len(result["people"][0]["segments"]) == 2
    page.run()
    assert len(fake.relabeled) == 1  # nothing moved, nothing done


def test_people_are_followed_anew_only_when_that_setting_moves(fake, analyzed):
    page = analyzed
    page.slider(key="keypoint_threshold_movenet").set_value(0.3).run()
    page.slider(key="action_threshold").set_value(0.5).run()
    page.slider(key="people").set_value(1).run()
    page.slider(key="people").set_value(4).run()
    starts = [(s.keypoint_threshold, s.max_people) for s in fake.relabeled_from]
    # Anew from what the pose model gave; then only other segments; then anew, twice.
    assert starts == [(0.2, 4), (0.3, 4), (0.2, 4), (0.2, 4)]
    assert fake.relabeled[-1].action_threshold == 0.5
    assert len(player(page)["people"]) == 2


def test_a_slider_changes_the_labels_in_the_video_and_nothing_else_of_it(fake, analyzed):
    page = analyzed
    before = player(page)
    page.slider(key="action_threshold").set_value(0.5).run()
    after = player(page)
    drawn = [each["action"] for each in after["people"][0]["segments"]]
    assert drawn == ["BOXING", "JUMPING"]
    for same in ("video", "tracks", "view", "seek"):
        assert after[same] == before[same]
    assert fake.rendered == []


def test_labels_in_the_video_have_their_numbers(fake, analyzed):
    boxing = player(analyzed)["people"][0]["segments"][0]
    assert boxing["percents"] == [10, 10, 10]  # at 0.5, 1 and 1.5 s
    assert boxing["moments"] == []


def test_other_people_are_drawn_from_another_file(fake, analyzed):
    page = analyzed
    before = player(page)["tracks"]
    assert fetch(before).body.startswith(b"HRTRACK1")
    page.slider(key="keypoint_threshold_movenet").set_value(0.3).run()
    after = player(page)
    assert after["tracks"] != before
    assert after["keypointThreshold"] == 0.3
    assert fetch(before).status == 404
    assert fetch(after["tracks"], range="bytes=0-7").body == b"HRTRACK1"


def test_the_annotated_video_is_drawn_on_request(fake, analyzed):
    page = analyzed
    assert fake.rendered == []
    assert "MP4" not in links(page)
    page.slider(key="action_threshold").set_value(0.5).run()
    button(page, VIDEO).click().run()
    page = finish(page)
    assert [s.action_threshold for s in fake.rendered] == [0.5]
    assert VIDEO not in labels(page)
    saved = fetch(links(page)["MP4"])
    assert saved.body == b"annotated"
    assert "attachment" in saved.headers["content-disposition"]
    assert "clip-annotated.mp4" in saved.headers["content-disposition"]
    page.slider(key="action_threshold").set_value(0.6).run()
    assert "MP4" not in links(page)  # it has other labels than the page
    page.slider(key="action_threshold").set_value(0.5).run()
    assert links(page)["MP4"]


def test_drawing_the_video_can_be_cancelled(fake, analyzed):
    page = analyzed
    fake.go.clear()
    button(page, VIDEO).click().run()
    rendering = analyze_job(page).rendering
    assert VIDEO not in labels(page)
    assert player(page)["video"]  # the result stays where it is
    button(page, "Cancel").click().run()
    assert rendering.state == "cancelled"
    assert VIDEO in labels(page)


def test_a_file_that_browsers_do_not_play_is_shown_as_a_copy(fake, open_page, tmp_path):
    content = write_clip(tmp_path / "clip.avi", frames=20, rate=10).read_bytes()
    page = upload(open_page(), "clip.avi", content, "video/x-msvideo")
    button(page, "Analyze").click().run()
    film = player(finish(page))["video"]
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(fetch(film["url"]).body)
    assert probe(copy).codec == "h264"
    assert (film["startS"], film["turnDeg"], film["mirrored"]) == (0, 0, False)


def test_a_turned_camera_is_turned_by_the_browser(fake, open_page, clip):
    page = upload(open_page(), "clip.mp4", clip)
    page.selectbox(key="turn").set_value(90).run()
    page.toggle(key="mirrored").set_value(True).run()
    button(page, "Analyze").click().run()
    film = player(finish(page))["video"]
    assert (film["turnDeg"], film["mirrored"]) == (90, True)
    assert fetch(film["url"]).body == clip


def test_a_chosen_row_stays_chosen_and_the_video_where_it_is(fake, analyzed):
    page = analyzed

    def table():
        return f"segments-{analyze_job(page).outcome.version}"

    page.slider(key="action_threshold").set_value(0.5).run()
    assert player(page)["seek"] is None
    page.session_state[table()] = {"selection": {"cells": [(1, "Start")]}}
    page.run()
    wish = player(page)["seek"]
    assert wish["at"] == 0.5  # person 2 boxes
    page.slider(key="smoothing").set_value(0.5).run()
    assert page.session_state[table()]["selection"]["cells"][0][0] == 1
    assert player(page)["seek"] == wish
    page.session_state[table()] = {"selection": {"cells": [(2, "Start")]}}
    page.run()
    assert player(page)["seek"] == {"at": 2.0, "request": wish["request"] + 1}
    page.slider(key="action_threshold").set_value(0.7).run()  # that one is gone
    assert page.session_state[table()]["selection"]["cells"] == []
    assert player(page)["seek"]["request"] == wish["request"] + 1


@pytest.mark.parametrize(("key", "value"), [("skip", 3), ("people", 6)])
def test_settings_for_the_pose_model_ask_for_analyze(fake, analyzed, key, value):
    page = analyzed
    widget = page.select_slider if key == "skip" else page.slider
    widget(key=key).set_value(value).run()
    assert "press **Analyze** again" in text(page)
    assert "Below is the result of" not in text(page)
    assert fake.relabeled == []
    button(page, "Analyze").click().run()
    page = finish(page)
    assert "press **Analyze** again" not in text(page)
    assert len(fake.asked) == 2


def test_chosen_person(analyzed):
    page = analyzed
    assert list(page.pills[0].options) == ["Person 1", "Person 2"]
    first = figure(page)
    page.pills[0].set_value(2).run()
    assert not page.exception
    second = figure(page)
    assert traces(second, "bar") == traces(first, "bar")  # the lanes are all people's
    areas = traces(first, "scatter"), traces(second, "scatter")
    assert len(areas[0]) == len(areas[1]) > 0
    assert areas[0] != areas[1]
    page.pills[0].set_value(1).run()
    assert traces(figure(page), "scatter") == areas[0]


def test_nobody_found_is_a_result_with_a_warning(fake, open_page, clip):
    fake.people, fake.warnings = 0, ("Nobody was found in this video.",)
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    page = finish(page)
    assert [w.value for w in page.warning] == [r"Nobody was found in this video\."]
    assert player(page)["figure"] is None
    assert player(page)["video"]
    assert not page.exception


def test_people_without_actions_get_a_hint(fake, analyzed):
    page = analyzed
    page.slider(key="action_threshold").set_value(0.95).run()
    assert "Lower the action threshold" in text(page)
    assert player(page)["figure"]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (VideoError("clip.mp4 ends in the middle."), "clip.mp4 ends in the middle."),
        (VideoError("[a](http://b) ![c](d).mp4: empty"), "[a](http://b) ![c](d).mp4: empty"),
        (ZeroDivisionError("/secret/path"), UNEXPECTED),
    ],
)
def test_errors_of_the_work_are_one_line_and_the_page_goes_on(fake, open_page, clip, error, shown):
    fake.error = error
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    page = finish(page)
    assert [e.value for e in page.error] == [plain(shown)]
    fake.error = None
    button(page, "Analyze").click().run()
    assert player(finish(page))["video"]


def test_sample_needs_one_press(fake, open_page, clip, monkeypatch, tmp_path):
    sample = tmp_path / "sample.mp4"
    sample.write_bytes(clip)
    monkeypatch.setattr(source, "SAMPLE", sample)
    page = open_page()
    button(page, "Try the sample").click().run()
    page = finish(page)
    assert player(page)["video"]
    visitor(page).close()
    assert sample.exists()  # it is no visitor's upload


def test_files_are_served_in_ranges_to_who_knows_the_address(analyzed):
    data, clip = player(analyzed), analyze_job(analyzed).source.path.read_bytes()
    video = data["video"]["url"]
    part = fetch(video, range="bytes=2-4")
    assert (part.status, part.body) == (206, clip[2:5])
    assert part.headers["content-range"] == f"bytes 2-4/{len(clip)}"
    saved = fetch(links(analyzed)["JSON"])
    assert "attachment" in saved.headers["content-disposition"]
    assert "clip.json" in saved.headers["content-disposition"]
    assert "no-store" in saved.headers["cache-control"]
    assert fetch(video[:-1] + "~").status == 404
    assert fetch(data["plotly"]).headers["content-type"].startswith("text/javascript")
    visitor(analyzed).close()
    assert fetch(video).status == 404


def test_nothing_is_shared_and_nothing_stays(fake, open_page, clip):
    pages = []
    for name in ("a.mp4", "b.mp4"):
        page = upload(open_page(), name, clip)
        button(page, "Analyze").click().run()
        pages.append(finish(page))
    a, b = pages
    assert player(a)["video"]["url"] != player(b)["video"]["url"]
    assert urlsplit(player(a)["video"]["url"]).path.rpartition("/")[2] not in json.dumps(player(b))
    assert analyze_job(a).storage.folder != analyze_job(b).storage.folder
    visitor(a).close()
    assert not analyze_job(a).storage.folder.exists()
    assert analyze_job(b).outcome.tracks.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("**a**.mp4", r"\*\*a\*\*\.mp4"),
        ("![x](y)", r"\!\[x\]\(y\)"),
        (":material/home: $x$", r"\:material/home\: \$x\$"),
        ("two\n\n# lines", r"two \# lines"),
        ("Sören 走る", "Sören 走る"),
    ],
)
def test_plain_text_is_no_markdown(name, shown):
    assert plain(name) == shown


def test_plain_text_keeps_both_ends_within_the_limit():
    assert plain("a" * 60, 60) == "a" * 60
    assert plain("a" * 50 + "b" * 50, 60) == "a" * 40 + "…" + "b" * 19
    assert plain("a" * 500) == "a" * 500


def test_names_in_warnings_are_no_markdown(fake, open_page, clip):
    fake.warnings = ("*a*.mp4 ends early.",)
    page = upload(open_page(), "*a*.mp4", clip)
    button(page, "Analyze").click().run()
    assert [w.value for w in finish(page).warning] == [r"\*a\*\.mp4 ends early\."]


def test_old_result_says_whose_it_is_while_a_new_video_waits(fake, analyzed, clip):
    page = upload(analyzed, "next.mp4", clip)
    assert r"Below is the result of **clip\.mp4**" in text(page)
    assert player(page)["video"]
    page.select_slider(key="skip").set_value(3).run()
    assert "press **Analyze** again" not in text(page)  # said once is enough
    button(page, "Analyze").click().run()
    page = finish(page)
    assert "Below is the result of" not in text(page)


def test_a_visitor_has_one_job_at_a_time(fake, analyzed):
    video, asked = analyze_job(analyzed), fake.asked[0][1]
    fake.go.clear()
    video.render()
    video.render()
    rendering = video.rendering
    video.analyze(asked)
    first = video.job
    video.analyze(asked)
    second = video.job
    assert rendering.state == first.state == "cancelled"
    fake.go.set()
    assert second.wait(PATIENCE_S)
    assert second.state == "done"
    video.collect()
    assert video.rendering is None
    assert video.job is None


def test_the_first_page_does_not_wait_for_the_engine():
    script = (
        "import sys, streamlit_app\n"
        "from dashboard import sidebar\n"
        "from dashboard.analyze import intro, result, running, source\n"
        "heavy = {'torch', 'onnxruntime'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_action_threshold_starts_at_the_shipped_models(fake, open_page):
    from harec.actions import model

    assert sidebar._MODEL == model.DEFAULT_MODEL
    threshold = model.load_action_model().config.threshold
    assert open_page().slider(key="action_threshold").value == pytest.approx(threshold, abs=0.005)


@pytest.mark.parametrize("content", [None, b"", b"no model at all" * 10])
def test_page_opens_without_a_usable_model(content, monkeypatch, tmp_path):
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(sidebar, "_MODEL", path)
    assert sidebar._action_threshold.__wrapped__() == DEFAULT_ACTION_THRESHOLD


def test_old_files_go_when_a_new_video_comes(fake, analyzed, clip):
    page = analyzed
    old = [analyze_job(page).source.path, analyze_job(page).outcome.tracks]
    page = upload(page, "next.mp4", clip)
    assert all(path.exists() for path in old)  # the result on the page still needs them
    button(page, "Analyze").click().run()
    page = finish(page)
    page.run()
    assert not any(path.exists() for path in old)
    assert analyze_job(page).outcome.tracks.exists()


def test_leaving_stops_the_work_and_coming_back_in_time_does_not(
    fake, open_page, clip, monkeypatch
):
    fake.go.clear()
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    assert fake.started.wait(PATIENCE_S)
    job = analyze_job(page).job
    monkeypatch.setattr(visitor_module, "GRACE_S", 3600)
    visitor(page).leave()
    visitor(page).arrive()
    assert not job.ended
    monkeypatch.setattr(visitor_module, "GRACE_S", 0)
    visitor(page).leave()
    assert job.wait(PATIENCE_S)
    assert job.state == "cancelled"


def test_a_page_at_rest_that_connects_again_keeps_its_result(analyzed, monkeypatch):
    """Such a page runs no script: only Streamlit knows that the browser is there."""
    person, checks = visitor(analyzed), threading.Semaphore(0)
    connected = True

    def is_connected(browser):
        checks.release()
        return connected

    monkeypatch.setattr(visitor_module, "_connected", is_connected)
    monkeypatch.setattr(visitor_module, "GRACE_S", 0.01)
    person.leave()
    for _ in range(3):
        assert checks.acquire(timeout=PATIENCE_S)
    assert not person.closed
    assert fetch(analyze_job(analyzed).outcome.urls["film"]).status == 200
    connected = False  # gone for good, and it is not reported
    closed = threading.Event()
    monkeypatch.setattr(person, "close", closed.set)
    assert closed.wait(PATIENCE_S)
