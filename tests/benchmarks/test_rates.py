"""Scores of the benchmark of rates, on cases by hand."""

from __future__ import annotations

from benchmarks.rates.clips import FILMED, simulated_clips
from benchmarks.rates.scores import Count, RateScore, joined, pairs
from benchmarks.real_clips.truth import Interval
from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment

A, B = "JUMPING", "BOXING"


def test_pairs_need_the_same_action_and_half_of_the_time() -> None:
    wanted = [Interval(A, 0, 4), Interval(B, 5, 6), Interval(A, 8, 10)]
    found = [Interval(A, 1, 5), Interval(A, 5, 6), Interval(A, 8, 8.9)]
    assert pairs(wanted, found) == [(0, 0)]  # 3 of 5 s; another action; 0.9 of 2 s
    assert pairs(wanted, [Interval(A, 0, 4)] * 2) == [(0, 0)]  # once


def test_f1_by_hand() -> None:
    count = Count()
    assert count.f1 == 100
    count.add([Interval(A, 0, 4), Interval(B, 5, 6)], [Interval(A, 0, 4)])
    assert round(count.f1, 1) == 66.7


def test_people_who_do_the_same_at_a_time_are_one_segment() -> None:
    segments = [Segment(A, 0, 3, 1.0), Segment(A, 2, 5, 1.0), Segment(B, 2, 5, 1.0)]
    assert joined(segments) == [Interval(B, 2, 5), Interval(A, 0, 5)]


def test_repetitions_of_segments_that_both_have() -> None:
    score = RateScore()
    every = [Segment(A, 0, 4, 1.0, 10), Segment(B, 5, 8, 1.0), Segment(A, 9, 12, 1.0, 7)]
    score.add_segments(None, every, [Segment(A, 0, 4, 1.0, 8), Segment(B, 5, 8, 1.0)])
    assert (score.missed, score.repetitions) == (2, 10)
    assert (score.truth.wanted, score.reference.both) == (0, 2)


def test_every_action_is_filmed_in_every_tempo(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.rates.clips.simulate_frames", lambda spec: iter(()))
    monkeypatch.setattr("benchmarks.rates.clips.VideoWriter", _NoWriter)
    clips = list(simulated_clips(tmp_path))
    acted = [clip for clip in clips if clip.truth.intervals]
    assert len(acted) == len(ACTIONS) * len(FILMED)
    assert len({clip.path for clip in clips}) == len(clips)


class _NoWriter:
    def __init__(self, *args: object, **options: object) -> None: ...
    def __enter__(self) -> _NoWriter:
        return self

    def __exit__(self, *error: object) -> None: ...
