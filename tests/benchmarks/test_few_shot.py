"""The few-shot protocol: who may show what to whom, and the baselines by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.few_shot.baselines import nearest, unwarped, warped
from benchmarks.few_shot.protocol import Gestures, accuracy, episodes


@pytest.fixture
def gestures() -> Gestures:
    """Four motions of three people, two clips each; what they look like doesn't matter."""
    motions, people = np.meshgrid(["a", "b", "c", "d"], ["x", "y", "z"])
    names, owners = (np.repeat(part.ravel(), 2) for part in (motions, people))
    return Gestures(np.zeros((24, 32, 17, 3), np.float32), np.ones(24), names, owners)


@pytest.mark.parametrize(("ways", "shots"), [(2, 1), (4, 3)])
def test_nobody_shows_and_is_asked(gestures, ways: int, shots: int) -> None:
    for task in episodes(gestures, ways, shots, 20):
        assert not set(gestures.people[task.support]) & set(gestures.people[task.query])
        assert len(task.support) == ways * shots
        for index, motion in (
            (task.support, task.support_motions),
            (task.query, task.query_motions),
        ):
            named = {(gestures.motions[i], m) for i, m in zip(index, motion, strict=True)}
            assert len(named) == ways


def test_too_few_motions_or_people_are_told(gestures) -> None:
    with pytest.raises(ValueError, match="too few for 5 ways"):
        list(episodes(gestures, 5, 1, 1))
    with pytest.raises(ValueError, match="too few people"):
        list(episodes(gestures, 2, 6, 1))


def test_a_method_that_knows_is_always_right(gestures) -> None:
    different = gestures.motions[:, None] != gestures.motions[None]
    tasks = list(episodes(gestures, 4, 1, 10))
    assert accuracy(nearest(different.astype(np.float32)), tasks) == (1.0, 0.0)


def test_warping_forgives_tempo_and_not_another_way() -> None:
    line = np.linspace(0, 1, 8, dtype=np.float32)
    early, late = np.clip(2 * line, 0, 1), np.clip(2 * line - 1, 0, 1)
    a, b, back = (way[None, :, None] for way in (early, late, 1 - early))
    assert unwarped(a, b)[0, 0] == pytest.approx(np.abs(early - late).mean(), abs=1e-6)
    assert warped(a, b)[0, 0] < 0.05
    assert warped(a, back)[0, 0] > 0.3
    assert warped(a, a)[0, 0] == pytest.approx(0, abs=1e-6)
