"""The head: names, refuses, tells what it would have said of examples left out."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.taught.head import fit_head

SIZE = 32


def vectors_near(centres: np.ndarray, count: int, spread: float, seed: int) -> np.ndarray:
    """Unit vectors (len * count, SIZE) around each centre."""
    rng = np.random.default_rng(seed)
    points = centres.repeat(count, axis=0)
    points = points + rng.normal(0, spread, points.shape)
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def both_sides(vectors: np.ndarray) -> np.ndarray:
    """With mirror images that are something else: (2, N, SIZE)."""
    return np.stack([vectors, np.roll(vectors, SIZE // 2, axis=1)])


CENTRES = np.eye(SIZE)[:3] + np.eye(SIZE)[3:6]
EVERYDAY = vectors_near(np.eye(SIZE)[10:14], 60, 0.1, 5)


def test_other_examples_are_named_and_everyday_motion_is_refused() -> None:
    actions = np.arange(3).repeat(6)
    shown = both_sides(vectors_near(CENTRES, 6, 0.1, 0))
    head, left_out = fit_head(("a", "b", "c"), shown, actions, np.arange(18), EVERYDAY)
    asked = both_sides(vectors_near(CENTRES, 20, 0.1, 1))
    answers = head.probabilities(asked)
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (answers.argmax(axis=1) == np.arange(3).repeat(20)).mean() > 0.95
    refused = head.probabilities(both_sides(vectors_near(np.eye(SIZE)[10:14], 30, 0.1, 2)))
    assert (refused[:, :3].max(axis=1) >= head.threshold).mean() < 0.05
    assert (left_out.probabilities.argmax(axis=1) == left_out.actions).mean() > 0.9


def test_the_mirror_image_of_an_example_is_the_same_action() -> None:
    shown = both_sides(vectors_near(CENTRES, 4, 0.1, 0))
    shown[:, 1::4] = shown[::-1, 1::4]  # one of four was done with the other hand
    head, _ = fit_head(("a", "b", "c"), shown, np.arange(3).repeat(4), np.arange(12), EVERYDAY)
    asked = both_sides(vectors_near(CENTRES, 10, 0.1, 1))
    for side in (asked, asked[::-1]):
        assert (head.likeness(side).argmax(axis=1) == np.arange(3).repeat(10)).mean() > 0.95


def test_what_was_shown_as_nothing_is_refused() -> None:
    shown = both_sides(vectors_near(np.eye(SIZE)[[0, 1, 1]], 4, 0.1, 0))
    actions = np.array([0] * 4 + [1] * 4 + [2] * 4)
    head, _ = fit_head(("a", "b"), shown, actions, np.arange(12), EVERYDAY)
    near = head.probabilities(both_sides(vectors_near(np.eye(SIZE)[[1]], 5, 0.1, 3)))
    fresh, _ = fit_head(("a", "b"), shown[:, :8], actions[:8], np.arange(8), EVERYDAY)
    before = fresh.probabilities(both_sides(vectors_near(np.eye(SIZE)[[1]], 5, 0.1, 3)))
    assert near[:, 1].mean() < before[:, 1].mean() - 0.2


def test_who_teaches_something_everyday_is_not_refused() -> None:
    taught = vectors_near(np.eye(SIZE)[[10]], 5, 0.1, 0)
    head, _ = fit_head(("sit",), both_sides(taught), np.zeros(5, int), np.arange(5), EVERYDAY)
    answers = head.probabilities(both_sides(vectors_near(np.eye(SIZE)[[10]], 20, 0.1, 4)))
    assert (answers[:, 0] > 0.5).mean() > 0.7
    assert len(head.other) < len(EVERYDAY)


def test_one_example_is_enough_and_an_action_without_any_is_told() -> None:
    shown = both_sides(vectors_near(CENTRES, 1, 0.05, 0))
    head, left_out = fit_head(("a", "b", "c"), shown, np.arange(3), np.arange(3), EVERYDAY)
    assert not left_out.known.any()
    assert 0.5 <= head.threshold <= 0.9
    with pytest.raises(InputError, match='no example of "d"'):
        fit_head(("a", "b", "c", "d"), shown, np.arange(3), np.arange(3), EVERYDAY)


def test_an_example_s_own_pieces_say_nothing_about_it() -> None:
    # Two pieces each of two examples per action; the examples of "b" have nothing in common.
    places = np.eye(SIZE)[[0, 0, 0, 0, 1, 1, 2, 2]]
    shown = both_sides(vectors_near(places, 1, 0.02, 0))
    _, left_out = fit_head(
        ("a", "b"), shown, np.array([0] * 4 + [1] * 4), np.arange(8) // 2, EVERYDAY
    )
    own = left_out.probabilities[np.arange(8), left_out.actions]
    assert own[:4].min() > 0.5
    assert own[4:].max() < 0.5
