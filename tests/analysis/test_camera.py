"""A camera that moves, and cuts: no picture jumps for a person, and nothing crosses a cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from harec.actions.model import load_action_model
from harec.analysis.analyze import analyze
from harec.analysis.labeler import Labeler
from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.camera_view import STILL
from harec.core.poses import Poses
from harec.live.pipeline import LivePipeline
from harec.simulate import ClipSpec, simulate_frames
from harec.video import VideoWriter

SIZE_WH = 320, 240
FPS = 20
Film = tuple[list[np.ndarray], list[np.ndarray]]


def film(script: str, seconds: float, seed: int, **spec: object) -> Film:
    """Frames, and the true keypoints (P, 17, 3) in each."""
    scripts = (((script, seconds),),)
    frames = list(simulate_frames(ClipSpec(scripts, SIZE_WH, fps=FPS, seed=seed, **spec)))
    return [f.rgb for f in frames], [f.keypoints_xyc for f in frames]


def shaken(clip: Film, share: float) -> Film:
    """The picture moved by so much of its height, as a hand does, people and all."""
    pictures, people = [], []
    for index, (rgb, keypoints) in enumerate(zip(*clip, strict=True)):
        t = index / FPS
        shift = (
            SIZE_WH[1]
            * share
            * np.array(
                [
                    np.sin(5.1 * t) + 0.6 * np.sin(9.3 * t),
                    np.sin(7.7 * t + 1) + 0.6 * np.sin(11 * t),
                ]
            )
        )
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        pictures.append(cv2.warpAffine(rgb, matrix, SIZE_WH, borderMode=cv2.BORDER_REFLECT))
        people.append(keypoints + np.array([*shift, 0], np.float32))
    return pictures, people


class Truth:
    """A pose engine that knows; it is asked for one frame after the other."""

    name = "truth"

    def __init__(self, people: Iterable[np.ndarray]) -> None:
        self._people: Iterator[np.ndarray] = iter(people)
        self.resets = 0

    def estimate(self, rgb: np.ndarray) -> Poses:
        keypoints = np.asarray(next(self._people), np.float32)
        return Poses(keypoints, np.full(len(keypoints), 0.9, np.float32))

    def reset(self) -> None:
        self.resets += 1


def analysed(folder: Path, clip: Film) -> tuple[Analysis, Truth]:
    path = folder / "clip.mp4"
    with VideoWriter(path, SIZE_WH) as writer:
        for index, rgb in enumerate(clip[0]):
            writer.write(rgb, index / FPS)
    engine = Truth(clip[1])
    return analyze(path, AnalysisSettings(skip=0), estimator=engine), engine


def uncompensated(analysis: Analysis) -> set[str]:
    """The actions that the same poses give to whoever takes the camera's motion for people's."""
    labeler = Labeler(analysis.settings, load_action_model())
    for time_s, poses in zip(analysis.pose_times_s, analysis.poses, strict=True):
        labeler.push(time_s, replace(poses, camera=STILL))
    labeler.finish()
    return {s.action for person in labeler.people(5.0) for s in person.segments}


@pytest.fixture(scope="module")
def standing() -> Film:
    return film("STANDING", 4.0, seed=1, backdrop="room")


def test_nobody_jumps_because_the_camera_shakes(tmp_path: Path, standing: Film) -> None:
    analysis, _ = analysed(tmp_path, shaken(standing, 0.02))
    assert uncompensated(analysis) == {"JUMPING"}  # else this would show nothing
    assert len(analysis.people) == 1
    assert analysis.people[0].segments == ()
    assert analysis.people[0].moments_s["JUMPING"] == []


def test_a_jump_is_one_under_a_shaken_camera_too(tmp_path: Path) -> None:
    jumping = film("JUMPING", 4.0, seed=2, backdrop="gym")
    analysis, _ = analysed(tmp_path, shaken(jumping, 0.01))
    (person,) = analysis.people
    assert {s.action for s in person.segments} == {"JUMPING"}
    assert sum(s.end_s - s.start_s for s in person.segments) > 3


def test_what_is_drawn_stays_where_the_picture_has_it(tmp_path: Path, standing: Film) -> None:
    moved = shaken(standing, 0.02)
    analysis, _ = analysed(tmp_path, moved)
    for found, true in zip(analysis.people[0].keypoints_xyc, moved[1], strict=True):
        np.testing.assert_allclose(found[:, :2], true[0, :, :2], atol=1e-3)


def test_live_follows_the_camera_as_files_do(standing: Film) -> None:
    pictures, people = shaken(standing, 0.02)
    pipeline = LivePipeline(AnalysisSettings(skip=0), estimator=Truth(people))
    for index, rgb in enumerate(pictures):
        result = pipeline.update(index / FPS, rgb)
        assert [person.action for person in result.people] == [None]


def joined(*clips: Film) -> Film:
    return [rgb for clip in clips for rgb in clip[0]], [k for clip in clips for k in clip[1]]


@pytest.fixture(scope="module")
def two_rooms() -> Film:
    """Two people in two places, each where the other one was; both jump."""
    return joined(
        film("JUMPING", 2.0, seed=3, backdrop="room"), film("JUMPING", 2.0, seed=4, backdrop="park")
    )


def test_nothing_crosses_a_cut(tmp_path: Path, two_rooms: Film) -> None:
    analysis, engine = analysed(tmp_path, two_rooms)
    assert [poses.camera.shot for poses in analysis.poses] == [0] * 2 * FPS + [1] * 2 * FPS
    assert engine.resets == 2  # before the first frame, and at the cut
    first, second = analysis.people
    assert first.last_s < 2.0 <= second.first_s
    for person in analysis.people:
        assert person.segments
        for segment in person.segments:
            assert person.first_s <= segment.start_s < segment.end_s <= person.last_s + 1e-6
        for start_s, end_s in person.estimate_spans_s:
            assert person.first_s <= start_s < end_s <= person.last_s


def test_a_cut_gives_new_people_live_too(two_rooms: Film) -> None:
    pictures, people = two_rooms
    pipeline = LivePipeline(AnalysisSettings(), estimator=Truth(people))
    ids = [
        [person.id for person in pipeline.update(index / FPS, rgb).people]
        for index, rgb in enumerate(pictures)
    ]
    # at the cut itself nobody of the room before is held over
    assert ids == [[1]] * 2 * FPS + [[2]] * 2 * FPS
