"""The Analyze page's states, run by AppTest."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from dashboard import files, session, source
from harec.errors import VideoError
from harec.jobs import UNEXPECTED

WAIT_S = 20


def button(page, label):
    return next(b for b in page.button if b.label == label)


def labels(page):
    return [b.label for b in page.button]


def text(page):
    elements = [*page.title, *page.markdown, *page.caption, *page.subheader, *page.info]
    return "\n".join(str(element.value) for element in elements)


def visitor(page):
    return page.session_state["session"]


def upload(page, name, content, mime="video/mp4"):
    page.file_uploader[0].set_value((name, content, mime))
    return page.run()


def finish(page):
    """Run the page as the browser's polling does, once the worker is through."""
    job = visitor(page).job or visitor(page).redraw
    if job is not None:  # else it was through before the page had been drawn
        assert job.wait(WAIT_S)
    return page.run()


def player(page):
    """What the player component was given."""
    return next(
        json.loads(element.proto.json)
        for element in page.main.get("bidi_component")
        if element.proto.component_name == "harec_player"
    )


def fetch(url, **headers):
    """GET an address of the server's own, without a server."""
    app = Starlette(routes=files.routes(session.files()))
    parts, sent = urlsplit(url), []

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
    assert set(source.TYPES) <= {t.lstrip(".") for t in page.file_uploader[0].proto.type}
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
        "Skip frames",
        "Mode",
        "Engine",
    ]
    assert all(len(w.help) > 30 for w in widgets)
    skip = widgets[5]
    assert (skip.min, skip.max, skip.value) == (0, 10, 0)


def test_upload_shows_its_name_beside_analyze_and_leaves_memory(fake, open_page, clip):
    page = upload(open_page(), "my *holiday*.mp4", clip)
    assert r"my \*holiday\*\.mp4" in text(page)
    assert "160 × 120" in text(page)
    assert not button(page, "Analyze").disabled
    assert page.file_uploader[0].value is None
    assert visitor(page).source.path.read_bytes() == clip


def test_names_never_become_paths(fake, open_page, clip):
    page = upload(open_page(), "../../etc/passwd.mp4", clip)
    path = visitor(page).source.path
    assert path.is_relative_to(visitor(page).shelf.folder)
    assert "passwd" not in str(path)


def test_bad_file_gets_a_plain_line_and_the_old_choice_stays(fake, open_page, clip):
    page = upload(open_page(), "good.mp4", clip)
    page = upload(page, "notes.mp4", b"hello, this is no video\n" * 40)
    assert len(page.error) == 1
    assert "notes.mp4" in page.error[0].value
    assert str(visitor(page).shelf.folder) not in page.error[0].value
    assert r"good\.mp4" in text(page)
    page = upload(page, "again.mp4", clip)
    assert not page.error
    assert r"again\.mp4" in text(page)


def test_running_shows_stage_speed_time_left_and_a_first_timeline(fake, open_page, clip):
    fake.go.clear()
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    assert fake.started.wait(WAIT_S)
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
    assert fake.started.wait(WAIT_S)
    job = visitor(page).job
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
    assert fake.started.wait(WAIT_S)
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
        "Person", "Action", "Start", "End", "Duration", "Confidence",
    ]  # fmt: skip
    assert segments["Action"].tolist() == ["Boxing", "Boxing"]
    assert totals.to_dict("records") == [{"Action": "Boxing", "Times": 2, "In total": "2.0 s"}]
    assert stages["ms per frame"].tolist() == [10.0, 50.0]
    assert "MoveNet" in [metric.value for metric in page.metric]


def test_relabel_acts_at_once_and_needs_no_new_analysis(fake, analyzed):
    page = analyzed
    page.slider(key="action_threshold").set_value(0.5).run()
    assert [s.action_threshold for s in fake.relabeled] == [0.5]
    assert len(fake.asked) == 1
    assert page.dataframe[0].value["Action"].tolist() == ["Boxing", "Boxing", "Jumping", "Jumping"]
    result = json.loads((visitor(page).outcome.folder / "result.json").read_text())
    assert len(result["people"][0]["segments"]) == 2
    page.run()
    assert len(fake.relabeled) == 1  # nothing moved, nothing done


def test_video_is_drawn_again_on_request(fake, analyzed):
    page = analyzed
    assert "Update the video" not in labels(page)
    before = player(page)["video"]
    page.slider(key="action_threshold").set_value(0.5).run()
    button(page, "Update the video").click().run()
    page = finish(page)
    assert [s.action_threshold for s in fake.rendered] == [0.5]
    assert player(page)["video"] != before
    assert "Update the video" not in labels(page)
    assert visitor(page).outcome.video.read_bytes() == b"annotated again"


@pytest.mark.parametrize(("key", "value"), [("skip", 3), ("people", 6)])
def test_settings_for_the_pose_model_ask_for_analyze(fake, analyzed, key, value):
    page = analyzed
    page.slider(key=key).set_value(value).run()
    assert "press **Analyze** again" in text(page)
    assert fake.relabeled == []
    button(page, "Analyze").click().run()
    page = finish(page)
    assert "press **Analyze** again" not in text(page)
    assert len(fake.asked) == 2


def test_chosen_person(analyzed):
    page = analyzed
    assert list(page.pills[0].options) == ["Person 1", "Person 2"]
    first = json.loads(player(page)["figure"])
    page.pills[0].set_value(2).run()
    assert not page.exception
    assert json.loads(player(page)["figure"])["data"][0] == first["data"][0]


def test_nobody_found_is_a_result_with_a_warning(fake, open_page, clip):
    fake.people, fake.warnings = 0, ("Nobody was found in this video.",)
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    page = finish(page)
    assert [w.value for w in page.warning] == ["Nobody was found in this video."]
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
        (ZeroDivisionError("/secret/path"), UNEXPECTED),
    ],
)
def test_errors_of_the_work_are_one_line_and_the_page_goes_on(fake, open_page, clip, error, shown):
    fake.error = error
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    page = finish(page)
    assert [e.value for e in page.error] == [shown]
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
    assert sample.exists()  # it is nobody's upload


def test_files_are_served_in_ranges_to_who_knows_the_address(analyzed):
    data = player(analyzed)
    part = fetch(data["video"], range="bytes=2-4")
    assert (part.status, part.body) == (206, b"not")
    assert part.headers["content-range"] == "bytes 2-4/9"
    saved = fetch(data["video"] + "?save")
    assert "attachment" in saved.headers["content-disposition"]
    assert "clip-annotated.mp4" in saved.headers["content-disposition"]
    assert "no-store" in saved.headers["cache-control"]
    assert fetch(data["video"][:-1] + "~").status == 404
    assert fetch(data["plotly"]).headers["content-type"].startswith("text/javascript")
    visitor(analyzed).close()
    assert fetch(data["video"]).status == 404


def test_nothing_is_shared_and_nothing_stays(fake, open_page, clip):
    pages = []
    for name in ("a.mp4", "b.mp4"):
        page = upload(open_page(), name, clip)
        button(page, "Analyze").click().run()
        pages.append(finish(page))
    a, b = pages
    assert player(a)["video"] != player(b)["video"]
    assert urlsplit(player(a)["video"]).path.rpartition("/")[2] not in json.dumps(player(b))
    assert visitor(a).shelf.folder != visitor(b).shelf.folder
    visitor(a).close()
    assert not visitor(a).shelf.folder.exists()
    assert visitor(b).outcome.video.exists()


def test_old_files_go_when_a_new_video_comes(fake, analyzed, clip):
    page = analyzed
    old = [visitor(page).source.path, visitor(page).outcome.video]
    page = upload(page, "next.mp4", clip)
    assert all(path.exists() for path in old)  # the result on the page still needs them
    button(page, "Analyze").click().run()
    page = finish(page)
    page.run()
    assert not any(path.exists() for path in old)
    assert visitor(page).outcome.video.exists()


def test_leaving_stops_the_work_and_coming_back_in_time_does_not(
    fake, open_page, clip, monkeypatch
):
    fake.go.clear()
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    assert fake.started.wait(WAIT_S)
    job = visitor(page).job
    monkeypatch.setattr(session, "GRACE_S", 3600)
    visitor(page).leave()
    visitor(page).arrive()
    assert not job.ended
    monkeypatch.setattr(session, "GRACE_S", 0)
    visitor(page).leave()
    assert job.wait(WAIT_S)
    assert job.state == "cancelled"
