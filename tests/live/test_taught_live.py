"""Taught actions live: chosen and changed while the camera runs, and counted."""

from __future__ import annotations

import numpy as np
import pytest
from taught_examples import example, track_of
from waiting import until

from harec.analysis.results import AnalysisSettings
from harec.core.poses import Poses
from harec.live import FairScheduler, LiveSession, history, lane
from harec.live.pipeline import LivePipeline
from harec.taught.action_set import ActionSet
from harec.taught.named import Named
from harec.taught.periods import repetitions_s

PICTURE = np.full((48, 64, 3), 128, np.uint8)


class Track:
    """A pose engine that knows where one person is at a time."""

    name = "told"

    def __init__(self, *parts: tuple[str, float]) -> None:
        times_s, track = track_of(*parts, person=50)
        self.times_s, self.track = times_s[::2], track[::2]
        self.next = 0

    def estimate(self, rgb: np.ndarray) -> Poses:
        self.next += 1
        return Poses(self.track[self.next - 1][None], np.full(1, 0.9, np.float32))

    def reset(self) -> None:
        pass


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    return ActionSet.teach(
        example(motion, person, label)
        for motion, label in (("SQUAT", "Kniebeuge"), ("PUSH_UPS", "Liegestütz"))
        for person in range(3)
    )


@pytest.fixture
def every_frame() -> AnalysisSettings:
    return AnalysisSettings(skip=0)


def play(pipeline: LivePipeline, track: Track, until_s: float = np.inf) -> None:
    """Show what comes of a track, until a moment."""
    while track.next < len(track.times_s) and track.times_s[track.next] < until_s:
        pipeline.update(float(track.times_s[track.next]), PICTURE)


def test_squats_are_named_and_counted_as_they_come(gym, every_frame) -> None:
    track = Track(("WALKING", 3), ("SQUAT", 14))
    named = Named(gym, builtin=False)
    pipeline = LivePipeline(every_frame, estimator=track, named=lambda: named)
    play(pipeline, track)
    pipeline.end_stream()
    (person,) = pipeline.history.results()
    (squats,) = [each for each in person.segments if each.action == "Kniebeuge"]
    truth = len([*range(3, 17)]) / 2.4  # a squat lasts about so long
    assert squats.repetitions == pytest.approx(truth, abs=1.5)
    assert pipeline.history.totals() == {"Kniebeuge": squats.repetitions}
    assert person.taught is not None
    assert person.taught.probabilities.shape[1] == 3


def test_other_actions_are_named_from_the_next_frame_on_and_the_old_ones_stay(
    gym, every_frame
) -> None:
    track = Track(("JUMPING_JACKS", 8), ("SQUAT", 8))
    wanted = Named()
    pipeline = LivePipeline(every_frame, estimator=track, named=lambda: wanted)
    play(pipeline, track, 7.5)
    jacks = pipeline.history.totals()["JUMPING_JACKS"]
    wanted = Named(gym, builtin=True)
    result = pipeline.update(float(track.times_s[track.next]), PICTURE)
    assert result.labels[:2] == gym.labels
    assert "BOXING" in result.labels
    play(pipeline, track, 15)
    (person,) = pipeline.history.results()
    names = [each.action for each in person.segments]
    assert names[0] == "JUMPING_JACKS"
    assert names[-1] == "Kniebeuge"
    assert pipeline.history.totals()["JUMPING_JACKS"] >= jacks > 3
    wanted = Named()
    play(pipeline, track)
    pipeline.relabel(AnalysisSettings(action_threshold=0.9))  # what is older keeps its names
    (person,) = pipeline.history.results()
    assert "Kniebeuge" in [each.action for each in person.segments]
    assert person.taught is None


def test_another_threshold_names_anew_what_was_seen(gym, every_frame) -> None:
    track = Track(("SQUAT", 8))
    wanted = Named(gym, False, 0.5)
    pipeline = LivePipeline(every_frame, estimator=track, named=lambda: wanted)
    play(pipeline, track, 7)
    (before,) = pipeline.history.results()
    wanted = Named(gym, False, 1.0)
    play(pipeline, track)
    (after,) = pipeline.history.results()
    assert "Kniebeuge" in [each.action for each in before.segments]
    assert not after.segments


def test_squats_that_go_on_and_on_are_counted_in_bounded_memory(
    gym, every_frame, monkeypatch
) -> None:
    for module in (history, lane):
        monkeypatch.setattr(module, "RECENT_S", 8.0)
    track = Track(("SQUAT", 60))
    named = Named(gym, builtin=False)
    pipeline = LivePipeline(every_frame, estimator=track, named=lambda: named)
    play(pipeline, track)
    (person,) = pipeline.history.results()
    assert person.taught is not None
    assert len(person.taught.times_s) < 5 * 2.5 * 8
    total = sum(each.repetitions or 0 for each in person.segments)
    assert total == pytest.approx(len(repetitions_s(track.times_s, track.track)), abs=3)


def test_a_session_follows_without_another_camera(gym, every_frame) -> None:
    track = Track(("SQUAT", 12))
    wanted = Named()
    session = LiveSession(
        every_frame,
        pipeline=lambda settings: LivePipeline(settings, estimator=track, named=lambda: wanted),
        scheduler=FairScheduler(),
    )
    stream = session.open()

    def show(until_s: float) -> None:
        for place in range(track.next, int(np.searchsorted(track.times_s, until_s))):
            stream.show(float(track.times_s[place]), PICTURE)
            until(lambda place=place: track.next > place and stream.idle)

    show(3)
    assert "Kniebeuge" not in session.view().labels
    wanted = Named(gym, builtin=True)
    show(12)
    assert session.view().labels[0] == "Kniebeuge"
    (person,) = session.analysis().people
    assert person.segments[-1].action == "Kniebeuge"
    assert session.analysis().taught == gym.labels
    session.close()
