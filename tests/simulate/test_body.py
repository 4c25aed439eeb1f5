from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.simulate.body.body import Body


def test_average_adult_has_the_proportions_of_the_tables() -> None:
    body = Body.average(1.8)
    assert body.scale == pytest.approx(1.8 / 1.7)
    # Hip joint a little above half the height, trunk and head make up the rest.
    assert 0.50 < body.hip_height / body.height < 0.54
    assert body.hip_height + body.trunk + body.neck + body.head == pytest.approx(1.8, rel=0.02)


def test_random_people_range_from_children_to_tall_adults() -> None:
    rng = np.random.default_rng(0)
    people = [Body.random(rng) for _ in range(400)]
    heights = np.array([p.height for p in people])
    assert heights.min() < 1.25
    assert heights.max() > 1.88
    children = [p.head / p.height for p in people if p.height < 1.25]
    adults = [p.head / p.height for p in people if p.height > 1.6]
    assert np.mean(children) > 1.1 * np.mean(adults)


def test_spread_zero_gives_average_adults() -> None:
    people = [Body.random(np.random.default_rng(seed), spread=0) for seed in range(20)]
    adults = [p for p in people if p.height > 1.56]
    assert len(adults) > 8
    for body in adults:
        assert body.upper_arm == pytest.approx(Body.average(body.height).upper_arm)


def test_same_generator_state_gives_the_same_person() -> None:
    assert Body.random(np.random.default_rng(5)) == Body.random(np.random.default_rng(5))


@pytest.mark.parametrize("length", [0.0, -0.3, float("nan"), float("inf")])
def test_impossible_lengths_are_refused(length: float) -> None:
    with pytest.raises(InputError, match="forearm"):
        replace(Body.average(), forearm=length)
