"""What is drawn behind the first pass is what would be drawn after its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from harec.actions.labels import LABELS
from harec.actions.model import ActionConfig
from harec.actions.segments import SegmentSettings
from harec.analysis.finalizer import Finalizer
from harec.analysis.labeler import Labeler
from harec.analysis.observer import AnalysisChunk
from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.poses import Poses
from harec.core.progress import Timings
from harec.render.annotations import (
    AnnotationStream,
    FinalAnnotations,
)
from harec.render.overlay import PersonOverlay
from harec.video import VideoInfo

SETTINGS = AnalysisSettings(action_threshold=0.6)  # so that there are names
STANDING = np.array(
    [
        *[(0, -9), (1, -10), (-1, -10), (2, -9.5), (-2, -9.5), (3, -6), (-3, -6), (4, -3)],
        *[(-4, -3), (4, 0), (-4, 0), (2, 1), (-2, 1), (2, 5), (-2, 5), (2, 9), (-2, 9)],
    ],
    np.float32,
)


class Weather:
    """Stands for the network: probabilities that wander slowly with the person's place."""

    config = ActionConfig()
    segments = SegmentSettings(enter=config.threshold)

    def __init__(self) -> None:
        self.batches: list[int] = []

    def predict(self, windows: np.ndarray) -> np.ndarray:
        self.batches.append(len(windows))
        x = windows[:, :, 0, 0].mean(axis=1)  # B
        label = (x / 45).astype(int) % len(LABELS)
        level = 0.25 + 0.7 * np.abs(np.sin(x / 13))
        rows = np.repeat(((1 - level) / 6)[:, None], len(LABELS), axis=1)
        rows[np.arange(len(x)), label] = level
        return rows.astype(np.float32)


@dataclass
class Walker:
    """A person who is seen from time to time, walking to and fro."""

    y: float
    speed: float
    seen: list[tuple[float, float]]

    def keypoints(self, time_s: float) -> np.ndarray | None:
        if not any(a <= time_s < b for a, b in self.seen):
            return None
        x = 320 + 250 * np.sin(self.speed * time_s + self.y)
        points = np.array([x, self.y]) + 6 * STANDING
        return np.concatenate([points, np.full((17, 1), 0.9)], axis=1).astype(np.float32)


def poses_of(walkers: list[Walker], time_s: float) -> Poses:
    keypoints = [j for w in walkers if (j := w.keypoints(time_s)) is not None]
    if not keypoints:
        return Poses.empty()
    return Poses(np.stack(keypoints), np.full(len(keypoints), 0.9, np.float32))


def run(
    walkers: list[Walker], duration_s: float, rate_hz: float, settings: AnalysisSettings = SETTINGS
) -> tuple[list[list[PersonOverlay]], list[list[PersonOverlay]], Weather, list[float]]:
    """What is drawn at 50 moments a second: behind, and after the end. And how far behind."""
    model = Weather()
    labeler = Labeler(settings, model)

    def never() -> None:
        pytest.fail("the annotations wait for a chunk that does not come")

    annotations = AnnotationStream(never)
    finalizer = Finalizer(labeler, annotations.put)
    labeler.on_push = finalizer.update
    behind_s = []
    for time_s in np.arange(0, duration_s, 1 / rate_hz):
        labeler.push(float(time_s), poses_of(walkers, time_s))
        behind_s.append(time_s - max(finalizer._until_s, 0))
    labeler.finish()
    finalizer.finish(duration_s)
    info = VideoInfo("w.mp4", 640, 480, duration_s, 1, Fraction(30), 0, "h264", False)
    people = labeler.people(duration_s)
    finished = FinalAnnotations(Analysis(info, settings, people, Timings({}, 1, 1, 1)))
    moments_s = np.arange(0, duration_s, 0.02)
    return (
        [annotations.at(t) for t in moments_s],
        [finished.at(t) for t in moments_s],
        model,
        behind_s,
    )


def assert_same(behind: list[list[PersonOverlay]], after: list[list[PersonOverlay]]) -> None:
    for first, second in zip(behind, after, strict=True):
        assert [(p.id, p.action) for p in first] == [(p.id, p.action) for p in second]
        for a, b in zip(first, second, strict=True):
            np.testing.assert_allclose(a.keypoints_xyc, b.keypoints_xyc)
            assert a.confidence == pytest.approx(b.confidence, abs=1e-4)


def random_walkers(rng: np.random.Generator, duration_s: float) -> list[Walker]:
    walkers = []
    for row in range(rng.integers(1, 4)):
        edges = np.sort(rng.uniform(-2, duration_s + 4, 2 * rng.integers(1, 5)))
        seen = [(float(a), float(b)) for a, b in edges.reshape(-1, 2)]
        walkers.append(Walker(90.0 + 150 * row, float(rng.uniform(0.05, 0.6)), seen))
    return walkers


@pytest.mark.parametrize(
    "seed", [n if n < 4 else pytest.param(n, marks=pytest.mark.long) for n in range(12)]
)
def test_the_same_is_drawn_behind_as_after_the_end(seed: int) -> None:
    """People who come, go and come back, of whom some are seen too briefly to count."""
    rng = np.random.default_rng(seed)
    duration_s = float(rng.uniform(0.3, 25))
    settings = replace(SETTINGS, smoothing_s=float(rng.choice([0, 0.1, 0.3, 1.0])))
    rate_hz = float(rng.choice([4, 10, 25]))
    behind, after, _, _ = run(random_walkers(rng, duration_s), duration_s, rate_hz, settings)
    assert_same(behind, after)


def test_there_is_something_to_compare() -> None:
    """The videos of the test above hold names, pauses and several people."""
    walkers = [Walker(100, 0.2, [(0, 30)]), Walker(300, 0.3, [(3, 3.3), (8, 12), (14, 30)])]
    behind, after, model, behind_s = run(walkers, 30, 25)
    assert_same(behind, after)
    actions = {p.action for people in after for p in people}
    assert len(actions - {None}) >= 3
    assert None in actions
    assert {p.id for people in after for p in people} >= {1, 2}
    assert len([people for people in behind if len(people) == 2]) > 500
    # drawing follows by a few seconds, and the network gets a second's windows at a time
    assert np.median(behind_s) < 4
    assert np.median(model.batches) >= 10


def test_a_brief_detection_holds_back_no_person_for_long() -> None:
    """A ghost of 0.3 s is decided on when it can't come back, not at the end."""
    walkers = [Walker(100, 0.2, [(4, 60)]), Walker(300, 0.3, [(5, 5.3)])]
    behind, after, _, behind_s = run(walkers, 60, 20)
    assert_same(behind, after)
    assert max(behind_s[400:]) < 12


def test_single_sights_are_nobody() -> None:
    """What is seen for a moment now and then is a false detection, however long it goes on."""
    flicker = [(3 + 0.7 * i, 3.06 + 0.7 * i) for i in range(3)]
    walkers = [Walker(100, 0.2, [(0, 10)]), Walker(300, 0.3, flicker)]
    behind, after, _, _ = run(walkers, 10, 20)
    assert {p.id for people in after for p in people} == {1}
    assert_same(behind, after)


def test_numbers_wait_for_a_person_who_may_still_count() -> None:
    walkers = [Walker(100, 0.2, [(1.4, 1.7), (2.8, 10)]), Walker(300, 0.3, [(1.45, 10)])]
    behind, after, _, _ = run(walkers, 10, 20)
    assert {p.id for people in after for p in people} == {1, 2}
    assert_same(behind, after)


def test_smoothing_does_not_reach_into_another_tracklet() -> None:
    walkers = [Walker(100, 0.2, [(0, 6), (6.9, 14)])]
    behind, after, _, _ = run(walkers, 14, 25, replace(SETTINGS, smoothing_s=1.0))
    assert_same(behind, after)


def test_who_has_left_is_forgotten_and_what_waits_is_small() -> None:
    """Nothing is drawn: what waits for the drawing is about as large as the tracks."""
    labeler = Labeler(SETTINGS, Weather())
    reported: list[AnalysisChunk] = []
    finalizer = Finalizer(labeler, reported.append)
    labeler.on_push = finalizer.update
    walkers = [
        Walker(100, 0.2, [(4 * i, 4 * i + 2) for i in range(30)]),
        Walker(300, 0.1, [(0, 120)]),
    ]
    for time_s in np.arange(0, 120, 0.05):
        labeler.push(float(time_s), poses_of(walkers, time_s))
    assert finalizer._opened >= 20
    assert len(finalizer._open) <= 4
    detections = sum(len(times) for times, _ in labeler.tracks.values())
    waiting = sum(len(s.track_times_s) for chunk in reported for s in chunk.slices)
    assert detections < waiting < 1.8 * detections
