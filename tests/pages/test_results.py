"""Saved results and other labels on the Analyze page, run by AppTest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from page_reading import alerts, analyze_job, button, finish, sent, text, upload
from saved_results import made_result

import harec
from harec.actions.segments import Segment
from harec.analysis.results import Analysis
from harec.core.files import file_sha256
from harec.formats import Annotations, Lane, labelled_result


@pytest.fixture
def page(open_page, monkeypatch):
    from harec.analysis import analyze as analysis

    monkeypatch.setattr(analysis, "relabel", relabelled := Relabelled())
    page = open_page()
    page.relabelled = relabelled
    return page


class Relabelled:
    """Stands for the network: says with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[harec.AnalysisSettings] = []

    def __call__(self, analysis: Analysis, settings: harec.AnalysisSettings) -> Analysis:
        self.asked.append(settings)
        return replace(analysis, settings=settings)


def saved(analysis: Analysis, folder: Path) -> bytes:
    analysis.save(folder / "a.harec-result")
    return (folder / "a.harec-result").read_bytes()


def open_result(page, content: bytes, name: str = "mine.harec-result"):
    upload(page, name, content, "application/zip")
    return finish(page)


def test_a_result_without_its_video_shows_lanes_and_says_what_is_missing(page, tmp_path) -> None:
    open_result(page, saved(made_result(2, 9), tmp_path))
    assert "saved without its video: drop **clip\\.mp4**" in alerts(page)
    player = sent(page, "harec_player")
    assert player["video"] is None
    assert json.loads(player["figure"])["layout"]["yaxis"]["ticktext"] == ["Person 1", "Person 2"]
    assert "Annotated video (MP4)" not in [b.label for b in page.button]
    links = {entry["text"] for entry in sent(page, "harec_downloads")}
    assert "To open again" in links


def test_its_video_is_known_by_its_contents(page, clip, tmp_path) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip)
    analysis = made_result(1, 9)
    video = replace(analysis.video, sha256=file_sha256(tmp_path / "clip.mp4"))
    open_result(page, saved(replace(analysis, video=video), tmp_path))
    upload(page, "another name.mp4", clip)
    finish(page)
    assert "saved without its video" not in alerts(page)
    assert sent(page, "harec_player")["video"] is not None
    assert analyze_job(page).outcome.base.provenance == analysis.provenance


def test_another_video_is_not_shown_with_it(page, clip, tmp_path) -> None:
    open_result(page, saved(made_result(1, 9), tmp_path))
    upload(page, "clip.mp4", clip)
    assert "saved without its video" in alerts(page)
    assert "press **Analyze** for the new video" in alerts(page)
    assert sent(page, "harec_player")["video"] is None


def test_thresholds_act_on_it_whatever_the_engine_in_the_sidebar(page, tmp_path) -> None:
    analysis = made_result(2, 9)
    other = replace(
        analysis.settings, mode="lightweight", skip=3, max_people=2, action_threshold=0.9
    )
    open_result(page, saved(replace(analysis, settings=other), tmp_path))
    assert page.relabelled.asked == []  # it is opened as it was saved
    assert "shown as it was saved, with an action threshold of 0.90" in text(page)
    next(s for s in page.slider if s.label == "Action threshold").set_value(0.4)
    page.run()
    asked = page.relabelled.asked[-1]
    assert (asked.action_threshold, asked.mode, asked.skip, asked.max_people) == (
        0.4,
        "lightweight",
        3,
        2,
    )
    assert "press **Analyze** again" not in alerts(page)
    assert "shown as it was saved" not in text(page)


def test_labels_alone_are_left_as_they_are(page, make_clip, tmp_path) -> None:
    clip, _ = make_clip("STANDING:2", fps=5, drawn=False)
    labels = Annotations((Lane("Anna", (Segment("nap", 0.5, 1.5, 1.0),)),))
    open_result(page, saved(labelled_result(labels, clip, "a.eaf"), tmp_path))
    assert not page.error
    assert page.relabelled.asked == []
    assert "shown as it was saved" not in text(page)  # no slider would act on it
    figure = json.loads(sent(page, "harec_player")["figure"])
    assert [t["name"] for t in figure["data"]] == ["seen", "Nap"]


def test_bad_results_are_told_with_the_visitors_name_for_them(page, tmp_path) -> None:
    open_result(page, b"PK\x03\x04" + bytes(100), "my *own*.harec-result")
    (problem,) = page.error
    assert "my \\*own\\*\\.harec\\-result" in problem.value
    assert "is not a result of harec" in text(page) + problem.value
    assert analyze_job(page).outcome is None


def test_labels_beside_a_result_go_with_it(page, tmp_path) -> None:
    content = saved(made_result(1, 9), tmp_path)
    open_result(page, content)
    page.file_uploader[-1].set_value(
        ("truth.csv", b"action,start_s,end_s\nBOXING,0,2\n", "text/csv")
    )
    page.run()
    assert not page.exception
    figure = json.loads(sent(page, "harec_player")["figure"])
    assert figure["layout"]["yaxis"]["ticktext"] == ["Person 1", "Truth"]
    assert sent(page, "harec_player")["lanes"] == [0, None]
    assert "Frame accuracy" in [m.label for m in page.metric]
    button(page, "Remove").click().run()
    assert "Frame accuracy" not in [m.label for m in page.metric]
    page.file_uploader[-1].set_value(("many.csv", _many(), "text/csv"))
    page.run()
    assert "too many segments" in page.error[0].value
    open_result(page, saved(made_result(2, 9), tmp_path), "another.harec-result")
    assert not page.error  # that file was dropped beside the other result


def _many() -> bytes:
    rows = "".join(f"BOXING,{n},{n}.5\n" for n in range(2001))
    return f"action,start_s,end_s\n{rows}".encode()
