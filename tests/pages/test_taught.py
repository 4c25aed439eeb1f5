"""A visitor's own actions on the Analyze page, run by AppTest: the result is of one who really
squats, the pose model is not there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from page_reading import analyze_job, button, finish, sent, text, upload, visitor
from taught_examples import example, result_of

from dashboard.taught import Taught
from harec.actions.labels import LABELS, OTHER
from harec.actions.segments import Segment
from harec.analysis import analyze as analysis
from harec.analysis.results import Analysis, AnalysisSettings
from harec.analysis.teaching import with_actions
from harec.render.palette import ACTION_COLORS, TAUGHT_COLORS
from harec.taught.action_set import ActionSet

BOXES = Segment("BOXING", 0.2, 2.5, 0.9)


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    labels = {"KNOCKING": "ノック", "SQUAT": "<b>Kniebeuge</b>"}
    return ActionSet.teach(
        example(motion, person, label) for motion, label in labels.items() for person in range(3)
    )


def row_of(label: str) -> np.ndarray:
    row = np.full(len(LABELS), 0.01, np.float32)
    row[LABELS.index(label)] = 0.94
    return row


def seen(name: str, settings: AnalysisSettings) -> Analysis:
    """Of a video in which one person walks and then squats; the network takes it for boxing."""
    result = result_of(("WALKING", 3), ("SQUAT", 6), person=70, segments=(BOXES,), name=name)
    times_s = np.arange(0.4, 8.6, 0.1)
    boxes = (times_s < 2.5)[:, None]
    person = replace(
        result.people[0],
        estimate_times_s=times_s,
        estimate_spans_s=np.stack([times_s - 0.4, times_s + 0.4], axis=1),
        probabilities=np.where(boxes, row_of("BOXING"), row_of(OTHER)),
    )
    return replace(result, settings=settings, people=(person,))


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """Names of the files that the pose model was asked to see."""
    asked: list[str] = []

    def analyze(path, settings, *, name, **_):
        asked.append(name)
        return seen(name, settings)

    monkeypatch.setattr(analysis, "analyze", analyze)
    return asked


@pytest.fixture
def page(looks, open_page, clip):
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    return finish(page)


def segments(page) -> list[dict]:
    """What the player's first person does."""
    return sent(page, "harec_player")["people"][0]["segments"]


def actions(page) -> list[str]:
    return [each["action"] for each in segments(page)]


def choose(page, which: str):
    return page.button_group(key="actions").set_value(which).run()


def test_a_finished_analysis_is_named_anew_without_the_pose_model(page, looks, gym):
    assert actions(page) == ["BOXING"]
    assert not [group for group in page.button_group if group.key == "actions"]
    before = sent(page, "harec_player")

    visitor(page).state(Taught).learn(gym)
    page.run()
    assert not page.exception
    assert actions(page) == ["BOXING", "<b>Kniebeuge</b>"]
    boxes, squats = segments(page)
    assert (boxes["color"], squats["color"]) == (ACTION_COLORS["BOXING"], TAUGHT_COLORS[1])
    assert len(squats["moments"]) in (2, 3)
    assert 0 < max(squats["percents"]) <= 100
    assert sent(page, "harec_player")["tracks"] == before["tracks"]  # people are where they were

    choose(page, "taught")
    assert actions(page) == ["<b>Kniebeuge</b>"]
    choose(page, "built-in")
    assert actions(page) == ["BOXING"]
    assert looks == ["clip.mp4"]


def test_tables_figure_and_files_show_the_taught_actions(page, gym):
    visitor(page).state(Taught).learn(gym)
    page.run()
    table, totals = (each.value for each in page.dataframe[:2])
    assert table["Action"].tolist() == ["Boxing", "<b>Kniebeuge</b>"]
    assert totals["Action"].tolist() == ["Boxing", "<b>Kniebeuge</b>"]
    assert table["Repetitions"].tolist()[1] in (2, 3)
    figure = json.loads(sent(page, "harec_player")["figure"])
    bar = next(each for each in figure["data"] if each["name"] == "<b>Kniebeuge</b>")
    assert bar["text"] == ["&lt;b&gt;Kniebeuge&lt;/b&gt;"]
    areas = [each for each in figure["data"] if each["type"] == "scatter"]
    names = [each["name"] for each in areas]
    assert names[:2] == ["ノック", "<b>Kniebeuge</b>"]
    assert "Boxing" in names
    assert areas[1]["meta"] == "&lt;b&gt;Kniebeuge&lt;/b&gt;"
    folder = analyze_job(page).outcome.folder
    (person,) = json.loads((folder / "result.json").read_text())["people"]
    assert [each["action"] for each in person["segments"]] == ["BOXING", "<b>Kniebeuge</b>"]
    assert "<b>Kniebeuge</b>" in (folder / "result.csv").read_text(encoding="utf-8")


def test_its_threshold_and_another_set_act_at_once(page, looks, gym, monkeypatch):
    estimated = []
    estimate = ActionSet.estimate
    monkeypatch.setattr(
        ActionSet, "estimate", lambda self, *args: estimated.append(self) or estimate(self, *args)
    )
    taught = visitor(page).state(Taught)
    taught.learn(gym)
    page.run()
    (slider,) = (each for each in page.slider if each.label == "Threshold of mine")
    assert slider.value == gym.head.threshold
    wide = segments(page)[-1]
    slider.set_value(0.95).run()
    narrow = segments(page)[-1]
    assert narrow["end"] - narrow["start"] < wide["end"] - wide["start"]
    page.slider(key="smoothing").set_value(0.6).run()
    assert segments(page)[-1] != narrow
    assert estimated == [gym]  # once for all settings

    taught.learn(gym.without("<b>Kniebeuge</b>"))
    page.run()
    assert "<b>Kniebeuge</b>" not in actions(page)
    taught.learn(None)
    page.run()
    assert actions(page) == ["BOXING"]
    assert looks == ["clip.mp4"]


def test_an_opened_result_is_named_with_them_and_keeps_those_of_another_visitor(
    open_page, gym, tmp_path
):
    result = seen("gym.mp4", AnalysisSettings())
    result.save(tmp_path / "plain.harec-result")
    with_actions(result, gym).save(tmp_path / "named.harec-result")

    page = open_page()
    upload(page, "named.harec-result", (tmp_path / "named.harec-result").read_bytes())
    finish(page)
    assert actions(page) == ["<b>Kniebeuge</b>"]
    page.slider(key="smoothing").set_value(0.6).run()  # the set is not here: nothing is lost
    assert "open their pack on **Teach**" in text(page)
    assert actions(page) == ["<b>Kniebeuge</b>"]

    visitor(page).state(Taught).learn(gym)
    upload(page, "plain.harec-result", (tmp_path / "plain.harec-result").read_bytes())
    finish(page)
    assert actions(page) == ["BOXING", "<b>Kniebeuge</b>"]
    choose(page, "taught")
    assert actions(page) == ["<b>Kniebeuge</b>"]


def test_the_first_page_names_them(open_page, gym):
    page = open_page()
    visitor(page).state(Taught).learn(gym)
    page.run()
    chips = "".join(str(each.proto.body) for each in page.main.get("html"))
    assert f"background:{TAUGHT_COLORS[1]}" in chips
    assert "&lt;b&gt;Kniebeuge&lt;/b&gt;" in chips
