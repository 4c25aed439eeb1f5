"""HOTA, IDF1 and changes of id: by hand, and as roboflow's `trackers` 2.6.1 says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tracking.metrics import MatchedFrame, hota, id_changes, idf1, tracking_scores


def frame(true: list[int], found: list[int], similarity: list[list[float]]) -> MatchedFrame:
    values = np.array(similarity, float).reshape(len(true), len(found))
    return MatchedFrame(np.array(true, np.intp), np.array(found, np.intp), values)


def test_the_example_of_trackers() -> None:
    """Two people; the second one's id changes after the first of three frames."""
    frames = [
        frame([0, 1], [0, 1], [[0.9, 0.1], [0.1, 0.8]]),
        frame([0, 1], [0, 2], [[0.85, 0.1], [0.1, 0.75]]),
        frame([0, 1], [0, 2], [[0.8, 0.1], [0.1, 0.7]]),
    ]
    assert hota(frames) == pytest.approx(0.745, abs=1e-3)
    assert idf1(frames) == pytest.approx(5 / 6)
    assert id_changes(frames) == 1


def test_all_right_is_one() -> None:
    scores = tracking_scores([frame([0, 1], [1, 0], [[0, 1], [1, 0]])] * 5)
    assert (scores.hota, scores.idf1, scores.id_changes) == (pytest.approx(1), 1, 0)


def test_half_under_another_id_by_hand() -> None:
    """Detection is right; each half of the track is half of what it should be."""
    frames = [frame([0], [0], [[1]])] * 4 + [frame([0], [1], [[1]])] * 4
    assert hota(frames) == pytest.approx(np.sqrt(0.5))
    assert idf1(frames) == 0.5
    assert id_changes(frames) == 1


def test_missed_and_invented_by_hand() -> None:
    """One of two frames is missed, and a person who is not there is found in both."""
    frames = [frame([0], [0, 1], [[1, 0]]), frame([0], [1], [[0]])]
    # detection 1 of 1 + 1 missed + 2 invented; association 1 of 2
    assert hota(frames) == pytest.approx(np.sqrt(1 / 4 * 1 / 2))
    assert idf1(frames) == pytest.approx(2 / 5)


def test_frames_without_anybody() -> None:
    frames = [frame([], [], []), frame([0], [], []), frame([0], [0], [[1]]), frame([], [0], [])]
    assert idf1(frames) == 0.5
