"""What humans say of a result, on top of what a model says: whatever it says."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from saved_results import made_result, person

import harec
from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment
from harec.analysis.analyze import relabel
from harec.analysis.corrections import (
    SHORTEST_REST_S,
    Corrections,
    Statement,
    apply,
    carried,
    corrections_of,
    without_corrections,
)
from harec.analysis.results import Analysis, PersonResult
from harec.core.errors import InputError

LABELS = st.sampled_from([None, *ACTIONS, "SQUAT", "立つ"])


@st.composite
def spans(draw, most: int = 5) -> list[tuple[float, float]]:
    """Starts and ends, one after the other, some of them touching."""
    edges = sorted(draw(st.sets(st.integers(0, 100), max_size=2 * most)))
    pairs = (
        list(pairwise(edges))
        if draw(st.booleans())
        else list(zip(edges[::2], edges[1::2], strict=False))
    )
    return [(a / 10, b / 10) for a, b in pairs]


@st.composite
def statements(draw) -> tuple[Statement, ...]:
    return tuple(Statement(draw(LABELS), *span) for span in draw(spans()))


@st.composite
def results(draw) -> Analysis:
    """Two people of whom a model says something."""
    people = []
    for number in (1, 2):
        said = tuple(
            Segment(draw(st.sampled_from(ACTIONS)), *span, 0.8, 2) for span in draw(spans())
        )
        people.append(person(number, said, frames=100))
    return replace(made_result(2, 4), people=tuple(people))


@st.composite
def corrections(draw) -> Corrections:
    return Corrections({number: draw(statements()) for number in (1, 2)})


def said_by(who: PersonResult, by: str) -> list[Segment]:
    return [segment for segment in who.segments if segment.by == by]


@given(analysis=results(), said=corrections())
@examples(max_examples=150, deadline=None)
def test_what_humans_say_is_there_untouched_and_nothing_overlaps(
    analysis: Analysis, said: Corrections
) -> None:
    corrected = apply(analysis, said)
    for before, after in zip(analysis.people, corrected.people, strict=True):
        own = said.people[after.id]
        assert [(s.action, s.start_s, s.end_s) for s in said_by(after, "human")] == [
            (s.action, s.start_s, s.end_s) for s in own if s.action is not None
        ]
        assert after.cleared_s == tuple((s.start_s, s.end_s) for s in own if s.action is None)
        taken = sorted([*((s.start_s, s.end_s) for s in after.segments), *after.cleared_s])
        assert all(a[1] <= b[0] for a, b in pairwise(taken))
        for rest in said_by(after, "model"):  # each is a part of one of the model's own
            (whole,) = [
                s for s in before.segments if s.start_s <= rest.start_s and rest.end_s <= s.end_s
            ]
            assert (rest.action, rest.confidence) == (whole.action, whole.confidence)
            assert rest is whole or rest.duration_s >= SHORTEST_REST_S
    expected = {number: own for number, own in said.people.items() if own}
    assert corrections_of(corrected).people == expected


@given(analysis=results(), first=corrections(), second=corrections())
@examples(max_examples=60, deadline=None)
def test_the_last_word_holds_and_taking_it_back_brings_the_model_back(
    analysis: Analysis, first: Corrections, second: Corrections
) -> None:
    assert apply(apply(analysis, first), first).to_json() == apply(analysis, first).to_json()
    untouched = apply(analysis, Corrections())
    assert [p.segments for p in untouched.people] == [p.segments for p in analysis.people]
    corrected = apply(analysis, second)
    assert (
        corrections_of(apply(corrected, first)).people
        == corrections_of(apply(analysis, first)).people
    )
    bare = without_corrections(corrected)
    assert not corrections_of(bare)
    assert all(s.by == "model" for p in bare.people for s in p.segments)


@given(
    said=corrections(),
    thresholds=st.lists(st.floats(0.05, 1), min_size=1, max_size=4),
    seed=st.integers(0, 999),
)
@examples(max_examples=25, deadline=None)
def test_moved_thresholds_never_change_what_humans_said(
    said: Corrections, thresholds: list[float], seed: int
) -> None:
    analysis = apply(made_result(2, 90, seed=seed), said)
    of_humans = corrections_of(analysis)
    for threshold in thresholds:
        settings = replace(analysis.settings, action_threshold=threshold, smoothing_s=threshold)
        analysis = relabel(analysis, settings)
        assert corrections_of(analysis).people == of_humans.people


def test_repetitions_of_what_is_corrected_are_counted_anew() -> None:
    whole = Segment("JUMPING", 0.0, 9.0, 0.8, 3)
    base = person(1, (whole, Segment("BOXING", 9.5, 12, 0.9)), frames=100)
    times_s = np.arange(0, 10, 0.1)
    up_and_down = np.tile(base.keypoints_xyc[:1], (100, 1, 1))
    up_and_down[..., 2] = 0.9
    shift = 200 * np.sin(2 * np.pi * times_s / 2)[:, None]
    up_and_down[:, [9, 10], 1] += shift  # both wrists, once in two seconds
    base = replace(
        base,
        track_times_s=times_s,
        keypoints_xyc=up_and_down,
        moments_s={"JUMPING": [1.0, 4.0, 5.0, 8.0]},
    )
    analysis = replace(made_result(1, 4), people=(base,))
    said = (Statement("JUMPING", 3.0, 6.0), Statement("Curl", 9.1, 9.4))
    corrected = apply(analysis, Corrections({1: said})).people[0]
    assert [(s.start_s, s.end_s, s.repetitions, s.by) for s in corrected.segments] == [
        (0.0, 3.0, 1, "model"),
        (3.0, 6.0, 2, "human"),
        (6.0, 9.0, 1, "model"),
        (9.1, 9.4, None, "human"),
        (9.5, 12, None, "model"),
    ]
    curls = apply(analysis, Corrections({1: (Statement("Curl", 0.0, 9.0),)})).people[0]
    assert 3 <= (curls.segments[0].repetitions or 0) <= 5


def test_what_can_not_be_is_refused() -> None:
    for start_s, end_s in ((2.0, 1.0), (-1.0, 1.0), (1.0, float("inf")), (float("nan"), 2.0)):
        with pytest.raises(InputError, match="can't last"):
            Statement("BOXING", start_s, end_s)
    with pytest.raises(InputError, match="person 1 overlap at"):
        Corrections({1: (Statement("BOXING", 1, 2), Statement(None, 1.5, 3))})
    result = made_result(2, 4)
    nobody = replace(result, people=())
    for of, number, start_s, told in (
        (result, 7, 1.0, "no person 7 .* has person 1, 2"),
        (nobody, 1, 1.0, "no person 1 .* has nobody"),
        (result, 1, 99.0, "begin at 99 s: the video ends at"),
    ):
        with pytest.raises(InputError, match=told):
            apply(of, Corrections({number: (Statement("BOXING", start_s, start_s + 1),)}))
    assert apply(nobody, Corrections({1: ()})).people == ()


def moved(who: PersonResult, by_px: float, number: int) -> PersonResult:
    keypoints = who.keypoints_xyc.copy()
    keypoints[..., 0] += by_px
    return replace(who, id=number, keypoints_xyc=keypoints, segments=(), cleared_s=())


def test_people_who_are_followed_anew_are_known_by_where_they_are() -> None:
    left, right = (moved(person(1, (), frames=50), shift, 1) for shift in (0, 2000))
    people = (replace(left, id=1), replace(right, id=2))
    said = Corrections({1: (Statement("BOXING", 1, 2),), 2: (Statement(None, 3, 4),)})
    before = apply(replace(made_result(2, 4), people=people), said)
    # the same two in another order, a little aside, and sampled at other times
    anew = (moved(right, 30, 1), moved(left, -30, 2))
    anew = tuple(replace(p, track_times_s=p.track_times_s + 0.04) for p in anew)
    after, lost = carried(before, replace(before, people=anew))
    assert corrections_of(after).people == {2: said.people[1], 1: said.people[2]}
    assert lost == ()
    after, (told,) = carried(before, replace(before, people=anew[1:]))
    assert corrections_of(after).people == {2: said.people[1]}
    assert told.startswith("A correction has no place in this result")
    assert "3.0 s (person 2)" in told


def test_a_correction_is_in_every_file_of_a_result(tmp_path) -> None:
    said = Corrections({1: (Statement("SQUAT", 1.123456789, 2.5), Statement(None, 4, 5))})
    analysis = apply(made_result(2, 9), said)
    analysis.save(tmp_path / "a.harec-result")
    opened = harec.load_result(tmp_path / "a.harec-result")
    assert corrections_of(opened).people == said.people
    document = json.loads(analysis.to_json())
    assert document["people"][0]["cleared_s"] == [[4, 5]]
    assert {s["by"] for s in document["people"][0]["segments"]} >= {"human"}
    frame = analysis.to_pandas()
    assert frame[frame["by"] == "human"]["action"].tolist() == ["SQUAT"]
