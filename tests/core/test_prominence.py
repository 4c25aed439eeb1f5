"""Who takes over from whom: by size, over time, without taking turns."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.prominence import TAKEOVER_RATIO, TAKEOVER_S, ProminentPeople, prominence


def test_unsure_people_count_for_less() -> None:
    assert prominence(200, 0.9) == prominence(200, 0.5) == 200
    assert prominence(200, 0.1) == pytest.approx(50)


@pytest.mark.parametrize("rate", [0.5, 2, 10, 60])
def test_a_much_larger_one_takes_over_after_a_while_and_stays(rate: float) -> None:
    choice = ProminentPeople()
    took_over_s = None
    for time_s in np.arange(0, 8, 1 / rate):
        people = {1: 71.0} if time_s < 2 else {1: 71.0, 2: 204.0}
        chosen = choice.update(float(time_s), people, 1)
        assert len(chosen) == 1
        if chosen == [2] and took_over_s is None:
            took_over_s = time_s
        assert chosen == ([1] if took_over_s is None else [2])
    assert took_over_s is not None
    assert TAKEOVER_S <= took_over_s - 2 <= max(TAKEOVER_S, 1 / rate) + 1 / rate


def test_people_of_like_size_never_take_turns() -> None:
    rng = np.random.default_rng(0)
    choice = ProminentPeople()
    for step in range(600):
        sizes = 200 * rng.uniform(0.9, 1.1, 3)
        assert choice.update(step / 30, dict(enumerate(sizes)), 1) == choice.update(
            step / 30 + 0.01, dict(enumerate(sizes[::-1])), 1
        ), "the first one chosen"


def test_who_walks_past_the_camera_does_not_take_over() -> None:
    choice = ProminentPeople()
    for step in range(300):
        people = {1: 100.0, 2: 300.0} if 0 < step % 60 < 0.8 * 30 else {1: 100.0}
        assert choice.update(step / 30, people, 1) == [1]


def test_the_largest_come_first_and_fill_free_places() -> None:
    choice = ProminentPeople()
    assert choice.update(0.0, {1: 50.0, 2: 90.0, 3: 70.0}, 2) == [2, 3]
    assert choice.update(0.1, {1: 50.0, 2: 90.0, 3: 70.0}, 1) == [2], "fewer are wanted now"
    assert choice.update(0.2, {1: 50.0, 2: 90.0, 3: 70.0}, 3) == [2, 3, 1]


def test_the_place_of_who_is_out_of_sight_stays_free_for_a_while() -> None:
    choice = ProminentPeople()
    choice.update(0.0, {1: 100.0, 2: 90.0}, 1)
    assert choice.update(0.5, {2: 90.0}, 1) == []
    assert choice.update(0.9, {1: 100.0, 2: 90.0}, 1) == [1]
    assert choice.update(1.5, {2: 90.0}, 1) == []
    assert choice.update(0.9 + TAKEOVER_S + 0.1, {2: 90.0}, 1) == [2]


def test_the_least_of_several_gives_way() -> None:
    choice = ProminentPeople()
    for time_s in (0.0, 0.5):
        assert choice.update(time_s, {1: 100.0, 2: 200.0}, 2) == [2, 1]
    large = 100.0 * TAKEOVER_RATIO
    for time_s in (1.0, 1.5):
        assert choice.update(time_s, {1: 100.0, 2: 200.0, 3: large}, 2) == [2, 1]
    assert choice.update(2.0, {1: 100.0, 2: 200.0, 3: large}, 2) == [2, 3]
    choice.reset()
    assert choice.update(2.1, {1: 100.0, 3: large}, 1) == [3]
