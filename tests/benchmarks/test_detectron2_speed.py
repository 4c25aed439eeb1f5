"""What the comparison of Detectron2's speeds counts; nothing is timed here."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from benchmarks import detectron2_speed as speed
from harec.core.poses import Poses
from harec.pose.detectron2.estimator import Detectron2Settings


def poses(*people: np.ndarray, scores: tuple[float, ...] | None = None) -> Poses:
    if not people:
        return Poses(np.zeros((0, 17, 3), np.float32), np.zeros(0, np.float32))
    return Poses(np.stack(people), np.array(scores or [1.0] * len(people), np.float32))


def person(x: float) -> np.ndarray:
    return np.full((17, 3), x, np.float32)


def moved(keypoints: np.ndarray, x: float, y: float) -> np.ndarray:
    return keypoints + np.float32([x, y, 0])


def test_joints_are_compared_with_the_nearest_find() -> None:
    reference = [poses(person(100), person(300))]
    found = [poses(person(500), moved(person(300), 0, 1), moved(person(100), 3, 4))]
    off, lost = speed.offsets_px(reference, found)
    assert lost == 0
    np.testing.assert_allclose(off, [5] * 17 + [1] * 17)


def test_who_is_not_found_is_lost_and_not_far_off() -> None:
    reference = [poses(person(100), person(300)), poses(person(100))]
    found = [poses(person(101)), poses()]
    off, lost = speed.offsets_px(reference, found)
    assert (len(off), lost) == (17, 2)


def test_whom_the_reference_is_not_sure_of_does_not_count() -> None:
    reference = [poses(person(100), person(300), scores=(0.95, 0.5))]
    off, lost = speed.offsets_px(reference, [poses(person(100))])
    assert (len(off), lost) == (17, 0)


def test_accuracy_of_a_perfect_and_of_an_empty_answer() -> None:
    rng = np.random.default_rng(0)
    keypoints = np.concatenate([rng.uniform(50, 200, (17, 2)), np.ones((17, 1))], axis=1)
    keypoints = keypoints.astype(np.float32)
    frame = speed.Frame(np.zeros((240, 320, 3), np.uint8), keypoints[None])
    perfect = speed.accuracy([frame], [poses(keypoints)], [poses(keypoints)])
    assert perfect == {"px_median": 0, "px_95": 0, "lost": 0, "pck": 1}
    empty = speed.accuracy([frame], [poses(keypoints)], [poses()])
    assert empty == {"px_median": None, "px_95": None, "lost": 1, "pck": 0}


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_the_article_comes_first_and_names_are_unique(kind) -> None:
    compared = speed.cases(kind)
    assert compared[0].article
    assert compared[0].settings == Detectron2Settings.of("performance", 4)
    assert not any(case.article for case in compared[1:])
    assert len({case.name for case in compared}) == len(compared)


def row(name: str, ms: float, cpu_ms: float) -> dict[str, Any]:
    known = {"px_median": 0.25, "px_95": 2, "lost": 1, "people": 8, "pck": 0.9}
    return {"name": name, "ms": ms, "cpu_ms": cpu_ms} | known


@pytest.mark.parametrize(
    ("by_clock", "slow", "quick"),
    [(True, "40 | 1.00", "10 | 4.00"), (False, "60 | 1.00", "30 | 2.00")],
)
def test_the_table_compares_with_its_first_row(by_clock, slow, quick) -> None:
    rows = [row("slow", 40, 60), row("quick", 10, 30)]
    lines = speed.table(rows, accurate=True, by_clock=by_clock)
    assert lines[-2:] == [
        f"| slow | {slow} | 0.25 | 2 | 1 | 8 | 0.9 |",
        f"| quick | {quick} | 0.25 | 2 | 1 | 8 | 0.9 |",
    ]


def test_random_weights_have_no_accuracy() -> None:
    *_, line = speed.table([row("x", 10, 20)], accurate=False, by_clock=False)
    assert line == "| x | 20 | 1.00 | - | - | - | 8 | - |"


def test_the_model_card_shows_the_kept_result() -> None:
    card = (speed.ROOT / "models" / "detectron2.md").read_text("utf-8")
    result = json.loads(speed.OUT.read_text("utf-8"))
    assert speed.section(result) in card


@pytest.mark.parametrize(("size", "people"), [(800, 4), (480, 4), (320, 2)])
def test_collages_show_their_people_where_they_say(size, people) -> None:
    (frame,) = speed.collages(size, 1)
    assert frame.rgb.shape == (size, round(size * 4 / 3), 3)
    assert frame.keypoints_xyc.shape == (people, 17, 3)
    plain = np.array([110, 110, 110])
    for keypoints in frame.keypoints_xyc:
        xy = keypoints[5:17, :2]  # of the body
        assert (xy >= 0).all()
        assert (xy < [frame.rgb.shape[1], size]).all()
        x, y = xy.mean(axis=0).astype(int)
        assert (frame.rgb[y - 10 : y + 10, x - 10 : x + 10] != plain).any(axis=2).mean() > 0.9
