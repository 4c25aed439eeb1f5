"""What the player's editor sends, and what the Analyze page makes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from page_reading import analyze_job, button, finish, labels, sent, upload, visitor
from saved_results import made_result, person
from waiting import until

import harec
from dashboard.analyze import beside, correcting
from dashboard.teach_state import TeachState
from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment
from harec.analysis.corrections import Corrections, Statement, apply, corrections_of
from harec.analysis.results import Analysis, PersonResult
from harec.core.files import file_sha256
from harec.taught.examples import stretch

SEGMENTS = (Segment("BOXING", 0.5, 3.0, 0.9), Segment("JUMPING", 4.0, 6.0, 0.8, 2))


@pytest.fixture
def result() -> Analysis:
    people = tuple(person(number, SEGMENTS, frames=80) for number in (1, 2))
    return replace(made_result(2, 80), people=people)


@pytest.fixture
def page(open_page, monkeypatch, result, tmp_path):
    """A saved result is open; `correct` is what the editor of its player does."""
    page = open_page()
    open_result(page, result, tmp_path)

    def correct(people: object, **other: object) -> None:
        told = sent(page, "harec_player")["correct"]
        value = {"of": told["of"], "revision": told["revision"] + 1, "people": people, **other}
        with monkeypatch.context() as patch:
            patch.setattr(correcting, "sent_by_editor", lambda: value)
            page.run()
        assert not page.exception

    page.correct = correct
    return page


def open_result(page, analysis: Analysis, folder):
    analysis.save(folder / "a.harec-result")
    upload(page, "a.harec-result", (folder / "a.harec-result").read_bytes(), "application/zip")
    return finish(page)


def lane(page, number: int = 1) -> list[tuple[str, float, float, str]]:
    people = analyze_job(page).outcome.shown.people
    return [(s.action, s.start_s, s.end_s, s.by) for s in people[number - 1].segments]


def test_the_editor_is_told_what_the_model_says_and_what_can_be_said(page) -> None:
    told = sent(page, "harec_player")["correct"]
    assert [each["id"] for each in told["people"]] == [1, 2]
    assert told["people"][0]["model"][0] == {"action": "BOXING", "start": 0.5, "end": 3.0}
    assert told["people"][0]["said"] == []
    assert [each["title"] for each in told["labels"]][:2] == ["Jumping", "Jumping jacks"]
    teach = visitor(page).state(TeachState)
    who = analyze_job(page).outcome.shown.people[0]
    teach.add([stretch("Squat", "a.mp4", who.track_times_s, who.keypoints_xyc, 1.0, 3.0)])
    page.run()
    told = sent(page, "harec_player")["correct"]
    assert [each["action"] for each in told["labels"]] == [*ACTIONS, "Squat"]


def test_a_correction_is_shown_and_in_the_files(page) -> None:
    before = analyze_job(page).outcome.version
    page.correct([{"id": 1, "said": [["squat jump", 1.0, 2.0], [None, 4.0, 6.0]]}])
    assert lane(page) == [
        ("BOXING", 0.5, 1.0, "model"),
        ("squat jump", 1.0, 2.0, "human"),
        ("BOXING", 2.0, 3.0, "model"),
    ]
    assert lane(page, 2) == [(s.action, s.start_s, s.end_s, "model") for s in SEGMENTS]
    outcome = analyze_job(page).outcome
    assert outcome.version != before  # what is lost for who leaves now is something else
    document = json.loads((outcome.folder / "result.json").read_text("utf-8"))
    assert document["people"][0]["cleared_s"] == [[4.0, 6.0]]
    table = (outcome.folder / "result.csv").read_text("utf-8").splitlines()
    (row,) = [row.split(",") for row in table if "squat jump" in row]
    assert (row[:6], row[-1]) == (["1", "squat jump", "1.000", "2.000", "1.000", "1.0000"], "human")
    told = sent(page, "harec_player")["correct"]
    assert told["people"][0]["said"] == [["squat jump", 1.0, 2.0], [None, 4.0, 6.0]]
    assert "squat jump" in [each["action"] for each in told["labels"]]
    page.correct([])  # all of it taken back
    assert lane(page) == [(s.action, s.start_s, s.end_s, "model") for s in SEGMENTS]


def test_known_names_are_known_in_any_spelling(page) -> None:
    page.correct([{"id": 1, "said": [["jumping  jacks", 1.0, 2.0], ["other", 4.5, 5.0]]}])
    assert ("JUMPING_JACKS", 1.0, 2.0, "human") in lane(page)
    assert analyze_job(page).outcome.shown.people[0].cleared_s == ((4.5, 5.0),)


@pytest.mark.parametrize(
    "people",
    [
        "nonsense",
        [{"id": 1}],
        [{"id": 1, "said": [["BOXING", 1]]}],
        [{"id": 1, "said": [["BOXING", 2, 1]]}],
        [{"id": 1, "said": [["BOXING", 1, 3], ["BOXING", 2, 4]]}],
        [{"id": 1, "said": [["x" * 61, 1, 3]]}],
        [{"id": 1, "said": [["  ", 1, 3]]}],
        [{"id": 1, "said": [["BOXING", "nan", 3]]}],
        [{"id": 1, "said": [["BOXING", n, n + 1] for n in range(5001)]}],
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(page, people) -> None:
    page.correct(people)
    assert len(page.error) == 1
    assert "\n" not in page.error[0].value
    assert lane(page) == [(s.action, s.start_s, s.end_s, "model") for s in SEGMENTS]


def test_older_corrections_and_those_of_another_result_change_nothing(page) -> None:
    said = [{"id": 1, "said": [["BOXING", 1.0, 2.0]]}]
    page.correct(said, of="another")
    page.correct(said, revision=0)
    page.correct(said, revision="1")
    assert lane(page)[0] == ("BOXING", 0.5, 3.0, "model")
    page.correct([{"id": 77, "said": [["BOXING", 1.0, 2.0]]}])  # nobody
    assert not corrections_of(analyze_job(page).outcome.shown)


def test_sliders_move_around_what_was_said(page) -> None:
    page.correct([{"id": 1, "said": [["BOXING", 1.0, 2.0]]}])
    next(s for s in page.slider if s.label == "Action threshold").set_value(0.95)
    page.run()
    outcome = analyze_job(page).outcome
    assert outcome.shown.settings.action_threshold == 0.95
    assert corrections_of(outcome.shown).people == {1: (Statement("BOXING", 1.0, 2.0),)}


def test_a_corrected_result_is_opened_corrected_and_can_be_corrected_on(
    page, result, tmp_path
) -> None:
    said = Corrections({2: (Statement(None, 0.5, 3.0), Statement("Squat", 4.5, 5.5))})
    open_result(page, apply(result, said), tmp_path)
    told = sent(page, "harec_player")["correct"]
    assert told["people"][1]["said"] == [[None, 0.5, 3.0], ["Squat", 4.5, 5.5]]
    page.correct([{"id": 2, "said": [["Squat", 4.5, 5.5]]}])
    assert ("Squat", 4.5, 5.5, "human") in lane(page, 2)
    shown = analyze_job(page).outcome.shown
    shown.save(tmp_path / "b.harec-result")
    again = harec.load_result(tmp_path / "b.harec-result")
    assert corrections_of(again).people == {2: (Statement("Squat", 4.5, 5.5),)}


def test_corrections_are_there_again_after_a_reload(page, reload) -> None:
    page.correct([{"id": 1, "said": [["BOXING", 1.0, 2.0]]}])
    before = sent(page, "harec_player")["correct"]
    again = reload(page)
    assert sent(again, "harec_player")["correct"] == before
    assert before["people"][0]["said"] == [["BOXING", 1.0, 2.0]]


def test_corrections_stay_when_the_same_video_is_analyzed_anew(
    page, result, clip, fake, tmp_path, monkeypatch
) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip)
    video = replace(result.video, sha256=file_sha256(tmp_path / "clip.mp4"))
    open_result(page, replace(result, video=video), tmp_path)
    page.correct([{"id": 1, "said": [["Squat", 1.0, 2.0]]}])
    upload(page, "clip.mp4", clip)  # which shows the result with its video
    finish(page)
    assert ("Squat", 1.0, 2.0, "human") in lane(page)
    # the engine sees the first person where they were before, as its second one
    anew = replace(
        result, video=video, people=(moved(result.people[1], 1), moved(result.people[0], 2))
    )
    monkeypatch.setattr(fake, "analysis", lambda *asked: anew)
    button(page, "Analyze").click().run()
    finish(page)
    assert ("Squat", 1.0, 2.0, "human") in lane(page, 2)
    assert not [each for each in lane(page) if each[3] == "human"]


def moved(who: PersonResult, number: int) -> PersonResult:
    aside = 4000 * (number == 1)
    return replace(who, id=number, keypoints_xyc=who.keypoints_xyc + np.float32([aside, 0, 0]))


def test_corrections_become_examples_once(page) -> None:
    assert not [label for label in labels(page) if label.startswith("Use ")]
    said = [["Squat", 1.0, 2.5], ["Squat", 3.0, 3.3], [None, 4.0, 6.0]]  # one is too short
    page.correct([{"id": 1, "said": said}])
    button(page, "Use 2 corrections").click().run()
    assert not page.exception
    teach = visitor(page).state(TeachState)
    found = [(e.label, e.source, e.start_s, e.end_s, e.by) for e in teach.examples]
    assert sorted(found) == [
        ("OTHER", "clip.mp4", 4.0, 6.0, "human"),
        ("Squat", "clip.mp4", 1.0, 2.5, "human"),
    ]
    assert sent(page, "harec_player")["lanes"] == [0, None, 1, None]  # that of before, beside it
    page.switch_page("pages/library.py").run().switch_page("pages/analyze.py").run()
    assert page.button_group(key=beside.CHOICE).value == beside.RESULT
    until(lambda: not teach.training, "the training's end")
    page.run()  # as polled
    assert analyze_job(page).outcome.named.actions is teach.trained.actions is not None
    assert corrections_of(analyze_job(page).outcome.shown).people[1][0].action == "Squat"
    assert not page.error
    assert not [label for label in labels(page) if label.startswith("Use ")]
