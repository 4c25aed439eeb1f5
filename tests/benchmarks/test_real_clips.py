"""Real clips: the truth's table is read, times are added up, and kept poses are the same poses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_clips.jitter import JITTERS, Jitter, JitteredEngine
from benchmarks.real_clips.kept_poses import poses_of
from benchmarks.real_clips.scores import score_clip, summary
from benchmarks.real_clips.truth import ClipTruth, Interval, truth_of
from harec.actions.model import load_action_model
from harec.actions.segments import Segment
from harec.analysis.analyze import analyze
from harec.analysis.results import AnalysisSettings, PersonResult
from harec.core.poses import Poses
from tests.conftest import MakeClip

HEAD = "file\tlabel\tseconds\tpeople\tintervals\tremark\n"


def person(number: int, *segments: tuple[str, float, float], last_s: float = 10.0) -> PersonResult:
    none = np.zeros(0)
    return PersonResult(
        number,
        0.0,
        last_s,
        none,
        np.zeros((0, 17, 3), np.float32),
        none,
        np.zeros((0, 2)),
        np.zeros((0, 7), np.float32),
        tuple(Segment(action, start, end, 0.9) for action, start, end in segments),
    )


BOXING = ClipTruth(
    "ring.mp4", ("BOXING",), 3, (Interval("BOXING", 0.0, 4.0), Interval("BOXING", 5.0, 7.0))
)
OTHER = ClipTruth("walk.mp4", (), 2, ())


def test_the_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "truth.tsv").write_text(
        HEAD
        + "ring.mp4\tBOXING\t7.7\t3\t0.0-5.0:BOXING; 5.4-7.7:BOXING\ta referee\n"
        + "walk.avi\tOTHER\t4.1\t20\t0.0-4.1:OTHER\t\n"
    )
    ring, walk = truth_of(tmp_path)
    assert ring == ClipTruth(
        "ring.mp4", ("BOXING",), 3, (Interval("BOXING", 0, 5), Interval("BOXING", 5.4, 7.7))
    )
    assert walk == ClipTruth("walk.avi", (), 20, ())


def test_a_label_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "truth.tsv").write_text(HEAD + "a.mp4\tJUGGLING\t2\t1\t0-2:JUGGLING\t\n")
    with pytest.raises(ValueError, match="JUGGLING"):
        truth_of(tmp_path)


def test_without_a_table_names_tell(tmp_path: Path) -> None:
    for name in ("two_people_boxing.mp4", "wave_1.avi", "squat.gif", "notes.txt"):
        (tmp_path / name).touch()
    assert truth_of(tmp_path) == [
        ClipTruth("squat.gif", ()),
        ClipTruth("two_people_boxing.mp4", ("BOXING",)),
        ClipTruth("wave_1.avi", ("WAVING_1HAND", "WAVING_2HANDS")),
    ]


def test_time_is_recalled_by_anybody_and_counted_once() -> None:
    people = [person(1, ("BOXING", 0.0, 3.0)), person(2, ("BOXING", 1.0, 4.5))]
    score = score_clip(BOXING, 10.0, people)
    assert score.right
    assert score.in_interval_s == {"BOXING": 6.0}
    assert score.found_s == {"BOXING": 4.0}  # 0-4 of 0-4, nothing of 5-7
    assert score.other_s == 4.0  # 4-5 and 7-10
    assert score.other_named_s == 0.5  # 4-4.5
    assert score.person_other_s == 8.0
    assert score.person_named_s == 0.5
    assert (score.ids, score.people) == (2, 3)


def test_ids_are_counted_shot_by_shot() -> None:
    people = [replace(person(n, last_s=9.0), first_s=s) for n, s in enumerate((0, 1, 4, 5, 5), 1)]
    assert score_clip(BOXING, 10.0, people, cuts_s=[4.0]).ids == 3
    assert score_clip(BOXING, 10.0, people).ids == 5


def test_another_name_in_an_interval_is_no_recall() -> None:
    score = score_clip(BOXING, 10.0, [person(1, ("JUMPING", 0.0, 4.0))])
    assert not score.right
    assert score.found_s == {"BOXING": 0.0}
    assert score.other_named_s == 0.0


def test_figures_add_up_times_not_clips() -> None:
    long = score_clip(OTHER, 30.0, [person(1, last_s=30.0)])
    loud = score_clip(OTHER, 10.0, [person(1, ("JUMPING", 0, 5)), person(2, last_s=5.0)])
    ring = score_clip(BOXING, 7.0, [person(n, ("BOXING", 0, 6)) for n in (1, 2, 3)])
    whole = summary([long, loud, ring])
    assert (whole.right, whole.with_action) == (1, 1)
    assert (whole.silent, whole.without_action) == (1, 2)
    assert whole.recall == {"BOXING": pytest.approx(5 / 6)}
    assert whole.other_named == pytest.approx((5 + 1) / (30 + 10 + 1))
    assert whole.person_named == pytest.approx((5 + 3) / (30 + 15 + 3))
    assert (whole.ids_right, whole.ids_told) == (2, 3)


@pytest.fixture(scope="module")
def clip(make_clip: MakeClip) -> Path:
    path, _ = make_clip("WAVING_2HANDS:2", fps=10)
    return path


def test_kept_poses_give_what_the_analysis_gives(clip: Path, tmp_path: Path) -> None:
    settings = AnalysisSettings(mode="lightweight", action_threshold=0.4)
    analysis = analyze(clip, settings)
    made, kept = (poses_of(clip, settings, tmp_path / "poses") for _ in range(2))
    (file,) = (tmp_path / "poses").iterdir()
    for clip_poses in (made, kept):
        assert clip_poses.current
        assert clip_poses.duration_s == analysis.video.duration_s
        for poses, own in zip(clip_poses.poses, analysis.poses, strict=True):
            np.testing.assert_array_equal(poses.keypoints_xyc, own.keypoints_xyc)
            np.testing.assert_array_equal(poses.scores, own.scores)
            assert poses.camera.same(own.camera)
            assert poses.followed is not None
        people = clip_poses.people(settings, load_action_model())
        assert [p.segments for p in people] == [p.segments for p in analysis.people]
    # a threshold of actions needs no other poses, a mode does
    poses_of(clip, replace(settings, action_threshold=0.8), tmp_path / "poses")
    assert list((tmp_path / "poses").iterdir()) == [file]


def test_views_of_a_clip_show_the_same_people_a_little_otherwise(clip: Path) -> None:
    settings = AnalysisSettings(mode="lightweight", skip=4)
    film, *views = (poses_of(clip, settings, None, jitter=j) for j in JITTERS[:3])
    for view in views:
        off = view.poses[1].keypoints_xyc[0] - film.poses[1].keypoints_xyc[0]
        assert 0 < np.median(np.abs(off[:, :2])) < 3
        assert view.times_s == film.times_s


def test_keypoints_of_a_view_are_where_they_are_in_the_film() -> None:
    class Corner:
        name = "corner"

        def estimate(self, rgb: np.ndarray) -> Poses:
            y, x = np.argwhere(rgb[..., 0] > 0)[0]
            return Poses(np.full((1, 17, 3), (x, y, rgb.max()), np.float32), np.ones(1))

        def reset(self) -> None: ...

    frame = np.zeros((48, 64, 3), np.uint8)
    frame[20, 30] = 100
    seen = JitteredEngine(Corner(), Jitter(1.5, 3, 5)).estimate(frame)
    np.testing.assert_array_equal(seen.keypoints_xyc[0, 0], (30, 20, 150))
