"""The whole chain on simulated clips, against their truth."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import av
import numpy as np
import pytest

from harec.actions.segments import Segment
from harec.analysis.analyze import analyze, relabel
from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.errors import (
    Cancelled,
    InputError,
    VideoError,
)
from harec.core.poses import Poses
from harec.core.progress import Progress
from harec.core.skeleton import LEFT_ANKLE, LEFT_HIP, LEFT_KNEE, RIGHT_ANKLE, RIGHT_HIP, RIGHT_KNEE
from harec.render.annotated_video import render_video
from harec.render.pipeline import analyze_and_render
from harec.simulate.truth import TruePerson, Truth
from harec.video import VideoReader
from harec.video import probe as probe_video

TWO = "JUMPING_JACKS:4,STANDING:2,WAVING_2HANDS:3.5"


def segments_of(truth: Truth, person: int = 0) -> list[Segment]:
    return [
        Segment(s.action, s.start_s, s.end_s, 1.0)
        for s in truth.people[person].segments
        if s.action != "STANDING"
    ]


def overlap(a: Segment, b: Segment) -> float:
    """Intersection over union of two segments in time, 0 for different actions."""
    if a.action != b.action:
        return 0.0
    both = max(0.0, min(a.end_s, b.end_s) - max(a.start_s, b.start_s))
    return both / (a.duration_s + b.duration_s - both)


def mean_iou(truth: list[Segment], found: tuple[Segment, ...]) -> float:
    return float(np.mean([max((overlap(t, f) for f in found), default=0.0) for t in truth]))


def pck(person: TruePerson, result: Analysis, threshold: float = 0.2) -> float:
    """Share of the true keypoints that were found within ``threshold`` torso lengths."""
    found = result.people[0]
    times = np.array(person.times_s)
    hits, total = 0, 0
    for time_s, keypoints in zip(found.track_times_s, found.keypoints_xyc, strict=True):
        true = person.keypoints_xyc[np.abs(times - time_s).argmin()]
        torso = np.linalg.norm(true[5:7, :2].mean(0) - true[11:13, :2].mean(0))
        distance = np.linalg.norm(true[:, :2] - keypoints[:, :2], axis=1)
        inside = true[:, 2] > 0
        hits += int(((distance < threshold * torso) & (keypoints[:, 2] > 0) & inside).sum())
        total += int(inside.sum())
    return hits / total


@pytest.fixture(scope="module")
def analysed(make_clip) -> tuple[Path, Truth, Analysis]:
    path, truth = make_clip(TWO, fps=12, size_wh=(480, 360))
    return path, truth, analyze(path)


@pytest.mark.slow
def test_the_real_chain_finds_joints_and_actions(analysed: tuple[Path, Truth, Analysis]) -> None:
    _, truth, result = analysed
    assert len(result.people) == 1
    assert pck(truth.people[0], result) >= 0.9
    found = result.people[0].segments
    assert [s.action for s in found] == [s.action for s in segments_of(truth)]
    assert mean_iou(segments_of(truth), found) >= 0.7
    assert result.video.frames == len(truth.people[0].times_s)
    assert set(result.timings.stages_s) >= {"load", "decode", "pose", "track", "recognize"}


@pytest.mark.slow
def test_the_annotated_video(analysed: tuple[Path, Truth, Analysis], tmp_path: Path) -> None:
    path, _, result = analysed
    out = tmp_path / "annotated.mp4"
    render_video(result, path, out)
    info = probe_video(out)
    assert (info.width, info.height, info.codec) == (480, 360, "h264")
    with VideoReader(path) as before, VideoReader(out) as after:
        pairs = list(zip(before, after, strict=True))
    assert max(abs(a.time_s - b.time_s) for a, b in pairs) < 1e-3
    # Something was drawn where the person is, nothing far from anybody.
    changed = np.abs(pairs[30][0].rgb.astype(int) - pairs[30][1].rgb.astype(int)).max(axis=2) > 60
    keypoints = result.people[0].keypoints_xyc[30]
    x, y = keypoints[5, :2].astype(int)
    assert changed[y - 4 : y + 5, x - 4 : x + 5].any()
    assert not changed[-40:, :40].any()
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"fps": 24}, id="24", marks=pytest.mark.long),
        pytest.param({"fps": 30, "size_wh": (240, 320)}, id="30 portrait"),
        pytest.param({"fps": 60}, id="60", marks=pytest.mark.long),
        pytest.param({"size_wh": (1920, 1080)}, id="1080p", marks=pytest.mark.long),
        pytest.param({"mirrored": True}, id="mirrored"),
        pytest.param({"fps": 20, "variable_rate": 0.6}, id="variable"),
    ],
)
def test_frame_rate_size_and_mirror_do_not_change_the_actions(
    make_clip, truth_estimator, options: dict
) -> None:
    script = "CLAPPING_HANDS:3,STANDING:2,JUMPING:3.5"
    path, truth = make_clip(script, **options, drawn=False)
    result = analyze(path, estimator=truth_estimator(truth))
    assert [s.action for s in result.people[0].segments] == ["CLAPPING_HANDS", "JUMPING"]
    assert mean_iou(segments_of(truth), result.people[0].segments) >= 0.7


@pytest.mark.long
@pytest.mark.parametrize(
    "options",
    [{"size_wh": (320, 240)}, {"size_wh": (1920, 1080)}, {"size_wh": (480, 360), "mirrored": True}],
    ids=["320x240", "1080p", "mirrored"],
)
def test_the_pose_model_sees_the_same_in_any_size(make_clip, options: dict) -> None:
    path, truth = make_clip("JUMPING_JACKS:3,STANDING:2,WAVING_2HANDS:3", fps=12, **options)
    result = analyze(path)
    longest = sorted(result.people[0].segments, key=lambda s: -s.duration_s)[:2]
    assert {s.action for s in longest} == {"JUMPING_JACKS", "WAVING_2HANDS"}
    assert mean_iou(segments_of(truth), result.people[0].segments) >= 0.6


@pytest.mark.parametrize("skip", [1, 2, 4])
def test_skipped_frames_do_not_change_the_actions(make_clip, truth_estimator, skip: int) -> None:
    path, truth = make_clip("CLAPPING_HANDS:3,STANDING:2,JUMPING:3.5", fps=30, drawn=False)
    result = analyze(path, AnalysisSettings(skip=skip), estimator=truth_estimator(truth, skip + 1))
    assert len(result.poses) == -(-result.video.frames // (skip + 1))
    assert [s.action for s in result.people[0].segments] == ["CLAPPING_HANDS", "JUMPING"]


def test_frames_that_go_to_the_engine_together_keep_their_times(make_clip, truth_estimator) -> None:
    """Nine frames in batches of four, with every third one skipped: the last batch is not full."""
    path, truth = make_clip("JUMPING_JACKS:1.7", fps=15, drawn=False)

    class Batches(truth_estimator):  # type: ignore[misc, valid-type]
        batch_size = 4
        sizes: ClassVar[list[int]] = []

        def estimate_batch(self, frames: Sequence[np.ndarray]) -> list[Poses]:
            self.sizes.append(len(frames))
            return [self.estimate(rgb) for rgb in frames]

    settings = AnalysisSettings(skip=2)
    together = analyze(path, settings, estimator=Batches(truth, every=3))
    alone = analyze(path, settings, estimator=truth_estimator(truth, every=3))
    assert Batches.sizes == [4, 4, 1]
    assert together.pose_times_s == alone.pose_times_s
    np.testing.assert_array_equal(together.people[0].keypoints_xyc, alone.people[0].keypoints_xyc)
    np.testing.assert_array_equal(together.people[0].probabilities, alone.people[0].probabilities)


class Stub:
    """An engine that sees the same half-sure person everywhere."""

    name = "stub"

    def __init__(self) -> None:
        self.shapes: set[tuple[int, ...]] = set()

    def reset(self) -> None: ...

    def estimate(self, rgb: np.ndarray) -> Poses:
        self.shapes.add(rgb.shape)
        return Poses(np.full((1, 17, 3), 50.0), np.full(1, 0.6))


def test_the_engine_sees_the_frames_whatever_the_annotated_videos_size(make_clip) -> None:
    path, _ = make_clip("JUMPING_JACKS:1.7", fps=15)
    stub = Stub()
    analyze(path, AnalysisSettings(video_max_side=64), estimator=stub)
    assert stub.shapes == {(240, 320, 3)}


def test_advice_names_the_threshold_that_would_help(make_clip) -> None:
    """A person at 0.6: below 0.9; and where both thresholds are lower, nothing is advised."""
    path, _ = make_clip("JUMPING_JACKS:1.7", fps=15)
    advice = [
        " ".join(analyze(path, settings, estimator=Stub()).advice)
        for settings in (
            AnalysisSettings("detectron2"),
            AnalysisSettings("detectron2", person_threshold=0.7, detection_threshold=0.8),
            AnalysisSettings("detectron2", person_threshold=0.55),
        )
    ]
    assert "Lower the person threshold" in advice[0]
    assert "Lower the detection threshold" in advice[1]
    assert "threshold" not in advice[2]


def test_standing_still_is_no_action(make_clip, truth_estimator) -> None:
    path, truth = make_clip("STANDING:6", drawn=False)
    result = analyze(path, estimator=truth_estimator(truth))
    assert len(result.people) == 1
    assert result.people[0].segments == ()


def test_two_people_who_cross_keep_their_ids_and_actions(make_clip, truth_estimator) -> None:
    path, truth = make_clip(
        "BOXING:3,WALKING:4,BOXING:3;WAVING_1HAND:3,WALKING:4,WAVING_1HAND:3",
        crossing=True,
        drawn=False,
    )
    result = analyze(path, estimator=truth_estimator(truth))
    assert len(result.people) == 2
    for person in result.people:
        # Who starts where person n starts must end where person n ends.
        first, last = person.keypoints_xyc[0, 5, 0], person.keypoints_xyc[-1, 5, 0]
        gaps = [
            abs(p.keypoints_xyc[0, 5, 0] - first) + abs(p.keypoints_xyc[-1, 5, 0] - last)
            for p in truth.people
        ]
        assert min(gaps) < 10
        actions = {s.action for s in person.segments}
        assert len(actions & {"BOXING", "WAVING_1HAND"}) == 1, person.segments


@pytest.mark.slow
def test_several_people_have_a_lane_each(make_clip) -> None:
    path, truth = make_clip("WAVING_2HANDS:3;JUMPING_JACKS:3", size_wh=(640, 360), fps=12)
    result = analyze(path)
    assert len(result.people) == 2
    by_place = sorted(result.people, key=lambda p: p.keypoints_xyc[:, 5, 0].mean())
    longest = [max(p.segments, key=lambda s: s.duration_s).action for p in by_place]
    expected = sorted(truth.people, key=lambda p: p.keypoints_xyc[:, 5, 0].mean())
    assert longest == [p.segments[0].action for p in expected]


@pytest.fixture(scope="module")
def base(make_clip, truth_estimator) -> Analysis:
    path, truth = make_clip("CLAPPING_HANDS:3,STANDING:2,JUMPING:3.5", drawn=False)
    return analyze(path, estimator=truth_estimator(truth))


class TestRelabel:
    def test_same_settings_give_the_same_people(self, base: Analysis) -> None:
        again = relabel(base, base.settings)
        assert [p.segments for p in again.people] == [p.segments for p in base.people]
        # A keypoint threshold that hides nothing goes the long way and arrives at the same.
        longer = relabel(base, replace(base.settings, keypoint_threshold=0.5))
        assert [p.segments for p in longer.people] == [p.segments for p in base.people]

    def test_thresholds_act(self, base: Analysis) -> None:
        strict = relabel(base, replace(base.settings, action_threshold=1.0))
        assert strict.people[0].segments == ()
        assert relabel(base, replace(base.settings, person_threshold=0.95)).people == ()
        hidden = relabel(base, replace(base.settings, keypoint_threshold=1.0))
        assert len(hidden.people) == 1

    def test_warnings_follow_the_settings(self, base: Analysis) -> None:
        without_people = relabel(base, replace(base.settings, person_threshold=0.95))
        assert any("Lower the person threshold" in w for w in without_people.warnings)
        assert base.warnings == ()
        again = relabel(without_people, base.settings)
        assert (len(again.people), again.warnings) == (1, ())

    def test_one_of_two_is_one_and_the_same(self, make_clip, truth_estimator) -> None:
        path, truth = make_clip("BOXING:4;WAVING_1HAND:4", drawn=False)
        estimator = truth_estimator(truth)
        honest = estimator.estimate

        def taking_turns(rgb: np.ndarray) -> Poses:  # who is more prominent changes all the time
            return honest(rgb).select(np.array([0, 1] if estimator.calls % 3 else [1, 0]))

        estimator.estimate = taking_turns
        both = analyze(path, estimator=estimator)
        assert len(both.people) == 2
        one = relabel(both, replace(both.settings, max_people=1))
        assert len(one.people) == 1
        assert len(one.people[0].track_times_s) == len(both.people[0].track_times_s)

    def test_what_needs_the_pose_model_is_refused(self, base: Analysis) -> None:
        changes = ({"skip": 3}, {"mode": "lightweight"}, {"max_people": 6}, {"precision": "int8"})
        for change in changes:
            with pytest.raises(InputError, match="new analysis"):
                relabel(base, replace(base.settings, **change))


def test_progress_rises_and_ends(make_clip, truth_estimator, tmp_path: Path) -> None:
    path, truth = make_clip("STANDING:6", drawn=False)
    seen: list[Progress] = []
    analyze_and_render(
        path,
        estimator=truth_estimator(truth),
        video_out=tmp_path / "out.mp4",
        on_progress=seen.append,
    )
    stages = list(dict.fromkeys(p.stage for p in seen))
    assert stages == ["load", "analyze", "render", "done"]
    fractions = [p.fraction for p in seen if p.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert (tmp_path / "out.mp4").stat().st_size > 1000


@pytest.mark.parametrize("stage", ["analyze", "render"])
def test_cancel_stops_and_leaves_nothing(
    make_clip, truth_estimator, tmp_path: Path, stage: str
) -> None:
    path, truth = make_clip("STANDING:6", drawn=False)
    cancel, after = threading.Event(), []

    def on_progress(progress: Progress) -> None:
        if cancel.is_set():
            after.append(progress)
        if progress.stage == stage:
            cancel.set()

    with pytest.raises(Cancelled):
        analyze_and_render(
            path,
            estimator=truth_estimator(truth),
            video_out=tmp_path / "out.mp4",
            on_progress=on_progress,
            cancel=cancel,
        )
    assert after == []
    assert list(tmp_path.iterdir()) == []


def test_one_frame_is_a_result_with_a_warning(make_clip, truth_estimator) -> None:
    path, truth = make_clip("STANDING:0.07", drawn=False)
    result = analyze(path, estimator=truth_estimator(truth))
    assert result.video.frames == 1
    assert len(result.people) == 1
    (warning,) = result.warnings
    assert "too short" in warning


@pytest.mark.slow
def test_nobody_is_a_result_with_a_warning(tmp_path: Path) -> None:
    from harec.video import VideoWriter

    path = tmp_path / "empty-room.mp4"
    with VideoWriter(path, (320, 240), frame_rate_hint=None) as writer:
        for i in range(20):
            writer.write(np.full((240, 320, 3), 120, np.uint8), i / 10)
    result = analyze(path)
    assert result.people == ()
    assert result.warnings == ("Nobody was found in this video.",)


def test_too_many_skipped_frames_are_said(make_clip, truth_estimator) -> None:
    path, truth = make_clip("STANDING:6", drawn=False)
    for skip in (14, 1000):
        settings = AnalysisSettings(skip=skip)
        result = analyze(path, settings, estimator=truth_estimator(truth, skip + 1))
        (warning,) = result.warnings
        assert "smaller skip" in warning


def test_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("hello")
    with pytest.raises(VideoError, match=r"holiday\.mp4"):
        analyze(path, name="holiday.mp4")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimator": "magic"}, "movenet"),
        ({"mode": "fast"}, "lightweight"),
        ({"skip": -1}, "skip"),
        ({"max_people": 0}, "max-people"),
        ({"person_threshold": 1.5}, "person-threshold"),
    ],
)
def test_settings_out_of_range_say_what_to_do(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        AnalysisSettings(**change)


@pytest.mark.parametrize(("ending", "people"), [("mp4", 1), ("mkv", 1), ("ts", 2)])
def test_a_person_stays_where_a_picture_is_shown_for_long(
    make_clip, truth_estimator, tmp_path, ending, people
) -> None:
    """Recorders leave out pictures that repeat; what is missing of a sent stream was lost."""
    from video_clips import write_clip

    _, truth = make_clip("STANDING:3;STANDING:3")
    times_s = [t if t < 1.5 else t + 4 for t in truth.people[0].times_s]
    path = write_clip(tmp_path / f"a.{ending}", times_s=times_s, rate=15, size=truth.size_wh)
    one = replace(truth, people=truth.people[:1])
    result = analyze(path, estimator=truth_estimator(one))
    assert len(result.people) == people
    assert result.people[-1].last_s == pytest.approx(times_s[-1], abs=0.01)
    assert result.video.frames == len(times_s)
    steps_s = np.diff(result.people[0].track_times_s)
    assert steps_s.max() < 0.25
    assert result.warnings == ()
    assert len(result.pose_times_s) == len(result.poses) == len(set(result.pose_times_s))


def test_few_looks_give_the_labels_of_every_frame(make_clip) -> None:
    path, _ = make_clip("STANDING:2,WAVING_2HANDS:3,STANDING:2", fps=30)
    every = analyze(path, AnalysisSettings(mode="lightweight", skip=0, precision="float"))
    auto = analyze(path, AnalysisSettings(mode="lightweight"))
    assert every.timings.pose_frames == every.timings.frames == auto.timings.frames
    assert auto.timings.pose_frames < 0.7 * every.timings.pose_frames
    assert auto.video == every.video
    assert auto.people[0].last_s == every.people[0].last_s  # where a player stops
    (wanted,), (found,) = every.people[0].segments, auto.people[0].segments
    assert overlap(wanted, found) > 0.8
    assert abs((wanted.repetitions or 0) - (found.repetitions or 0)) <= 1


def test_the_same_looks_every_time(make_clip) -> None:
    two = "STANDING:1,JUMPING_JACKS:2;CLAPPING_HANDS:3"
    path, truth = make_clip(two, fps=30, size_wh=(480, 320))
    runs = [analyze(path, AnalysisSettings(mode="lightweight")) for _ in range(2)]
    assert runs[0].pose_times_s == runs[1].pose_times_s
    for first, second in zip(runs[0].poses, runs[1].poses, strict=True):
        np.testing.assert_array_equal(first.keypoints_xyc, second.keypoints_xyc)
    assert len({len(poses) for poses in runs[0].poses}) > 1  # one at a time, and both
    assert len(runs[0].poses[-1]) == len(truth.people)  # both where a player stops
    assert runs[0].pose_times_s[-1] == pytest.approx(truth.people[0].times_s[-1], abs=1e-3)


def test_the_result_says_what_the_engine_computed_with(make_clip, truth_estimator) -> None:
    path, truth = make_clip("WAVING_1HAND:2")
    for precision in ("float", "mixed", "int8"):
        asked = AnalysisSettings(mode="lightweight", precision=precision)
        assert analyze(path, asked).timings.precision == precision
    assert analyze(path, estimator=truth_estimator(truth)).timings.precision is None


@pytest.mark.slow
def test_the_sample_is_named_right_and_drawn_right() -> None:
    """It is what people see first."""
    result = analyze(Path(__file__).parents[2] / "assets" / "sample.mp4", AnalysisSettings())
    assert [[s.action for s in person.segments] for person in result.people] == [
        ["WAVING_1HAND", "JUMPING_JACKS", "BOXING"],
        ["CLAPPING_HANDS", "JUMPING", "WAVING_2HANDS"],
    ]
    for person in result.people:  # they face the camera, and cross no legs
        x = person.keypoints_xyc[..., 0]
        left, right = [LEFT_HIP, LEFT_KNEE, LEFT_ANKLE], [RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE]
        assert (x[:, left] > x[:, right]).mean(axis=0).min() > 0.98
