"""Practice videos against the truth of simulated ones."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from harec.analysis.results import AnalysisSettings
from harec.core.errors import (
    Cancelled,
    InputError,
    VideoError,
)
from harec.core.poses import FloatArray, Poses
from harec.core.progress import Progress
from harec.simulate.camera import Camera
from harec.simulate.yoga_practice import (
    Step,
    TrueHold,
    hold_motion,
    write_practice,
)
from harec.video import VideoWriter
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.output.best_frames import best_frames, frames_at
from harec.yoga.output.curves import practice_end_s
from harec.yoga.output.timeline import practice_figure
from harec.yoga.practice.holds import (
    Hold,
    HoldFinder,
    HoldSettings,
)
from harec.yoga.practice.video import (
    Practice,
    coached_track,
    most_at_once,
    practice_settings,
    practise,
    relabel_practice,
)
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.features import turned

FPS, SIZE = 10, (640, 480)
SCRIPT: list[Step] = [
    ("standing", None, 1.0),
    ("vrikshasana", "left", 4),
    ("vrikshasana", "right", 3),
    ("trikonasana", "left", 3),
    ("natarajasana", "right", 3),
    ("adho_mukha_svanasana", None, 6),
    ("virabhadrasana_ii", "right", 3),
    ("standing", None, 1.0),
]


class Known:
    """A pose engine that is given what it will find, frame by frame."""

    name = "movenet"

    def __init__(self, *people: FloatArray) -> None:
        self.people, self.calls = people, 0

    def reset(self) -> None:
        self.calls = 0

    def estimate(self, rgb: np.ndarray) -> Poses:
        found = [each[self.calls] for each in self.people if each[self.calls, :, 2].any()]
        self.calls += 1
        return Poses(np.stack(found), np.full(len(found), 0.9)) if found else Poses.empty()


def film(path: Path, frames: int) -> Path:
    """A video of nothing, a little brighter with every frame."""
    with VideoWriter(path, SIZE, frame_rate_hint=FPS) as writer:
        for i in range(frames):
            writer.write(np.full((SIZE[1], SIZE[0], 3), i % 250, np.uint8), i / FPS)
    return path


@pytest.fixture(scope="module")
def acted(tmp_path_factory) -> tuple[Path, FloatArray, tuple[TrueHold, ...]]:
    """A video, the keypoints (F, 17, 3) in its frames, what is held."""
    keypoints, holds = hold_motion(SCRIPT, rate_hz=FPS, turning=True, seed=3)
    camera = Camera(SIZE).framing(keypoints.reshape(-1, 1, 3))
    pixels = np.stack([camera.project(each)[0] for each in keypoints])
    keypoints = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 0.9)], axis=2)
    path = film(tmp_path_factory.mktemp("practice") / "my practice.mp4", len(keypoints))
    return path, keypoints.astype(np.float32), holds


@pytest.fixture(scope="module")
def practice(acted) -> Practice:
    path, keypoints, _ = acted
    return practise(path, estimator=Known(keypoints))


def overlap(a: Hold | TrueHold, b: Hold | TrueHold) -> float:
    """Intersection over union in time."""
    both = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    return max(both, 0) / (max(a.end_s, b.end_s) - min(a.start_s, b.start_s))


def matches(found: Sequence[Hold], truth: Sequence[TrueHold]) -> bool:
    wanted = [(hold.asana, hold.side) for hold in truth if hold.asana in ASANAS]
    return [(hold.asana, hold.side) for hold in found] == wanted


def test_a_browser_recording_is_followed_ten_times_a_second(acted, tmp_path) -> None:
    """Its container claims 1000 frames/s; the skip and what is shown follow its time stamps."""
    _, keypoints, truth = acted
    path = tmp_path / "recorded.webm"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx", rate=1000, options={"deadline": "realtime"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i in range(len(keypoints)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), i % 250, np.uint8))
            frame.pts, frame.time_base = round(i * 1000 / FPS), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    recorded = practise(path, estimator=Known(keypoints))
    assert recorded.settings.skip == 0
    assert matches(recorded.holds, [hold for hold in truth if hold.asana in ASANAS])
    assert recorded.video.frame_rate == FPS


@pytest.mark.parametrize("at_end", [False, True])
def test_a_pose_that_a_recorder_shows_in_one_picture_is_a_hold(tmp_path, at_end) -> None:
    """Recorders leave out pictures that repeat the one before: here those of five seconds."""
    script: list[Step] = [
        ("standing", None, 2.0),
        ("vrikshasana", "left", 3),
        ("standing", None, 2),
    ]
    keypoints, holds = hold_motion(script, rate_hz=FPS, turning=False, seed=3)
    camera = Camera(SIZE).framing(keypoints.reshape(-1, 1, 3))
    pixels = np.stack([camera.project(each)[0] for each in keypoints])
    keypoints = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 0.9)], axis=2)
    tree = next(hold for hold in holds if hold.asana == "vrikshasana")
    middle = round((tree.start_s + tree.end_s) / 2 * FPS)
    times_s = [i / FPS + (5 if i > middle else 0) for i in range(len(keypoints))]
    if at_end:
        times_s = times_s[: middle + 1]
    path = tmp_path / "screen.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        for i, time_s in enumerate(times_s):
            image = np.full((48, 64, 3), i % 250, np.uint8)
            writer.write(image, time_s, 5.0 if at_end and i == middle else None)
    practice = practise(path, estimator=Known(keypoints.astype(np.float32)))
    (hold,) = practice.holds
    assert (hold.asana, hold.side) == ("vrikshasana", "left")
    assert hold.duration_s > 5
    assert hold.end_s <= (practice.video.duration_s or 0)
    (image,) = best_frames(practice, path)
    assert image.shape == (48, 64, 3)


def test_the_holds_of_the_truth_are_found(practice: Practice, acted) -> None:
    truth = [hold for hold in acted[2] if hold.asana in ASANAS]
    assert matches(practice.holds, truth)
    for found, true in zip(practice.holds, truth, strict=True):
        # within the way in and out, 1.5 s each: most of it looks like the asana already
        assert true.start_s - 1.0 <= found.start_s <= true.start_s + 0.2
        assert true.end_s - 0.2 <= found.end_s <= true.end_s + 1.0
    for hold, coaching in zip(practice.holds, practice.coachings, strict=True):
        assert (coaching.asana, coaching.score) == (hold.asana, hold.best_score)
        assert hold.mean_score is not None
        assert 50 < hold.mean_score <= (hold.best_score or 0)
    assert practice.warnings == ()
    assert practice.video.name == "my practice.mp4"
    assert set(practice.timings.stages_s) >= {"load", "decode", "pose", "track", "recognize"}


@pytest.mark.parametrize("degrees", [-18.0, 18.0])
def test_a_practice_filmed_by_a_tilted_phone_is_named(acted, degrees) -> None:
    path, keypoints, truth = acted
    tilted = practise(path, estimator=Known(turned(keypoints, degrees)))
    assert matches(tilted.holds, truth)
    assert tilted.notes == ()
    assert {coaching.turn_deg for coaching in tilted.coachings} == {0}


def test_a_practice_filmed_by_a_phone_on_its_side_is_named_and_that_is_said(acted) -> None:
    path, keypoints, truth = acted
    lying = practise(path, estimator=Known(turned(keypoints, 90.0)))
    assert matches(lying.holds, truth)
    assert {coaching.turn_deg for coaching in lying.coachings} == {270}
    assert any("set Turn to 270" in note for note in lying.notes)
    assert all("turned by 270°" in coaching.warnings[0] for coaching in lying.coachings)


def test_every_look_is_kept(practice: Practice, acted) -> None:
    _, keypoints, _ = acted
    frames = len(keypoints)
    assert practice.times_s.shape == practice.scores.shape == (frames,)
    assert len(practice.names) == len(practice.sides) == frames
    assert (np.isfinite(practice.scores) <= np.array([n is not None for n in practice.names])).all()
    hold = practice.holds[1]
    assert practice.hold_at(hold.best_s) is hold
    assert practice.names[practice.nearest_index(hold.best_s)] == hold.asana
    assert practice.hold_at(0.0) is None


def test_every_moment_is_scored_as_the_coach_scores_it(practice: Practice) -> None:
    """The coach sees the keypoints' mean over 0.3 s, and is told the mean of the probabilities."""
    settings = practice.hold_settings
    coach, finder = AsanaCoach(threshold=0.0), HoldFinder(settings)
    times_s = practice.times_s
    between = 0
    for i, time_s in enumerate(times_s.tolist()):
        smoothed = finder.smoothed(time_s, practice.probabilities[i])
        recent = (times_s <= time_s) & (times_s >= time_s - 0.3 - 1e-9)
        said = coach.judge_as(practice.keypoints_xyc[recent].mean(axis=0), smoothed)
        hold = practice.hold_at(time_s)
        held = hold is not None and (hold.asana, True) == (said.asana, time_s > hold.start_s + 0.3)
        if held or not settings.exit <= said.confidence < settings.enter:
            named = said.confidence >= (settings.exit if held else settings.enter)
            assert practice.names[i] == (said.asana if named else None)
        else:
            between += 1  # on the way in or out
        if practice.names[i] is None:
            assert practice.sides[i] is None
            assert np.isnan(practice.scores[i])
            continue
        assert practice.sides[i] == said.side
        score = np.nan if said.score is None else said.score
        assert practice.scores[i] == pytest.approx(score, abs=1e-2, nan_ok=True)
        for hold, coaching in zip(practice.holds, practice.coachings, strict=True):
            if hold.best_s == time_s:
                assert [f.text for f in coaching.feedback] == [f.text for f in said.feedback]
                assert coaching.warnings == said.warnings
                assert coaching.angles_deg == pytest.approx(said.angles_deg, abs=0.01)
    assert between > 0


def test_words_are_found_for_the_best_moments_only(practice: Practice, monkeypatch) -> None:
    calls = []
    judge_as = AsanaCoach.judge_as

    def counted(self, keypoints_xyc, probabilities):
        calls.append(1)
        return judge_as(self, keypoints_xyc, probabilities)

    monkeypatch.setattr(AsanaCoach, "judge_as", counted)
    again = relabel_practice(practice, practice.hold_settings)
    assert len(calls) == len(again.holds) == len(practice.holds)


@pytest.mark.parametrize(("lower", "wanted"), [(0.3, 1), (0.55, 0)])
def test_what_goes_on_above_the_lower_threshold_is_judged(
    practice: Practice, lower: float, wanted: int
) -> None:
    (i,) = [i for i, hold in enumerate(practice.holds) if hold.asana == "adho_mukha_svanasana"]
    hold = practice.holds[i]
    inside = (practice.times_s >= hold.start_s) & (practice.times_s <= hold.end_s)
    late = inside & (practice.times_s > hold.start_s + 1.5)
    unsure = np.zeros_like(practice.probabilities)
    unsure[:, -1] = 1
    unsure[inside] = practice.probabilities[practice.nearest_index(hold.best_s)]
    unsure[late] = 0
    unsure[late, list(ASANAS).index(hold.asana)] = 0.5  # enough to continue, too little to begin
    unsure[late, -1] = 0.5
    doubtful = replace(practice, probabilities=unsure)
    settings = HoldSettings(enter=0.6, exit=lower, min_hold_s=3)
    found = relabel_practice(doubtful, settings)
    assert len(found.holds) == wanted
    named = [found.names[i] for i in np.flatnonzero(late)[8:]]
    assert set(named) == ({hold.asana} if wanted else {None})
    if wanted:
        assert np.isfinite(found.scores[np.flatnonzero(late)[8:]]).all()


def test_other_settings_of_holds_need_no_pose_engine(practice: Practice, acted) -> None:
    path, keypoints, _ = acted
    settings = HoldSettings.at(0.5, min_hold_s=5, smoothing_s=0.2)
    again = relabel_practice(practice, settings)
    anew = practise(path, None, settings, estimator=Known(keypoints))
    assert again.holds == anew.holds
    assert all(hold.duration_s >= 5 for hold in again.holds)
    assert 0 < len(again.holds) < len(practice.holds)
    assert relabel_practice(again, practice.hold_settings).holds == practice.holds
    none = relabel_practice(practice, HoldSettings(min_hold_s=60))
    assert none.notes == ("No asana was held for 60 s or longer in this video.",)


def test_the_most_prominent_person_is_coached(practice: Practice, acted) -> None:
    path, keypoints, _ = acted
    small = keypoints * np.array([0.3, 0.3, 1], np.float32)
    found = practise(path, estimator=Known(small, keypoints))
    assert found.people == 2
    assert found.notes == ("2 people were found; the most prominent one is coached.",)
    assert found.holds == practice.holds


def test_nobody(acted) -> None:
    path, keypoints, _ = acted
    found = practise(path, estimator=Known(np.zeros_like(keypoints)))
    assert (found.holds, found.people, len(found.times_s)) == ((), 0, 0)
    assert found.notes[0].startswith("Nobody was found in this video")
    assert relabel_practice(found, HoldSettings()).holds == ()


def test_skipped_frames_change_no_hold(practice: Practice, acted) -> None:
    path, keypoints, truth = acted
    found = practise(path, practice_settings(FPS, skip=1), estimator=Known(keypoints[::2]))
    assert matches(found.holds, truth)
    for a, b in zip(found.holds, practice.holds, strict=True):
        assert abs(a.start_s - b.start_s) <= 0.31
        assert abs(a.end_s - b.end_s) <= 0.31
    sparse = practise(path, practice_settings(FPS, skip=14), estimator=Known(keypoints[::15]))
    assert "choose a smaller skip" in sparse.notes[0]


@pytest.mark.parametrize(
    ("rate", "skip", "wanted"),
    [(30, None, 2), (25, None, 1), (8, None, 0), (None, None, 0), (30, 7, 7)],
)
def test_ten_looks_a_second_unless_told_otherwise(rate, skip, wanted) -> None:
    assert practice_settings(rate, skip) == AnalysisSettings(skip=wanted)


def test_progress_ends_with_done_and_partial_results_are_practices(acted, monkeypatch) -> None:
    path, keypoints, _ = acted
    monkeypatch.setattr("harec.core.progress._PARTIAL_EVERY_S", 0.0)
    seen: list[Progress] = []
    whole = practise(path, estimator=Known(keypoints), on_progress=seen.append)
    assert [seen[0].stage, seen[-1].stage] == ["load", "done"]
    fractions = [p.fraction for p in seen if p.fraction is not None]
    assert fractions == sorted(fractions)
    partial = [p.partial for p in seen if p.partial is not None]
    assert all(isinstance(each, Practice) for each in partial)
    counts = [len(each.holds) for each in partial]
    assert counts == sorted(counts)
    assert counts[-1] <= len(whole.holds)


def test_cancel(acted) -> None:
    path, keypoints, _ = acted
    cancel, calls = threading.Event(), []

    def on_progress(progress: Progress) -> None:
        calls.append(progress)
        if len(calls) == 5:
            cancel.set()

    with pytest.raises(Cancelled):
        practise(path, estimator=Known(keypoints), on_progress=on_progress, cancel=cancel)
    assert len(calls) == 5


def test_what_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("no video")
    with pytest.raises(VideoError, match="mine"):
        practise(path, name="mine.mp4")
    with pytest.raises(InputError):
        practice_settings(30, mode="fast")


# -- which person -------------------------------------------------------------------------------


def track(start_s: float, end_s: float, size_px: float) -> tuple[list[float], list[FloatArray]]:
    times = [round(t, 2) for t in np.arange(start_s, end_s, 0.1)]
    body = np.ones((17, 3), np.float32) * 0.9
    body[:, :2] = np.linspace(0, size_px, 17)[:, None]
    return times, [body] * len(times)


def test_tracks_that_fill_each_others_gaps_are_one_person() -> None:
    before, gone, after = track(0, 10, 200), track(3, 9, 150), track(12, 20, 190)
    chair = track(10.5, 11.5, 40)
    times_s, keypoints = coached_track([before, gone, chair, after])
    assert times_s.tolist() == [*before[0], *after[0]]
    assert keypoints.shape == (len(times_s), 17, 3)
    assert most_at_once([before[0], gone[0], chair[0], after[0]]) == 2


def test_long_and_large_beats_longer_and_small() -> None:
    times_s, _ = coached_track([track(0, 20, 50), track(5, 15, 300)])
    assert (times_s[0], times_s[-1]) == (5, pytest.approx(14.9))


# -- images and timeline ----------------------------------------------------------------------


def test_the_frames_of_moments(acted) -> None:
    path, _, _ = acted
    frames = frames_at(path, [2.0, 0.5, 99.0, 2.0])
    assert [frame.shape for frame in frames] == [(480, 640, 3)] * 4
    last = round(practice_length(path) * FPS) - 1
    for frame, wanted in zip(frames, (20, 5, last, 20), strict=True):
        assert abs(float(frame.mean()) - wanted % 250) < 3
    assert frames_at(path, []) == []
    assert frames_at(path, [1.0], max_side=320)[0].shape == (240, 320, 3)


def practice_length(path: Path) -> float:
    from harec.video import VideoReader

    with VideoReader(path) as reader:
        return sum(1 for _ in reader.frames(lambda _: False)) / FPS


def test_the_best_frames_show_the_body(practice: Practice, acted) -> None:
    images = best_frames(practice, acted[0], max_side=320)
    assert len(images) == len(practice.holds)
    for image in images:
        assert image.shape == (240, 320, 3)
        assert image.std() > 5, "something is drawn on the plain frame"


def test_the_skeleton_lies_on_the_body_in_a_smaller_picture(practice: Practice, acted) -> None:
    plain = [hold.best_s for hold in practice.holds]
    raw, shares = frames_at(acted[0], plain, max_side=320), []
    for hold, image, before in zip(
        practice.holds, best_frames(practice, acted[0], max_side=320), raw, strict=True
    ):
        changed = np.abs(image.astype(int) - before.astype(int)).max(axis=2) > 40
        body = practice.keypoints_xyc[practice.nearest_index(hold.best_s)]
        x, y = (body[5:, :2] / 2).round().astype(int).T  # from the shoulders down
        shares.append(changed[y, x].mean())
    dark = [share for share, rgb in zip(shares, raw, strict=True) if rgb.mean() < 150]
    assert len(dark) >= 2
    assert min(dark) > 0.9, "white lines can be told from these frames"


def test_one_frame_at_a_time_is_drawn(practice: Practice, acted, monkeypatch) -> None:
    frames: list[weakref.ref[np.ndarray]] = []

    def drawn(rgb, keypoints, coaching):
        assert sum(frame() is not None for frame in frames) <= 1, "those before are let go"
        frames.append(weakref.ref(rgb))
        return rgb[:1].copy()

    monkeypatch.setattr("harec.yoga.output.best_frames.draw_coaching", drawn)
    assert len(best_frames(practice, acted[0], max_side=320)) == len(frames) > 3


def test_the_timeline_shows_what_was_found(practice: Practice) -> None:
    figure = practice_figure(practice)
    bars = sorted(
        (trace.customdata[i][0], trace.base[i], trace.base[i] + trace.x[i], trace.marker.color)
        for trace in figure.data
        if trace.type == "bar"
        for i in range(len(trace.y))
    )
    assert bars == [
        (i, hold.start_s, pytest.approx(hold.end_s), ASANAS[hold.asana].colour)
        for i, hold in enumerate(practice.holds)
    ]
    curves = [trace for trace in figure.data if trace.type == "scatter"]
    assert len(curves) == len(practice.holds)
    for curve, hold in zip(curves, practice.holds, strict=True):
        assert max(y for y in curve.y if y is not None) == pytest.approx(hold.best_score, abs=0.06)
        assert hold.start_s - 0.01 <= curve.x[0] <= curve.x[-1] <= hold.end_s + 0.01
    assert figure.layout.xaxis.range == (0, practice_end_s(practice))


@pytest.mark.long
def test_a_filmed_practice(tmp_path: Path) -> None:
    """More asanas than in the tests of the command line and of the page, which are not long."""
    script: list[Step] = [
        ("standing", None, 0.5),
        ("vrikshasana", "left", 3),
        ("virabhadrasana_ii", "right", 3),
        ("adho_mukha_svanasana", None, 3),
    ]
    truth = write_practice(tmp_path / "a.mp4", script, size_wh=(480, 360), fps=10, seed=1)
    found = practise(tmp_path / "a.mp4")
    assert matches(found.holds, truth.holds)
    wanted = [hold for hold in truth.holds if hold.asana in ASANAS]
    assert np.mean([overlap(a, b) for a, b in zip(found.holds, wanted, strict=True)]) >= 0.6
