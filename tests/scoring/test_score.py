"""Scores: cases worked out by hand, another way to compute them, and what always holds."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harec.actions.labels import ACTIONS, OTHER
from harec.actions.segments import Segment
from harec.formats import Annotations, Lane
from harec.scoring import compare, differences, pair_lanes, score


def lane(*segments: tuple[str, float, float], name: str = "Person 1", sure: float = 1.0) -> Lane:
    return Lane(name, tuple(Segment(a, start, end, sure) for a, start, end in segments))


def one(*segments: tuple[str, float, float], end_s: float | None = None) -> Annotations:
    return Annotations((lane(*segments),), duration_s=end_s)


TRUTH = one(("BOXING", 0, 4), ("JUMPING", 6, 8), end_s=10)
FOUND = one(("BOXING", 1, 5), ("JUMPING", 6, 7), ("CLAPPING_HANDS", 8, 9), end_s=10)


def test_a_case_worked_out_by_hand() -> None:
    """Of 10 s the same are 1-4 (boxing), 6-7 (jumping), 5-6 and 9-10 (OTHER)."""
    result = score([(FOUND, TRUTH)])
    assert (result.videos, result.lanes, result.total_s) == (1, 1, 10)
    assert result.accuracy == pytest.approx(0.6)
    f1 = {each.action: each.f1 for each in result.actions}
    assert list(f1) == ["JUMPING", "BOXING", "CLAPPING_HANDS", OTHER]
    assert f1["BOXING"] == pytest.approx(2 * 3 / (4 + 4))
    assert f1["JUMPING"] == pytest.approx(2 * 1 / (2 + 1))
    assert f1["CLAPPING_HANDS"] == 0
    assert f1[OTHER] == pytest.approx(2 * 2 / (4 + 4))
    assert result.macro_f1 == pytest.approx((0.75 + 2 / 3 + 0 + 0.5) / 4)
    assert result.edit == pytest.approx(1 - 1 / 3)  # one to delete of three
    # IoU: boxing 3/5, jumping 1/2; two right, one false, none missed
    assert dict(result.f1) == pytest.approx({10: 0.8, 25: 0.8, 50: 0.8})
    assert dict(result.map) == pytest.approx({30: 1, 50: 1, 70: 0})
    jumping = result.actions[0]
    assert (jumping.truth_s, jumping.found_s) == (2, 1)
    assert (jumping.precision, jumping.recall) == (1, 0.5)
    assert (jumping.true_segments, jumping.found_segments, jumping.ap) == (1, 1, 1)


def test_agreement_worked_out_by_hand() -> None:
    """By chance .4 x .4 (boxing) + .2 x .1 (jumping) + .4 x .4 (OTHER) = .34 of the time."""
    result = compare(TRUTH, FOUND)
    assert result.same == pytest.approx(0.6)
    assert result.kappa == pytest.approx((0.6 - 0.34) / (1 - 0.34))
    assert result.f1_50 == pytest.approx(0.8)
    assert [(d.first, d.second, d.start_s, d.end_s) for d in result.disagreements] == [
        (("BOXING",), (OTHER,), 0, 1),
        ((OTHER,), ("BOXING",), 4, 5),
        (("JUMPING",), (OTHER,), 7, 8),
        ((OTHER,), ("CLAPPING_HANDS",), 8, 9),
    ]


def test_differences_worked_out_by_hand() -> None:
    truth = one(("BOXING", 0, 4), ("JUMPING", 6, 8), ("CLAPPING_HANDS", 10, 12))
    found = one(("BOXING", 1, 4.2), ("JUMPING", 5, 7), ("JUMPING", 20, 21))
    (pair,) = pair_lanes(truth, found)
    assert [(d.kind, d.action, d.start_s, d.end_s) for d in differences(pair)] == [
        ("starts late", "BOXING", 0, 1),
        ("starts early", "JUMPING", 5, 6),
        ("ends early", "JUMPING", 7, 8),
        ("missed", "CLAPPING_HANDS", 10, 12),
        ("false", "JUMPING", 20, 21),
    ]


def test_average_precision_by_hand() -> None:
    """The surest is false: precision 1/2 at a recall of 1/2, then 2/3 at 1, and 2/3 counts for both
    as it is the larger one at that recall or beyond."""
    truth = one(("BOXING", 0, 2), ("BOXING", 4, 6))
    found = Annotations(
        (
            Lane(
                "a",
                (
                    Segment("BOXING", 0, 2, 0.8),
                    Segment("BOXING", 4, 6, 0.7),
                    Segment("BOXING", 10, 12, 0.9),
                ),
            ),
        )
    )
    assert score([(found, truth)]).map[50] == pytest.approx(2 / 3)


def test_each_true_segment_is_found_once() -> None:
    truth, found = one(("BOXING", 0, 10)), one(("BOXING", 0, 6), ("BOXING", 6, 10))
    result = score([(found, truth)])
    assert result.f1[10] == pytest.approx(2 / 3)  # one right, one false
    assert result.accuracy == 1


def test_labels_that_the_result_can_not_say_are_other() -> None:
    truth = one(("WALKING", 0, 4), ("BOXING", 4, 8), ("OTHER", 8, 10), end_s=10)
    result = score([(one(("BOXING", 4, 8), end_s=10), truth)])
    assert dict(result.counted_as_other) == {"WALKING": 1}
    assert (result.accuracy, result.macro_f1, result.edit, result.map[70]) == (1, 1, 1, 1)
    taught = score([(one(("WALKING", 0, 2), ("BOXING", 4, 8), end_s=10), truth)])
    assert taught.accuracy == pytest.approx(0.8)  # a result that says WALKING is asked for it


def test_who_is_who_is_found_out() -> None:
    truth = Annotations((lane(("BOXING", 0, 4), name="Anna"), lane(("JUMPING", 0, 4), name="Ben")))
    found = Annotations(
        (
            lane(("JUMPING", 0, 4), name="Person 1"),
            lane(("BOXING", 0, 4), name="Person 2"),
            lane(("BOXING", 1, 2), name="Person 3"),
        )
    )
    result = score([(found, truth)])
    assert result.lanes == 3
    assert result.f1[50] == pytest.approx(4 / 5)  # one false segment of a person too many
    assert result.accuracy == pytest.approx(11 / 12)


def test_where_nobody_is_named_everybody_counts() -> None:
    truth = Annotations((lane(("BOXING", 0, 6), ("JUMPING", 2, 4), name=""),))
    found = Annotations(
        (lane(("BOXING", 0, 4), ("JUMPING", 4, 5)), lane(("BOXING", 3, 6), name="Person 2"))
    )
    result = score([(found, truth)])
    assert (result.lanes, result.f1[50]) == (1, pytest.approx(0.5))
    # both say BOXING 0-2 and 5-6 alone; 2-4 the truth says JUMPING, too, 4-5 the result
    assert result.accuracy == pytest.approx(0.5)


def test_many_videos_are_put_together_before_anything_is_divided() -> None:
    long = one(("BOXING", 0, 8), end_s=8)
    nothing = Annotations((lane(),), duration_s=8)
    short = one(("JUMPING", 0, 2), end_s=2)
    result = score([(long, long), (nothing, short)])
    assert (result.videos, result.total_s) == (2, 16)
    assert result.accuracy == pytest.approx(14 / 16)
    assert result.f1[50] == pytest.approx(2 / 3)
    assert result.map[50] == pytest.approx(0.5)


# What always holds

EDGES = st.lists(st.integers(0, 1000), min_size=2, max_size=12, unique=True).map(sorted)
NAMES = st.sampled_from([*ACTIONS, "SQUAT"])


@st.composite
def annotations(draw: st.DrawFn, most: int = 3) -> Annotations:
    """Lanes on a grid of 10 ms, no segment right after one of the same action."""
    lanes = []
    for number in range(draw(st.integers(1, most))):
        edges = draw(EDGES)
        segments = []
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            label = draw(NAMES)
            segments.append(Segment(label, start / 100, end / 100, draw(st.floats(0, 1))))
        lanes.append(Lane(f"Person {number + 1}", tuple(segments)))
    return Annotations(tuple(lanes), duration_s=10.0)


@settings(max_examples=40, deadline=None)
@given(annotations())
def test_a_result_is_right_by_itself(result: Annotations) -> None:
    own = score([(result, result)])
    figures = [own.accuracy, own.macro_f1, own.edit, *own.f1.values(), *own.map.values()]
    assert figures == pytest.approx([1] * 9)
    agreement = compare(result, result)
    assert (agreement.kappa, agreement.f1_50, agreement.disagreements) == (
        pytest.approx(1),
        1,
        (),
    )
    assert [d for pair in pair_lanes(result, result) for d in differences(pair)] == []


@settings(max_examples=40, deadline=None)
@given(annotations(), annotations(), st.randoms(use_true_random=False))
def test_the_order_of_lanes_does_not_matter(
    truth: Annotations, found: Annotations, shuffled: random.Random
) -> None:
    lanes, others = [*truth.lanes], [*found.lanes]
    shuffled.shuffle(lanes)
    shuffled.shuffle(others)
    mixed = replace(truth, lanes=tuple(lanes)), replace(found, lanes=tuple(others))
    assert score([(mixed[1], mixed[0])]) == score([(found, truth)])
    assert compare(*mixed) == compare(truth, found)


def test_a_person_who_is_named_otherwise_is_likelier_than_another_one() -> None:
    """Two pairings have the same action for 2 s; in one of them Cleo does nothing when Fay acts."""
    truth = Annotations(
        (
            lane(("JUMPING", 0, 1), name="Ada"),
            lane(("JUMPING", 0, 2), name="Ben"),
            lane(("JUMPING", 1, 2), name="Cleo"),
        )
    )
    found = Annotations(
        (
            lane(("JUMPING", 0, 1), name="Dan"),
            lane(("JUMPING", 1, 2), name="Eve"),
            lane(("JUMPING_JACKS", 0, 1), name="Fay"),
        )
    )
    partner = {pair.found_name: pair.truth_name for pair in pair_lanes(truth, found)}
    assert partner["Fay"] in ("Ada", "Ben")
    assert compare(truth, found).kappa == pytest.approx(compare(found, truth).kappa)


@settings(max_examples=40, deadline=None)
@given(annotations(), annotations())
def test_all_figures_are_shares(truth: Annotations, found: Annotations) -> None:
    result = score([(found, truth)])
    figures = [result.accuracy, result.macro_f1, result.edit, *result.f1.values()]
    assert all(0 <= figure <= 1 + 1e-9 for figure in [*figures, *result.map.values()])
    assert result.f1[10] >= result.f1[25] >= result.f1[50]
    assert compare(truth, found).kappa == pytest.approx(compare(found, truth).kappa)


@settings(max_examples=25, deadline=None)
@given(st.permutations(ACTIONS), EDGES)
def test_the_further_a_result_is_shifted_the_lower_is_f1(
    actions: list[str], edges: list[int]
) -> None:
    """Each action occurs once, so that none comes to lie over another one of its kind."""
    segments = [
        (action, start / 100, end / 100)
        for action, start, end in zip(actions, edges[::2], edges[1::2], strict=False)
    ]
    truth = one(*segments, end_s=30)
    before = [1.0, 1.0, 1.0]
    for shift in np.arange(0, 11, 0.5):
        moved = one(*((a, s + shift, e + shift) for a, s, e in segments), end_s=30)
        now = list(score([(moved, truth)]).f1.values())
        assert all(new <= old for new, old in zip(now, before, strict=True))
        before = now
    assert before == [0, 0, 0]


# By frames, as the published evaluations are written


def frames(segments: tuple[Segment, ...], count: int) -> list[str]:
    """What each frame of 10 ms has."""
    labels = [OTHER] * count
    for segment in segments:
        first, end = round(100 * segment.start_s), round(100 * segment.end_s)
        labels[first:end] = [segment.action] * (end - first)
    return labels


def runs(labels: list[str]) -> list[tuple[str, int, int]]:
    """Stretches of equal frames, without OTHER."""
    edges = [0, *(i for i in range(1, len(labels)) if labels[i] != labels[i - 1]), len(labels)]
    found = [(labels[a], a, b) for a, b in pairwise(edges)]
    return [run for run in found if run[0] != OTHER]


def framewise_f1(truth: list[str], found: list[str], overlap: float) -> float:
    """The published rule (Lea et al. 2017): the best one of the same label, once."""
    true_runs, right, taken = runs(truth), 0, set()
    for label, start, end in runs(found):
        best, which = 0.0, -1
        for number, (other, a, b) in enumerate(true_runs):
            share = len({*range(start, end)} & {*range(a, b)}) / len(
                {*range(start, end), *range(a, b)}
            )
            if other == label and share > best:
                best, which = share, number
        if best >= overlap and which not in taken:
            right += 1
            taken.add(which)
    total = len(true_runs) + len(runs(found))
    return 2 * right / total if total else 1.0


@settings(max_examples=40, deadline=None)
@given(annotations(most=1), annotations(most=1))
def test_the_same_by_frames(truth: Annotations, found: Annotations) -> None:
    (a,), (b,) = truth.lanes, found.lanes
    for side in (a, b):  # frames can't tell two from one
        assume(
            not any(
                x.end_s == y.start_s and x.action == y.action for x, y in pairwise(side.segments)
            )
        )
    true, said = frames(a.segments, 1000), frames(b.segments, 1000)
    kept = Annotations((a,), duration_s=10.0)
    agreement = compare(kept, found)
    assert agreement.same == pytest.approx(
        np.mean([x == y for x, y in zip(true, said, strict=True)])
    )
    assert agreement.f1_50 == pytest.approx(framewise_f1(true, said, 0.5))
