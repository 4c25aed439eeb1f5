"""Ids over simulated scenes: crossings, occlusions, leaving and coming back."""

from __future__ import annotations

import pytest

from benchmarks.tracking.__main__ import score_scene
from benchmarks.tracking.scenes import SCENES, Scene


@pytest.mark.parametrize("rate", [10.0, pytest.param(30.0, marks=pytest.mark.long)])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_ids_stay_with_people(scene: Scene, rate: float) -> None:
    """Lower bounds for one seed; others, and where ids still change: see
    benchmarks/results/tracking.json."""
    scores = score_scene(scene, rate, seed=0)
    assert scores.id_changes == 0
    assert scores.idf1 >= 0.94
    assert scores.hota >= 0.72
