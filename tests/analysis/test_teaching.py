"""Teaching by results and folders, and naming taught actions in a result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from taught_examples import example, result_of

import harec
from harec.actions.labels import LABELS
from harec.actions.segments import Segment
from harec.analysis import teaching
from harec.analysis.results import Analysis
from harec.analysis.teaching import example_of, examples_from_result, with_actions
from harec.core.errors import InputError, VideoError
from harec.taught.action_set import ActionSet


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    return ActionSet.teach(
        example(motion, person) for motion in ("SQUAT", "KNOCKING") for person in range(3)
    )


def test_taught_actions_take_the_place_of_the_others_or_stand_beside_them(gym) -> None:
    waves = Segment("WAVING_1HAND", 0.0, 3.0, 0.9, 4)
    jumps = Segment("JUMPING", 4.0, 12.0, 0.8, 6)
    result = result_of(("WALKING", 4), ("SQUAT", 6), person=70, segments=(waves, jumps))
    (alone,) = with_actions(result, gym).people
    assert [segment.action for segment in alone.segments] == ["SQUAT"]
    assert alone.segments[0].repetitions in (2, 3)
    (both,) = with_actions(result, gym, builtin=True).people
    assert both.segments[0] == waves
    assert "SQUAT" in [segment.action for segment in both.segments]
    for one, other in zip(both.segments, both.segments[1:], strict=False):
        assert one.end_s <= other.start_s + 1e-9


def with_rows(result: Analysis, label: str) -> Analysis:
    """The same, with the action network's word for one label all the time."""
    (person,) = result.people
    times_s = np.arange(person.first_s + 0.5, person.last_s - 0.5, 0.1)
    rows = np.full((len(times_s), 7), 0.01, np.float32)
    rows[:, LABELS.index(label)] = 0.94
    spans_s = np.stack([times_s - 0.5, times_s + 0.5], axis=1)
    told = replace(person, estimate_times_s=times_s, estimate_spans_s=spans_s, probabilities=rows)
    return replace(result, people=(told,))


def test_taught_actions_outlast_another_setting_or_it_is_said_that_they_would_not(gym) -> None:
    result = result_of(("WALKING", 4), ("SQUAT", 6), person=70, segments=())
    six = with_rows(result, "JUMPING")
    taught = harec.relabel(six, actions=gym)
    assert actions_in(taught) == ["SQUAT"]
    assert harec.relabel(taught) is taught  # no other setting
    smoother = replace(taught.settings, smoothing_s=0.4)
    with pytest.raises(InputError, match=r"pack \(SQUAT\): .* actions="):
        harec.relabel(taught, smoother)
    again = harec.relabel(taught, smoother, actions=gym)
    assert actions_in(again) == ["SQUAT"]
    assert again.settings == smoother
    strict = replace(smoother, action_threshold=1.0)
    assert actions_in(harec.relabel(taught, strict, actions=gym)) == []
    bare = harec.relabel(taught, builtin=True)
    assert (actions_in(bare), bare.taught) == (["JUMPING"], ())


def actions_in(result: Analysis) -> list[str]:
    return [segment.action for person in result.people for segment in person.segments]


def test_a_taught_action_gives_way_to_a_built_in_one_that_is_clearly_surer() -> None:
    """Arms that go up and down are a bit like curls, and very much like jacks."""
    gym = ActionSet.teach(
        example(motion, person)
        for motion in ("SQUAT", "LUNGES", "BICEPS_CURLS")
        for person in range(5)
    )
    jacks = Segment("JUMPING_JACKS", 0.0, 8.0, 0.94)
    result = result_of(("JUMPING_JACKS", 8), person=62, segments=(jacks,))
    result = with_rows(result, "JUMPING_JACKS")
    (alone,) = with_actions(result, gym).people
    (both,) = with_actions(result, gym, builtin=True).people
    assert alone.segments  # else there was nothing to give way
    named_s = sum(s.duration_s for s in both.segments if s.action == "JUMPING_JACKS")
    assert named_s > 7
    assert sum(s.duration_s for s in alone.segments) > 8 - named_s


def test_segments_of_a_result_become_examples() -> None:
    squats = Segment("SQUAT", 4.0, 8.0, 0.8)
    blink = Segment("SQUAT", 9.0, 9.2, 0.8)
    result = result_of(("WALKING", 4), ("SQUAT", 6), segments=(squats, blink))
    (learnt,) = examples_from_result(result)
    assert (learnt.label, learnt.source, learnt.by) == ("SQUAT", "gym.mp4", "model")
    assert learnt.times_s[0] == pytest.approx(4, abs=0.1)
    with pytest.raises(InputError, match="no segments"):
        examples_from_result(result_of(("SQUAT", 3)))


def test_rests_around_a_motion_are_no_part_of_its_example() -> None:
    result = result_of(("STANDING", 2), ("SQUAT", 3), ("STANDING", 2), name="anna_1.mp4")
    shown = example_of(result, "Kniebeuge")
    assert 1.0 < shown.start_s < 2.7
    assert 4.3 < shown.end_s < 6.0
    assert (shown.person, shown.source) == ("anna", "anna_1.mp4")


def test_a_folder_is_an_action_and_what_can_t_be_read_is_left_out(tmp_path, monkeypatch) -> None:
    for name in ("SQUAT/anna_1.mp4", "SQUAT/ben_1.mp4", "Klopfen/anna_2.mp4", "Klopfen/bad.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "SQUAT" / "notes.txt").touch()

    def analyzed(path: Path, settings: object, *, frame_rate: float | None) -> Analysis:
        if path.stem == "bad":
            raise VideoError("bad.mp4 is no video.")
        motion = "SQUAT" if path.parent.name == "SQUAT" else "KNOCKING"
        return result_of((motion, 3), person=len(path.stem), name=path.name)

    monkeypatch.setattr(teaching, "analyze", analyzed)
    taught = harec.teach(tmp_path)
    assert taught.labels == ("Klopfen", "SQUAT")
    assert [each.person for each in taught.examples] == ["anna", "anna", "ben"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p / "none", "There is no folder"),
        (lambda p: p, "put them into folders"),
    ],
)
def test_a_folder_without_examples_is_told(tmp_path, make, said: str) -> None:
    with pytest.raises(InputError, match=said):
        harec.teach(make(tmp_path))
