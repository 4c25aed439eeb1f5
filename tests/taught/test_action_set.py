"""Taught actions: from examples to names and segments."""

from __future__ import annotations

import numpy as np
import pytest
from taught_examples import example, track_of

from harec.actions.labels import OTHER
from harec.actions.online_segments import find_segments
from harec.core.errors import InputError
from harec.taught.action_set import ActionSet
from harec.taught.examples import Example, checked_label

TAUGHT = {"SQUAT": "Kniebeuge", "PUSH_UPS": "отжимания", "KNOCKING": "ノック"}


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    """Three motions, shown by three people each, under names in three scripts."""
    return ActionSet.teach(
        example(motion, person, label) for motion, label in TAUGHT.items() for person in range(3)
    )


def test_another_person_s_actions_are_named_and_what_is_between_is_not(gym) -> None:
    times_s, track = track_of(
        ("WALKING", 4), ("SQUAT", 6), ("WALKING", 4), ("PUSH_UPS", 6), person=50
    )
    segments = find_segments(*gym.estimate(times_s, track), gym.settings())
    assert [segment.action for segment in segments] == ["Kniebeuge", "отжимания"]
    for segment, (start_s, end_s) in zip(segments, [(4, 10), (14, 20)], strict=True):
        shared_s = min(segment.end_s, end_s) - max(segment.start_s, start_s)
        assert shared_s > 0.6 * (end_s - start_s)
        assert segment.duration_s < 1.3 * (end_s - start_s)


def test_a_gap_is_not_bridged_and_the_time_is_the_stream_s_own(gym) -> None:
    times_s, track = track_of(("SQUAT", 8), person=51)
    later_s = np.where(times_s > 4, times_s + 10, times_s) + 100
    estimates_s, spans_s, probabilities = gym.estimate(later_s, track)
    assert not ((spans_s[:, 0] < 104) & (spans_s[:, 1] > 114)).any()
    assert ((estimates_s < 104.1) | (estimates_s > 114)).all()
    assert probabilities.shape == (len(estimates_s), 4)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    nothing = gym.estimate(times_s[:5], track[:5])
    assert [len(part) for part in nothing] == [0, 0, 0]


def test_the_report_says_how_well_each_is_known_and_what_to_do(gym) -> None:
    report = gym.report()
    assert [each.label for each in report] == list(TAUGHT.values())
    assert all(each.examples == 3 for each in report)
    assert all(each.right is not None and each.right > 0.6 for each in report)
    alone = ActionSet.teach([example("SQUAT", 0), example("KNOCKING", 0)]).report()
    assert alone[0].right is None
    assert "another example" in alone[0].advice


def test_sets_grow_shrink_and_merge(gym) -> None:
    more = gym.with_examples([example("CLIMBING", person) for person in range(2)])
    assert more.labels == (*gym.labels, "CLIMBING")
    assert len(more.with_examples(gym.examples).examples) == len(more.examples)
    assert more.without("CLIMBING").labels == gym.labels
    other = ActionSet.teach([example("SQUAT", 9, "Kniebeuge"), example("CLIMBING", 9, "rauf")])
    merged = gym.merged(other)
    assert merged.labels == (*gym.labels, "rauf")
    assert sum(each.label == "Kniebeuge" for each in merged.examples) == 4
    with pytest.raises(InputError, match=r'no action "x".* Kniebeuge'):
        gym.without("x")
    with pytest.raises(InputError, match="the last one"):
        gym.without(*gym.labels)


def test_names_that_differ_in_capitals_are_one_action() -> None:
    taught = ActionSet.teach([example("SQUAT", 1, "Squat"), example("SQUAT", 2, "SQUAT")])
    assert taught.labels == ("Squat",)
    assert taught.with_examples([example("SQUAT", 3, "squat")]).labels == ("Squat",)
    assert [each.label for each in taught.examples] == ["Squat", "Squat"]


def test_what_is_shown_as_nothing_is_no_action() -> None:
    taught = ActionSet.teach([example("SQUAT", 0), example("LUNGES", 0, "other")])
    assert taught.labels == ("SQUAT",)
    assert taught.examples[1].label == OTHER
    with pytest.raises(InputError, match="only of what is none"):
        ActionSet.teach([example("SQUAT", 0, OTHER)])
    with pytest.raises(InputError, match="no examples"):
        ActionSet.teach([])


@pytest.mark.parametrize(
    ("text", "label"),
    [("  knee\n raise ", "knee raise"), ("Other", OTHER), ("e\u0301", "é"), ("हाथ", "हाथ")],
)
def test_labels_are_one_line_in_any_script(text: str, label: str) -> None:
    assert checked_label(text) == label


@pytest.mark.parametrize(("text", "said"), [(" \n", "needs a name"), ("x" * 61, "too long")])
def test_labels_that_are_none_are_told(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked_label(text)


def test_examples_that_are_too_short_or_too_long_are_told() -> None:
    with pytest.raises(InputError, match="too short"):
        example("SQUAT", 0, seconds=0.3)
    times_s = np.arange(0, 130, 0.5)
    track = np.ones((len(times_s), 17, 3), np.float32)
    with pytest.raises(InputError, match="longer than 120 s"):
        Example("a", "b.mp4", 0, 130, times_s, track)
    with pytest.raises(ValueError, match="don't grow"):
        Example("a", "b.mp4", 0, 9, times_s[:9][::-1], track[:9])


def test_a_long_example_is_cut_into_pieces() -> None:
    pieces = list(example("SQUAT", 0, seconds=12).pieces())
    assert len(pieces) == 8
    assert {round(end - start, 3) for start, end in pieces} == {2.7}
    assert len(list(example("SQUAT", 0, seconds=3).pieces())) == 1
