"""A visitor's examples: what is kept of them, and the set that is trained from them by itself."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from taught_examples import example, track_of
from waiting import until

from dashboard import teach_state
from dashboard.kept import Kept, Track
from dashboard.server import process
from dashboard.taught import Taught
from dashboard.teach_state import TeachState
from dashboard.visitor import Visitor
from harec.actions.labels import OTHER
from harec.core.errors import InputError
from harec.taught.action_set import ActionSet


@pytest.fixture
def visitor():
    visitor = Visitor()
    yield visitor
    visitor.close()


@pytest.fixture
def state(visitor) -> TeachState:
    return visitor.state(TeachState)


def learnt(state):
    """The newest set, once it is there."""
    until(lambda: state.trained.change == state.change, "the training")
    return state.trained


def test_each_change_trains_and_pages_name_the_newest_set(visitor, state):
    assert state.empty
    assert state.add([example("SQUAT", 0), example("LUNGES", 0)]) == 2
    assert not state.empty
    assert learnt(state).actions.labels == ("SQUAT", "LUNGES")
    taught = visitor.state(Taught)
    assert taught.actions is state.trained.actions
    state.delete(1)
    assert [each.label for each in learnt(state).report] == ["LUNGES"]
    state.delete(2)
    assert learnt(state).actions is None
    assert taught.actions is None
    assert state.empty


def test_what_is_there_comes_once_and_a_new_name_takes_the_old_ones_place(state):
    one = example("SQUAT", 0)
    assert state.add([one]) == 1
    assert state.add([example("SQUAT", 0), example("SQUAT", 1)]) == 1
    assert state.add([example("SQUAT", 0, label="Kniebeuge")]) == 1
    assert sorted(each.label for each in state.examples) == ["Kniebeuge", "SQUAT"]


def test_names_that_differ_in_capitals_are_one_here_as_in_the_set(state):
    state.add([example("SQUAT", 0, label="Squat"), example("SQUAT", 1, label="Squat")])
    state.add([example("SQUAT", 2, label="squat")])
    assert state.labels == learnt(state).actions.labels == ("Squat",)
    state.delete(2, 3)
    state.relabel(1, "SQUAT")  # nothing else has the name: it may be written anew
    assert state.labels == learnt(state).actions.labels == ("SQUAT",)


def test_a_name_keeps_its_place_when_its_first_example_goes(state):
    state.add([example("SQUAT", 0), example("LUNGES", 0), example("SQUAT", 1)])
    state.delete(1)
    assert learnt(state).actions.labels == ("SQUAT", "LUNGES")


def test_counterexamples_alone_make_no_set(visitor, state):
    state.add([example("SQUAT", 0, label="other")])
    assert state.labels == (OTHER,)
    assert learnt(state).problem is None
    assert visitor.state(Taught).actions is None


def test_other_names_and_bad_ones(state):
    state.add([example("SQUAT", 0)])
    state.relabel(1, "  Bizeps  Curl ")
    assert state.labels == ("Bizeps Curl",)
    for bad in ("", "x" * 61):
        with pytest.raises(InputError):
            state.relabel(1, bad)
    state.relabel(99, "of before")
    assert state.labels == ("Bizeps Curl",)


def test_start_and_end_move_within_what_was_seen(state):
    times_s, track = track_of(("STANDING", 1), ("SQUAT", 3), ("STANDING", 1))
    tracks = (Track(1, times_s[:20], track[:20]), Track(2, times_s, track))
    state.keep([Kept(0, example("SQUAT", 0), tracks, 1)])
    state.cut(1, 1, 1.0, 4.0)
    changed = state.kept[0].example
    assert (changed.start_s, changed.end_s) == (1.0, 4.0)
    assert changed.times_s[0] >= 1.0
    assert changed.times_s[-1] > 3.9
    with pytest.raises(InputError, match="too short"):
        state.cut(1, 1, 1.0, 1.1)
    state.cut(1, 1, 0.5, 4.5)
    assert len(state.kept[0].example.times_s) > len(changed.times_s)


def test_an_example_without_a_clip_can_be_cut_and_given_back(state):
    state.add([example("SQUAT", 0)])
    whole = state.kept[0].example
    state.cut(1, 0, 1.0, 2.5)
    state.cut(1, 0, 0.0, 3.0)
    assert np.array_equal(state.kept[0].example.times_s, whole.times_s)


@pytest.mark.parametrize(("limit", "value"), [("MOST_EXAMPLES", 2), ("MOST_BYTES", 40_000)])
def test_it_is_full_some_day(state, monkeypatch, limit, value):
    monkeypatch.setattr(teach_state, limit, value)
    state.add([example("SQUAT", 0)])
    with pytest.raises(InputError, match="There is room for"):
        state.add([example("SQUAT", person) for person in (1, 2, 3)])
    assert len(state.kept) == 1
    with pytest.raises(InputError):
        state.open([example("LUNGES", person) for person in range(4)], "gym")
    assert state.labels == ("SQUAT",)
    assert state.name == "my-actions"


def test_what_is_opened_takes_all_others_place_and_is_saved(state):
    state.add([example("SQUAT", 0)])
    assert state.unsaved
    state.open([example("LUNGES", 0), example("SQUAT", 0)], "gym")
    assert learnt(state).actions.labels == ("LUNGES", "SQUAT")
    assert state.name == "gym"
    assert state.unsaved == []
    state.add([example("LUNGES", 1)])
    assert state.unsaved


def test_the_newest_change_wins_and_no_other_visitor_waits(visitor, state, monkeypatch):
    go, asked = threading.Event(), []
    teach = ActionSet.teach

    def slow(examples):
        asked.append(len(examples))
        if len(asked) == 1:
            go.wait()
        return teach(examples)

    monkeypatch.setattr(ActionSet, "teach", slow)
    for person in range(3):
        state.add([example("SQUAT", person)])
        until(lambda: asked, "the first training")
    assert state.training
    other = Visitor()
    analysis = process.queue().submit(lambda report, cancel: 1, other.owner)
    until(lambda: analysis.ended, "another visitor's job")
    go.set()
    assert learnt(state).report[0].examples == 3
    assert asked == [1, 3]  # what was out of date before it began is never begun
    assert visitor.state(Taught).actions.examples == state.examples


def test_what_goes_wrong_is_said(state, monkeypatch):
    def broken(examples):
        raise InputError("The embedding is gone.")

    monkeypatch.setattr(ActionSet, "teach", broken)
    state.add([example("SQUAT", 0)])
    assert learnt(state).problem == "The embedding is gone."
    assert not state.training
